"""The format of an input, told from its bytes and never from its name."""

from __future__ import annotations

import re

from extraction.document import Format
from extraction.errors import ErrorCode, ReadError
from extraction.readers.archive_limits import Package, open_package
from extraction.readers.doc_container import is_cut_off
from extraction.readers.encoding import declared_encoding, decode
from extraction.readers.error_page import error_in_page, error_in_text

HEAD = 1 << 16
_PDF_WINDOW = 1024

_IMAGES = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+",
    b"\x00\x00\x00\x0cjP  ",
)  # fmt: skip
_BMP_HEADER_SIZES = frozenset({12, 40, 52, 56, 64, 108, 124})
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Stream names of compound files, the first of which in the directory names the program.
_OLE2_STREAMS: tuple[tuple[str, str], ...] = (
    ("WordDocument", "doc"), ("Workbook", "an Excel workbook"), ("PowerPoint Document", "a PowerPoint file"),
)  # fmt: skip
_OTHERS = (
    (b"{\\rtf", "rich text (RTF)"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"SQLite format 3\x00", "a database"),
    (b"CAJ\x00", "a CAJ file"),
)
_ZIP_KINDS = (
    ("ofd.xml", "ofd"), ("xl/workbook.xml", "an Excel workbook"), ("xl/workbook.bin", "an Excel workbook"),
    ("ppt/presentation.xml", "a PowerPoint file"), ("content.xml", "an OpenDocument file"),
    ("meta-inf/container.xml", "an EPUB book"),
)  # fmt: skip
_PDF_OBJECT = re.compile(rb"\d\s+\d+\s+obj\b")
_MHTML = re.compile(r"(?:From:|MIME-Version:|Subject:|Content-Type:\s*multipart/related)", re.IGNORECASE)
_WORD_XML = re.compile(r"<(?:w:wordDocument|pkg:package)\b|progid=\"Word\.Document\"")
_SHEET_XML = re.compile(r"<Workbook\b|progid=\"Excel\.Sheet\"")
_HTML_START = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,5000}?-->\s*)*<(?:!doctype\s+html|html|head|body|meta|title|style|script|base"
    r"|link|table|div|p|span|center|font|section|article|h[1-6]|ul|ol|form|iframe|frameset|br|b|strong|img|input)\b",
    re.IGNORECASE | re.DOTALL,
)
_HTML_ROOT = re.compile(r"<(?:!doctype\s+html|html|body)\b", re.IGNORECASE)
_CLOSING_TAG = re.compile(r"</(?:p|div|td|tr|table|span|li|a)\s*>", re.IGNORECASE)
_MARKDOWN = re.compile(
    r"^ {0,3}#{1,6} +\S|^ *\|? *:?-{3,}:? *(?:\| *:?-{3,}:? *)+\|? *$"
    r"|!\[[^\]\n]{0,200}\]\([^)\n]{1,500}\)|\*\*[^*\n]{1,500}\*\*",
    re.MULTILINE,
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def detect(data: bytes, name: str) -> Format:
    """The format that the bytes are in.

    Raises:
        ReadError: `EMPTY`; `ENCRYPTED` Office files; `UNSUPPORTED` for known formats that no reader takes;
            `HTML_ERROR_PAGE`; `TRUNCATED`, `CORRUPT` or `ZIP_BOMB` for archives; `UNKNOWN_FORMAT` otherwise.
    """
    if not data[:HEAD].strip(b"\x00\xef\xbb\xbf \t\r\n\f\x1a") and not data.strip(b"\x00 \t\r\n\f\x1a"):
        raise ReadError(ErrorCode.EMPTY, name, f"{len(data)} bytes" if data else "")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_format(open_package(data, name))
    if data.startswith(_OLE2):
        return _ole2_format(data, name)
    if _is_pdf(data):
        return "pdf"
    if _is_image(data):
        return "image"
    first = data[:64].lstrip(b" \t\r\n")
    for magic, what in _OTHERS:
        if first.startswith(magic):
            raise ReadError(ErrorCode.UNSUPPORTED, name, what)
    return _text_format(data, name)


def _zip_format(package: Package) -> Format:
    # A missing or misnamed document part is for the DOCX reader to name.
    if any(part.startswith("word/") for part in package.parts):
        return "docx"
    for part, kind in _ZIP_KINDS:
        if part in package:
            if kind == "ofd":
                return "ofd"
            raise ReadError(ErrorCode.UNSUPPORTED, package.name, kind)
    members = [part for part in package.parts if not part.endswith("/")]
    found = f"a zip archive of {len(members)} files; unpack it first"
    raise ReadError(ErrorCode.UNSUPPORTED, package.name, found)


def _ole2_format(data: bytes, name: str) -> Format:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise ReadError(ErrorCode.ENCRYPTED, name, "an Office file with a password")
    places = [(data.find(stream.encode("utf-16-le")), kind) for stream, kind in _OLE2_STREAMS]
    found = [(place, kind) for place, kind in places if place >= 0]
    if not found and is_cut_off(data):
        raise ReadError(ErrorCode.TRUNCATED, name, "an OLE2 compound file")
    kind = min(found)[1] if found else "an OLE2 compound file"
    if kind == "doc":
        return "doc"
    raise ReadError(ErrorCode.UNSUPPORTED, name, kind)


def _is_pdf(data: bytes) -> bool:
    """A PDF header, also after junk (mail headers, a server's warnings) where a PDF object follows."""
    place = data.find(b"%PDF-", 0, _PDF_WINDOW)
    return place == 0 or (place > 0 and bool(_PDF_OBJECT.search(data, place, place + HEAD)))


def _is_image(data: bytes) -> bool:
    if data.startswith(_IMAGES) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        return True
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"avif"):
        return True
    is_bitmap = data.startswith(b"BM") and data[6:10] == b"\x00" * 4
    return is_bitmap and int.from_bytes(data[14:18], "little") in _BMP_HEADER_SIZES


