"""Everything that a file says, beside and on its pages: what must be known before its bytes are given out.

A picture of a page shows its ink; the file holds more: metadata, annotations, bookmarks, text under a scan, attachments.
Files from outside are looked into by the operation ``words`` of a limited child; `office_words` is for what we made.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
from PIL import Image

from archive.files.limited_child import LimitedChildren, Limits
from archive.files.pdf_guard import file_type
from archive.files.text_layer import page_string

_LIMITS = Limits(cpu=40, wall=60.0)
#: parts of a package and characters of a file that are taken; beyond, it counts as unread
_MOST_PART = 64 * 1024 * 1024
_MOST = 40_000_000
_DEEP = 12
#: between two texts that do not touch on paper, so that two numbers are not read as one
_APART = " | "
#: ends of paragraphs, cells and lines in WordprocessingML, SpreadsheetML and OFD
_ENDS = re.compile(r"</(?:w:p|w:tc|c|si|is|ofd:TextCode|TextCode|dc:\w+|cp:\w+|vt:\w+)>|<(?:w:br|w:tab|w:cr)\b[^>]*>")
_VALUES = re.compile(r'(?:val|title|descr|name|tooltip|Target)="([^"]*)"')
_TAG = re.compile(r"<[^>]*>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}
#: keys that lead from an annotation to other things
_AWAY = frozenset({"/Parent", "/P", "/Popup", "/IRT", "/Dest", "/A", "/AP", "/Kids", "/Resources"})
_PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".jb2", ".gif")
_TEXTS = (".csv", ".json", ".txt", ".md", ".html", ".css", ".xml", ".rels")


@dataclass(frozen=True)
class FileWords:
    """What a file says.

    Attributes:
        pages: text of each page, with its annotations and fields. rest: everything else. whole: False if some of it
            could not be read, so that nobody knows what stands there.
    """

    pages: tuple[str, ...] = ()
    rest: str = ""
    whole: bool = True

    @property
    def text(self) -> str:
        """All of it."""
        return _APART.join((*self.pages, self.rest))


UNREAD = FileWords(whole=False)


def read_words(path: Path, children: LimitedChildren) -> FileWords:
    """What a file from outside says; `UNREAD` if it brings its reader down."""
    outcome = children.run("words", {"path": str(path)}, _LIMITS)
    said = next((m for m in outcome.messages if "pages" in m), None)
    if outcome.ending != "done" or said is None:
        return UNREAD
    return FileWords(tuple(said["pages"]), said["rest"], said["whole"])


def send_words(path: str) -> Iterator[Mapping[str, Any]]:
    """The operation ``words`` of a limited child: one message."""
    place = Path(path)
    found = {"pdf": _pdf, "ofd": _package, "image": _image}.get(file_type(place), _other)(place)
    yield {"pages": found.pages, "rest": found.rest, "whole": found.whole and len(found.text) <= _MOST}


# --- PDF --------------------------------------------------------------------------------------------------------------
def _pdf(place: Path) -> FileWords:
    try:
        with pikepdf.open(place) as pdf:
            rest, whole = _strings(pdf)
            notes = [_APART.join(_notes(page.obj.get("/Annots"))) for page in pdf.pages]
        with pdfium.PdfDocument(place) as document:
            texts = [page_string(sheet) for sheet in document]
    except (pikepdf.PdfError, pdfium.PdfiumError, ValueError, RecursionError):
        return UNREAD
    pages = tuple(f"{text}{_APART}{note}" for text, note in zip(texts, notes, strict=False))
    return FileWords(pages, rest, whole and len(texts) == len(notes))


def _notes(annotations: Any) -> list[str]:
    """What the annotations of a page say, and what its form fields hold."""
    found = []
    for one in annotations if isinstance(annotations, pikepdf.Array) else ():
        if isinstance(one, pikepdf.Dictionary):
            parent = one.get("/Parent")
            found += _values(one, 0)
            found += _values(parent.get("/V"), 0) if isinstance(parent, pikepdf.Dictionary) else []
    return found


def _strings(pdf: pikepdf.Pdf) -> tuple[str, bool]:
    """Every string of every object, and the streams that are text; False where something is attached."""
    found: list[str] = []
    whole = True
    for item in pdf.objects:
        values: Any = item.stream_dict if isinstance(item, pikepdf.Stream) else item
        if isinstance(values, pikepdf.Dictionary):
            kinds = str(values.get("/Type", "")), str(values.get("/Subtype", ""))
            whole = whole and "/EmbeddedFile" not in kinds and "/XFA" not in values
            if isinstance(item, pikepdf.Stream) and ("/Metadata" in kinds or "/XML" in kinds):
                found.append(_decoded(item.read_bytes()))
        found += _values(values, 0, follow=False)
    found += _values(pdf.trailer.get("/Info"), 0)
    return _APART.join(found), whole


def _values(value: Any, depth: int, *, follow: bool = True) -> list[str]:
    """The strings in a value; of what it refers to only with ``follow``."""
    if depth > _DEEP:
        return []
    if isinstance(value, pikepdf.String):
        return [_string(value)]
    inside: list[Any] = []
    if isinstance(value, pikepdf.Dictionary):
        inside = [item for name, item in value.items() if name not in _AWAY or isinstance(item, pikepdf.String)]
    elif isinstance(value, pikepdf.Array):
        inside = list(value)
    kept = (item for item in inside if follow or not getattr(item, "is_indirect", False))
    return [text for item in kept for text in _values(item, depth + 1, follow=follow)]


def _string(value: pikepdf.String) -> str:
    try:
        return str(value)
    except UnicodeError:
        return bytes(value).decode("latin-1")


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


# --- pictures, packages -----------------------------------------------------------------------------------------------
def _image(place: Path) -> FileWords:
    """A picture's frames say nothing by themselves; its comments and EXIF do."""
    try:
        with Image.open(place) as image:
            frames = int(getattr(image, "n_frames", 1))
            told = [*image.info.values(), *image.getexif().values()]
            for directory in (0x8769, 0x8825):
                told += image.getexif().get_ifd(directory).values()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return UNREAD
    texts = (_decoded(one) if isinstance(one, bytes) else str(one) for one in told)
    return FileWords(("",) * frames, _APART.join(texts))


