"""What markup readers hand over becomes paragraphs: torn sentences whole, the author's own breaks kept."""

from __future__ import annotations

from extraction.readers.blocks import ParagraphBlock, build
from extraction.running_text import running_paragraph


def paragraphs(*blocks: ParagraphBlock) -> list[str]:
    document = build("html", blocks)
    return [running_paragraph(document, paragraph).text for paragraph in document.paragraphs]


def test_a_sentence_torn_over_elements_is_one_paragraph() -> None:
    lines = ("本局共收到公开申请，其中网上1", "26件、", "当面4件。", "另受理咨询3次。")
    assert paragraphs(*map(ParagraphBlock, lines)) == ["本局共收到公开申请，其中网上126件、当面4件。", "另受理咨询3次。"]


def test_headings_points_and_figures_of_a_label_stay_apart() -> None:
    blocks = (
        ParagraphBlock("目录，共6", heading=True), ParagraphBlock("公开信息 12"), ParagraphBlock("收到申请 3"),
        ParagraphBlock("主要做法，有"), ParagraphBlock("1.公开信息12条，网站6条"), ParagraphBlock("2.收到申请3件"),
    )  # fmt: skip
    assert paragraphs(*blocks) == [block.text for block in blocks]
