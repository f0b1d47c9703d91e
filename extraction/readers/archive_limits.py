"""Zip packages and their XML parts, read within limits."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass

from lxml import etree

from extraction.errors import ErrorCode, ReadError

MAX_MEMBERS = 10_000
MAX_TOTAL = 512 << 20
MAX_PART = 64 << 20
MAX_RATIO = 200
# Small packages of repetitive XML compress beyond any ratio limit without being bombs.
RATIO_FLOOR = 32 << 20
MAX_TAGS = 2_000_000

_ENCRYPTED_FLAG = 0x1
_DECLARATION = re.compile(b"<\x00?!\x00?(?:D\x00?O\x00?C|E\x00?N\x00?T)")  # in UTF-8 or UTF-16
_STRICT, _TRANSITIONAL = b"http://purl.oclc.org/ooxml/", b"http://schemas.openxmlformats.org/"
_STRICT_NAMESPACES = (
    (_STRICT + b"wordprocessingml/main", _TRANSITIONAL + b"wordprocessingml/2006/main"),
    (_STRICT + b"officeDocument/", _TRANSITIONAL + b"officeDocument/2006/"),
)


@dataclass(frozen=True, slots=True)
class Package:
    """An opened zip whose declared sizes have passed the limits. Part names are matched without case."""

    name: str
    archive: zipfile.ZipFile
    parts: dict[str, zipfile.ZipInfo]

    def __contains__(self, part: str) -> bool:
        return part.lower() in self.parts

    def read(self, part: str) -> bytes:
        """A part's bytes; `TRUNCATED` or `CORRUPT` where they cannot be unpacked.

        Raises:
            ReadError: also `CORRUPT` for an absent part, `TOO_LARGE` for one over `MAX_PART`.
        """
        info = self.parts.get(part.lower())
        if info is None:
            raise ReadError(ErrorCode.CORRUPT, self.name, f"the package lacks {part}")
        if info.file_size > MAX_PART:
            found = f"{part}: {info.file_size:,} bytes, limit {MAX_PART:,}"
            raise ReadError(ErrorCode.TOO_LARGE, self.name, found)
        try:
            with self.archive.open(info) as stream:
                return stream.read(MAX_PART + 1)
        except EOFError as error:
            raise ReadError(ErrorCode.TRUNCATED, self.name, part) from error
        except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, struct.error) as error:
            raise ReadError(ErrorCode.CORRUPT, self.name, f"{part}: {error}") from error

    def xml(self, part: str) -> etree._Element:
        """The root of an XML part, in the transitional namespaces whichever the file uses.

        Raises:
            ReadError: `XML_ENTITIES` for a document type declaration, `CORRUPT` for ill-formed XML, and as
                `read`.
        """
        data = self.read(part)
        if _DECLARATION.search(data):
            raise ReadError(ErrorCode.XML_ENTITIES, self.name, part)
        if data.count(b"<") > MAX_TAGS * 2:
            raise ReadError(ErrorCode.TOO_LARGE, self.name, f"{part}: more than {MAX_TAGS:,} elements")
        if _STRICT in data[:8192]:
            for strict, transitional in _STRICT_NAMESPACES:
                data = data.replace(strict, transitional)
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
        )
        try:
            root = etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise ReadError(ErrorCode.CORRUPT, self.name, f"{part}: {error}") from error
        if root.getroottree().docinfo.internalDTD is not None:
            raise ReadError(ErrorCode.XML_ENTITIES, self.name, part)
        return root


def open_package(data: bytes, name: str) -> Package:
    """Opens a zip after checking its directory, without unpacking anything.

    Raises:
        ReadError: `TRUNCATED` without an end record, `CORRUPT`, `ENCRYPTED`, or `ZIP_BOMB` over a limit.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
        code = ErrorCode.CORRUPT if b"PK\x05\x06" in data[-66_000:] else ErrorCode.TRUNCATED
        raise ReadError(code, name, str(error)) from error
    members = archive.infolist()
    total = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS:
        raise ReadError(ErrorCode.ZIP_BOMB, name, f"{len(members):,} members, limit {MAX_MEMBERS:,}")
    if total > MAX_TOTAL or (total > RATIO_FLOOR and total > MAX_RATIO * len(data)):
        raise ReadError(ErrorCode.ZIP_BOMB, name, f"{total:,} bytes unpacked from {len(data):,}")
    if any(member.flag_bits & _ENCRYPTED_FLAG for member in members):
        raise ReadError(ErrorCode.ENCRYPTED, name, "a password-protected zip")
    parts = {member.filename.replace("\\", "/").lstrip("/").lower(): member for member in members}
    return Package(name, archive, parts)
