"""One token per character, so that token *i* is character *i* of the text.

The vocabulary lives in one file, `tokenizer.json`, in the format of the `tokenizers` library: `transformers`
loads the folder as it is, and the runtime reads the same file with `json` and looks characters up with NumPy.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

PAD, UNK, CLS, SEP, MASK = SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WHITESPACE_TOKENS = ("\n", " ", "\t", "\u3000")

# Characters that share the token of another one. One character to one character, so offsets cannot move;
# full-width letters and digits keep tokens of their own.
FOLDED: Mapping[str, str] = MappingProxyType(
    {chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}
    | dict.fromkeys("\r\v\f\x85\u2028\u2029", "\n")
    | dict.fromkeys(
        "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f", " "
    )
)
_N_CODE_POINTS = 0x110000


class CharTokenizer:
    """Maps text to vocabulary numbers, one a character.

    Args:
        tokens: The vocabulary in order of its numbers: the special tokens first, then single characters.

    Raises:
        ValueError: The special tokens do not come first, or a token is double or not one character.
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        self.tokens = tuple(tokens)
        if self.tokens[: len(SPECIAL_TOKENS)] != SPECIAL_TOKENS:
            raise ValueError(f"vocabulary must begin with {SPECIAL_TOKENS}, got {self.tokens[:5]}")
        characters = self.tokens[len(SPECIAL_TOKENS) :]
        if any(len(token) != 1 for token in characters) or len(set(characters)) != len(characters):
            raise ValueError("vocabulary after the special tokens must be distinct single characters")
        number = {token: index for index, token in enumerate(self.tokens)}
        self.pad_id, self.unk_id, self.cls_id, self.sep_id, self.mask_id = range(len(SPECIAL_TOKENS))
        self._lookup = np.full(_N_CODE_POINTS, self.unk_id, dtype=np.uint16)
        for character in characters:
            self._lookup[ord(character)] = number[character]
        for character, target in FOLDED.items():
            self._lookup[ord(character)] = number.get(target, self.unk_id)

    def __len__(self) -> int:
        return len(self.tokens)

    def ids(self, text: str) -> NDArray[np.uint16]:
        """Vocabulary numbers of the characters, without special tokens.

        *Shape:* (len(text),); any string is accepted, lone surrogates included.
        """
        code_points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        return self._lookup[code_points]

    def save(self, folder: Path) -> None:
        """Write `tokenizer.json` and `tokenizer_config.json`, which `AutoTokenizer` loads."""
        folder.mkdir(parents=True, exist_ok=True)
        _write_json(folder / "tokenizer.json", self._as_tokenizers_json())
        names = dict(zip(("pad", "unk", "cls", "sep", "mask"), SPECIAL_TOKENS, strict=True))
        config = {f"{name}_token": token for name, token in names.items()} | {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": 512,
            "clean_up_tokenization_spaces": False,
            # A report that prints "[MASK]" means six characters.
            "split_special_tokens": True,
        }
        _write_json(folder / "tokenizer_config.json", config)

    @classmethod
    def load(cls, folder: Path) -> CharTokenizer:
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: The folder holds no `tokenizer.json`.
            ValueError: The file is not a character vocabulary.
        """
        stored = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        vocabulary: dict[str, int] = stored["model"]["vocab"]
        if sorted(vocabulary.values()) != list(range(len(vocabulary))):
            raise ValueError(f"{folder / 'tokenizer.json'}: vocabulary numbers must run from 0 without gaps")
        return cls(sorted(vocabulary, key=vocabulary.__getitem__))

    def _as_tokenizers_json(self) -> dict[str, Any]:
        def replace(source: str, target: str) -> dict[str, Any]:
            return {"type": "Replace", "pattern": {"String": source}, "content": target}

        def special(token: str) -> dict[str, Any]:
            return {"SpecialToken": {"id": token, "type_id": 0}}

        flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        sequence = {"Sequence": {"id": "A", "type_id": 0}}
        second = {"Sequence": {"id": "B", "type_id": 0}}
        return {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [{"id": i, "content": t, **flags} for i, t in enumerate(SPECIAL_TOKENS)],
            "normalizer": {"type": "Sequence", "normalizers": [replace(s, t) for s, t in FOLDED.items()]},
            "pre_tokenizer": {
                "type": "Split",
                "pattern": {"Regex": r"[\s\S]"},
                "behavior": "Isolated",
                "invert": False,
            },
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [special(CLS), sequence, special(SEP)],
                "pair": [special(CLS), sequence, special(SEP), second, special(SEP)],
                "special_tokens": {
                    token: {"id": token, "ids": [self.tokens.index(token)], "tokens": [token]}
                    for token in (CLS, SEP)
                },
            },
            "decoder": {"type": "Fuse"},
            "model": {
                "type": "WordLevel",
                "vocab": {token: index for index, token in enumerate(self.tokens)},
                "unk_token": UNK,
            },
        }


def build_vocabulary(counts: Mapping[str, int], *, min_count: int) -> tuple[str, ...]:
    """Special tokens, white space, then characters by falling count.

    Characters are those seen at least `min_count` times, printable ASCII and all of GB 2312, which covers
    what simplified-Chinese reports print whether or not the corpus holds it.

    Args:
        counts: Occurrences of each character in the corpus.
        min_count: Rarer characters outside GB 2312 become `[UNK]`, which so gets trained.
    """
    kept = {char for char, n in counts.items() if n >= min_count} | gb2312_characters()
    kept |= {chr(code) for code in range(0x21, 0x7F)}
    kept -= set(FOLDED) | set(WHITESPACE_TOKENS)
    by_count = sorted(kept, key=lambda char: (-counts.get(char, 0), char))
    return (*SPECIAL_TOKENS, *WHITESPACE_TOKENS, *by_count)


def gb2312_characters() -> set[str]:
    """Symbols, numerals, full-width forms and Greek (rows 1-3, 6) and the hanzi (rows 16-87) of GB/T 2312."""
    rows = (1, 2, 3, 6, *range(16, 88))
    cells = (bytes((0xA0 + row, 0xA0 + cell)) for row in rows for cell in range(1, 95))
    return {char for cell in cells for char in cell.decode("gb2312", "ignore")}


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
