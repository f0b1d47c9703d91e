"""Train the linker's weights on the annotated corpus, or print how often its links are right.

    python -m training.link models/released
    python -m training.link models/released --evaluate --split development

The first trains on the corpus's training files, keeps the epoch that links the development files best, and writes
`link.npz` and the folder's checksums. The second compares those weights with the rules, on annotated spans.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from annotations.splits import CORPUS_FOLDER, Split, load_split
from extraction.narrative.learned_linker import LearnedLinker
from extraction.narrative.linker import RuleLinker
from extraction.narrative.model import Linker
from models.link_network import LINK_WEIGHTS, ROLES, LinkNetwork, save_weights
from training.link_data import link_examples
from training.link_evaluation import ALL, EXTRA, MISSING, LinkScores, link_scores
from training.link_training import Epoch, LinkTraining, best_of, train


def train_and_write(folder: Path, corpus: Path, config: LinkTraining) -> LinkScores:
    """Train and write the weights; returns their scores on the development files.

    Raises:
        CorpusError, SplitError: The corpus is out of format.
        OSError: A file cannot be read or written.
        ValueError: The training files state no fact.
    """
    from training.export import write_checksums

    examples, development = (link_examples(load_split(s, corpus)) for s in (Split.TRAIN, Split.DEVELOPMENT))
    epochs: list[Epoch] = []
    for epoch in train(examples, development, config):
        print(f"{epoch.number:3d}  loss {epoch.loss:.3f}  {_line(epoch.scores)}", flush=True)
        epochs.append(epoch)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LINK_WEIGHTS
    save_weights(path, best_of(epochs).weights)
    write_checksums(folder)
    return link_scores(LearnedLinker(LinkNetwork.load(path)), development)


def evaluate(folder: Path, corpus: Path, split: Split) -> dict[str, LinkScores]:
    """The scores of the rules and of the folder's weights, by name."""
    examples = link_examples(load_split(split, corpus))
    linkers: dict[str, Linker] = {"rules": RuleLinker(), "learned": LearnedLinker(LinkNetwork.load(folder / LINK_WEIGHTS))}
    return {name: link_scores(linker, examples) for name, linker in linkers.items()}


def _line(scores: LinkScores) -> str:
    return "  ".join(f"{name} {100 * scores.share(name):.1f}" for name in (*ROLES, ALL, MISSING, EXTRA))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a released model's folder; the weights are its link.npz")
    parser.add_argument("--corpus", type=Path, default=CORPUS_FOLDER)
    parser.add_argument("--evaluate", action="store_true", help="print percentages of links that are right")
    parser.add_argument("--split", type=Split, choices=list(Split), default=Split.DEVELOPMENT, help="for --evaluate")
    parser.add_argument("--epochs", type=int, default=LinkTraining().epochs)
    parser.add_argument("--seed", type=int, default=LinkTraining().seed)
    options = parser.parse_args(arguments)
    if options.evaluate:
        for name, scores in evaluate(options.folder, options.corpus, options.split).items():
            print(f"{name:8s} {scores.facts} facts  {_line(scores)}")
    else:
        config = replace(LinkTraining(), epochs=options.epochs, seed=options.seed)
        print(f"written  {_line(train_and_write(options.folder, options.corpus, config))}")


if __name__ == "__main__":
    main()
