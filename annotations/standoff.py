"""Between a report's canonical text and the corpus's line format, without losing a character."""

from __future__ import annotations

from annotations.corpus_format import AnnotatedDocument, Block
from annotations.gold_format import GoldReport, check_text
from extraction.document import Document

_LINE_MARKS = ("@", ": ", "## ", "| ")


def annotated_document(report_id: str, document: Document, gold: GoldReport | None) -> AnnotatedDocument:
    """A report as the line format has it: a block a paragraph, so that a fact may cross broken lines.

    Blank lines and the like are kept inside the block before them. Without gold, or where its narrative has
    not been annotated, the document has no spans yet.

    Raises:
        GoldError: Where the gold is of another text.
    """
    spans, facts = [], []
    if gold is not None and gold.facts is not None:
        check_text(gold, document.text)
        spans, facts = list(gold.spans), list(gold.facts)
    return AnnotatedDocument({"id": report_id}, document.text, _blocks(document), spans, facts)


def _blocks(document: Document) -> list[Block]:
    """Covers the text with paragraph blocks that have one line break between them.

    A form's table is one block a row: its cells are no facts, but a person has to find their way about.
    """
    text = document.text
    places = [paragraph.start for paragraph in document.paragraphs]
    places += [cell.start for table in document.tables for cell in table.cells if cell.col_start == 0]
    starts = [0]
    for place in sorted(places):
        start = text.rfind("\n", 0, place) + 1
        # The line format drops a blank line and reads some line beginnings as markup.
        if text[starts[-1] : start].strip() and not text.startswith(_LINE_MARKS, start):
            starts.append(start)
    ends = [start - 1 for start in starts[1:]] + [len(text)]
    return [Block("paragraph", start, end) for start, end in zip(starts, ends, strict=True)]
