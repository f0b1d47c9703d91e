"""OFD packages written by hand, and a sheet that is drawn as PDF and as OFD at once."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from xml.sax.saxutils import escape

import pytest
from pdf_paper import FONT, HEIGHT, WIDTH, Paper, assert_all_in_blocks, visible
from reportlab.lib.colors import Color, black, toColor
from reportlab.pdfbase import pdfmetrics

from extraction.document import Document
from extraction.errors import ErrorCode, ReadError
from extraction.readers import ofd

NAMESPACE = "http://www.ofdspec.org/2016"
SENTENCE = "本县依法公开信息，全年办理申请12件，答复群众满意。"
RESOURCES = "<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>"
MM = 25.4 / 72


def part(kind: str, content: str, attributes: str = "", namespace: str = NAMESPACE) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><ofd:{kind} xmlns:ofd="{namespace}" {attributes}>{content}</ofd:{kind}>'


def package(
    pages: Sequence[str],
    *,
    common: str = "",
    info: str = "",
    width: float = WIDTH * MM,
    height: float = HEIGHT * MM,
    **parts: str | bytes,
) -> bytes:
    """A package of page contents (what stands in `Page`); `parts` replace or add members, `__` stands for `/`."""
    areas = f"<ofd:PageArea><ofd:PhysicalBox>0 0 {width:.4f} {height:.4f}</ofd:PhysicalBox></ofd:PageArea>"
    listed = "".join(f'<ofd:Page ID="{n}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(pages)))
    document = f"<ofd:CommonData>{areas}{common}</ofd:CommonData><ofd:Pages>{listed}</ofd:Pages>"
    body = f"<ofd:DocInfo>{info}</ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
    members: dict[str, str | bytes] = {
        "OFD.xml": part("OFD", f"<ofd:DocBody>{body}</ofd:DocBody>", 'Version="1.0" DocType="OFD"'),
        "Doc_0/Document.xml": part("Document", document),
        **{f"Doc_0/Pages/Page_{n}/Content.xml": part("Page", page) for n, page in enumerate(pages)},
    }
    members |= {name.replace("__", "/").replace("_x", ".xml"): content for name, content in parts.items()}
    return zipped({name: content for name, content in members.items() if content})


def zipped(members: dict[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def layer(*objects: str, attributes: str = 'Type="Body"') -> str:
    return f'<ofd:Content><ofd:Layer ID="1" {attributes}>{"".join(objects)}</ofd:Layer></ofd:Content>'


def text(
    x: float,
    y: float,
    content: str,
    size: float = 4,
    *,
    attributes: str = "",
    deltas: str = "",
    inner: str = "",
) -> str:
    """Text with its baseline at (x, y), in millimetres."""
    code = f'<ofd:TextCode X="0" Y="{size:.4f}" {deltas}>{escape(content)}</ofd:TextCode>'
    boundary = f"{x:.4f} {y - size:.4f} {size * len(content):.4f} {size * 1.2:.4f}"
    return f'<ofd:TextObject ID="2" Font="1" Size="{size:.4f}" Boundary="{boundary}" {attributes}>{inner}{code}</ofd:TextObject>'


def path(x: float, y: float, data: str, *, attributes: str = "", inner: str = "") -> str:
    return (
        f'<ofd:PathObject ID="3" Boundary="{x:.4f} {y:.4f} 200 200" {attributes}>{inner}'
        f"<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def colour(kind: str, value: Color) -> str:
    red, green, blue = (round(255 * part) for part in value.rgb())
    return f'<ofd:{kind} Value="{red} {green} {blue}"/>'


def shortened(deltas: Sequence[float]) -> str:
    """The distances with `g n d` for those that repeat."""
    runs = [(value, len(list(group))) for value, group in groupby(f"{delta:.4f}" for delta in deltas)]
    return " ".join(f"g {count} {value}" if count > 1 else value for value, count in runs)


@dataclass
class TwinPaper(Paper):
    """Draws a PDF and, with the same calls, an OFD; texts take turns in the ways that producers write them."""

    pages: list[str] = field(default_factory=list)
    _objects: list[str] = field(default_factory=list)
    _texts: int = 0

    def text(self, x: float, baseline: float, text: str, size: float = 12, colour: Color = black) -> None:
        super().text(x, baseline, text, size, colour)
        self._objects.append(self._text_object(x, baseline, text, size, colour))

    def _text_object(self, x: float, baseline: float, content: str, size: float, value: Color) -> str:
        self._texts += 1
        steps = [pdfmetrics.stringWidth(char, FONT, size) for char in content[:-1]]
        inner = colour("FillColor", value)
        if self._texts % 3 == 0:  # in points, with a matrix to millimetres
            code = (
                f'<ofd:TextCode X="5" Y="{size}" DeltaX="{shortened(steps)}">{escape(content)}</ofd:TextCode>'
            )
            place = (
                f'Boundary="{(x - 5) * MM:.4f} {(baseline - size) * MM:.4f} 200 20" CTM="{MM} 0 0 {MM} 0 0"'
            )
            return f'<ofd:TextObject ID="2" Font="1" Size="{size}" {place}>{inner}{code}</ofd:TextObject>'
        listed = shortened([step * MM for step in steps])
        if self._texts % 3 == 1:
            listed = " ".join(f"{step * MM:.4f}" for step in steps)
        return text(x * MM, baseline * MM, content, size * MM, deltas=f'DeltaX="{listed}"', inner=inner)

    def line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        super().line(x0, y0, x1, y1)
        inner = colour("StrokeColor", toColor(self.canvas._strokeColorObj))
        data = f"M 0 0 L {(x1 - x0) * MM:.4f} {(y1 - y0) * MM:.4f}"
        self._objects.append(path(x0 * MM, y0 * MM, data, attributes=f'LineWidth="{MM:.4f}"', inner=inner))

    def box(self, x0: float, top: float, x1: float, bottom: float, *, fill: Color | None = None) -> None:
        super().box(x0, top, x1, bottom, fill=fill)
        width, height = (x1 - x0) * MM, (bottom - top) * MM
        data = f"M 0 0 L {width:.4f} 0 L {width:.4f} {height:.4f} L 0 {height:.4f} C"
        attributes = 'Fill="true" Stroke="false"' if fill else f'LineWidth="{MM:.4f}"'
        inner = colour("FillColor", fill) if fill else ""
        self._objects.append(path(x0 * MM, top * MM, data, attributes=attributes, inner=inner))

    def turn_page(self) -> None:
        super().turn_page()
        self.pages.append(layer(*self._objects))
        self._objects = []

    def ofd(self) -> bytes:
        return package([*self.pages, layer(*self._objects)] if self._objects else self.pages)


def read(*pages: str, **parts: str | bytes) -> Document:
    return ofd.read(package(pages, **parts), "report.ofd")  # type: ignore[arg-type]


def assert_all_in_one_block(data: bytes, drawn: str) -> Document:
    """Every drawn character stands in one block or was set aside."""
    return assert_all_in_blocks(ofd.read_content(data, "report.ofd"), visible(drawn), "ofd")


def media(*names: str) -> str:
    listed = "".join(
        f'<ofd:MultiMedia ID="{4 + n}" Type="Image"><ofd:MediaFile>{name}</ofd:MediaFile></ofd:MultiMedia>'
        for n, name in enumerate(names)
    )
    return part("Res", f"<ofd:MultiMedias>{listed}</ofd:MultiMedias>", 'BaseLoc="Res"')


def code_of(data: bytes) -> ErrorCode:
    with pytest.raises(ReadError) as caught:
        ofd.read(data, "report.ofd")
    assert "report.ofd" in caught.value.message
    return caught.value.code
