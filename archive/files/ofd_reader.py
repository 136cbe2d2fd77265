"""Reads the text of an OFD file (GB/T 33190-2016), a ZIP of XML files, from its text objects, without rendering.

Runs in limited children. Entries are unpacked up to a limit, XML with a document type is refused (entities), and names
must stay inside the ZIP.
"""

from __future__ import annotations

import posixpath
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.files.text_layer import TextBox
from ssj_docs.ground.errors import DataError

_POINTS = 72 / 25.4
_MOST_ENTRY = 32 * 1024 * 1024
_MOST_PAGES = 2_000
_MOST_DEPTH = 40
_MEDIA = (210.0, 297.0)
_REMEDY = "文件原样保存；请用 OFD 阅读软件核对，或向来文单位重新索取"


@dataclass(frozen=True)
class OfdPage:
    """One page: its text in printed lines, the place of each text object, and its size in points."""

    text: str
    boxes: tuple[TextBox, ...]
    width: float
    height: float


@dataclass(frozen=True)
class OfdFile:
    """The pages of an OFD file, and whether it lists signatures."""

    pages: tuple[OfdPage, ...]
    signed: bool


@dataclass(frozen=True)
class _Text:
    """One text object: its text and its boundary in millimetres."""

    words: str
    x: float
    y: float
    width: float
    height: float


def send_ofd(path: str) -> Iterator[dict[str, Any]]:
    """The operation ``examine_ofd`` of a limited child: one message with the texts of the pages."""
    found = read_ofd(Path(path))
    pages = [{"text": page.text[:6_000], "width": page.width, "height": page.height} for page in found.pages]
    yield {"pages": pages, "signed": found.signed}


def read_ofd(path: Path, *, only: int = 0) -> OfdFile:
    """Read the text of an OFD file.

    Args:
        path: the file.
        only: read the text of this page (from 1) and count the others; 0 reads all.

    Raises: DataError if it is broken, encrypted or malicious.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            package = _Package(archive)
            root = package.xml("OFD.xml")
            pages: list[OfdPage] = []
            signed = False
            for body in _named(root, "DocBody"):
                signed = signed or any(True for _ in _named(body, "Signatures"))
                for place in _named(body, "DocRoot"):
                    pages += _document(package, _inside("", place.text or ""), only, len(pages))
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        ET.ParseError,
        KeyError,
        ValueError,
        NotImplementedError,
        EOFError,
        OSError,
        RuntimeError,
    ) as error:
        raise DataError(f"OFD 文件损坏或加密，不能读取文字（{type(error).__name__}）", _REMEDY) from error
    if not pages:
        raise DataError("OFD 文件中没有页面", _REMEDY)
    return OfdFile(tuple(pages), signed)


class _Package:
    """The ZIP, opened with limits."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {name.strip("/").lower(): name for name in archive.namelist()}

    def xml(self, name: str) -> ET.Element:
        """Parse one entry as XML; a document type, and so any entity, is refused."""
        entry = self._names[name.lower()]
        with self._archive.open(entry) as stream:
            data = stream.read(_MOST_ENTRY + 1)
        if len(data) > _MOST_ENTRY:
            raise ValueError("entry too large")
        return ET.fromstring(data, ET.XMLParser(target=_WithoutDoctype()))  # noqa: S314 - no entities, limits


class _WithoutDoctype(ET.TreeBuilder):
    """A tree builder that refuses document types, which could define endless entities."""

    def doctype(self, *_details: object) -> None:
        """Called by the parser before any entity is defined."""
        raise ValueError("document type")


def _inside(folder: str, name: str) -> str:
    """Resolve a name relative to a folder, or to the ZIP if it begins with a slash; never outside the ZIP."""
    name = name.strip().replace("\\", "/")
    joined = name if name.startswith("/") else posixpath.join("/", folder, name)
    return posixpath.normpath(joined).strip("/")


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _named(parent: ET.Element, name: str) -> Iterator[ET.Element]:
    return (child for child in parent if _local(child) == name)


def _document(package: _Package, place: str, only: int, before: int) -> list[OfdPage]:
    root, folder = package.xml(place), posixpath.dirname(place)
    common = next(_named(root, "CommonData"), ET.Element("none"))
    media = _media(common, "PageArea", _MEDIA)
    templates = {
        entry.get("ID", ""): _inside(folder, entry.get("BaseLoc", "")) for entry in _named(common, "TemplatePage")
    }
    places = [
        _inside(folder, page.get("BaseLoc", "")) for pages in _named(root, "Pages") for page in _named(pages, "Page")
    ]
    if len(places) + before > _MOST_PAGES:
        raise ValueError("too many pages")
    found = []
    for number, page in enumerate(places, before + 1):
        skip = only and number != only
        found.append(OfdPage("", (), 0.0, 0.0) if skip else _page(package, page, templates, media))
    return found


def _media(parent: ET.Element, area: str, default: tuple[float, float]) -> tuple[float, float]:
    """Width and height in millimetres."""
    for box in (box for element in _named(parent, area) for box in _named(element, "PhysicalBox")):
        values = [float(value) for value in (box.text or "").split()]
        if len(values) == 4 and all(0 < value < 10_000 for value in values[2:]):
            return values[2], values[3]
    return default


def _page(package: _Package, place: str, templates: dict[str, str], media: tuple[float, float]) -> OfdPage:
    root = package.xml(place)
    width, height = _media(root, "Area", media)
    texts: list[_Text] = []
    for template in _named(root, "Template"):
        name = templates.get(template.get("TemplateID", ""))
        if name:
            texts += _texts(package.xml(name), 0)
    texts += _texts(root, 0)
    lines = _lines(texts)
    boxes = tuple(
        (
            text.words,
            *(round(value * _POINTS, 1) for value in (text.x, text.y, text.x + text.width, text.y + text.height)),
        )
        for line in lines
        for text in line
    )
    told = "\n".join("".join(text.words for text in line) for line in lines)
    return OfdPage(told, boxes, round(width * _POINTS, 1), round(height * _POINTS, 1))  # type: ignore[arg-type]


def _texts(element: ET.Element, depth: int) -> list[_Text]:
    """Text objects in drawing order, across layers and blocks."""
    if depth > _MOST_DEPTH:
        raise ValueError("nested too deeply")
    if _local(element) != "TextObject":
        return [text for child in element for text in _texts(child, depth + 1)]
    words = "".join(code.text or "" for code in _named(element, "TextCode")).replace("\n", "").replace("\r", "")
    box = [float(value) for value in element.get("Boundary", "0 0 0 0").split()]
    x, y, width, height = box if len(box) == 4 else [0.0, 0.0, 0.0, 0.0]
    return [_Text(words, x, y, width, height)] if words.strip() else []


def _lines(texts: list[_Text]) -> list[list[_Text]]:
    """Join consecutive objects at the same height into lines."""
    lines: list[list[_Text]] = []
    for text in texts:
        if lines:
            last = lines[-1][-1]
            level = abs((text.y + text.height) - (last.y + last.height)) < 0.6 * max(min(text.height, last.height), 0.5)
            if level and text.x >= last.x:
                lines[-1].append(text)
                continue
        lines.append([text])
    return lines
