from decimal import Decimal

import cv2
import numpy as np
import pypdfium2
import pytest

from evaluation.benchmarks.scans import KINDS, Cells, Tally, compare, scan_of
from evaluation.synthetic.document_writers import pdf_file
from evaluation.synthetic.printed import SyntheticReport, form_keys, report_blocks
from extraction.forms.model import FormCell


def cells(**values: int | None) -> Cells:
    return {
        ("requests", row, "total"): FormCell(
            row, "total", None if value is None else Decimal(value), "", None, 0.4, 0, 0, None
        )
        for row, value in values.items()
    }


def test_figures_are_counted_by_what_the_scan_gives_for_them() -> None:
    tally = Tally()
    compare(cells(a=1, b=2, c=3, d=None, e=None), cells(a=1, b=7, d=5, e=None), tally)
    assert (tally.right, tally.empty, tally.doubts, tally.invented) == (1, 1, [0.4], 1)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_scan_has_the_pages_of_the_pdf_as_images(kind: str) -> None:
    report = SyntheticReport("青禾县统计局", 2022, "2021", dict.fromkeys(form_keys("2021"), "0"), {})
    printed = pdf_file(report_blocks(report))
    scan = pypdfium2.PdfDocument(scan_of(printed, KINDS[kind], np.random.default_rng(1)))
    assert len(scan) == len(pypdfium2.PdfDocument(printed))
    assert scan[0].get_textpage().count_chars() == 0
    page = np.ascontiguousarray(scan[0].render(scale=0.5).to_numpy())
    assert cv2.cvtColor(page, cv2.COLOR_BGR2GRAY).std() > 5
