"""Soft labels: the mean of several taggers on windows with figures, stored and read again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from models.labels import TAGS
from models.tagger import load_tagger
from models.windows import MAX_WINDOW
from training.soft_labels import load_soft_labels, main, save_soft_labels, soft_labels, windows_with_figures
from training.tagger_examples import Example

LINES = ["全年新建学校12所。", "坚持稳中求进。", "投入资金３.5亿元，惠及群众" + "多" * 200 + "人。"]
CONFIG = Path(__file__).parents[2] / "training" / "configs" / "pretrain.toml"


@pytest.fixture
def taggers(write_tagger: Callable[..., Path], tmp_path: Path) -> list[Path]:
    return [write_tagger(tmp_path / str(seed), seed) for seed in (1, 2)]


def test_only_paragraphs_with_figures_are_read() -> None:
    texts = [window.text for window in windows_with_figures([LINES])]
    assert "稳中求进" not in "".join(texts)
    assert "12所" in texts[0]
    assert all(len(text) <= MAX_WINDOW for text in texts)


def test_a_soft_label_is_the_softmax_of_the_mean(taggers: list[Path]) -> None:
    (first, tokenizer), (second, _) = map(load_tagger, taggers)
    models = [first, second]
    (window,) = soft_labels(models, tokenizer, [Example(LINES[0])], bf16=False)
    ids = torch.from_numpy(tokenizer.ids(LINES[0]).astype(np.int64))
    ids = torch.cat((torch.tensor([tokenizer.cls_id]), ids, torch.tensor([tokenizer.sep_id])))[None]
    with torch.no_grad():
        scores = [model(ids, torch.ones_like(ids))[0].log_softmax(-1) for model in models]
    expected = ((scores[0] + scores[1]) / 2).softmax(-1)[0, 1:-1]
    assert window.tags is not None
    assert window.tags == pytest.approx(expected.numpy(), abs=2e-3)


def test_what_is_stored_is_read_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    windows = [Example(text, tags=rng.random((len(text), len(TAGS))).astype(np.float16)) for text in ("𠀀5件", "", "共9项")]
    save_soft_labels(windows, tmp_path / "soft.npz")
    read = load_soft_labels(tmp_path / "soft.npz")
    assert [window.text for window in read] == ["𠀀5件", "", "共9项"]
    for window, other in zip(windows, read, strict=True):
        assert window.tags is not None
        assert other.tags is not None
        assert np.array_equal(window.tags, other.tags)


def test_labels_for_other_tags_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "old.npz", lengths=[1], text=np.array([53], dtype="<u4"), tags=np.zeros((1, 3), np.float16))
    with pytest.raises(ValueError, match="make it again"):
        load_soft_labels(tmp_path / "old.npz")


def test_the_command_reads_a_source_and_names_an_unknown_one(
    taggers: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "narratives.txt").write_text("\n".join(LINES), encoding="utf-8")
    options = [*map(str, taggers), "--config", str(CONFIG), "--corpus", str(tmp_path), "--output", str(tmp_path / "soft.npz")]
    main([*options, "--source", "narratives"])
    assert sum(len(window.text) for window in load_soft_labels(tmp_path / "soft.npz")) > 200
    with pytest.raises(SystemExit):
        main([*options, "--source", "novels"])
    assert "novels" in capsys.readouterr().err
