"""Writes annotations/README.md: what the corpus holds, by split, code, wording, sector and year."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from annotations.checker import catalogue_codes
from annotations.corpus_format import AnnotatedDocument
from annotations.splits import Split, load_split

FOLDER = Path(__file__).parent
_HEAD = """# Annotations

`corpus/` holds invented reports written and annotated for this project (line format: `corpus_format.py`; rules:
[guide.zh-CN.md](guide.zh-CN.md)); `gold/` holds the annotation of real reports as offsets and values without
their text, joined with the files where they are at hand (`python -m annotations.join FOLDER`); `sources.toml`
names the reports. The tables below are written by `python -m annotations.statistics`; the checker
(`python -m annotations.checker annotations/corpus/*.txt`) passes on the whole corpus.
"""


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _by_split(groups: dict[str, list[AnnotatedDocument]]) -> str:
    rows = []
    for name, documents in groups.items():
        facts = [fact for document in documents for fact in document.facts]
        uncoded = sum(fact.code is None for fact in facts)
        rows.append(
            (
                name, len(documents), len({document.meta["body"] for document in documents}),
                sum(document.meta.get("kind") == "whole" for document in documents),
                sum(len(document.text) for document in documents),
                sum(len(document.spans) for document in documents), len(facts),
                f"{100 * uncoded / max(1, len(facts)):.0f} %",
            )
        )  # fmt: skip
    return _table(
        ("split", "narratives", "bodies", "whole reports", "characters", "spans", "facts", "without code"), rows
    )


def _by_code(documents: Sequence[AnnotatedDocument]) -> str:
    counts: Counter[str] = Counter()
    wordings: dict[str, set[tuple[str | None, str | None]]] = defaultdict(set)
    for document in documents:
        for fact in document.facts:
            if fact.code:
                counts[fact.code] += 1
                wordings[fact.code].add((document.quote(fact.item), document.quote(fact.action)))
    ordered = sorted(catalogue_codes(), key=lambda code: (-counts[code], code))
    return _table(
        ("code", "facts", "wordings (item + action)"),
        ((f"`{code}`", counts[code], len(wordings[code])) for code in ordered),
    )


def _by_meta(documents: Sequence[AnnotatedDocument], key: str) -> str:
    narratives: Counter[str] = Counter(document.meta[key] for document in documents)
    facts: Counter[str] = Counter()
    for document in documents:
        facts[document.meta[key]] += len(document.facts)
    order = sorted(narratives) if key == "year" else [name for name, _ in narratives.most_common()]
    return _table((key, "narratives", "facts"), ((name, narratives[name], facts[name]) for name in order))


def corpus_readme(documents: Sequence[AnnotatedDocument], groups: dict[str, list[AnnotatedDocument]]) -> str:
    """The README's text, the agreement table excepted (`agreement.md`, where there is one)."""
    labels = Counter(span.label for document in documents for span in document.spans)
    parts = [
        _HEAD,
        "## Splits\n",
        _by_split({**groups, "all": list(documents)}),
        "\n## Labels\n",
        _table(("label", "spans"), labels.most_common()),
    ]
    agreement = FOLDER / "agreement.md"
    if agreement.exists():
        parts += ["\n## Agreement of two annotators\n", agreement.read_text(encoding="utf-8").strip()]
    parts += ["\n## Codes\n", _by_code(documents)]
    for key, title in (("year", "Years"), ("level", "Levels"), ("sector", "Sectors")):
        parts += [f"\n## {title}\n", _by_meta(documents, key)]
    return "\n".join(parts) + "\n"


def main() -> None:
    """Command line."""
    groups = {split.value: load_split(split) for split in Split}
    documents = [document for part in groups.values() for document in part]
    (FOLDER / "README.md").write_text(corpus_readme(documents, groups), encoding="utf-8")


if __name__ == "__main__":
    main()
