"""An annotation of Label Studio as an annotated document, with what it cannot mean listed and left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from annotations.corpus_format import ROLES, AnnotatedDocument, Block, Fact, TextSpan
from annotations.label_studio import names
from annotations.label_studio.documents import Part
from annotations.label_studio.errors import LabelStudioError
from annotations.label_studio.values import PredictedValue, ValueConflict, Written, is_stale, settle
from models.labels import LABELS, VALUE_LABELS

# The browser writes a line break in a quotation as a backslash and an n, and shows runs of blanks as one.
_UNQUOTED = re.compile(r"\\n|\s+")
_TEXTS = (names.VALUE, names.UNIT, names.APPROXIMATE)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in an annotation that could only be guessed at; the range is `None` where it has none."""

    message: str
    start: int | None = None
    end: int | None = None


@dataclass(slots=True)
class _Region:
    """A labelled range, the texts and codes said of it, and the links from it."""

    place: TextSpan
    texts: dict[str, str] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)

    @property
    def is_value(self) -> bool:
        return self.place.label in VALUE_LABELS

    @property
    def written(self) -> Written:
        return Written(*(self.texts.get(control) for control in _TEXTS))

    def problem(self, message: str) -> Problem:
        return Problem(message, self.place.start, self.place.end)


def from_task(task: Mapping[str, Any], *, annotation: int = 0) -> AnnotatedDocument:
    """The document of a task's annotation.

    Raises:
        LabelStudioError: Where the task lacks what `to_task` writes, or the annotation has a problem.
    """
    try:
        result = task["annotations"][annotation]["result"]
    except (KeyError, IndexError, TypeError) as error:
        raise LabelStudioError(f"no task of ours: {type(error).__name__}: {error}") from error
    document, problems = read_annotation(task["data"], result)
    if problems:
        raise LabelStudioError(problems[0].message)
    return document


def read_annotation(
    data: Mapping[str, Any],
    result: Sequence[Part],
    *,
    predicted: Iterable[Sequence[Part]] = (),
    codes: frozenset[str] | None = None,
) -> tuple[AnnotatedDocument, list[Problem]]:
    """Reads one annotation.

    Args:
        data: The task's.
        result: The annotation's.
        predicted: The results of the task's predictions, which tell a text that was left standing when its
            region was moved from one that the annotator wrote.
        codes: The known codes; any without them.

    Returns:
        The document, and what is not in it because it could only be guessed at.

    Raises:
        LabelStudioError: Where the data is not that of a task of ours.
    """
    document = _bare_document(data)
    problems: list[Problem] = []
    regions = _regions(document.text, result, problems)
    _refuse_overlaps(regions, problems)
    _add_sayings(regions, result, codes, problems)
    _add_links(regions, result, problems)
    _fill(document, regions, [value for parts in predicted for value in predicted_values(parts)], problems)
    return document, problems


def predicted_values(result: Sequence[Part]) -> list[PredictedValue]:
    """The value regions of a prediction's result and what stands in their texts; what is out of shape is none."""
    regions: dict[str, _Region] = {}
    for part in result:
        value = part.get("value") or {}
        if part.get("type") == "labels" and (value.get("labels") or [None])[0] in VALUE_LABELS:
            regions[part["id"]] = _Region(TextSpan(value["start"], value["end"], value["labels"][0]))
    _add_sayings(regions, result, None, [])
    return [PredictedValue(r.place.start, r.place.end, r.written) for r in regions.values()]


def _bare_document(data: Mapping[str, Any]) -> AnnotatedDocument:
    try:
        text = data[names.TEXT]
        blocks = [Block(kind, start, end) for kind, start, end in data["blocks"]]
        return AnnotatedDocument({str(key): str(value) for key, value in data["meta"].items()}, text, blocks)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LabelStudioError(f"no task of ours: {type(error).__name__}: {error}") from error


def _regions(text: str, result: Sequence[Part], problems: list[Problem]) -> dict[str, _Region]:
    regions: dict[str, _Region] = {}
    for part in result:
        if part.get("type") != "labels":
            continue
        try:
            regions[part["id"]] = _Region(_place(text, part["value"]))
        except (KeyError, TypeError) as error:
            problems.append(Problem(f"a region out of shape: {type(error).__name__}: {error} / 区域不完整"))
        except LabelStudioError as error:
            problems.append(Problem(str(error)))
    return regions


def _place(text: str, value: Mapping[str, Any]) -> TextSpan:
    """A region's range without blanks at its edges, and its label.

    Raises:
        LabelStudioError: Where it is not in the text, does not quote it, or has no known label.
    """
    start, end, labels = value["start"], value["end"], value["labels"]
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
        raise LabelStudioError(f"the range {start}:{end} is not inside 0:{len(text)} / 区域超出原文")
    covered = text[start:end]
    if _UNQUOTED.sub("", covered) != _UNQUOTED.sub("", value.get("text", covered)):
        raise LabelStudioError(
            f"the region {start}:{end} quotes {value['text']!r}, the text has {covered!r} / 引文不符"
        )
    if len(labels) != 1 or labels[0] not in LABELS:
        raise LabelStudioError(
            f"{covered!r} has the labels {labels}, not one of {', '.join(LABELS)} / 标签不符"
        )
    start, end = start + len(covered) - len(covered.lstrip()), end - len(covered) + len(covered.rstrip())
    if start >= end:
        raise LabelStudioError(
            f"the region {value['start']}:{value['end']} covers blanks only / 区域只有空白"
        )
    return TextSpan(start, end, labels[0])


