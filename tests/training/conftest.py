"""A tiny annotated corpus, a tiny encoder and a short recipe, for what fine-tunes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.encoder import EncoderConfig, MaskedLanguageModel, save_bert
from models.tagger import HeadConfig, Tagger, load_encoder, save_tagger
from models.tokenizer import CharTokenizer, build_vocabulary
from training.finetune import Recipe, load_recipe

CONFIG = Path(__file__).parents[2] / "training" / "configs" / "finetune.toml"
DOCUMENT = """@id {name}-{n}
@body 青禾县政府办公室
@level county
@sector 政府办
@year 2021
## 一、总体情况
{{t1:2021年}}，{{a1:公开}}{{i1:政府信息}}{{n1:{x}条}}，其中{{i2:通知公告}}{{n2:{n}条}}。
: n1 {x} 条 pub.total i1 a1 t1
: n2 {n} 条 pub.notice i2 a1 t1 ^n1
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for name, numbers in (("a", range(1, 9)), ("dev", range(11, 14))):
        documents = (DOCUMENT.format(name=name, n=n, x=n * 7) for n in numbers)
        (folder / f"{name}.txt").write_text("".join(documents), encoding="utf-8")
    (folder / "broken.txt").write_text("no head\n", encoding="utf-8")
    (folder / "splits.toml").write_text('development = ["dev.txt"]\n')
    return folder


@pytest.fixture(scope="module")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("encoder")
    tokenizer = CharTokenizer(build_vocabulary({}, min_count=1))
    config = EncoderConfig(
        vocab_size=len(tokenizer), hidden_size=32, n_layers=1, n_heads=2, ffn_size=64, max_positions=256
    )
    save_bert(MaskedLanguageModel(config), folder)
    tokenizer.save(folder)
    return folder


@pytest.fixture
def write_tagger(encoder_folder: Path) -> Callable[..., Path]:
    """Writes a tagger whose heads follow from a seed."""

    def write(folder: Path, seed: int, codes: tuple[str, ...] = ("pub.total",)) -> Path:
        torch.manual_seed(seed)
        encoder, tokenizer = load_encoder(str(encoder_folder))
        save_tagger(Tagger(encoder, codes, HeadConfig()), tokenizer, folder)
        return folder

    return write


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads only cost time on models this small."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    recipe = load_recipe(CONFIG)
    tuning = replace(recipe.tuning, tokens_per_step=400, bf16=False, average=0.5, log_steps=2)
    tuning = replace(tuning, encoder_learning_rate=3e-3, head_learning_rate=5e-3)
    return replace(recipe, tuning=tuning, heads=HeadConfig(code_states=8, code_hidden=16))
