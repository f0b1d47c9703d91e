"""A release can be trained further: its weights come back within the rounding of its precision."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from models.encoder import EncoderConfig
from models.runtime import LABELS, ModelTagger
from models.tagger import BertEncoder, HeadConfig, Tagger
from models.tokenizer import SPECIAL_TOKENS, WHITESPACE_TOKENS, CharTokenizer
from training.onnx_graph import Precision, write_graph
from training.restore import RestoreError, restored

TOKENIZER = CharTokenizer((*SPECIAL_TOKENS, *WHITESPACE_TOKENS, *"发布通知公告0123456789条，。"))
CODES = ("pub.total", "pub.notice")


@pytest.fixture
def tagger() -> Tagger:
    torch.set_num_threads(1)
    torch.manual_seed(3)
    config = EncoderConfig(vocab_size=len(TOKENIZER), hidden_size=32, n_layers=2, n_heads=2, ffn_size=64)
    return Tagger(BertEncoder(config), CODES, HeadConfig(local_layers=1, code_states=16, code_hidden=16)).eval()


def release(tagger: Tagger, folder: Path, precision: Precision, architecture: object) -> Path:
    from models.labels import TAGS

    write_graph(tagger, folder, precision)
    TOKENIZER.save(folder)
    labels = {"tags": TAGS, "codes": CODES, "architecture": architecture, "settings": {}}
    (folder / LABELS).write_text(json.dumps(labels), encoding="utf-8")
    return folder


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-6), ("fp16", 2e-3), ("int8", 0.02)])
def test_weights_come_back_within_the_rounding_of_the_precision(
    tagger: Tagger, tmp_path: Path, precision: str, tolerance: float
) -> None:
    model, tokenizer = restored(release(tagger, tmp_path, Precision(precision), tagger.architecture()))
    assert tokenizer.tokens == TOKENIZER.tokens
    for name, weight in tagger.state_dict().items():
        # The code head is stored in 16 bits in every precision.
        torch.testing.assert_close(model.state_dict()[name], weight, rtol=0, atol=max(tolerance, 1e-3), msg=name)


def test_a_restored_tagger_says_what_the_release_says(tagger: Tagger, tmp_path: Path) -> None:
    folder = release(tagger, tmp_path, Precision.FP32, tagger.architecture())
    text = "发布通知公告40条，公告2条。"
    model, tokenizer = restored(folder)
    ids = torch.tensor([[tokenizer.cls_id, *map(int, tokenizer.ids(text)), tokenizer.sep_id]])
    with torch.no_grad():
        scores, _ = model(ids, torch.ones_like(ids))
    runtime = ModelTagger(folder).tag_many([text])[0].tags
    torch.testing.assert_close(torch.softmax(scores[0, 1:-1], -1), torch.from_numpy(runtime), rtol=0, atol=1e-5)


def test_a_release_that_does_not_tell_its_architecture_is_refused(tagger: Tagger, tmp_path: Path) -> None:
    with pytest.raises(RestoreError, match="no architecture"):
        restored(release(tagger, tmp_path, Precision.FP32, None))
