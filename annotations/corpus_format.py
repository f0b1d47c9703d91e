"""The corpus's line format: reports that a person can read and correct in an editor.

A file holds documents. A document is a head of `@key value` lines and a body of lines, one block each:

    @id qinghe-2021
    @body 青禾县行政审批局
    @level county
    @sector 行政审批
    @year 2021
    ## 一、总体情况
    {t1:2021年}，我局在{h1:省政务服务网}{a1:发布}{i1:政务服务事项}{n1:521项}，其中{i2:即办件}{n2:120项}。
    : n1 521 项 svc.items i1 a1 h1 t1
    : n2 120 项 svc.immediate_items i2 a1 h1 t1 ^n1
    | 行政许可	37957

`## ` is a heading, `| ` a line of a form or table, `: ` a fact of the paragraph above, anything else a
paragraph. `{id:text}` marks a span; the id's letter is its label (`LABEL_LETTERS`) and ids are unique in a
paragraph. A fact line is: value span, value, unit or `-`, code or `-`, linked spans, `^parent`, `~approximate`.
A parent may be `^n1#2` (the second fact on that span) or `^-1.n1` (a span one paragraph with facts earlier).
`\\n`, `\\r`, `\\t`, `\\{`, `\\}` and `\\\\` stand for themselves in a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from models.labels import VALUE_LABELS

LABEL_LETTERS = {
    "n": "COUNT",
    "p": "PERCENT",
    "m": "MONEY",
    "z": "ZERO",
    "i": "ITEM",
    "a": "ACTION",
    "s": "SCOPE",
    "t": "PERIOD",
    "h": "CHANNEL",
}
LETTER_OF = {label: letter for letter, label in LABEL_LETTERS.items()}
ROLES = {"ITEM": "item", "ACTION": "action", "SCOPE": "scope", "PERIOD": "period", "CHANNEL": "channel"}

_SPAN_ID = re.compile(r"([npmziasth]\d+)\Z")
_PARENT = re.compile(r"\^(?:-(?P<back>\d+)\.)?(?P<span>[npmz]\d+)(?:#(?P<nth>\d+))?\Z")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "{": "{", "}": "}", "\\": "\\"}
_UNESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "{": "\\{", "}": "\\}", "\\": "\\\\"}


class CorpusError(ValueError):
    """A line that is not in the format; the message names file, line and what is wrong."""


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A labelled range of a document's text; `end` is exclusive."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. Span fields and `parent` are indices into the document's `spans` and `facts`."""

    value_span: int
    value: Decimal
    unit: str | None
    code: str | None
    item: int | None = None
    action: int | None = None
    scope: int | None = None
    period: int | None = None
    channel: int | None = None
    parent: int | None = None
    approximate: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A line of the body: `kind` is `heading`, `table` or `paragraph`."""

    kind: str
    start: int
    end: int


@dataclass(slots=True)
class AnnotatedDocument:
    """A document's metadata, text, blocks, spans (by start) and facts (in reading order of their values)."""

    meta: dict[str, str]
    text: str
    blocks: list[Block] = field(default_factory=list)
    spans: list[TextSpan] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.meta["id"]

    def quote(self, span: int | None) -> str | None:
        return None if span is None else self.text[self.spans[span].start : self.spans[span].end]


def _parse_markup(line: str, offset: int, where: str) -> tuple[str, list[tuple[str, TextSpan]]]:
    """Strips the markup of one paragraph; spans are placed in the document by `offset`."""
    out: list[str] = []
    length = 0
    spans: list[tuple[str, TextSpan]] = []
    opened: tuple[str, int] | None = None
    position = 0
    while position < len(line):
        character = line[position]
        if character == "\\":
            follower = line[position + 1 : position + 2]
            if follower not in _ESCAPES:
                raise CorpusError(f"{where}: unknown escape \\{follower}")
            out.append(_ESCAPES[follower])
            length += 1
            position += 2
        elif character == "{":
            if opened:
                raise CorpusError(f"{where}: a span opens inside the span {opened[0]}")
            colon = line.find(":", position)
            name = line[position + 1 : colon] if colon > 0 else ""
            if not _SPAN_ID.match(name):
                raise CorpusError(f"{where}: {line[position : position + 12]!r} is not {{id:text}}")
            if any(name == known for known, _ in spans):
                raise CorpusError(f"{where}: the span id {name} is used twice in one paragraph")
            opened = (name, length)
            position = colon + 1
        elif character == "}":
            if not opened:
                raise CorpusError(f"{where}: }} without a span")
            name, start = opened
            covered = "".join(out)[start:]
            if not covered or covered != covered.strip():
                raise CorpusError(f"{where}: the span {name} is empty or has blanks at its edge: {covered!r}")
            spans.append((name, TextSpan(offset + start, offset + length, LABEL_LETTERS[name[0]])))
            opened = None
            position += 1
        else:
            out.append(character)
            length += 1
            position += 1
    if opened:
        raise CorpusError(f"{where}: the span {opened[0]} is not closed")
    return "".join(out), spans


