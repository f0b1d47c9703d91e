"""What fine-tuning starts from: an encoder, or a trained tagger though the catalogue may have grown since."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from extraction.narrative.catalogue import load_catalogue
from models.tagger import HeadConfig, Tagger, load_encoder, load_tagger
from models.tokenizer import CharTokenizer


def starting_model(
    encoder: str | None, tagger: Path | None, heads: HeadConfig
) -> tuple[Tagger, CharTokenizer]:
    """A tagger for the catalogue's codes: the trained one, or new heads on the encoder where there is none.

    Raises:
        OSError: There is no such tagger or encoder.
        ValueError: Neither is given, or the encoder's vocabulary lacks one of BERT's special tokens.
    """
    codes = tuple(load_catalogue())
    if tagger is not None:
        model, tokenizer = load_tagger(tagger)
        return recoded(model, codes), tokenizer
    if encoder is None:
        raise ValueError("an encoder or a tagger to start from is needed")
    built, tokenizer = load_encoder(encoder)
    return Tagger(built, codes, heads), tokenizer


def recoded(model: Tagger, codes: Sequence[str]) -> Tagger:
    """The tagger for other codes: those that it knows keep their weights, those that are gone lose them.

    A new code starts from nothing: no weights, and the lowest bias of all, so that it is not chosen before it
    has been learnt. The encoder and the other parts are the model's own, not copies.
    """
    if tuple(codes) == model.codes:
        return model
    grown = Tagger(model.encoder, tuple(codes), model.config)
    state = model.state_dict()
    weight, bias = state["code_output.weight"], state["code_output.bias"]
    row = {code: number for number, code in enumerate(model.codes, start=1)}
    rows = [0, *(row.get(code, -1) for code in codes)]  # row 0 is that of “no code”
    known = torch.tensor([number >= 0 for number in rows])
    state["code_output.weight"] = weight[rows] * known[:, None]
    state["code_output.bias"] = torch.where(known, bias[rows], bias.min())
    grown.load_state_dict(state)
    for name, part in model.named_children():
        if name != "code_output":
            setattr(grown, name, part)
    return grown.train(model.training)
