"""An HTML page as blocks, each with the chain of containers that it stands in."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from extraction.document import RawCell
from extraction.readers.html_flow import Flow
from extraction.readers.html_tables import read_table
from extraction.readers.html_tree import Visibility


@dataclass(slots=True)
class PageBlock:
    """A paragraph (`cells` is `None`) or a data table with its cells' text, in container `container`."""

    text: str
    container: int
    link_chars: int = 0
    heading: bool = False
    cells: list[RawCell] | None = None
    inner: bool = False


@dataclass(slots=True)
class Page:
    """Blocks in reading order and their containers in document order: a parent precedes its children.

    `parents[i]` is the index of container `i`'s parent (-1 for the root), `labels[i]` its tag, id and
    classes in lower case.
    """

    blocks: list[PageBlock] = field(default_factory=list)
    parents: list[int] = field(default_factory=lambda: [-1])
    labels: list[str] = field(default_factory=lambda: [""])


class PageFlow(Flow):
    """Walks a page into a `Page`."""

    __slots__ = ("_open", "page")

    def __init__(self, visibility: Visibility) -> None:
        super().__init__(visibility)
        self.page = Page()
        self._open = [0]

    def on_paragraph(self, text: str, link_chars: int, heading: bool) -> None:
        self.page.blocks.append(PageBlock(text, self._open[-1], link_chars, heading, None, self.inside_table))

    def on_table(self, table: etree._Element) -> bool:
        data = read_table(table, self.visibility)
        if data is None:
            return False
        container = self._open_container(table)
        blocks = self.page.blocks
        blocks += [PageBlock(line, container) for line in data.before]
        text = "\n".join(cell.text for cell in data.cells if cell.text)
        if text:
            blocks.append(PageBlock(text, container, data.link_chars, False, data.cells, self.inside_table))
        self.later.extend(data.inner)
        return True

    def on_open(self, element: etree._Element) -> None:
        self._open.append(self._open_container(element))

    def on_close(self) -> None:
        self._open.pop()

    def _open_container(self, element: etree._Element) -> int:
        page = self.page
        page.parents.append(self._open[-1])
        names = [element.tag, element.get("id"), element.get("class"), element.get("role")]
        page.labels.append(" ".join(name for name in names if name).lower())
        return len(page.parents) - 1


def read_page(root: etree._Element, visibility: Visibility) -> Page:
    flow = PageFlow(visibility)
    flow.walk(root)
    return flow.page