@dataclass(slots=True)
class _PendingFact:
    paragraph: int
    value_name: str
    fields: dict[str, int | None]
    value: Decimal
    unit: str | None
    code: str | None
    parent: str | None
    approximate: str | None
    where: str


def _parse_fact(line: str, paragraph: int, names: dict[str, int], where: str) -> _PendingFact:
    words = line.split()
    if len(words) < 4:
        raise CorpusError(f"{where}: a fact needs value span, value, unit and code: {line!r}")
    name, number, unit, code = words[:4]
    if name not in names or LABEL_LETTERS[name[0]] not in VALUE_LABELS:
        raise CorpusError(f"{where}: {name} is no value span of the paragraph above")
    try:
        value = Decimal(number)
    except InvalidOperation:
        raise CorpusError(f"{where}: {number!r} is no decimal number") from None
    fields: dict[str, int | None] = {}
    parent = approximate = None
    for word in words[4:]:
        if word.startswith("^"):
            parent = word
        elif word.startswith("~"):
            approximate = word[1:]
        elif word in names and LABEL_LETTERS[word[0]] in ROLES:
            role = ROLES[LABEL_LETTERS[word[0]]]
            if role in fields:
                raise CorpusError(f"{where}: {name} has two spans for {role}")
            fields[role] = names[word]
        else:
            raise CorpusError(f"{where}: {word!r} is no span of the paragraph above")
    return _PendingFact(
        paragraph, name, fields, value, None if unit == "-" else unit, None if code == "-" else code,
        parent, approximate, where,
    )  # fmt: skip


class _DocumentParser:
    def __init__(self, meta: dict[str, str]) -> None:
        self.document = AnnotatedDocument(meta, "")
        self.parts: list[str] = []
        self.length = 0
        self.paragraph_names: list[dict[str, int]] = []
        self.annotated: list[int] = []
        self.pending: list[_PendingFact] = []

    def add(self, kind: str, text: str) -> None:
        if self.parts:
            self.parts.append("\n")
            self.length += 1
        self.document.blocks.append(Block(kind, self.length, self.length + len(text)))
        self.parts.append(text)
        self.length += len(text)

    def line(self, line: str, where: str) -> None:
        if line.startswith(": "):
            if not self.paragraph_names:
                raise CorpusError(f"{where}: a fact before any paragraph")
            index = len(self.paragraph_names) - 1
            self.pending.append(_parse_fact(line[2:], index, self.paragraph_names[index], where))
            if not self.annotated or self.annotated[-1] != index:
                self.annotated.append(index)
        elif line.startswith("## "):
            self.add("heading", line[3:])
        elif line.startswith("| "):
            self.add("table", line[2:])
        else:
            text, spans = _parse_markup(line, self.length + (1 if self.parts else 0), where)
            self.add("paragraph", text)
            first = len(self.document.spans)
            self.document.spans.extend(span for _, span in spans)
            self.paragraph_names.append({name: first + k for k, (name, _) in enumerate(spans)})

    def finish(self) -> AnnotatedDocument:
        self.document.text = "".join(self.parts)
        keys: dict[tuple[int, str, int], int] = {}
        for index, fact in enumerate(self.pending):
            nth = 1
            while (fact.paragraph, fact.value_name, nth) in keys:
                nth += 1
            keys[fact.paragraph, fact.value_name, nth] = index
        for fact in self.pending:
            self.document.facts.append(
                Fact(
                    value_span=self.paragraph_names[fact.paragraph][fact.value_name],
                    value=fact.value, unit=fact.unit, code=fact.code,
                    parent=self._parent(fact, keys), approximate=fact.approximate, **fact.fields,
                )
            )  # fmt: skip
        return self.document

    def _parent(self, fact: _PendingFact, keys: dict[tuple[int, str, int], int]) -> int | None:
        if fact.parent is None:
            return None
        match = _PARENT.match(fact.parent)
        if not match:
            raise CorpusError(f"{fact.where}: {fact.parent!r} is no parent (^n1, ^n1#2 or ^-1.n1)")
        place = self.annotated.index(fact.paragraph) - int(match["back"] or 0)
        key = (self.annotated[place] if place >= 0 else -1, match["span"], int(match["nth"] or 1))
        if key not in keys:
            raise CorpusError(f"{fact.where}: the parent {fact.parent} has no fact")
        return keys[key]


