"""Average the weights of several fine-tuning runs that began alike, as long as the development score does not fall.

    python -m training.average TUNED-1 TUNED-2 TUNED-3 --output AVERAGE

Greedy soup (Wortsman et al. 2022, https://arxiv.org/abs/2203.05482, section 2): the runs' `best/` in the order of their
scores, each kept in the average if the average is then no worse. It takes no time more than one model at run time. The
runs must have the same encoder and, as `training.finetune` sees to, the same first weights of the heads.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from annotations.splits import CORPUS_FOLDER
from models.tagger import load_tagger, save_tagger
from training.development_score import development_documents, development_scores
from training.tagger_data import BatchMaker

State = Mapping[str, Tensor]


def mean_of(states: Sequence[State]) -> dict[str, Tensor]:
    """The mean of weights of the same names and shapes."""
    return {name: torch.stack([state[name] for state in states]).mean(dim=0) for name in states[0]}


def greedy_average(states: Sequence[State], score: Callable[[State], float]) -> tuple[list[int], float]:
    """Numbers of the states that are in the average, the best first, and its score."""
    scores = [score(state) for state in states]
    order = sorted(range(len(states)), key=lambda number: -scores[number])
    kept, best = order[:1], scores[order[0]]
    for number in order[1:]:
        tried = score(mean_of([states[n] for n in (*kept, number)]))
        if tried >= best:
            kept, best = [*kept, number], tried
    return kept, best


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", help="folders that `training.finetune` wrote")
    parser.add_argument("--output", type=Path, required=True, help="folder; its `best/` is what is exported")
    parser.add_argument("--corpus", type=Path, default=CORPUS_FOLDER, help="annotated corpus with splits.toml")
    options = parser.parse_args(arguments)
    taggers = [load_tagger(run / "best") for run in options.runs]
    model, tokenizer = taggers[0]
    documents = development_documents(options.corpus)
    maker = BatchMaker(tokenizer, model.codes, tokens=8192)

    def score(state: State) -> float:
        model.load_state_dict(state)
        return development_scores(model, maker, documents)["score"]

    # Copies: the model whose state is loaded is one of them.
    states = [{name: t.clone() for name, t in tagger.state_dict().items()} for tagger, _ in taggers]
    kept, best = greedy_average(states, score)
    model.load_state_dict(mean_of([states[number] for number in kept]))
    save_tagger(model, tokenizer, options.output / "best")
    told = {"kept": [options.runs[number].name for number in kept], "score": best}
    (options.output / "average.json").write_text(json.dumps(told) + "\n", encoding="utf-8")
    print(json.dumps(told))


if __name__ == "__main__":
    main()
