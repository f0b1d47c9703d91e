"""The tagger: an encoder with a head for BIO tags and one for the codes of facts.

The code head reads pooled states of a fact's spans, so it sees the noun and verb that the linker chose. At run
time the graph gives tags and states, and the head is applied to the linked facts (`models.runtime`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.encoder import EncoderConfig, EncoderLayer
from models.labels import TAGS
from models.tokenizer import SPECIAL_TOKENS, UNK, WHITESPACE_TOKENS, CharTokenizer

# Ranges that a fact brings to the code head: the value, the characters before it, the linked spans.
RANGES = ("value", "before", "after", "item", "action", "channel", "parent_item")
_MASKED = -1e4


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadConfig:
    """Sizes of what stands on the encoder.

    Attributes:
        local_layers: Convolutions over the embeddings beside the encoder; they learn the shape of numbers and
            nouns from few examples.
        local_width: Characters that a convolution sees.
        code_states: Width of the states that facts are coded from.
        code_hidden: Width of the code head's hidden layer.
    """

    local_layers: int = 2
    local_width: int = 5
    code_states: int = 192
    code_hidden: int = 256
    dropout: float = 0.1


class MaskedLayer(EncoderLayer):
    """An encoder layer for batches with padding; in training what each half adds is dropped in part."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__(config)
        self.dropout = nn.Dropout(0.0)

    def attended(self, states: Tensor, bias: Tensor) -> Tensor:
        """
        Args:
            states: *Shape:* (batch, seq, width)
            bias: Added to the attention scores. *Shape:* (batch, 1, 1, seq)

        Returns: *Shape:* (batch, seq, width)
        """
        batch, seq, width = states.shape
        query, key, value = self.qkv(states).chunk(3, dim=-1)
        query = query * (width // self.n_heads) ** -0.5
        scores = self._heads(query) @ self._heads(key).transpose(-1, -2) + bias
        mixed = torch.softmax(scores, dim=-1).to(value.dtype) @ self._heads(value)
        added = self.attention_out(mixed.transpose(1, 2).reshape(batch, seq, width))
        states = self.attention_norm(states + self.dropout(added))
        output: Tensor = self.ffn_norm(states + self.dropout(self.ffn_out(F.gelu(self.ffn_in(states)))))
        return output


class BertEncoder(nn.Module):
    """A BERT of any size, computed leanly."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.width = config.hidden_size
        self.words = nn.Embedding(config.vocab_size, config.hidden_size)
        self.positions = nn.Embedding(config.max_positions, config.hidden_size)
        self.embedding_norm = nn.LayerNorm(config.hidden_size, eps=1e-12)
        self.layers = nn.ModuleList(MaskedLayer(config) for _ in range(config.n_layers))

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """
        Args:
            ids: *Shape:* (batch, seq)
            mask: 1 where there is a token, 0 at padding. *Shape:* (batch, seq)

        Returns: Embeddings and last states. *Shape:* (batch, seq, width) each
        """
        embedded = states = self.embedding_norm(self.words(ids) + self.positions.weight[: ids.shape[1]])
        bias = (1.0 - mask.to(states.dtype))[:, None, None, :] * _MASKED
        for layer in self.layers:
            assert isinstance(layer, MaskedLayer)
            states = layer.attended(states, bias)
        return embedded, states

    def set_dropout(self, share: float) -> None:
        """Of what the layers' halves add to the states, in training."""
        for layer in self.layers:
            assert isinstance(layer, MaskedLayer)
            layer.dropout.p = share

    def stored(self) -> dict[str, Any]:
        return {"kind": "bert", **asdict(self.config)}


class AutoEncoder(nn.Module):
    """Any other encoder of `transformers`."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.width: int = encoder.config.hidden_size  # type: ignore[union-attr, assignment]

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """As `BertEncoder.forward`."""
        output = self.encoder(input_ids=ids, attention_mask=mask, output_hidden_states=True)
        return output.hidden_states[0], output.last_hidden_state

    def stored(self) -> dict[str, Any]:
        return {"kind": "auto", "config": self.encoder.config.to_dict()}  # type: ignore[union-attr, operator]


class Tagger(nn.Module):
    """Encoder, local convolutions, tag head, code head.

    Args:
        encoder: Gives embeddings and states.
        codes: The catalogue's codes in the order of the code head's outputs; output 0 is “no code”.
        config: Sizes of the heads.
    """

    def __init__(self, encoder: BertEncoder | AutoEncoder, codes: tuple[str, ...], config: HeadConfig) -> None:
        super().__init__()
        self.encoder, self.codes, self.config = encoder, codes, config
        width = encoder.width
        self.local = nn.ModuleList(
            nn.Conv1d(width, width, config.local_width, padding=config.local_width // 2)
            for _ in range(config.local_layers)
        )
        self.join = nn.Linear(2 * width, width)
        self.tags = nn.Linear(width, len(TAGS))
        self.code_states = nn.Linear(3 * width, config.code_states)
        self.code_hidden = nn.Linear((len(RANGES) + 2) * config.code_states, config.code_hidden)
        self.code_output = nn.Linear(config.code_hidden, len(codes) + 1)
        self.dropout = nn.Dropout(config.dropout)

    def architecture(self) -> dict[str, Any]:
        """The sizes of encoder and heads, from which an empty tagger of this shape can be made."""
        return {"encoder": self.encoder.stored(), "heads": asdict(self.config)}

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """
        Args:
            ids: Vocabulary numbers with `[CLS]` and `[SEP]`. *Shape:* (batch, seq)
            mask: *Shape:* (batch, seq)

        Returns: Scores of the tags, *Shape:* (batch, seq, tags), and the states that facts are coded from,
            *Shape:* (batch, seq, code_states).
        """
        embedded, states = self.encoder(ids, mask)
        padding = mask.to(embedded.dtype)[:, :, None]
        local = embedded * padding
        for convolution in self.local:
            local = local + F.gelu(convolution(local.transpose(1, 2)).transpose(1, 2)) * padding
        joined = F.gelu(self.join(self.dropout(torch.cat((states, local), dim=-1))))
        coded = self.code_states(self.dropout(torch.cat((states, local, embedded), dim=-1)))
        return self.tags(self.dropout(joined)), coded

    def code_scores(self, states: Tensor, rows: Tensor, ranges: Tensor) -> Tensor:
        """Scores of the codes of facts.

        Args:
            states: *Shape:* (batch, seq, code_states)
            rows: The batch row of each fact. *Shape:* (facts,)
            ranges: Start and end of each of `RANGES`; empty where there is none. *Shape:* (facts, ranges, 2)

        Returns: *Shape:* (facts, codes + 1)
        """
        features = pooled(states.float(), rows, ranges)
        hidden = F.gelu(self.code_hidden(self.dropout(features)), approximate="tanh")
        output: Tensor = self.code_output(self.dropout(hidden))
        return output


def pooled(states: Tensor, rows: Tensor, ranges: Tensor) -> Tensor:
    """Means over the ranges, the value's first state and the item's last; noughts for an empty range.

    *Shape:* (facts, (ranges + 2) * width)
    """
    sums = F.pad(states.cumsum(dim=1), (0, 0, 1, 0))
    starts, ends = ranges[..., 0], ranges[..., 1]
    means = (sums[rows[:, None], ends] - sums[rows[:, None], starts]) / (ends - starts).clamp(min=1)[..., None]
    first = states[rows, starts[:, 0]]
    item = RANGES.index("item")
    has_item = (ends[:, item] > starts[:, item])[:, None].to(states.dtype)
    last = states[rows, (ends[:, item] - 1).clamp(min=0)] * has_item
    return torch.cat((means.flatten(1), first, last), dim=-1)


def load_encoder(name: str) -> tuple[BertEncoder | AutoEncoder, CharTokenizer]:
    """An encoder of `transformers` by name or folder, its vocabulary cut to single characters.

    Raises:
        OSError: There is no such encoder.
        ValueError: Its vocabulary lacks one of BERT's special tokens.
    """
    from transformers import AutoModel, AutoTokenizer

    encoder = AutoModel.from_pretrained(name)
    vocabulary: dict[str, int] = AutoTokenizer.from_pretrained(name).get_vocab()
    missing = [token for token in SPECIAL_TOKENS if token not in vocabulary]
    if missing:
        raise ValueError(f"{name}: the vocabulary lacks {missing}")
    kept = [token for token in sorted(vocabulary, key=vocabulary.__getitem__) if len(token) == 1]
    tokens = (*SPECIAL_TOKENS, *kept, *(token for token in WHITESPACE_TOKENS if token not in vocabulary))
    rows = torch.tensor([vocabulary.get(token, vocabulary[UNK]) for token in tokens])
    words = encoder.get_input_embeddings().weight.detach()[rows]
    if encoder.config.model_type == "bert" and encoder.config.hidden_act == "gelu":
        return _lean(encoder, words), CharTokenizer(tokens)
    encoder.set_input_embeddings(_embedding(words))
    encoder.config.vocab_size = len(tokens)
    return AutoEncoder(encoder), CharTokenizer(tokens)


def _embedding(words: Tensor) -> nn.Embedding:
    embedding = nn.Embedding(len(words), words.shape[1])
    embedding.load_state_dict({"weight": words})
    return embedding


def _lean(bert: nn.Module, words: Tensor) -> BertEncoder:
    stored = bert.config
    config = EncoderConfig(
        vocab_size=len(words), hidden_size=stored.hidden_size, n_layers=stored.num_hidden_layers,  # type: ignore[union-attr, arg-type]
        n_heads=stored.num_attention_heads, ffn_size=stored.intermediate_size,  # type: ignore[union-attr, arg-type]
        max_positions=stored.max_position_embeddings,  # type: ignore[union-attr, arg-type]
    )  # fmt: skip
    weights = {name: tensor.detach() for name, tensor in bert.state_dict().items()}
    state = {
        "words.weight": words,
        # One text, no pairs: the first segment's embedding is a constant.
        "positions.weight": weights["embeddings.position_embeddings.weight"]
        + weights["embeddings.token_type_embeddings.weight"][0],
    }
    names = {"attention.output.dense": "attention_out", "attention.output.LayerNorm": "attention_norm",
             "intermediate.dense": "ffn_in", "output.dense": "ffn_out", "output.LayerNorm": "ffn_norm"}  # fmt: skip
    for part in ("weight", "bias"):
        state[f"embedding_norm.{part}"] = weights[f"embeddings.LayerNorm.{part}"]
        for index in range(config.n_layers):
            source, target = f"encoder.layer.{index}", f"layers.{index}"
            qkv = [weights[f"{source}.attention.self.{name}.{part}"] for name in ("query", "key", "value")]
            state[f"{target}.qkv.{part}"] = torch.cat(qkv)
            for theirs, ours in names.items():
                state[f"{target}.{ours}.{part}"] = weights[f"{source}.{theirs}.{part}"]
    lean = BertEncoder(config)
    lean.load_state_dict(state)
    return lean


def save_tagger(model: Tagger, tokenizer: CharTokenizer, folder: Path) -> None:
    """Write `tagger.json`, `tagger.safetensors` and the tokenizer."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    stored = {**model.architecture(), "codes": model.codes}
    (folder / "tagger.json").write_text(json.dumps(stored, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    state = {name: tensor.detach().contiguous().clone() for name, tensor in model.state_dict().items()}
    save_file(state, folder / "tagger.safetensors")
    tokenizer.save(folder)


def load_tagger(folder: Path) -> tuple[Tagger, CharTokenizer]:
    """Read what `save_tagger` wrote.

    Raises:
        FileNotFoundError: The folder holds no tagger.
    """
    from safetensors.torch import load_file

    stored = json.loads((folder / "tagger.json").read_text(encoding="utf-8"))
    encoder = stored["encoder"]
    kind = encoder.pop("kind")
    if kind == "bert":
        built: BertEncoder | AutoEncoder = BertEncoder(EncoderConfig(**encoder))
    else:
        from transformers import AutoConfig, AutoModel

        config = AutoConfig.for_model(**encoder["config"])
        built = AutoEncoder(AutoModel.from_config(config))  # type: ignore[no-untyped-call]
    model = Tagger(built, tuple(stored["codes"]), HeadConfig(**stored["heads"]))
    model.load_state_dict(load_file(folder / "tagger.safetensors"))
    return model.eval(), CharTokenizer.load(folder)
