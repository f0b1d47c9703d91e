"""The spaCy pipeline component `nianbao`: a report's spans and facts on a `Doc`.

    >>> import spacy
    >>> nlp = spacy.blank("zh")
    >>> _ = nlp.add_pipe("nianbao")
    >>> doc = nlp("全区发布通知公告40条。")
    >>> [(span.text, span.label_) for span in doc.spans["nianbao"]]
    >>> doc._.nianbao_facts[0]["code"]

`displacy.render(doc, style="span", options={"spans_key": "nianbao"})` shows the spans. Needs the `spacy` extra.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from extraction.document import Document, DocumentBuilder
from extraction.narrative.extract import extract_facts
from extraction.pipeline import paragraph_reader

SPANS_KEY = "nianbao"
FACTS_ATTRIBUTE = "nianbao_facts"


class NianbaoComponent:
    """Tags a `Doc`: spans in `doc.spans["nianbao"]`, facts (the contract's objects) in `doc._.nianbao_facts`.

    A span that cuts a token is widened to whole tokens in the span group; the facts keep exact offsets into
    `doc.text`.
    """

    def __init__(self, *, use_model: bool = True) -> None:
        self._reader = paragraph_reader(use_model)
        if not Doc.has_extension(FACTS_ATTRIBUTE):
            Doc.set_extension(FACTS_ATTRIBUTE, default=())

    def __call__(self, doc: Doc) -> Doc:
        document, shifts = _as_document(doc.text)
        facts, spans = extract_facts(document, [], [], self._reader)
        placed = [
            doc.char_span(
                shifts.to_text(span.start), shifts.to_text(span.start) + span.end - span.start,
                label=span.label, alignment_mode="expand",
            )
            for span in spans
        ]  # fmt: skip
        doc.spans[SPANS_KEY] = [span for span in placed if span is not None]
        objects = []
        for fact in facts:
            start = shifts.to_text(fact.start)
            objects.append({**fact.to_dict(), "start": start, "end": start + fact.end - fact.start})
        setattr(doc._, FACTS_ATTRIBUTE, tuple(objects))
        return doc


@dataclass(frozen=True, slots=True)
class _Shifts:
    """Where the lines of a document stand in the text that it was made of."""

    starts: list[int]
    in_text: list[int]

    def to_text(self, position: int) -> int:
        line = bisect_right(self.starts, position) - 1
        return position - self.starts[line] + self.in_text[line]


def _as_document(text: str) -> tuple[Document, _Shifts]:
    """A text whose lines are paragraphs, as a document, and the way back to the text's offsets."""
    builder = DocumentBuilder("text")
    in_text = []
    for match in re.finditer(r"\S.*", text):
        line = match[0].rstrip()
        in_text.append(match.start())
        builder.paragraph(line)
    document = builder.build()
    return document, _Shifts([paragraph.start for paragraph in document.paragraphs], in_text)


@Language.factory("nianbao", assigns=["doc.spans"], default_config={"use_model": True})
def create_component(nlp: Language, name: str, use_model: bool) -> NianbaoComponent:
    """The factory behind `nlp.add_pipe("nianbao")`."""
    return NianbaoComponent(use_model=use_model)
