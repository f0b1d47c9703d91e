"""Names and values of WordprocessingML (ECMA-376 Part 1), transitional namespace."""

from __future__ import annotations

from functools import cache

from lxml import etree

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_VAL = f"{{{NAMESPACE}}}val"


@cache
def w(name: str) -> str:
    """The qualified form of a `w:` name."""
    return f"{{{NAMESPACE}}}{name}"


@cache
def mc(name: str) -> str:
    return f"{{{COMPATIBILITY}}}{name}"


def child(parent: etree._Element | None, name: str) -> etree._Element | None:
    """The first child with a `w:` name; several times faster than `find`."""
    if parent is None or not len(parent):
        return None
    tag = w(name)
    first = parent[0]  # properties, the most wanted, always come first
    return first if first.tag == tag else next(parent.iterchildren(tag), None)


def members(parent: etree._Element | None) -> dict[str, etree._Element]:
    """Children by tag, to look up many at once; for properties, whose children differ in tag."""
    return {element.tag: element for element in parent} if parent is not None else {}


def val(element: etree._Element | None) -> str | None:
    """The `w:val` of an element that may be absent."""
    return element.get(_VAL) if element is not None else None


def value(parent: etree._Element | None, name: str) -> str | None:
    """`w:val` of the child `name`, `None` where either is absent."""
    return val(child(parent, name))


def integer(text: str | None, default: int, *, limit: int = 100_000) -> int:
    """A decimal number clipped to ±`limit`; `default` where there is none."""
    if text is None:
        return default
    try:
        return max(-limit, min(int(text), limit))
    except ValueError:
        return default


def toggle(parent: etree._Element | None, name: str) -> bool | None:
    """An on/off property: `None` where it is not given, else whether it is on."""
    found = child(parent, name)
    if found is None:
        return None
    return (found.get(_VAL) or "1").lower() not in ("0", "false", "off")
