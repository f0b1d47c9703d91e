"""The parts of an OFD package (GB/T 33190-2016): documents, pages, templates and the resources they name.

Elements are known by their local names, since producers use several namespaces and prefixes.
"""

from __future__ import annotations

import posixpath
import re
from collections import ChainMap
from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from lxml import etree

from extraction.errors import ErrorCode, ReadError
from extraction.readers.archive_limits import Package
from extraction.readers.report_title import report_title

MAX_XML = 256 << 20  # bytes of all parts that are read
_LONGEST_CHAIN = 16  # of drawing parameters that refer to others
_MOST_REFERENCES = 10  # of a page to templates or to parts of resources
_LARGEST = 1e6  # millimetres, and any other measure
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?")
_ENCRYPTION_PARTS = ("encryptions.xml", "decryptseed.dat")


class Area(NamedTuple):
    """A page's box in millimetres, y downwards."""

    x: float
    y: float
    width: float
    height: float


A4 = Area(0, 0, 210, 297)


class Resources(NamedTuple):
    """What pages refer to by number: parameters of drawing, image parts, and drawings used several times."""

    parameters: MutableMapping[str, etree._Element]
    images: MutableMapping[str, str]
    units: MutableMapping[str, etree._Element]

    def chain(self, element: etree._Element, layer: etree._Element | None) -> Iterator[etree._Element]:
        """What settles how an object is drawn, the nearest first: itself, its parameters, those of its layer."""
        yield element
        for owner in (element, layer):
            name = owner.get("DrawParam") if owner is not None else None
            for _ in range(_LONGEST_CHAIN):
                if not name or (parameters := self.parameters.get(name)) is None:
                    break
                yield parameters
                name = parameters.get("Relative")


@dataclass(slots=True)
class Parts:
    """Reads a package's XML parts, up to `MAX_XML` bytes in all; those that pages share once each."""

    package: Package
    _shared: dict[str, etree._Element] = field(default_factory=dict)
    _resources: dict[str, Resources] = field(default_factory=dict)
    _bytes: int = 0

    def xml(self, part: str) -> etree._Element:
        """The root of a part. Raises as `Package.xml`, and `TOO_LARGE`."""
        info = self.package.parts.get(part.lower())
        self._bytes += info.file_size if info else 0
        if self._bytes > MAX_XML:
            raise ReadError(ErrorCode.TOO_LARGE, self.package.name, f"over {MAX_XML:,} bytes of XML")
        return self.package.xml(part)

    def shared(self, part: str) -> etree._Element:
        """The root of a part that several pages refer to. Raises as `xml`."""
        key = part.lower()
        if key not in self._shared:
            self._shared[key] = self.xml(part)
        return self._shared[key]

    def resources(self, part: str) -> Resources:
        """What a part of resources holds. Raises as `xml`."""
        key = part.lower()
        if key not in self._resources:
            self._resources[key] = _resources(self.xml(part), part)
        return self._resources[key]

    def found(self, base: str, place: str) -> str:
        """The name of the part that `base` refers to as `place`, also where it is meant from the package's root."""
        part = resolved(base, place)
        from_root = resolved("", place)
        return from_root if part not in self.package and from_root in self.package else part


def _resources(root: etree._Element, part: str) -> Resources:
    base = posixpath.join(posixpath.dirname(part), (root.get("BaseLoc") or "").replace("\\", "/"), "-")
    parameters: dict[str, etree._Element] = {}
    images: dict[str, str] = {}
    units: dict[str, etree._Element] = {}
    for element in root.iter(etree.Element):
        name, kind = element.get("ID") or "", local(element)
        if kind == "DrawParam":
            parameters[name] = element
        elif kind == "CompositeGraphicUnit":
            units[name] = element
        elif kind == "MultiMedia" and (place := text_of(element, "MediaFile")):
            images[name] = resolved(base, place)
    return Resources(parameters, images, units)


class Page(NamedTuple):
    """A page's part and what holds for it."""

    root: etree._Element
    area: Area
    templates: list[tuple[etree._Element, bool]]  # and whether it lies above the page's own content
    resources: Resources


