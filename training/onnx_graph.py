"""The tagger as an ONNX graph, in the precision that is released."""

from __future__ import annotations

import warnings
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.runtime import CODE_HEAD, GRAPH
from models.tagger import Tagger

_OPSET = 17


class Precision(StrEnum):
    """How weights are stored. `fp16` is computed in fp32; `int8` in integers, activations scaled on the fly."""

    FP32 = "fp32"
    FP16 = "fp16"
    INT8 = "int8"


def write_graph(model: Tagger, folder: Path, precision: Precision) -> None:
    """Write `model.onnx` and `code_head.npz`.

    The graph takes `ids` and `mask`, *Shape:* (batch, seq), and gives `tags`, *Shape:* (batch, seq, tags), and
    `states`, *Shape:* (batch, seq, code_states).
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / GRAPH
    plain = path if precision is Precision.FP32 else folder / "fp32.onnx"
    _export(model, plain)
    if precision is Precision.INT8:
        _to_int8(plain, path)
    elif precision is Precision.FP16:
        _to_fp16_storage(plain, path)
    if plain != path:
        plain.unlink()
    weights: dict[str, Any] = {
        f"{name}.{part}": tensor.detach().numpy().astype(np.float16)
        for name, layer in (("hidden", model.code_hidden), ("output", model.code_output))
        for part, tensor in layer.named_parameters()
    }
    np.savez_compressed(folder / CODE_HEAD, **weights)


def _export(model: Tagger, path: Path) -> None:
    ids = torch.ones((2, 16), dtype=torch.int64)
    axes = {name: {0: "batch", 1: "seq"} for name in ("ids", "mask", "tags", "states")}
    with warnings.catch_warnings():
        # The exporter that needs no further package is marked as old.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model.eval().float(), (ids, torch.ones_like(ids)), str(path), input_names=["ids", "mask"],
            output_names=["tags", "states"], dynamic_axes=axes, opset_version=_OPSET, dynamo=False,
        )  # fmt: skip


def _to_int8(source: Path, target: Path) -> None:
    """Products of matrices in 8 bits, a scale for each column; embeddings stored in 8 bits."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        source, target, op_types_to_quantize=["MatMul", "Gather"], per_channel=True, weight_type=QuantType.QInt8
    )


def _to_fp16_storage(source: Path, target: Path) -> None:
    """Weights stored in 16 bits, with a cast behind each that the runtime folds when it loads the graph."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    graph = onnx.load(source)
    casts = []
    for weight in graph.graph.initializer:
        if weight.data_type != TensorProto.FLOAT or np.prod(weight.dims) < 1024:
            continue
        name = weight.name
        half = numpy_helper.to_array(weight).astype(np.float16)
        weight.CopyFrom(numpy_helper.from_array(half, f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.graph.node]
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)
    onnx.save(graph, target)
