"""What is written down about an update, whether it replaced the model or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from training.update_data import Refusal, RefusalReason
from training.update_decision import Compared, Reason


@dataclass(frozen=True, slots=True)
class ModelState:
    """A model by the checksums of its files; `digest` is one of them all."""

    digest: str
    files: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What an update is made of. An unfinished run is resumed by a command with an equal one.

    Attributes:
        model: Digest of the model that it starts from.
        annotations: Of the annotation files.
        corpus: Of the corpus files.
    """

    model: str
    annotations: str
    corpus: str
    hours: float
    seed: int
    precision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRecord:
    """A line of `updates.jsonl`.

    Attributes:
        id: When the run began (UTC).
        decided: When it was decided.
        reason: What decided; the model was replaced if it is `did_not_fall`.
        corpus_documents: Of the corpus's training split that were learnt from, annotations in their place excepted.
        annotated_documents, annotated_facts: Of the annotations.
        annotators: How many documents each has annotated.
        refused: Annotations that were left out, with the reason.
        in_place_of: Ids of corpus documents that annotations took the place of.
        new_codes: Codes of the catalogue that the model had not known.
        scores: Strict fact F1 of both models on the test split and on the gold that was at hand.
        gold_absent: Reports of the gold that were not at hand.
        previous: Name under `previous/` of the model that was replaced.
    """

    id: str
    decided: str
    identity: Identity
    reason: Reason
    corpus_documents: int
    annotated_documents: int
    annotated_facts: int
    annotators: dict[str, int]
    refused: list[Refusal]
    in_place_of: list[str]
    new_codes: list[str]
    steps: int
    scores: list[Compared]
    gold_absent: list[str]
    before: ModelState
    after: ModelState
    previous: str | None

    @property
    def replaced(self) -> bool:
        return self.reason is Reason.DID_NOT_FALL

    def to_dict(self) -> dict[str, Any]:
        """The line's JSON object."""
        refused = [refusal._asdict() for refusal in self.refused]
        return {**asdict(self), "refused": refused, "decision": "replaced" if self.replaced else "kept"}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> UpdateRecord:
        """Reads what `to_dict` wrote."""
        plain = {key: value for key, value in data.items() if key != "decision"}
        return cls(
            **{
                **plain,
                "identity": Identity(**data["identity"]),
                "reason": Reason(data["reason"]),
                "refused": [
                    Refusal(r["document"], RefusalReason(r["reason"]), r["detail"]) for r in data["refused"]
                ],
                "scores": [Compared(**scores) for scores in data["scores"]],
                "before": ModelState(**data["before"]),
                "after": ModelState(**data["after"]),
            }
        )


def card_section(record: UpdateRecord) -> str:
    """What the model card says of the update."""
    who = ", ".join(f"{name} ({count})" for name, count in record.annotators.items())
    lines = [
        f"\n## Update of {record.decided}\n",
        f"`nianbao train update --hours {record.identity.hours:g} --seed {record.identity.seed} --precision "
        f"{record.identity.precision}`: {record.steps:,} steps from the model before, on "
        f"{record.corpus_documents} documents of the corpus and {record.annotated_documents} annotated ones "
        f"({record.annotated_facts:,} facts; annotators: {who}). Strict fact F1 in percent, before and after:\n",
        "| Reports | Number | Before | After | Difference, 95 % interval |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.name} | {row.reports} | {_percent(row.before)} | {_percent(row.after)} | {difference_text(row)} |"
        for row in record.scores
    ]
    return "\n".join(lines) + "\n"


def difference_text(row: Compared) -> str:
    """A difference in points with its interval, as `+0.5 (-0.2 to +1.1)`."""
    interval = (
        "" if row.low is None or row.high is None else f" ({100 * row.low:+.1f} to {100 * row.high:+.1f})"
    )
    return f"{100 * row.point:+.1f}{interval}"


def _percent(score: float | None) -> str:
    return "—" if score is None else f"{100 * score:.1f}"
