"""How fast the released tagger reads, beside the same network in torch and what the processor could do.

`python -m evaluation.benchmarks.tagger [--model FOLDER] [--threads 2]` tags the corpus's test narratives, once to warm
up, then the best of several runs: ONNX Runtime as released, torch in 32 bits, torch in bfloat16 where the
processor has it. The last rows are the rates of one large product of matrices in 32 bits and of the network's
own products, so that one sees how far from the machine's limit the tagger runs. Needs the `train` extra.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from annotations.splits import Split, load_split
from evaluation.benchmarks.extraction import best_seconds
from models.encoder import EncoderConfig
from models.runtime import RELEASED, ModelTagger
from models.tagger import BertEncoder, Tagger
from models.tokenizer import CharTokenizer
from models.windows import Window, pack
from training.restore import restored

_MATRIX = 2048
_BATCH_WINDOWS = 32


def narrative_paragraphs() -> list[str]:
    """The paragraphs of the test narratives, their own line breaks joined."""
    return [
        document.text[block.start : block.end].replace("\n", "")
        for document in load_split(Split.TEST)
        for block in document.blocks
        if block.kind == "paragraph" and block.start < block.end
    ]


def operations_a_character(model: Tagger, length: int) -> float:
    """Multiplications and additions that the network's products take for a character of a window.

    Raises:
        TypeError: The encoder is not a BERT computed by `BertEncoder`.
    """
    if not isinstance(model.encoder, BertEncoder):
        raise TypeError("only the products of a BERT are counted")
    config: EncoderConfig = model.encoder.config
    layer = 4 * config.hidden_size**2 + 2 * config.hidden_size * config.ffn_size + 2 * length * config.hidden_size
    heads = sum(weight.numel() for name, weight in model.named_parameters() if _is_matrix_of_heads(name, weight))
    return 2.0 * (config.n_layers * layer + heads)


def _is_matrix_of_heads(name: str, weight: torch.Tensor) -> bool:
    return weight.dim() > 1 and not name.startswith(("encoder.", "code_hidden", "code_output"))


def product_rate() -> float:
    """Operations a second of a large product in 32 bits."""
    a, b = torch.rand(_MATRIX, _MATRIX), torch.rand(_MATRIX, _MATRIX)
    return 2.0 * _MATRIX**3 / best_seconds(lambda: a @ b, repeats=5)


def batches_for_torch(windows: Sequence[Window], tokenizer: CharTokenizer) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Numbers and masks, windows of a like length together. *Shape:* (windows, seq) each"""
    ordered = sorted(windows, key=lambda window: len(window.text))
    batches = []
    for at in range(0, len(ordered), _BATCH_WINDOWS):
        texts = [window.text for window in ordered[at : at + _BATCH_WINDOWS]]
        ids = np.full((len(texts), max(map(len, texts)) + 2), tokenizer.pad_id, dtype=np.int64)
        for row, text in enumerate(texts):
            ids[row, : len(text) + 2] = [tokenizer.cls_id, *tokenizer.ids(text), tokenizer.sep_id]
        tensor = torch.from_numpy(ids)
        batches.append((tensor, (tensor != tokenizer.pad_id).long()))
    return batches


@torch.no_grad()
def run_torch(model: Tagger, batches: Sequence[tuple[torch.Tensor, torch.Tensor]], *, bf16: bool) -> None:
    """The network alone: no decoding, no code head."""
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        for ids, mask in batches:
            model(ids, mask)


def measured(folder: Path, *, threads: int, repeats: int) -> Table:
    """One row a runtime."""
    torch.set_num_threads(threads)
    paragraphs = narrative_paragraphs()
    characters, windows = sum(map(len, paragraphs)), pack(paragraphs)
    model, tokenizer = restored(folder)
    batches = batches_for_torch(windows, tokenizer)
    runtime = ModelTagger(folder, threads=threads)
    seconds = {
        "ONNX Runtime, as released, decoding included": best_seconds(lambda: runtime.tag_many(paragraphs), repeats=repeats),
        "torch fp32, network alone": best_seconds(lambda: run_torch(model, batches, bf16=False), repeats=repeats),
        "torch bf16, network alone": best_seconds(lambda: run_torch(model, batches, bf16=True), repeats=repeats),
    }
    length = sum(len(window.text) + 2 for window in windows) // len(windows)
    operations, rate = operations_a_character(model, length), product_rate()
    reference = seconds["torch fp32, network alone"]
    table = Table("runtime", "characters/s", "times torch fp32", "share of the fp32 product rate")
    for name, took in seconds.items():
        share = operations * sum(len(window.text) for window in windows) / took / rate
        table.add_row(name, f"{characters / took:,.0f}", f"{reference / took:.2f}", f"{share:.0%}")
    table.caption = (
        f"{characters:,} characters in {len(windows)} windows; {operations / 1e6:.1f} M operations a character; "
        f"a product of {_MATRIX} x {_MATRIX} in fp32: {rate / 1e9:.0f} G operations a second; {threads} threads"
    )
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=RELEASED)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    Console().print(measured(options.model, threads=options.threads, repeats=options.repeats))


if __name__ == "__main__":
    main()
