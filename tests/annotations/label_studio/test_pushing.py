"""What is sent, in which order, and what is not; how a project is set up."""

from __future__ import annotations

import pytest
from fake_label_studio import FakeServer
from label_studio_helpers import TEXT, report, vocabulary

from annotations.label_studio.config import Vocabulary
from annotations.label_studio.errors import LabelsDifferError, ServerError
from annotations.label_studio.project import DEFAULT_TITLE, Outcome, existing_project, set_up
from annotations.label_studio.push import (
    BATCH,
    Known,
    Pushable,
    SkipReason,
    known_tasks,
    plan_push,
    send,
    vocabulary_for,
)
from annotations.selection import Reason, known_ngrams
from extraction.narrative.catalogue import load_catalogue

CATALOGUE = load_catalogue()


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


def plain(number: int) -> dict[str, object]:
    return report(f"本局第{number}次公布情况，全年没有新的数据需要报告。", path=f"r{number}.txt")


def test_setting_up_is_idempotent(server: FakeServer) -> None:
    first = set_up(server, DEFAULT_TITLE, CATALOGUE, annotators=2)
    assert first.outcome is Outcome.CREATED
    settings = server.calls[0][1]
    assert settings["maximum_annotations"] == 2
    assert settings["show_instruction"] is True
    assert "<h1>标注指南" in settings["expert_instruction"]
    again = set_up(server, DEFAULT_TITLE, CATALOGUE)
    assert (again.project, again.outcome) == (first.project, Outcome.UNCHANGED)
    assert len(server.calls) == 1


def test_looks_and_instructions_are_brought_up_to_date(server: FakeServer) -> None:
    number = set_up(server, DEFAULT_TITLE, CATALOGUE).project
    config = server.found[number].label_config
    server.update_project(
        number, {"label_config": config.replace("#1f77b4", "#000000"), "expert_instruction": "?"}
    )
    done = set_up(server, DEFAULT_TITLE, CATALOGUE)
    assert (done.outcome, done.changed) == (Outcome.UPDATED, ("label_config", "expert_instruction"))
    assert server.found[number].label_config == config


def test_a_project_with_other_labels_is_left_alone(server: FakeServer) -> None:
    number = set_up(server, DEFAULT_TITLE, CATALOGUE).project
    config = server.found[number].label_config.replace('alias="COUNT"', 'alias="NUMBER"')
    server.update_project(number, {"label_config": config})
    before = len(server.calls)
    with pytest.raises(LabelsDifferError) as refused:
        set_up(server, DEFAULT_TITLE, CATALOGUE, extend=True)
    assert refused.value.differences == [
        "label 标签 COUNT: missing in the project 项目缺少",
        "label 标签 NUMBER: only in the project 仅项目有",
    ]
    assert len(server.calls) == before


def test_missing_codes_are_added_only_when_asked_for(server: FakeServer) -> None:
    number = set_up(server, DEFAULT_TITLE, CATALOGUE).project
    lines = server.found[number].label_config.split("\n")
    server.update_project(number, {"label_config": "\n".join(x for x in lines if "org.venues" not in x)})
    with pytest.raises(LabelsDifferError, match=r"org\.venues: missing in the project"):
        set_up(server, DEFAULT_TITLE, CATALOGUE)
    assert set_up(server, DEFAULT_TITLE, CATALOGUE, extend=True).changed == ("label_config",)


def test_a_project_that_nobody_set_up_yet_is_set_up(server: FakeServer) -> None:
    server.create_project({"title": "空项目"})
    assert set_up(server, "空项目", CATALOGUE).outcome is Outcome.UPDATED
    assert set_up(server, "#1", CATALOGUE).outcome is Outcome.UNCHANGED


def test_titles_that_cannot_be_are_refused(server: FakeServer) -> None:
    with pytest.raises(ServerError, match="3 to 50 characters, '年报' has 2"):
        set_up(server, "年报", CATALOGUE)
    for _ in range(2):
        server.create_project({"title": "两个同名"})
    with pytest.raises(ServerError, match="give one of #1, #2"):
        set_up(server, "两个同名", CATALOGUE)
    with pytest.raises(ServerError, match="annotate init"):
        existing_project(server, "没有的项目")
    with pytest.raises(ServerError, match="no labels yet"):
        vocabulary_for(server.project(1))


