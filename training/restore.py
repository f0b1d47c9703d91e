"""A released model as a tagger that can be trained further, where the checkpoint it was made from is not at hand.

    python -m training.restore models/released TAGGER

What `training.export` stored in 8 or 16 bits is read back as 32: scores stay within its rounding.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models.encoder import EncoderConfig
from models.runtime import CODE_HEAD, GRAPH, LABELS
from models.tagger import BertEncoder, HeadConfig, Tagger, save_tagger
from models.tokenizer import CharTokenizer

Weights = dict[str, NDArray[np.float32]]
_PRODUCTS = ("MatMul", "MatMulInteger")


class RestoreError(ValueError):
    """The folder's graph was not written by `training.export`, or is of an encoder that is not a BERT."""


def restored(folder: Path) -> tuple[Tagger, CharTokenizer]:
    """The tagger that a release was exported from.

    Raises:
        FileNotFoundError: The folder holds no release.
        RestoreError: It holds one that cannot be taken back.
    """
    labels = json.loads((folder / LABELS).read_text(encoding="utf-8"))
    architecture = labels.get("architecture")
    if architecture is None or architecture["encoder"]["kind"] != "bert":
        raise RestoreError(f"{folder / LABELS}: no architecture of a BERT is told; train further from the checkpoint")
    sizes = {name: size for name, size in architecture["encoder"].items() if name != "kind"}
    heads = HeadConfig(**architecture["heads"])
    model = Tagger(BertEncoder(EncoderConfig(**sizes)), tuple(labels["codes"]), heads)
    weights = graph_weights(folder / GRAPH) | code_head_weights(folder / CODE_HEAD)
    missing = sorted(set(model.state_dict()) - set(weights))
    if missing:
        raise RestoreError(f"{folder / GRAPH}: no weights for {', '.join(missing)}")
    model.load_state_dict({name: torch.from_numpy(weights[name]) for name in model.state_dict()})
    return model.eval(), CharTokenizer.load(folder)


def graph_weights(path: Path) -> Weights:
    """The named weights of a graph, those of products by the bias that is added to them."""
    import onnx

    graph = onnx.load(path).graph
    stored = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    maker = {name: node for node in graph.node for name in node.output}
    weights = {name: _full(stored, name) for name in _plain_names(stored)}
    # Equal weights are stored once.
    weights |= {n.output[0]: weights[n.input[0]] for n in graph.node if n.op_type == "Identity" and n.input[0] in weights}
    for node in graph.node:
        bias = next((name for name in node.input if name.endswith(".bias") and name in weights), None)
        if node.op_type != "Add" or bias is None:
            continue
        product = _product_behind(maker, next(name for name in node.input if name != bias))
        if product is not None:
            matrix = _full(stored, product.input[1].removesuffix("_quantized"))
            weights[f"{bias.removesuffix('.bias')}.weight"] = np.ascontiguousarray(matrix.T)
    return weights


def code_head_weights(path: Path) -> Weights:
    """The code head under the names that `Tagger` has for it."""
    with np.load(path) as stored:
        return {f"code_{name}": stored[name].astype(np.float32) for name in stored.files}


def _plain_names(stored: Mapping[str, NDArray[Any]]) -> set[str]:
    suffixes = ("_quantized", "_scale", "_zero_point", "_half")
    names = {name for name in stored if not name.endswith(suffixes)}
    return names | {name.removesuffix(s) for name in stored for s in ("_quantized", "_half") if name.endswith(s)}


def _full(stored: Mapping[str, NDArray[Any]], name: str) -> NDArray[np.float32]:
    """A weight in 32 bits, however it is stored; 8 bits have a scale and a nought, for all or for each column."""
    if f"{name}_quantized" in stored:
        numbers = stored[f"{name}_quantized"].astype(np.float32)
        numbers -= stored[f"{name}_zero_point"].astype(np.float32)
        return np.asarray(numbers * stored[f"{name}_scale"], dtype=np.float32)
    return np.array(stored[f"{name}_half" if f"{name}_half" in stored else name], dtype=np.float32)


def _product_behind(maker: Mapping[str, Any], name: str) -> Any | None:
    """The product of matrices that a sum adds its bias to, casts and scales in between passed over."""
    while name in maker:
        node = maker[name]
        if node.op_type in _PRODUCTS:
            return node
        if node.op_type not in ("Cast", "Mul"):
            return None
        name = node.input[0]
    return None


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="folder that `training.export` wrote")
    parser.add_argument("output", type=Path, help="folder for the tagger")
    options = parser.parse_args(arguments)
    model, tokenizer = restored(options.model)
    save_tagger(model, tokenizer, options.output)


if __name__ == "__main__":
    main()
