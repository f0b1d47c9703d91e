"""The sentence an error stands in."""

from __future__ import annotations

from evaluation.quotation import Mark, pieces, sentence_range

TEXT = "概况。全年发布公告\n32条，其中通知5条。\n项目\t总计\n许可\t9\n收到申请3件"


def sentence(quoted: str) -> str:
    start = TEXT.index(quoted)
    begin, end = sentence_range(TEXT, start, start + len(quoted))
    return TEXT[begin:end]


def test_a_sentence_goes_from_stop_to_stop_across_broken_lines() -> None:
    assert sentence("32条") == "全年发布公告\n32条，其中通知5条。"
    assert sentence("概况") == "概况。"


def test_a_tables_rows_are_no_part_of_a_sentence() -> None:
    assert sentence("3件") == "收到申请3件"


def test_a_text_without_stops_is_cut_off() -> None:
    begin, end = sentence_range("一" * 5000, 2500, 2502)
    assert end - begin < 400


def test_marks_may_overlap_and_no_character_is_lost() -> None:
    cut = pieces("收到申请3件", 0, 6, [Mark(4, 6, "gold"), Mark(2, 5, "predicted"), Mark(40, 50, "item")])
    assert cut == [("收到", ()), ("申请", ("predicted",)), ("3", ("gold", "predicted")), ("件", ("gold",))]
    assert pieces("无", 0, 1, []) == [("无", ())]
