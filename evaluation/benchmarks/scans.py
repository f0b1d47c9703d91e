"""Form cells of scans against those of the same pages printed.

`python -m evaluation.benchmarks.scans FILE.pdf…` draws the pages of PDFs whose fonts are embedded, spoils the images as
scanners, copiers, cameras and seals do, and compares the cells of each with the cells of the PDF itself.
Needs the extra `ocr`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from statistics import fmean

import cv2
import numpy as np
import pypdfium2
from numpy.random import Generator
from PIL import Image as Pictures
from rich.console import Console
from rich.table import Table

from extraction.forms.model import FormCell
from extraction.pipeline import extract_bytes
from extraction.readers.scans.recognition import Image
from extraction.report import Report

Cells = dict[tuple[str, str, str], FormCell]

_WHITE = (255, 255, 255)
_MOST_SKEW = 1.8  # degrees
_GREY_TO_WHITE = 170
_RED = (60, 60, 220)


@dataclass(frozen=True, slots=True)
class Spoiling:
    """How a printed page becomes an image: at what resolution, and what happens to it there."""

    dpi: int
    spoil: Callable[[Image, Generator], Image]


@dataclass(slots=True)
class Tally:
    """What became of the printed figures of one kind of scan; `doubts` are the confidences of wrong ones."""

    right: int = 0
    empty: int = 0
    invented: int = 0
    pages: int = 0
    seconds: float = 0.0
    doubts: list[float] = field(default_factory=list)


def soiled(page: Image, random: Generator) -> Image:
    """Out of focus and grainy, as every scan is."""
    blurred = cv2.GaussianBlur(page, (3, 3), 0.8).astype(np.float64)
    return np.clip(blurred + random.normal(0, 8, page.shape), 0, 255).astype(np.uint8)


def askew(page: Image, random: Generator) -> Image:
    """Laid on the glass at an angle."""
    height, width = page.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), random.uniform(-_MOST_SKEW, _MOST_SKEW), 1)
    return soiled(np.asarray(cv2.warpAffine(page, turn, (width, height), borderValue=_WHITE), np.uint8), random)


def copied(page: Image, random: Generator) -> Image:
    """Askew and in black and white."""
    grey = cv2.cvtColor(askew(page, random), cv2.COLOR_BGR2GRAY)
    return np.repeat(np.where(grey > _GREY_TO_WHITE, 255, 0).astype(np.uint8)[:, :, None], 3, axis=2)


def photographed(page: Image, random: Generator) -> Image:
    """Askew and unevenly lit."""
    height, width = page.shape[:2]
    light = np.linspace(0.65, 1, width)[None, :, None] * np.linspace(1, 0.8, height)[:, None, None]
    return (askew(page, random) * light).astype(np.uint8)


def sealed(page: Image, random: Generator) -> Image:
    """With a red seal over the middle of the page."""
    height, width = page.shape[:2]
    seal = np.full_like(page, 255)
    centre = (width // 2, int(height * 0.6))
    cv2.circle(seal, centre, 150, _RED, 8)
    cv2.putText(seal, "SEAL", (centre[0] - 70, centre[1]), cv2.FONT_HERSHEY_SIMPLEX, 2, _RED, 6)
    return soiled((page.astype(np.int64) * seal // 255).astype(np.uint8), random)


def sideways(page: Image, random: Generator) -> Image:
    """Turned by a quarter."""
    return soiled(np.ascontiguousarray(np.rot90(page)), random)


KINDS = {
    "clean, 200 dpi": Spoiling(200, lambda page, random: page),
    "askew, 200 dpi": Spoiling(200, askew),
    "coarse, 120 dpi": Spoiling(120, soiled),
    "black and white, askew": Spoiling(200, copied),
    "photograph": Spoiling(180, photographed),
    "red seal": Spoiling(200, sealed),
    "sideways, 150 dpi": Spoiling(150, sideways),
}


def scan_of(data: bytes, spoiling: Spoiling, random: Generator) -> bytes:
    """A PDF of images of a PDF's pages."""
    document = pypdfium2.PdfDocument(data)
    images = []
    for page in document:
        drawn = np.ascontiguousarray(page.render(scale=spoiling.dpi / 72).to_numpy()[:, :, :3])
        images.append(Pictures.fromarray(np.ascontiguousarray(spoiling.spoil(drawn, random)[:, :, ::-1])))
    file = BytesIO()
    images[0].save(file, "PDF", save_all=True, append_images=images[1:], resolution=spoiling.dpi, quality=60)
    return file.getvalue()


def compare(printed: Cells, scanned: Cells, tally: Tally) -> None:
    """Counts the printed figures by what the scan gives for them."""
    for key, cell in printed.items():
        found = scanned.get(key)
        if cell.value is None:
            tally.invented += found is not None and found.value is not None
        elif found is None or found.value is None:
            tally.empty += 1
        elif found.value == cell.value:
            tally.right += 1
        else:
            tally.doubts.append(found.confidence)


def cells_of(data: bytes, name: str) -> tuple[Cells, int]:
    """A report's cells and its number of pages; none where it cannot be read."""
    report = extract_bytes(data, name, use_model=False)
    if not isinstance(report, Report):
        return {}, 0
    cells = {(form.form, cell.row, cell.column): cell for form in report.forms for cell in form.cells}
    return cells, report.source.pages or 0


def measure(files: Sequence[Path], seed: int) -> dict[str, Tally]:
    """A tally for each kind of scan."""
    tallies = {kind: Tally() for kind in KINDS}
    for number, path in enumerate(files):
        data = path.read_bytes()
        printed, _ = cells_of(data, str(path))
        for kind, spoiling in KINDS.items():
            scan = scan_of(data, spoiling, np.random.default_rng((seed, number)))
            start = time.perf_counter()
            scanned, pages = cells_of(scan, str(path))
            tallies[kind].seconds += time.perf_counter() - start
            tallies[kind].pages += pages
            compare(printed, scanned, tallies[kind])
    return tallies


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    table = Table("scan", "figures", "right", "empty", "wrong", "their confidence", "invented", "s a page")
    for kind, tally in measure(options.files, options.seed).items():
        wrong = len(tally.doubts)
        table.add_row(
            kind, str(tally.right + tally.empty + wrong), str(tally.right), str(tally.empty), str(wrong),
            f"{fmean(tally.doubts):.2f}, at most {max(tally.doubts):.2f}" if wrong else "", str(tally.invented),
            f"{tally.seconds / max(tally.pages, 1):.1f}",
        )  # fmt: skip
    Console().print(table)


if __name__ == "__main__":
    main()