def _reading_order(place: TextSpan) -> tuple[int, int, str]:
    return place.start, place.end, place.label


def _refuse_overlaps(regions: dict[str, _Region], problems: list[Problem]) -> None:
    """Spans never overlap; only several facts may stand on one value, and one noun marked twice is one."""
    ordered = sorted({region.place for region in regions.values()}, key=_reading_order)
    furthest: TextSpan | None = None
    for place in ordered:
        if furthest is not None and place.start < furthest.end:
            message = f"{place.label} overlaps {furthest.label} at {furthest.start}:{furthest.end} / 片段重叠"
            problems.append(Problem(message, place.start, place.end))
            for name in [name for name, region in regions.items() if region.place == place]:
                del regions[name]
        else:
            furthest = place


def _add_sayings(
    regions: dict[str, _Region], result: Sequence[Part], codes: frozenset[str] | None, problems: list[Problem]
) -> None:
    """Texts and codes, each to its region."""
    for part in result:
        region = regions.get(part.get("id", ""))
        value = part.get("value") or {}
        if region is None or not region.is_value:
            continue
        if part.get("type") == "textarea" and part.get("from_name") in _TEXTS:
            # Several submissions to one field stand one after the other; the number has to be one.
            text = " ".join(str(line) for line in value.get("text") or ()).strip()
            if text:
                region.texts[part["from_name"]] = text
        elif part.get("type") == "taxonomy" and part.get("from_name") == names.CODE:
            region.codes = [str(path[-1]) for path in value.get("taxonomy") or () if path]
    for region in regions.values():
        if len(region.codes) > 1:
            problems.append(region.problem(f"several codes: {', '.join(region.codes)} / 多个编码"))
            region.codes = []
        for code in region.codes:
            if codes is not None and code not in codes:
                problems.append(region.problem(f"unknown code {code} / 未知编码"))
                region.codes = []


def _add_links(regions: dict[str, _Region], result: Sequence[Part], problems: list[Problem]) -> None:
    for part in result:
        if part.get("type") != "relation":
            continue
        source, target = part.get("from_id", ""), part.get("to_id", "")
        if source not in regions or target not in regions:
            continue  # One of its regions was deleted, or is a problem already.
        if part.get("direction") == "left" or (not regions[source].is_value and regions[target].is_value):
            # Only values have links, so a line drawn from the noun to its value can mean one thing alone.
            source, target = target, source
        try:
            role = _role(regions[source], regions[target], part)
        except LabelStudioError as error:
            problems.append(regions[source].problem(str(error)))
            continue
        links = regions[source].links
        if role in links and regions[links[role]].place != regions[target].place:
            problems.append(
                regions[source].problem(f"two relations {names.RELATION_OF[role]} / 同类关系有两条")
            )
        elif source != target:
            links[role] = target


def _role(source: _Region, target: _Region, part: Part) -> str:
    """What a relation means: the label that it leads to says so, and its own name, if it has one, has to agree."""
    if not source.is_value:
        raise LabelStudioError(
            f"a relation from {source.place.label} to {target.place.label} / 关系两端都不是数值"
        )
    if target.is_value:
        role = names.PARENT
        if part.get("direction") == "bi":
            raise LabelStudioError("which of two values is the part is not said / 上级关系没有方向")
    else:
        role = ROLES[target.place.label]
    named = {names.ROLE_OF_RELATION.get(label, label) for label in part.get("labels") or ()}
    if named - {role}:
        wrong = ", ".join(sorted(named - {role}))
        raise LabelStudioError(f"a relation {wrong} that leads to {target.place.label} / 关系与标签不符")
    return role


def _fill(
    document: AnnotatedDocument,
    regions: dict[str, _Region],
    predicted: Sequence[PredictedValue],
    problems: list[Problem],
) -> None:
    """The regions' spans and facts into the document; a value without a number is left out with its fact."""
    facts: dict[str, Fact] = {}
    spans = sorted({region.place for region in regions.values()}, key=_reading_order)
    index_of = {span: index for index, span in enumerate(spans)}
    for name, region in regions.items():
        if not region.is_value:
            continue
        start, end, label = region.place.start, region.place.end, region.place.label
        written = Written() if is_stale(region.written, start, end, predicted) else region.written
        try:
            number = settle(label, document.text[start:end], written)
        except ValueConflict as error:
            problems.append(region.problem(str(error)))
            continue
        links = {
            role: index_of[regions[to].place] for role, to in region.links.items() if role != names.PARENT
        }
        facts[name] = Fact(
            index_of[region.place], number.value, number.unit, region.codes[0] if region.codes else None,
            approximate=number.approximate, **links,
        )  # fmt: skip
    numbers = {name: index for index, name in enumerate(facts)}
    document.spans = spans
    document.facts = [
        replace(fact, parent=numbers.get(regions[name].links.get(names.PARENT, "")))
        for name, fact in facts.items()
    ]
