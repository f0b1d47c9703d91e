"""A trained tagger keeps what it knows when the catalogue has grown or shrunk."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from extraction.narrative.catalogue import load_catalogue
from models.encoder import EncoderConfig
from models.tagger import RANGES, BertEncoder, HeadConfig, Tagger, save_tagger
from models.tokenizer import SPECIAL_TOKENS, WHITESPACE_TOKENS, CharTokenizer
from training.recode import recoded, starting_model

TOKENIZER = CharTokenizer((*SPECIAL_TOKENS, *WHITESPACE_TOKENS, *"发布条12"))
HEADS = HeadConfig(local_layers=1, code_states=8, code_hidden=16)


@pytest.fixture
def tagger() -> Tagger:
    torch.manual_seed(3)
    config = EncoderConfig(vocab_size=len(TOKENIZER), hidden_size=32, n_layers=1, n_heads=2, ffn_size=64)
    return Tagger(BertEncoder(config), ("pub.total", "pub.notice", "pub.news"), HEADS).eval()


def scores(model: Tagger) -> torch.Tensor:
    """Of “no code” and each code, for one fact in fixed states."""
    states = torch.randn((1, 8, HEADS.code_states), generator=torch.Generator().manual_seed(1))
    ranges = torch.tensor([[[1, 3], [0, 1], [3, 5], *[[0, 0]] * (len(RANGES) - 3)]])
    with torch.no_grad():
        return model.code_scores(states, torch.tensor([0]), ranges)[0]


def test_known_codes_keep_their_scores_wherever_they_stand_now(tagger: Tagger) -> None:
    grown = recoded(tagger, ("app.received", "pub.news", "pub.total"))
    before, after = scores(tagger), scores(grown)
    torch.testing.assert_close(after[[0, 2, 3]], before[[0, 3, 1]])
    assert grown.codes == ("app.received", "pub.news", "pub.total")


def test_a_new_code_starts_from_nothing_and_learns(tagger: Tagger) -> None:
    grown = recoded(tagger, (*tagger.codes, "app.received"))
    assert scores(grown)[-1] == tagger.state_dict()["code_output.bias"].min()
    scores_of_new = grown.code_output(torch.ones(HEADS.code_hidden))[-1]
    scores_of_new.backward()  # type: ignore[no-untyped-call]
    assert grown.code_output.weight.grad is not None
    assert grown.code_output.weight.grad[-1].abs().sum() > 0


def test_equal_codes_change_nothing(tagger: Tagger) -> None:
    assert recoded(tagger, tagger.codes) is tagger


def test_fine_tuning_goes_on_from_a_tagger_with_the_catalogues_codes(tagger: Tagger, tmp_path: Path) -> None:
    save_tagger(tagger, TOKENIZER, tmp_path)
    model, tokenizer = starting_model(None, tmp_path, HeadConfig())
    assert model.codes == tuple(load_catalogue())
    assert model.config == HEADS
    assert tokenizer.tokens == TOKENIZER.tokens
    torch.testing.assert_close(model.tags.weight, tagger.tags.weight)
    row = model.codes.index("pub.notice") + 1
    torch.testing.assert_close(model.code_output.weight[row], tagger.code_output.weight[2])


def test_there_is_something_to_start_from() -> None:
    with pytest.raises(ValueError, match="encoder or a tagger"):
        starting_model(None, None, HeadConfig())