def _package(place: Path) -> FileWords:
    """An OFD file; what its pictures show is not read."""
    with zipfile.ZipFile(place) as packed:
        drawn = any(name.lower().endswith(_PICTURES) for name in packed.namelist())
    return UNREAD if drawn else office_words(place.read_bytes())


def _other(place: Path) -> FileWords:
    return file_words(place.name, place.read_bytes())


def file_words(name: str, data: bytes) -> FileWords:
    """What a file of ours says: a package, or a text; anything else counts as unread."""
    if data.startswith(b"PK\x03\x04"):
        return office_words(data)
    if name.lower().endswith(_TEXTS):
        return FileWords(rest=_decoded(data))
    return UNREAD


def office_words(data: bytes, *, nested: bool = False) -> FileWords:
    """The words of a docx, xlsx or OFD package, of its properties, headers and comments too.

    Args:
        nested: the package lies in another one, as the workbook of a chart does; one that holds a further package is unread.
    """
    found: list[str] = []
    whole = True
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for part in packed.infolist():
                found.append(part.filename)
                if part.filename.lower().endswith((".xml", ".rels", ".txt")):
                    whole = whole and part.file_size <= _MOST_PART
                    found.append(_xml_words(_decoded(packed.read(part))) if whole else "")
                elif part.filename.lower().endswith((".docx", ".xlsx")) and not nested and part.file_size <= _MOST_PART:
                    inner = office_words(packed.read(part), nested=True)
                    found.append(inner.rest)
                    whole = whole and inner.whole
                elif part.filename.lower().endswith((".docx", ".xlsx", ".bin", ".ole", ".zip", ".pdf")):
                    whole = False
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError):
        return UNREAD
    return FileWords(rest=_APART.join(found), whole=whole)


def _xml_words(text: str) -> str:
    """Runs of one paragraph touch, paragraphs and cells do not."""
    told = _APART.join(_VALUES.findall(text))
    words = _TAG.sub("", _ENDS.sub(_APART, text))
    for entity, character in _ENTITIES.items():
        words = words.replace(entity, character)
    return f"{words}{_APART}{told}"
