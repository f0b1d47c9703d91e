"""The mean of several taggers' weights, as one tagger.

    python -m training.average TUNED-A/last TUNED-B/last --output TUNED

Taggers fine-tuned on from one and the same tagger lie near enough to each other for the mean of their weights to do
about what the mean of their outputs does, at the price of one (Wortsman et al. 2022, arXiv:2203.05482). Score it before
it is used: of taggers that were not tuned from one, the mean is worth nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

from models.tagger import Tagger, load_tagger, save_tagger
from models.tokenizer import CharTokenizer


def average(folders: Sequence[Path]) -> tuple[Tagger, CharTokenizer]:
    """The taggers' mean, each of the same weight.

    Raises:
        FileNotFoundError: A folder holds no tagger.
        ValueError: No folder is given, or the taggers differ in sizes, codes or vocabulary.
    """
    if not folders:
        raise ValueError("no tagger to average")
    model, tokenizer = load_tagger(folders[0])
    total = {name: weight.double() for name, weight in model.state_dict().items()}
    for folder in folders[1:]:
        other, others = load_tagger(folder)
        same = (other.architecture(), other.codes, others.tokens) == (model.architecture(), model.codes, tokenizer.tokens)
        if not same:
            raise ValueError(f"{folder}: sizes, codes or vocabulary differ from those of {folders[0]}")
        for name, weight in other.state_dict().items():
            total[name] += weight
    model.load_state_dict({name: (weight / len(folders)).to(torch.float32) for name, weight in total.items()})
    return model, tokenizer


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("taggers", type=Path, nargs="+", metavar="TAGGER", help="`best/` or `last/` of a fine-tuning")
    parser.add_argument("--output", type=Path, required=True, help="folder for the mean")
    options = parser.parse_args(arguments)
    save_tagger(*average(options.taggers), options.output)


if __name__ == "__main__":
    main()
