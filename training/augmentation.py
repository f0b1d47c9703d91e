"""Random variants of examples with spans kept exact: the ways in which reports differ but say the same.

Every change is an edit of a range that crosses no span's edge, so spans move by plain arithmetic.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from numpy.random import Generator

from training.example_edits import Edit, apply_edits
from training.number_wordings import approximated, in_chinese
from training.tagger_examples import Example, ExampleDocument

_NUMBER = re.compile(r"\d+(?:[,，]\d{3})*(?:\.\d+)?")
_YEAR = re.compile(r"(?:19|20)\d\d(?=年)")
_PLACE = re.compile(r"\A[\u4e00-\u9fff]{2,4}?(?:自治县|县|市|区|镇|乡|街道|省|州|旗|盟)")
_SPACED = re.compile(r"(?<=[\u4e00-\u9fff])(?=\d)|(?<=\d)(?=[\u4e00-\u9fff])")
_FULL_WIDTH = str.maketrans("0123456789.%,", "０１２３４５６７８９．％，")
_HALF = str.maketrans("，；：（）％、", ",;:()%,")
_PUNCTUATION = re.compile(r"[，；：（）％]")
_SLIPS = {"0": "O", "1": "l", "日": "曰", "己": "已", "已": "己", "未": "末", "人": "入", "件": "伴", "项": "顶",
          "网": "冈", "公": "么", "办": "为", "目": "日", "土": "士", "。": ".", "，": "'", "、": "`", "“": '"'}  # fmt: skip
_SYLLABLES = "安宁清河青山云泽临江松柏石门永和华景泰兴隆昌平南北东西长文武林川海湖州岭原阳春秋明德金玉福瑞嘉丰盛"


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentationConfig:
    """How often each change is made: a share of the examples, or of the places in an example that is changed."""

    numbers: float = 0.5
    spans_swapped: float = 0.2
    governing_swapped: float = 0.0
    names: float = 0.5
    full_width: float = 0.05
    punctuation: float = 0.12
    spaces: float = 0.1
    chinese_digits: float = 0.05
    approximations: float = 0.0
    slips: float = 0.06
    lines_joined: float = 0.9


class SpanBank:
    """Texts that can stand for each other: items and actions of facts with the same code, any scopes, any periods."""

    def __init__(self, documents: Iterable[ExampleDocument], wordings: Mapping[str, Sequence[str]]) -> None:
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for code, texts in wordings.items():
            found["ITEM", code].update(texts)
        for document in documents:
            for example in document.paragraphs:
                for key, number in (*_replaceable(example), *_governing(example)):
                    span = example.spans[number]
                    found[key].add(example.text[span.start : span.end])
        self._texts = {key: sorted(texts) for key, texts in found.items() if len(texts) > 1}

    def edits(self, example: Example, share: float, rng: Generator) -> list[Edit]:
        """Another text of the same code for a share of the items and actions."""
        return self._others(example, _replaceable(example), share, rng)

    def governing_edits(self, example: Example, share: float, rng: Generator) -> list[Edit]:
        """Another scope or period for a share of them: whose number it is, and when, tells nothing of what it counts."""
        return self._others(example, _governing(example), share, rng)

    def _others(
        self, example: Example, replaceable: Iterable[tuple[tuple[str, str], int]], share: float, rng: Generator
    ) -> list[Edit]:
        edits = []
        for key, number in replaceable:
            texts = self._texts.get(key)
            if texts and rng.random() < share:
                span = example.spans[number]
                edits.append(Edit(span.start, span.end, texts[int(rng.integers(len(texts)))]))
        return edits


def _replaceable(example: Example) -> list[tuple[tuple[str, str], int]]:
    """Items and actions whose facts all have one code, with label and code."""
    codes: dict[tuple[str, int], set[str | None]] = defaultdict(set)
    for fact in example.facts:
        for label, number in (("ITEM", fact.item), ("ACTION", fact.action)):
            if number is not None:
                codes[label, number].add(fact.code)
    return [
        ((label, code), number)
        for (label, number), held in codes.items()
        if len(held) == 1 and (code := next(iter(held))) is not None and not code.startswith("rel.")
    ]


def _governing(example: Example) -> list[tuple[tuple[str, str], int]]:
    """Scopes and periods, with their label in place of label and code."""
    return [((span.label, ""), n) for n, span in enumerate(example.spans) if span.label in ("SCOPE", "PERIOD")]


def augmented(example: Example, bank: SpanBank, config: AugmentationConfig, rng: Generator) -> Example:
    """A random variant of an example."""
    steps: list[tuple[float, Callable[[Example, Generator], list[Edit]]]] = [
        (config.lines_joined, joined_lines),
        (1.0, lambda e, r: bank.edits(e, config.spans_swapped, r)),
        (1.0, lambda e, r: bank.governing_edits(e, config.governing_swapped, r)),
        (config.numbers, _other_numbers),
        (config.approximations, approximated),
        (config.chinese_digits, in_chinese),
        (config.punctuation, _half_width_punctuation),
        (config.spaces, _spaces),
        (config.full_width, _full_width),
        (config.slips, _slips),
    ]
    for share, edits_of in steps:
        if rng.random() < share:
            example = apply_edits(example, edits_of(example, rng))
    return example


def renamed(document: ExampleDocument, rng: Generator) -> ExampleDocument:
    """The document with another name for its place, wherever the name stands."""
    found = _PLACE.match(document.body)
    if not found or len(found[0]) < 3:
        return document
    old = found[0][:-1]
    new = "".join(_SYLLABLES[int(i)] for i in rng.integers(len(_SYLLABLES), size=int(rng.integers(2, 4))))
    paragraphs = tuple(
        apply_edits(p, [Edit(m.start(), m.end(), new) for m in re.finditer(old, p.text)])
        for p in document.paragraphs
    )
    return replace(document, paragraphs=paragraphs)


def joined_lines(example: Example, rng: Generator) -> list[Edit]:
    """Readers join the lines of a paragraph; some of the corpus's have line breaks as printed."""
    return [Edit(m.start(), m.end(), "") for m in re.finditer(r"\n", example.text)]


