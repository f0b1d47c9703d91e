"""The runtime without torch gives what the trained model gives, whatever the paragraphs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.decoding import TRANSITIONS, viterbi
from models.encoder import EncoderConfig
from models.labels import TAGS, LabelledSpan, bio_to_spans
from models.runtime import LABELS, FactRanges, ModelTagger
from models.tagger import BertEncoder, HeadConfig, Tagger
from models.tokenizer import CharTokenizer, build_vocabulary
from models.windows import MAX_WINDOW, OVERLAP, pack
from training.onnx_graph import Precision, write_graph
from training.tagger_data import BatchMaker
from training.tagger_examples import Example, FactLinks

CODES = ("pub.total", "pub.notice", "app.received")
TEXT = "2023年公开信息１２条，未收到申请。"


@pytest.fixture(scope="module")
def tokenizer() -> CharTokenizer:
    return CharTokenizer(build_vocabulary({}, min_count=1))


@pytest.fixture(scope="module")
def tagger(tokenizer: CharTokenizer) -> Tagger:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    config = EncoderConfig(
        vocab_size=len(tokenizer), hidden_size=32, n_layers=2, n_heads=2, ffn_size=64, max_positions=256
    )
    model = Tagger(BertEncoder(config), CODES, HeadConfig(code_states=16, code_hidden=24)).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return model


@pytest.fixture(scope="module")
def released(tagger: Tagger, tokenizer: CharTokenizer, tmp_path_factory: pytest.TempPathFactory) -> dict[Precision, Path]:
    folders = {}
    for precision in Precision:
        folders[precision] = folder = tmp_path_factory.mktemp(precision.value)
        write_graph(tagger, folder, precision)
        tokenizer.save(folder)
        labels = {"tags": TAGS, "codes": CODES, "settings": {}}
        (folder / LABELS).write_text(json.dumps(labels), encoding="utf-8")
    return folders


@pytest.fixture(scope="module")
def runtime(released: dict[Precision, Path]) -> ModelTagger:
    return ModelTagger(released[Precision.FP32], threads=1)


@pytest.mark.parametrize(
    ("precision", "tolerance"), [(Precision.FP32, 1e-4), (Precision.FP16, 0.02), (Precision.INT8, 0.3)]
)
def test_tags_are_those_of_the_trained_model(
    precision: Precision, tolerance: float, tagger: Tagger, tokenizer: CharTokenizer, released: dict[Precision, Path]
) -> None:
    numbers = [tokenizer.cls_id, *tokenizer.ids(TEXT).tolist(), tokenizer.sep_id]
    ids = torch.tensor([numbers])
    with torch.no_grad():
        expected = torch.softmax(tagger(ids, torch.ones_like(ids))[0], -1)[0, 1:-1].numpy()
    (found,) = ModelTagger(released[precision], threads=1).tag_many([TEXT])
    np.testing.assert_allclose(found.tags, expected, atol=tolerance)
    assert len(found.spans) > 0


def test_codes_are_those_of_the_trained_model(tagger: Tagger, tokenizer: CharTokenizer, runtime: ModelTagger) -> None:
    spans = tuple(LabelledSpan(*s) for s in ((5, 7, "ACTION"), (7, 9, "ITEM"), (9, 12, "COUNT"), (13, 16, "ZERO")))
    example = Example(TEXT, spans, (FactLinks(2, "pub.total", item=1, action=0), FactLinks(3, None, parent_item=1)))
    batch = BatchMaker(tokenizer, CODES, 4096).arrays([example])
    with torch.no_grad():
        states = tagger(torch.from_numpy(batch.ids), torch.from_numpy(batch.mask))[1]
        scores = tagger.code_scores(states, torch.from_numpy(batch.rows), torch.from_numpy(batch.ranges))
    (paragraph,) = runtime.tag_many([TEXT])
    facts = [FactRanges((9, 12), item=(7, 9), action=(5, 7)), FactRanges((13, 16), parent_item=(7, 9))]
    found = runtime.code_probabilities(paragraph, facts)
    np.testing.assert_allclose(found, torch.softmax(scores, -1).numpy(), atol=2e-3)
    assert runtime.codes == (None, *CODES)
    assert runtime.code_probabilities(paragraph, []).shape == (0, 4)


@given(st.lists(st.text(max_size=40) | st.text("公开12条，", min_size=200, max_size=700), max_size=5))
def test_any_paragraphs_are_tagged(runtime: ModelTagger, paragraphs: list[str]) -> None:
    tagged = runtime.tag_many(paragraphs)
    assert [len(t.tags) for t in tagged] == [len(text) for text in paragraphs]
    for text, found in zip(paragraphs, tagged, strict=True):
        np.testing.assert_allclose(found.tags.sum(-1), 1, atol=1e-3)
        ends = [0, *(end for span in found.spans for end in span[:2]), len(text)]
        assert ends == sorted(ends)
        assert all(0 < found.certainty(span) <= 1.001 for span in found.spans)


@given(st.lists(st.integers(0, 900), max_size=12))
def test_windows_hold_every_character(lengths: Sequence[int]) -> None:
    paragraphs = ["".join(chr(0x4E00 + (n * 31 + k) % 999) for k in range(length)) for n, length in enumerate(lengths)]
    seen: list[set[int]] = [set() for _ in paragraphs]
    for window in pack(paragraphs):
        assert 0 < len(window.text) <= MAX_WINDOW
        for piece in window.pieces:
            part = paragraphs[piece.paragraph][piece.start : piece.end]
            assert window.text[piece.offset : piece.offset + len(part)] == part
            seen[piece.paragraph].update(range(piece.start, piece.end))
    assert [len(s) for s in seen] == list(lengths)


def test_windows_of_a_long_paragraph_begin_and_end_with_sentences() -> None:
    paragraph = "".join("甲" * length + "。" for length in (30, 22, 28, 15, 25, 27, 19, 29, 21, 26))
    windows = pack([paragraph])
    assert len(windows) > 2
    for window in windows:
        piece = window.pieces[0]
        assert piece.start == 0 or paragraph[piece.start - 1] == "。"
        assert window.text.endswith("。")
    for left, right in pairwise(windows):
        assert left.pieces[0].end - right.pieces[0].start >= OVERLAP


def test_decoding_finds_the_best_allowed_sequence() -> None:
    rng = np.random.default_rng(0)
    few = [TAGS.index(tag) for tag in ("O", "B-ITEM", "I-ITEM", "B-COUNT", "I-COUNT")]
    scores = np.full((3, 4, len(TAGS)), -50.0, dtype=np.float32)
    scores[:, :, few] = rng.normal(size=(3, 4, len(few)))
    lengths = np.array([4, 2, 3])
    found = viterbi(scores, lengths, np.zeros((3, 4), dtype=np.bool_))
    for row, length in enumerate(lengths):
        allowed = [path for path in product(few, repeat=int(length)) if not TAGS[path[0]].startswith("I-")]
        best = max(
            allowed,
            key=lambda path: sum(scores[row, place, tag] for place, tag in enumerate(path))
            + sum(TRANSITIONS[pair] for pair in pairwise(path)),
        )
        assert tuple(found[row, :length]) == best
        assert not found[row, length:].any()


def test_spans_of_one_label_touch_only_on_strong_scores_but_values_freely() -> None:
    for label, touching in (("ACTION", False), ("COUNT", True)):
        begins, continues = TAGS.index(f"B-{label}"), TAGS.index(f"I-{label}")
        scores = np.full((2, 2, len(TAGS)), -50.0, dtype=np.float32)
        scores[:, 0, begins] = 0.0
        scores[:, 1, [begins, continues]] = [[1.0, 0.0], [9.0, 0.0]]
        found = viterbi(scores, np.full(2, 2), np.zeros((2, 2), dtype=np.bool_)).tolist()
        assert found == [[begins, begins if touching else continues], [begins, begins]]


def test_a_border_inside_a_word_takes_strong_scores() -> None:
    outside, begins, continues = (TAGS.index(tag) for tag in ("O", "B-ITEM", "I-ITEM"))
    scores = np.full((3, 3, len(TAGS)), -50.0, dtype=np.float32)
    scores[:, :, [outside, begins, continues]] = 0.0
    scores[:, 0, begins] = scores[:, 1, continues] = 9.0
    scores[:, 2, outside] = [3.0, 3.0, 9.0]
    inside = np.array([[False, False, False], [False, False, True], [False, False, True]])
    assert viterbi(scores, np.full(3, 3), inside).tolist() == [
        [begins, continues, outside], [begins, continues, continues], [begins, continues, outside]
    ]  # fmt: skip


def test_decoded_tags_always_follow_the_scheme() -> None:
    scores = np.random.default_rng(1).normal(size=(8, 60, len(TAGS))).astype(np.float32)
    for path in viterbi(scores, np.full(8, 60), np.random.default_rng(2).random((8, 60)) < 0.5):
        tags = [TAGS[tag] for tag in path]
        assert sum(tag.startswith("B-") for tag in tags) == len(bio_to_spans(tags))
        assert sum(s.end - s.start for s in bio_to_spans(tags)) == sum(tag != "O" for tag in tags)


def test_a_model_with_other_labels_is_refused(released: dict[Precision, Path], tmp_path: Path) -> None:
    for path in released[Precision.FP32].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / LABELS).write_text(json.dumps({"tags": ["O"], "codes": [], "settings": {}}))
    with pytest.raises(ValueError, match="tags"):
        ModelTagger(tmp_path)


def test_the_runtime_needs_no_torch(released: dict[Precision, Path]) -> None:
    program = (
        "import sys\nsys.modules['torch'] = sys.modules['transformers'] = None\n"
        "from pathlib import Path\nimport extraction.pipeline\nfrom models.runtime import ModelTagger\n"
        f"ModelTagger(Path({str(released[Precision.INT8])!r}), threads=1).tag('公开信息12条')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
