from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from models.tokenizer import FOLDED, SPECIAL_TOKENS, CharTokenizer, build_vocabulary, gb2312_characters

VOCABULARY = build_vocabulary({"政": 9, "府": 5, "〇": 4, "𠮷": 3, "龘": 1}, min_count=3)
TOKENIZER = CharTokenizer(VOCABULARY)
AWKWARD = "一A1１①２０%％\r\n\t\u3000\u00a0é e\u0301 𠮷👩‍👩‍👧\ufe0f[MASK][CLS]\x00龘"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("tokenizer")
    TOKENIZER.save(folder)
    return folder


@pytest.fixture(scope="module")
def library_tokenizer(saved: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(saved / "tokenizer.json"))
    tokenizer.encode_special_tokens = True
    return tokenizer


@given(st.text(st.characters(), max_size=60))
def test_any_string_has_one_number_a_character(text: str) -> None:
    ids = TOKENIZER.ids(text)
    assert ids.shape == (len(text),)
    assert all(TOKENIZER.ids(character)[0] == number for character, number in zip(text, ids, strict=True))


def test_lone_surrogates_are_accepted() -> None:
    assert TOKENIZER.ids("\ud800政").tolist() == [TOKENIZER.unk_id, TOKENIZER.tokens.index("政")]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.just(AWKWARD))
def test_library_gives_the_same_numbers_and_exact_offsets(library_tokenizer: Tokenizer, text: str) -> None:
    encoded = library_tokenizer.encode(text, add_special_tokens=False)
    assert encoded.ids == TOKENIZER.ids(text).tolist()
    assert encoded.offsets == [(i, i + 1) for i in range(len(text))]


def test_digits_of_each_width_are_tokens_of_their_own() -> None:
    digits = TOKENIZER.ids("0123456789０１２３４５６７８９")
    assert len(set(digits.tolist()) - {TOKENIZER.unk_id}) == 20


def test_ascii_letters_fold_and_full_width_ones_do_not() -> None:
    assert TOKENIZER.ids("APP").tolist() == TOKENIZER.ids("app").tolist()
    assert len(set(TOKENIZER.ids("aＡａ").tolist())) == 3


def test_white_space_is_not_unknown() -> None:
    newline, space, tab, ideographic = TOKENIZER.ids("\n \t\u3000").tolist()
    assert len({newline, space, tab, ideographic, TOKENIZER.unk_id}) == 5
    assert TOKENIZER.ids("\r\u00a0").tolist() == [newline, space]


def test_vocabulary_covers_gb2312_and_frequent_characters_only() -> None:
    hanzi = {char for char in gb2312_characters() if "\u4e00" <= char <= "\u9fff"}
    assert len(hanzi) == 6763
    assert not (TOKENIZER.ids("".join(sorted(hanzi))) == TOKENIZER.unk_id).any()
    assert TOKENIZER.ids("𠮷")[0] != TOKENIZER.unk_id
    assert TOKENIZER.ids("龘")[0] == TOKENIZER.unk_id
    assert not set(FOLDED) & set(VOCABULARY)


def test_loading_gives_back_what_was_saved(saved: Path) -> None:
    loaded = CharTokenizer.load(saved)
    assert loaded.tokens == TOKENIZER.tokens
    np.testing.assert_array_equal(loaded.ids(AWKWARD), TOKENIZER.ids(AWKWARD))


def test_transformers_loads_the_folder(saved: Path) -> None:
    transformers = pytest.importorskip("transformers")
    tokenizer = transformers.AutoTokenizer.from_pretrained(saved)
    encoded = tokenizer(AWKWARD, return_offsets_mapping=True)
    expected = [TOKENIZER.cls_id, *TOKENIZER.ids(AWKWARD).tolist(), TOKENIZER.sep_id]
    assert encoded["input_ids"] == expected
    assert encoded["offset_mapping"][1:-1] == [(i, i + 1) for i in range(len(AWKWARD))]
    assert (tokenizer.pad_token_id, tokenizer.mask_token_id) == (TOKENIZER.pad_id, TOKENIZER.mask_id)


@pytest.mark.parametrize(
    "tokens", [("政", *SPECIAL_TOKENS), (*SPECIAL_TOKENS, "政府"), (*SPECIAL_TOKENS, "政", "政")]
)
def test_a_vocabulary_that_breaks_the_rules_is_refused(tokens: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="vocabulary"):
        CharTokenizer(tokens)
