"""What several taggers together make of texts that nobody annotated, for one tagger to learn from.

    python -m training.soft_labels TUNED-2/best TUNED-3/last --config training/configs/pretrain.toml \
        --corpus CORPUS --source provincial_reports --output soft.npz

The mean of the taggers' scores is a better reading than any one's; a single tagger that learns it on texts which none
of them was trained on keeps part of that at the price of one (Buciluǎ et al. 2006; Hinton et al. 2015,
arXiv:1503.02531). Paragraphs without a digit are left out.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.labels import TAGS
from models.tagger import Tagger, load_tagger
from models.tokenizer import CharTokenizer
from training.pretrain import load_recipe
from training.tagger_data import BatchMaker, windows_of
from training.tagger_examples import Example
from training.text_corpus import read_documents

_DIGIT = re.compile(r"[0-9０-９]")
_TOKENS = 6144


def windows_with_figures(documents: Iterable[Sequence[str]]) -> Iterator[Example]:
    """The documents' windows, as at run time, of the paragraphs that hold a digit."""
    for lines in documents:
        yield from windows_of([Example(line) for line in lines if _DIGIT.search(line)])


@torch.no_grad()
def soft_labels(
    taggers: Sequence[Tagger], tokenizer: CharTokenizer, windows: Iterable[Example], *, bf16: bool = True
) -> Iterator[Example]:
    """The windows, shortest first, with the softmax of the mean of the taggers' scores."""
    maker = BatchMaker(tokenizer, (), _TOKENS)
    for examples in maker.by_length(windows):
        batch = maker.arrays(examples)
        ids, mask = torch.from_numpy(batch.ids), torch.from_numpy(batch.mask)
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            scores = torch.stack([tagger(ids, mask)[0].float().log_softmax(-1) for tagger in taggers]).mean(0)
        tags = scores.softmax(-1).numpy().astype(np.float16)
        for row, example in enumerate(examples):
            yield Example(example.text, tags=tags[row, 1 : len(example.text) + 1])


def save_soft_labels(windows: Iterable[Example], path: Path) -> None:
    """Write all windows into one `.npz`."""
    texts: list[str] = []
    tags: list[NDArray[np.float16]] = [np.empty((0, len(TAGS)), dtype=np.float16)]
    for window in windows:
        assert window.tags is not None
        texts.append(window.text)
        tags.append(window.tags)
    text = np.frombuffer("".join(texts).encode("utf-32-le"), dtype="<u4")
    np.savez_compressed(path, lengths=np.array([*map(len, texts)], dtype=np.int64), text=text, tags=np.concatenate(tags))


def load_soft_labels(path: Path) -> list[Example]:
    """Read what `save_soft_labels` wrote.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The tags are not those of this program.
    """
    with np.load(path) as stored:
        text, tags, lengths = stored["text"].tobytes().decode("utf-32-le"), stored["tags"], stored["lengths"]
    if tags.shape[1] != len(TAGS):
        raise ValueError(f"{path}: {tags.shape[1]} tags, not {len(TAGS)}; make it again by training.soft_labels")
    ends = [0, *lengths.cumsum().tolist()]
    return [Example(text[start:end], tags=tags[start:end]) for start, end in pairwise(ends)]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("taggers", type=Path, nargs="+", metavar="TAGGER", help="`best/` or `last/` of a fine-tuning")
    parser.add_argument("--config", type=Path, required=True, help="TOML file of the pre-training: its sources")
    parser.add_argument("--corpus", type=Path, required=True, help="folder of the raw text")
    parser.add_argument("--source", action="append", required=True, help="name of a source; may be repeated")
    parser.add_argument("--output", type=Path, required=True, help="`.npz` to write")
    options = parser.parse_args(arguments)
    sources = {source.name: source for source in load_recipe(options.config).sources}
    if unknown := sorted(set(options.source) - set(sources)):
        parser.error(f"{options.config} has no source {unknown}; it has {sorted(sources)}")
    loaded = [load_tagger(folder) for folder in options.taggers]
    tokenizer = loaded[0][1]
    if any(other.tokens != tokenizer.tokens for _, other in loaded):
        parser.error("the taggers' vocabularies differ")
    windows = (w for name in options.source for w in windows_with_figures(read_documents(options.corpus, sources[name])))
    save_soft_labels(soft_labels([tagger for tagger, _ in loaded], tokenizer, windows), options.output)


if __name__ == "__main__":
    main()