def test_nothing_is_sent_twice(server: FakeServer) -> None:
    number = set_up(server, DEFAULT_TITLE, CATALOGUE).project
    reports = [Pushable(report(), "m1"), Pushable(plain(1), "m1"), Pushable(report(path="copy.txt"), "m1")]
    plan = plan_push(reports, known_tasks(server, number, with_versions=False), vocabulary())
    assert [(skipped.reason, skipped.name[:4]) for skipped in plan.skipped] == [(SkipReason.TWICE, "copy")]
    assert len(list(send(server, number, plan))) == 2
    again = plan_push(reports, known_tasks(server, number, with_versions=False), vocabulary())
    assert again.tasks == []
    assert [skipped.reason for skipped in again.skipped] == [SkipReason.THERE] * 3


def test_another_model_s_facts_are_added_only_when_asked_for(server: FakeServer) -> None:
    number = set_up(server, DEFAULT_TITLE, CATALOGUE).project
    list(send(server, number, plan_push([Pushable(report(), "m1")], Known(), vocabulary())))
    for version, added in (("m1", 0), ("m2", 1), ("m2", 0)):
        known = known_tasks(server, number, with_versions=True)
        plan = plan_push([Pushable(report(), version)], known, vocabulary(), add_predictions=True)
        assert len(list(send(server, number, plan))) == added
    (task,) = server.tasks(number)
    assert [prediction["model_version"] for prediction in task.predictions] == ["m1", "m2"]


def test_the_most_worthwhile_come_first_and_the_limit_holds() -> None:
    doubtful, contradicted, strange = report(), plain(2), plain(3)
    contradicted["findings"] = report()["findings"] * 2
    doubtful["findings"] = strange["findings"] = []
    strange["text"] = "碳汇林核证减排监测台账逐户建立，碳普惠试点稳步铺开。"
    others = [plain(number) for number in range(4, 24)]
    for other in others:
        other["findings"] = [{"severity": "info", "message_zh": "提示"}]
    corpus = known_ngrams(str(other["text"]) for other in [*others, plain(2), {"text": TEXT}])
    pushables = [Pushable(made, "m") for made in (*others, doubtful, contradicted, strange)]
    plan = plan_push(pushables, Known(), vocabulary(), corpus=corpus, limit=8, seed=1)
    reasons = [sent.reason for sent, _ in plan.tasks]
    assert reasons.count(Reason.RANDOM) == 1
    first = {sent.reason: task["data"]["text"] for sent, task in plan.tasks if sent.reason is not Reason.REST}
    assert first[Reason.UNCERTAIN] == TEXT
    assert first[Reason.CONTRADICTED] == contradicted["text"]
    assert first[Reason.UNSEEN] == strange["text"]
    assert [task["data"]["reason"] for _, task in plan.tasks] == reasons
    assert sum(skipped.reason is SkipReason.BEYOND_LIMIT for skipped in plan.skipped) == 15


def test_what_cannot_be_sent_costs_the_others_nothing() -> None:
    broken, empty = report(path="broken.txt"), report(" \n", path="empty.txt")
    broken["text"] += "。"
    broken["facts"][0]["code"] = "no.such"
    plan = plan_push([Pushable(made, "m") for made in (broken, empty, plain(1))], Known(), vocabulary())
    assert [(skipped.name.split("-")[0], skipped.reason) for skipped in plan.skipped] == [
        ("broken", SkipReason.UNFIT), ("empty", SkipReason.EMPTY),
    ]  # fmt: skip
    assert "unknown code" in plan.skipped[0].detail
    assert len(plan.tasks) == 1
    nothing = plan_push([Pushable(report(), "m")], Known(), Vocabulary())
    assert nothing.skipped[0].reason is SkipReason.UNFIT


def test_batches_and_a_server_that_takes_too_few(server: FakeServer) -> None:
    number = set_up(server, DEFAULT_TITLE, CATALOGUE).project
    plan = plan_push([Pushable(plain(n), "m") for n in range(BATCH + 3)], Known(), vocabulary())
    assert len(list(send(server, number, plan))) == BATCH + 3
    assert [call for call in server.calls if call[0] == "import"] == [("import", BATCH), ("import", 3)]
    server.import_tasks = lambda project, tasks: len(tasks) - 1  # type: ignore[method-assign]
    with pytest.raises(ServerError, match=f"took {BATCH - 1} of {BATCH}"):
        list(send(server, number, plan))
