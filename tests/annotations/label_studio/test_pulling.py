"""Completed annotations as corpus documents: traceable, compared, nothing guessed."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from label_studio_helpers import TEXT, Annotator, report

from annotations.checker import catalogue_codes
from annotations.corpus_format import dump_document, load_corpus
from annotations.label_studio.pull import Pulled, Verdict, pull_tasks
from annotations.label_studio.server import RemoteTask
from annotations.label_studio.tasks import task_of

USERS = {1: "li@example.com", 2: "wang@example.com", 3: "zhao@example.com"}
TASK = task_of(report(), "model-1")
_numbers = itertools.count(1)


def annotation(result: list[dict[str, Any]], by: int = 1, **rest: Any) -> dict[str, Any]:
    return {
        "id": next(_numbers), "result": result, "completed_by": by, "was_cancelled": False, "ground_truth": False,
        "created_at": f"2026-03-0{by}T08:00:00Z", "updated_at": f"2026-03-0{by}T09:30:00Z", "lead_time": 61.5, **rest,
    }  # fmt: skip


def corrected(quoted: str | None = None, code: str = "") -> list[dict[str, Any]]:
    """The prediction as an annotator submits it, one value's code changed."""
    annotator = Annotator(TASK["predictions"][0]["result"])
    if quoted:
        annotator.code(annotator.region(quoted)["id"], code)
    return annotator.result


def pull(*annotations: dict[str, Any], data: dict[str, Any] | None = None) -> Pulled:
    task = RemoteTask(7, data or TASK["data"], annotations, TASK["predictions"])
    return pull_tasks([task], USERS, catalogue_codes(), "http://ls/projects/4")


def test_a_document_comes_back_with_its_history(tmp_path: Path) -> None:
    pulled = pull(annotation(corrected("7期", "org.trainings"), by=2))
    (document,) = pulled.documents
    assert pulled.of(Verdict.TAKEN)[0].versions[0].seconds == 61.5
    path = tmp_path / "pulled.txt"
    path.write_text(dump_document(document), encoding="utf-8", newline="\n")
    (again,) = load_corpus(path)
    assert again == document
    assert again.text == TEXT
    assert again.meta["annotator"] == "wang@example.com"
    assert again.meta["annotated"] == "2026-03-02T09:30:00Z"
    assert again.meta["task"] == "http://ls/projects/4/data?task=7"
    assert [fact.code for fact in again.facts][-1] == "org.trainings"


def test_facts_come_in_reading_order_however_they_were_made() -> None:
    result = corrected()
    result.reverse()
    (document,) = pull(annotation(result)).documents
    (expected,) = pull(annotation(corrected())).documents
    assert document.facts == expected.facts
    assert [fact.parent for fact in document.facts] == [None, 0, 1, None, None, None]


def test_annotators_who_agree_are_one_document() -> None:
    pulled = pull(annotation(corrected(), by=1), annotation(list(reversed(corrected())), by=2))
    (document,) = pulled.documents
    assert document.meta["annotator"] == "li@example.com, wang@example.com"
    assert document.meta["annotated"] == "2026-03-02T09:30:00Z"


def test_annotators_who_disagree_are_listed_and_nothing_is_chosen() -> None:
    one, two = Annotator(corrected("120项", "svc.online_items")), Annotator(corrected())
    two.delete("占比")
    two.region("全年")["value"]["labels"] = ["SCOPE"]
    two.result = [p for p in two.result if p.get("to_id") != two.region("全年")["id"]]
    two.link(two.region("7期")["id"], two.region("全年")["id"])
    pulled = pull(annotation(one.result, by=1), annotation(two.result, by=3))
    assert pulled.documents == []
    (task,) = pulled.of(Verdict.CONFLICT)
    assert [(TEXT[p.start : p.end], p.message) for p in task.conflicts] == [
        ("占比", "ACTION '占比': only li@example.com / 只有一人标注"),
        ("全年", "PERIOD '全年': only li@example.com / 只有一人标注"),
        ("全年", "SCOPE '全年': only zhao@example.com / 只有一人标注"),
        ("120项", "'120项': code: li@example.com svc.online_items, zhao@example.com svc.immediate_items"),
        ("23%", "'23%': action: li@example.com '占比', zhao@example.com -; "
                "parent: li@example.com '120项' svc.online_items, zhao@example.com '120项' svc.immediate_items"),
        ("7期", "'7期': scope: li@example.com -, zhao@example.com '全年'; "
                "period: li@example.com '全年', zhao@example.com -"),
    ]  # fmt: skip


def test_a_starred_annotation_settles_what_others_say() -> None:
    star = annotation(corrected("120项", "svc.online_items"), by=3, ground_truth=True)
    pulled = pull(annotation(corrected(), by=1), annotation(corrected("120项", "svc.items"), by=2), star)
    (document,) = pulled.documents
    assert document.facts[1].code == "svc.online_items"
    assert document.meta["annotator"] == "zhao@example.com"
    assert len(pulled.of(Verdict.TAKEN)[0].versions) == 3


def test_another_number_of_facts_on_a_value_is_a_difference() -> None:
    two = Annotator(corrected())
    two.add("again", TEXT, "23%", "PERCENT")
    two.link("again", two.region("即办件")["id"])
    (task,) = pull(annotation(corrected()), annotation(two.result, by=2)).of(Verdict.CONFLICT)
    assert [p.message for p in task.conflicts] == [
        "'23%': li@example.com has 0 facts that wang@example.com has not, wang@example.com 1 / 事实数目不同"
    ]


def test_what_breaks_the_guide_is_no_corpus() -> None:
    left_over = Annotator(corrected())
    left_over.add("extra", TEXT, "问题", "ITEM")
    left_over.delete("培训")
    left_over.delete("举办")
    (task,) = pull(annotation(left_over.result)).of(Verdict.CONFLICT)
    found = "; ".join(problem.message for problem in task.conflicts)
    assert "ITEM '问题' is linked to no fact" in found
    assert "'7期': neither item nor action" in found


def test_skipped_and_foreign_tasks_are_told_apart() -> None:
    assert pull(annotation([], was_cancelled=True)).of(Verdict.SKIPPED)
    assert pull().of(Verdict.NOT_ANNOTATED)
    assert pull(annotation([]), data={"text": "x"}).of(Verdict.FOREIGN)
    (edited,) = pull(annotation([]), data={**TASK["data"], "text": TEXT + "。"}).of(Verdict.FOREIGN)
    assert "not the one that was sent" in edited.conflicts[0].message


def test_an_annotation_may_say_that_there_is_nothing() -> None:
    (document,) = pull(annotation([])).documents
    assert (document.spans, document.facts, document.text) == ([], [], TEXT)


@pytest.mark.parametrize("text", ["@id x\n数据3项", "| 一\t2"])
def test_a_text_that_the_format_cannot_hold_is_told(text: str) -> None:
    data = task_of(report(text), "m")["data"]
    data["blocks"] = [["paragraph", 0, len(text)]]
    (task,) = pull(annotation([]), data=data).of(Verdict.CONFLICT)
    assert "format cannot hold it" in task.conflicts[0].message