def parse_corpus(lines: Iterable[str], name: str = "<corpus>") -> Iterator[AnnotatedDocument]:
    """Reads the documents of one file.

    Args:
        lines: The file's lines.
        name: The file's name, for messages.

    Raises:
        CorpusError: At the first line that is not in the format.
    """
    parser: _DocumentParser | None = None
    in_head = False
    for number, raw in enumerate(lines, 1):
        line, where = raw.rstrip("\n"), f"{name}:{number}"
        if line.startswith("@"):
            key, _, value = line[1:].partition(" ")
            if key == "id":
                if parser:
                    yield parser.finish()
                parser, in_head = _DocumentParser({}), True
            if parser is None or not in_head:
                raise CorpusError(f"{where}: @{key} outside a document's head (start with @id)")
            parser.document.meta[key] = value.strip()
        elif line.strip():
            if parser is None:
                raise CorpusError(f"{where}: text before the first @id")
            in_head = False
            parser.line(line, where)
    if parser:
        yield parser.finish()


def load_corpus(folder: Path) -> list[AnnotatedDocument]:
    """All documents of a folder's `*.txt` files (or of one file), in the order of file names.

    Raises:
        CorpusError: On a line out of format, or an id used twice.
    """
    files = sorted(folder.glob("*.txt")) if folder.is_dir() else [folder]
    documents: list[AnnotatedDocument] = []
    seen: set[str] = set()
    for path in files:
        with path.open(encoding="utf-8") as lines:
            for document in parse_corpus(lines, path.name):
                if document.id in seen:
                    raise CorpusError(f"{path.name}: the id {document.id} is used twice")
                seen.add(document.id)
                documents.append(document)
    return documents


def _escape(text: str) -> str:
    return "".join(_UNESCAPES.get(character, character) for character in text)


def dump_document(document: AnnotatedDocument) -> str:
    """Writes a document in the line format; `parse_corpus` reads back an equal one."""
    lines = [f"@{key} {value}" for key, value in document.meta.items()]
    names: dict[int, str] = {}
    fact_blocks = [_block_of(document, document.spans[fact.value_span]) for fact in document.facts]
    annotated = sorted(set(fact_blocks))
    for number, block in enumerate(document.blocks):
        if block.kind != "paragraph":
            prefix = "## " if block.kind == "heading" else "| "
            lines.append(prefix + document.text[block.start : block.end])
            continue
        lines.append(_dump_paragraph(document, block, names))
        for index, block_number in enumerate(fact_blocks):
            if block_number == number:
                lines.append(_dump_fact(document, index, names, fact_blocks, annotated))
    return "\n".join(lines) + "\n"


def _block_of(document: AnnotatedDocument, span: TextSpan) -> int:
    return next(n for n, block in enumerate(document.blocks) if block.start <= span.start < block.end)


def _dump_paragraph(document: AnnotatedDocument, block: Block, names: dict[int, str]) -> str:
    out, position, counts = [], block.start, dict.fromkeys(LABEL_LETTERS, 0)
    for index, span in enumerate(document.spans):
        if not block.start <= span.start < block.end:
            continue
        letter = LETTER_OF[span.label]
        counts[letter] += 1
        names[index] = f"{letter}{counts[letter]}"
        out.append(_escape(document.text[position : span.start]))
        out.append("{" + names[index] + ":" + _escape(document.text[span.start : span.end]) + "}")
        position = span.end
    out.append(_escape(document.text[position : block.end]))
    return "".join(out)


def _dump_fact(
    document: AnnotatedDocument,
    index: int,
    names: dict[int, str],
    fact_blocks: list[int],
    annotated: list[int],
) -> str:
    fact = document.facts[index]
    words = [":", names[fact.value_span], str(fact.value), fact.unit or "-", fact.code or "-"]
    for role in ROLES.values():
        span = getattr(fact, role)
        if span is not None:
            words.append(names[span])
    if fact.parent is not None:
        parent = document.facts[fact.parent]
        back = annotated.index(fact_blocks[index]) - annotated.index(fact_blocks[fact.parent])
        nth = sum(other.value_span == parent.value_span for other in document.facts[: fact.parent + 1])
        words.append(f"^{f'-{back}.' if back else ''}{names[parent.value_span]}{f'#{nth}' if nth > 1 else ''}")
    if fact.approximate:
        words.append(f"~{fact.approximate}")
    return " ".join(words)