def refuse_encrypted(package: Package) -> None:
    """Raises ENCRYPTED where parts are told to be encrypted, or the first one is no XML at all."""
    if any(part.rpartition("/")[2] in _ENCRYPTION_PARTS for part in package.parts):
        raise ReadError(ErrorCode.ENCRYPTED, package.name, "an encrypted OFD")
    head = package.read("OFD.xml")[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    if head and not head.startswith(b"<"):
        raise ReadError(ErrorCode.ENCRYPTED, package.name, "OFD.xml is not XML")


def documents(parts: Parts) -> Iterator[str]:
    """The main part of each document in the package.

    Raises:
        ReadError: CORRUPT where OFD.xml names none; as `Parts.xml`.
    """
    bodies = [element for element in parts.xml("OFD.xml").iter(etree.Element) if local(element) == "DocBody"]
    roots = [place for body in bodies if (place := text_of(body, "DocRoot"))]
    if not roots:
        raise ReadError(ErrorCode.CORRUPT, parts.package.name, "OFD.xml names no document")
    for place in dict.fromkeys(roots):
        yield parts.found("OFD.xml", place)


def title(parts: Parts) -> str | None:
    """The first title that names a report."""
    for element in parts.xml("OFD.xml").iter(etree.Element):
        if local(element) == "Title" and (text := report_title(element.text)):
            return re.sub(r"\.(?:docx?|wps|pdf|ofd)$", "", text)
    return None


def pages(parts: Parts, document: str) -> Iterator[Page]:
    """A document's pages in order.

    Raises:
        ReadError: CORRUPT where a page or its template is missing; as `Parts.xml`.
    """
    root = parts.xml(document)
    common = child(root, "CommonData")
    shared = _named_resources(parts, document, common, ("DocumentRes", "PublicRes"))
    usual = _area(child(common, "PageArea"))
    templates = {
        element.get("ID") or "": parts.found(document, place)
        for element in children(common, "TemplatePage")
        if (place := element.get("BaseLoc"))
    }
    for element in children(child(root, "Pages"), "Page"):
        part = parts.found(document, element.get("BaseLoc") or "")
        page = parts.xml(part)
        own = _named_resources(parts, part, page, ("PageRes",))
        areas = [_area(child(page, "Area")) or _area(child(child(page, "Content"), "PageArea"))]
        used = []
        for reference in islice(children(page, "Template"), _MOST_REFERENCES):
            if template := templates.get(reference.get("TemplateID") or ""):
                used.append((parts.shared(template), reference.get("ZOrder") == "Foreground"))
                own += _named_resources(parts, template, used[-1][0], ("PageRes",))
                areas.append(_area(child(used[-1][0], "Area")))
        area = next((area for area in [areas[0], usual, *areas[1:]] if area), A4)
        yield Page(page, area, used, _merged([*own, *shared]))


def _named_resources(
    parts: Parts, base: str, owner: etree._Element | None, kinds: tuple[str, ...]
) -> list[Resources]:
    """The resources that a part names. Missing ones cost colours and images, not the text."""
    found = []
    for kind in kinds:
        for element in islice(children(owner, kind), _MOST_REFERENCES):
            part = parts.found(base, element.text or "")
            if part in parts.package:
                found.append(parts.resources(part))
    return found


def _merged(found: list[Resources]) -> Resources:
    return Resources(
        ChainMap(*(resources.parameters for resources in found)),
        ChainMap(*(resources.images for resources in found)),
        ChainMap(*(resources.units for resources in found)),
    )


def _area(element: etree._Element | None) -> Area | None:
    for kind in ("PhysicalBox", "ApplicationBox", "ContentBox"):
        box = numbers(text_of(element, kind), 4)
        if len(box) == 4 and min(box[2:]) > 1:
            return Area(*box)
    return None


def resolved(base: str, place: str) -> str:
    """The part that `base` refers to as `place`: from its own folder, or from the root after a slash."""
    place = place.strip().replace("\\", "/")
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(base), place)).lstrip("/")


def local(element: etree._Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: etree._Element | None, kind: str) -> Iterator[etree._Element]:
    members: Iterable[etree._Element] = element if element is not None else ()
    return (member for member in members if local(member) == kind)


def child(element: etree._Element | None, kind: str) -> etree._Element | None:
    return next(children(element, kind), None)


def text_of(element: etree._Element | None, kind: str) -> str:
    found = child(element, kind)
    return (found.text or "").strip() if found is not None else ""


def number(text: str | None, default: float) -> float:
    """A measure within bounds, `default` where there is none."""
    return next(iter(numbers(text, 1)), default)


def numbers(text: str | None, count: int) -> list[float]:
    """At most `count` numbers of a list, each within bounds."""
    found = islice(_NUMBER.finditer(text or ""), count)
    return [min(max(float(match[0]), -_LARGEST), _LARGEST) for match in found]
