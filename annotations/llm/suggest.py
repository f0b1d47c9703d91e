"""A language model as a reader of paragraphs: asked, its answers kept, located, read and coded."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from annotations.llm.cache import AnswerCache, request_key
from annotations.llm.chunks import chunks, halves
from annotations.llm.client import ChatClient
from annotations.llm.costs import Costs, Drop, Drops, Meter
from annotations.llm.dialect import ChatRequest
from annotations.llm.errors import LlmError, LlmErrorCode
from annotations.llm.grounding import Grounded, ground
from annotations.llm.prompt import Prompt, load_prompt
from annotations.llm.reply import ChatAnswer
from annotations.llm.schema import MalformedAnswer, Suggestion, parse_answer
from annotations.llm.settings import LlmSettings
from extraction.narrative.catalogue import Catalogue, load_catalogue
from extraction.narrative.model import LinkedValue
from extraction.narrative.parents import attach_parents
from extraction.narrative.reading import NO_SETTINGS, Reading
from models.labels import LabelledSpan

DEFAULT_PRIOR = 0.5
_LONGEST = 600  # characters asked about at a time: some twenty facts
_DEEPEST = 3  # times that a text is cut in two because the answer about it did not fit
_UNUSABLE = (Drop.ANSWER_MALFORMED, Drop.ANSWER_TRUNCATED, Drop.ANSWER_REFUSED)
_log = logging.getLogger("nianbao.llm")


class Asked(Protocol):
    """Who answers: `ChatClient`, or what stands for it."""

    @property
    def model(self) -> str: ...
    @property
    def max_tokens(self) -> int: ...
    def ask(self, request: ChatRequest) -> ChatAnswer: ...
    def close(self) -> None: ...


@dataclass(slots=True)
class _Outcome:
    """What came of a text: facts, drops, and in how many of how many answers there was something to use."""

    grounded: Grounded = field(default_factory=Grounded)
    usable: int = 0

    def add(self, other: _Outcome, offset: int) -> None:
        """Takes in the facts of a part of the text that begins at `offset`."""
        first = len(self.grounded.linked)
        self.grounded.linked += [_moved(fact, offset, first) for fact in other.grounded.linked]
        self.grounded.codes += other.grounded.codes
        self.grounded.drops += other.grounded.drops
        self.usable += other.usable


class Suggester:
    """A `ParagraphReader` that asks a language model.

    `drops` adds up what was dropped since it was made; `costs` what was spent.

    Args:
        client: Who is asked.
        cache: Where answers are kept.
        prompt: What is asked.
        catalogue: The codes that facts may have.
        meter: The client's, for what the cache saves.
        jobs: Texts asked about at a time.
        prior: The confidence of every fact: how many of a hundred suggestions the user expects to be right.
    """

    settings = NO_SETTINGS

    def __init__(
        self,
        client: Asked,
        cache: AnswerCache,
        prompt: Prompt,
        catalogue: Catalogue,
        meter: Meter,
        *,
        jobs: int = 4,
        prior: float = DEFAULT_PRIOR,
    ) -> None:
        if not 0 < prior < 1:
            raise ValueError(f"prior must be between 0 and 1, got {prior}")
        self._client, self._cache, self._prompt, self._catalogue = client, cache, prompt, catalogue
        self._meter = meter
        self._pool = ThreadPoolExecutor(jobs, thread_name_prefix="llm")
        self.prior = prior
        self.drops = Drops()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def costs(self) -> Costs:
        return self._meter.total

    @property
    def version(self) -> str:
        """Names the model and the prompt that suggestions come from."""
        return f"llm:{self._client.model}@{self._prompt.version}"

    def read(self, paragraphs: Sequence[str]) -> list[Reading]:
        """The paragraphs of one report.

        Raises:
            LlmError: Where the model cannot be asked, or none of its answers can be used. Answers got before
                are in the cache.
        """
        futures = [self._pool.submit(self._paragraph, text) for text in paragraphs]
        try:
            outcomes = [future.result() for future in futures]
        except BaseException:
            for future in futures:
                future.cancel()
            raise
        drops = sum((outcome.grounded.drops for outcome in outcomes), Drops())
        self.drops += drops
        if outcomes and not any(outcome.usable for outcome in outcomes):
            reasons = ", ".join(f"{drop.value} {drops[drop]}" for drop in _UNUSABLE if drops[drop])
            raise LlmError(LlmErrorCode.NO_ANSWER, reasons)
        return [self._reading(text, one.grounded) for text, one in zip(paragraphs, outcomes, strict=True)]

    def _paragraph(self, text: str) -> _Outcome:
        outcome = _Outcome()
        for chunk in chunks(text, _LONGEST) if text else ():
            outcome.add(self._chunk(text[chunk.start : chunk.end], _DEEPEST), chunk.start)
        return outcome

    def _chunk(self, text: str, cuts: int) -> _Outcome:
        """Asks about a text; where the answer does not fit the limit, about its halves."""
        outcome = _Outcome()
        try:
            answer = self._answer(self._prompt.request(text))
        except LlmError as error:
            if error.code is not LlmErrorCode.REQUEST_REFUSED:
                raise
            _log.warning("%s", error)
            outcome.grounded.drops[Drop.ANSWER_REFUSED] += 1
            return outcome
        parts = halves(text) if not answer.is_whole and cuts else None
        if parts:
            for part in parts:
                outcome.add(self._chunk(text[part.start : part.end], cuts - 1), part.start)
            return outcome
        suggestions = _suggestions(answer)
        if isinstance(suggestions, Drop):
            outcome.grounded.drops[suggestions] += 1
            return outcome
        return _Outcome(ground(text, suggestions, self._catalogue), usable=1)

    def _answer(self, request: ChatRequest) -> ChatAnswer:
        """From the cache or the server. One in no form is asked for once more, and not kept."""
        key = request_key(request, self._client.model, self._client.max_tokens)
        kept = self._cache.get(key)
        if kept is not None:
            self._meter.add(Costs(cache_hits=1))
            return kept
        answer = self._client.ask(request)
        if _suggestions(answer) is Drop.ANSWER_MALFORMED:
            answer = self._client.ask(request)
        if _suggestions(answer) not in (Drop.ANSWER_MALFORMED, Drop.ANSWER_REFUSED):
            self._keep(key, answer)
        return answer

    def _keep(self, key: str, answer: ChatAnswer) -> None:
        """An answer is worth more than its copy: a full disk costs the copy alone."""
        try:
            self._cache.put(key, answer)
        except OSError as error:
            _log.warning("an answer could not be cached in %s: %s", self._cache.folder, error.strerror)

    def _reading(self, text: str, grounded: Grounded) -> Reading:
        linked = attach_parents(text, grounded.linked, grounded.codes, self._catalogue)
        return Reading(_spans(linked), linked, grounded.codes, [self.prior] * len(linked))


def open_suggester(settings: LlmSettings, cache_folder: Path, *, prior: float = DEFAULT_PRIOR) -> Suggester:
    """A suggester with the project's prompt and catalogue; a context manager.

    Raises:
        ImportError: Without httpx.
    """
    meter, catalogue = Meter(), load_catalogue()
    client = ChatClient(settings, meter)
    cache = AnswerCache(cache_folder)
    return Suggester(
        client, cache, load_prompt(catalogue), catalogue, meter, jobs=settings.jobs, prior=prior
    )


def _suggestions(answer: ChatAnswer) -> list[Suggestion | None] | Drop:
    """What an answer suggests, or why it cannot be used."""
    if not answer.is_whole:
        return Drop.ANSWER_TRUNCATED
    if answer.is_refusal:
        return Drop.ANSWER_REFUSED
    try:
        return parse_answer(answer.content)
    except MalformedAnswer:
        return Drop.ANSWER_MALFORMED


def _moved(fact: LinkedValue, offset: int, first: int) -> LinkedValue:
    """A fact of a part in the offsets of the whole, behind `first` others."""
    return replace(
        fact,
        value=_shifted(fact.value, offset),
        item=fact.item and _shifted(fact.item, offset),
        action=fact.action and _shifted(fact.action, offset),
        scope=fact.scope and _shifted(fact.scope, offset),
        period=fact.period and _shifted(fact.period, offset),
        channel=fact.channel and _shifted(fact.channel, offset),
        parent=None if fact.parent is None else fact.parent + first,
    )


def _shifted(span: LabelledSpan, offset: int) -> LabelledSpan:
    return LabelledSpan(span.start + offset, span.end + offset, span.label)


def _spans(linked: Sequence[LinkedValue]) -> list[LabelledSpan]:
    """Every span of the facts once, in order."""
    spans = {
        span
        for fact in linked
        for span in (fact.value, fact.item, fact.action, fact.scope, fact.period, fact.channel)
        if span is not None
    }
    return sorted(spans)
