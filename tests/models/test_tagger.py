"""The tagger computes what its encoder computes, from any encoder of `transformers`, and is stored whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.labels import TAGS
from models.tagger import (
    RANGES,
    AutoEncoder,
    BertEncoder,
    HeadConfig,
    Tagger,
    load_encoder,
    load_tagger,
    pooled,
    save_tagger,
)
from models.tokenizer import SPECIAL_TOKENS

CODES = ("pub.total", "pub.notice")
# As published Chinese BERTs have it: special tokens not in front, pieces of words, digits of their own.
PIECES = ["[PAD]", "##件", "2023", *"０12345公开信息条，件", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a"]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def write_tokenizer(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(PIECES), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer"}')


@pytest.fixture
def bert_folder(tmp_path: Path) -> Path:
    """A BERT in the format in which encoders are published."""
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=len(PIECES), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=40,
    )  # fmt: skip
    BertModel(config).save_pretrained(tmp_path / "bert")
    write_tokenizer(tmp_path / "bert")
    return tmp_path / "bert"


def test_the_lean_encoder_computes_what_transformers_computes(bert_folder: Path) -> None:
    from transformers import AutoModel

    encoder, tokenizer = load_encoder(str(bert_folder))
    assert isinstance(encoder, BertEncoder)
    texts = ["公开信息12条", "件，3"]
    ids, mask = torch.zeros(2, 9, dtype=torch.long), torch.zeros(2, 9, dtype=torch.long)
    theirs = torch.zeros(2, 9, dtype=torch.long)
    for row, text in enumerate(texts):
        numbers = [tokenizer.cls_id, *tokenizer.ids(text).tolist(), tokenizer.sep_id]
        ids[row, : len(numbers)], mask[row, : len(numbers)] = torch.tensor(numbers), 1
        pieces = [PIECES.index(token) for token in ("[CLS]", *text, "[SEP]")]
        theirs[row, : len(pieces)] = torch.tensor(pieces)
    reference = AutoModel.from_pretrained(bert_folder).eval()
    with torch.no_grad():
        states = encoder(ids, mask)[1]
        expected = reference(input_ids=theirs, attention_mask=mask).last_hidden_state
    counted = mask.bool()
    torch.testing.assert_close(states[counted], expected[counted], rtol=1e-4, atol=1e-4)


def test_the_vocabulary_is_cut_to_single_characters(bert_folder: Path) -> None:
    _, tokenizer = load_encoder(str(bert_folder))
    assert tokenizer.tokens[:5] == SPECIAL_TOKENS
    assert "##件" not in tokenizer.tokens
    assert tokenizer.ids("2023年").tolist()[-1] == tokenizer.unk_id
    assert {" ", "\n"} <= set(tokenizer.tokens)


def test_other_encoders_work_too(tmp_path: Path) -> None:
    from transformers import ElectraConfig, ElectraModel

    config = ElectraConfig(
        vocab_size=len(PIECES), embedding_size=16, hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=64,
    )  # fmt: skip
    ElectraModel(config).save_pretrained(tmp_path)
    write_tokenizer(tmp_path)
    encoder, tokenizer = load_encoder(str(tmp_path))
    assert isinstance(encoder, AutoEncoder)
    model = Tagger(encoder, CODES, HeadConfig()).eval()
    ids = torch.from_numpy(tokenizer.ids("公开信息12条").astype(np.int64))[None]
    scores, _ = model(ids, torch.ones_like(ids))
    assert scores.shape == (1, 7, len(TAGS))
    save_tagger(model, tokenizer, tmp_path / "saved")
    again, _ = load_tagger(tmp_path / "saved")
    torch.testing.assert_close(again(ids, torch.ones_like(ids))[0], scores)


def test_padding_changes_nothing_and_a_stored_tagger_is_the_same(bert_folder: Path, tmp_path: Path) -> None:
    encoder, tokenizer = load_encoder(str(bert_folder))
    model = Tagger(encoder, CODES, HeadConfig(code_states=8)).eval()
    ids = torch.randint(5, len(tokenizer), (1, 7))
    padded = torch.cat((ids, torch.zeros(1, 6, dtype=torch.long)), dim=1)
    mask = (torch.arange(13) < 7).long()[None]
    save_tagger(model, tokenizer, tmp_path / "saved")
    again, same = load_tagger(tmp_path / "saved")
    assert same.tokens == tokenizer.tokens
    assert again.codes == CODES
    with torch.no_grad():
        for short, long in zip(model(ids, torch.ones_like(ids)), again(padded, mask), strict=True):
            torch.testing.assert_close(long[:, :7], short, rtol=1e-4, atol=1e-5)


def test_facts_are_pooled_from_their_ranges() -> None:
    states = torch.arange(12.0).reshape(1, 6, 2)
    ranges = torch.zeros(1, len(RANGES), 2, dtype=torch.long)
    ranges[0, 0], ranges[0, RANGES.index("item")] = torch.tensor([3, 5]), torch.tensor([0, 2])
    features = pooled(states, torch.tensor([0]), ranges)[0].reshape(-1, 2)
    assert features[0].tolist() == [7, 8]
    assert features[RANGES.index("item")].tolist() == [1, 2]
    assert features[RANGES.index("action")].tolist() == [0, 0]
    assert features[-2].tolist() == [6, 7]
    assert features[-1].tolist() == [2, 3]


def test_an_encoder_without_bert_s_special_tokens_is_refused(bert_folder: Path) -> None:
    from transformers import BertTokenizerFast

    BertTokenizerFast.from_pretrained(bert_folder, mask_token="<mask>").save_pretrained(bert_folder)
    vocabulary = bert_folder / "tokenizer.json"
    vocabulary.write_text(vocabulary.read_text(encoding="utf-8").replace("[MASK]", "[GAP]"), encoding="utf-8")
    with pytest.raises(ValueError, match="MASK"):
        load_encoder(str(bert_folder))