def _text_format(data: bytes, name: str) -> Format:
    head = decode(data[:HEAD], declared_encoding(data))
    if len(_CONTROL.findall(head)) * 100 > len(head) or head.count("\ufffd") * 10 > len(head):
        raise ReadError(ErrorCode.UNKNOWN_FORMAT, name, "binary data of no known kind")
    if _MHTML.match(head) and "multipart/related" in head[:4096].lower():
        raise ReadError(ErrorCode.UNSUPPORTED, name, "a web archive (MHTML)")
    start = head[:4096]
    if start.lstrip().startswith("<"):
        if _WORD_XML.search(start):
            raise ReadError(ErrorCode.UNSUPPORTED, name, "Word 2003 XML")
        if _SHEET_XML.search(start):
            raise ReadError(ErrorCode.UNSUPPORTED, name, "Excel 2003 XML")
    if _is_html(head):
        if found := error_in_page(data, head):
            raise ReadError(ErrorCode.HTML_ERROR_PAGE, name, found)
        return "html"
    if start.lstrip().startswith("<?xml"):
        raise ReadError(ErrorCode.UNKNOWN_FORMAT, name, "XML that is neither a page nor a Word document")
    if found := error_in_text(head):
        raise ReadError(ErrorCode.HTML_ERROR_PAGE, name, found)
    return "markdown" if _is_markdown(head) else "text"


def _is_html(head: str) -> bool:
    """A page or a fragment of one; Markdown with single tags or tables set as HTML is none."""
    if _HTML_ROOT.search(head[:4096]):
        return True
    tags = len(_CLOSING_TAG.findall(head))
    if _HTML_START.match(head):
        return not _is_markdown(head)
    return tags * 60 > len(head) and not _is_markdown(head)


def _is_markdown(head: str) -> bool:
    if _MARKDOWN.search(head):
        return True
    return any(line.strip().startswith("|") and line.count("|") > 2 for line in head.split("\n"))