def _other_numbers(example: Example, rng: Generator) -> list[Edit]:
    """Other figures of other lengths in values; outside them, where a figure may be a date, of the same length."""
    edits = []
    for match in _NUMBER.finditer(example.text):
        start, end = match.span()
        if rng.random() < 0.3:
            continue
        label = next((s.label for s in example.spans if s.start <= start and end <= s.end), None)
        if _YEAR.match(example.text, start):
            new = str(int(rng.integers(2015, 2027)))
        elif label == "PERCENT":
            new = _random_share(rng)
        elif label in ("COUNT", "MONEY"):
            new = _random_count(rng, money=label == "MONEY")
        else:
            new = "".join(str(d) for d in rng.integers(1, 10, size=end - start)) if match[0].isdigit() else match[0]
        edits.append(Edit(start, end, new))
    return edits


def _random_share(rng: Generator) -> str:
    kind = rng.random()
    if kind < 0.25:
        return "100"
    return f"{rng.random() * 100:.{int(rng.integers(0, 3))}f}"


def _random_count(rng: Generator, *, money: bool) -> str:
    value = int(10 ** (rng.random() * (2 + 3 * rng.random())))
    if money and rng.random() < 0.6:
        return f"{value}.{int(rng.integers(1, 100))}"
    kind = rng.random()
    if kind < 0.12:
        return f"{value / 10:.{int(rng.integers(1, 3))}f}"
    return f"{value:,}" if kind < 0.24 else str(value)


def _half_width_punctuation(example: Example, rng: Generator) -> list[Edit]:
    return [Edit(*m.span(), m[0].translate(_HALF)) for m in _PUNCTUATION.finditer(example.text)]


def _spaces(example: Example, rng: Generator) -> list[Edit]:
    return [Edit(m.start(), m.start(), " ") for m in _SPACED.finditer(example.text) if rng.random() < 0.8]


def _full_width(example: Example, rng: Generator) -> list[Edit]:
    return [Edit(*m.span(), m[0].translate(_FULL_WIDTH)) for m in re.finditer(r"[\d%]+", example.text)]


def _slips(example: Example, rng: Generator) -> list[Edit]:
    """What optical character recognition gets wrong: look-alikes, a character lost, a stray blank."""
    edits = []
    for place, character in enumerate(example.text):
        if rng.random() >= 0.03:
            continue
        if character in _SLIPS:
            edits.append(Edit(place, place + 1, _SLIPS[character]))
        elif rng.random() < 0.3 and "\u4e00" <= character <= "\u9fff":
            edits.append(Edit(place, place, " "))
    return edits
