"""Pages to be read."""

from __future__ import annotations

from extraction.document import Document
from extraction.readers import html

PROSE = "青禾县数据局认真贯彻落实条例，全年主动公开政府信息三百余条，较好地保障了公众的知情权。"
FORM = (
    "<table><tr><td>信息内容</td><td>本年制发件数</td><td>本年废止件数</td></tr>"
    "<tr><td>行政规范性文件</td><td>3</td><td>0</td></tr></table>"
)


def read(page: str) -> Document:
    return html.read(page.encode(), "page.html")


def wrap(table: str) -> str:
    return f"<html><body><p>{PROSE}</p>{table}<p>{PROSE}</p></body></html>"
