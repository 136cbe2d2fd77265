"""Reads the structure of a PDF from outside: pages, sizes, encryption, scripts, decompression bombs.

Runs behind `archive.files.limited_child` only; other modules call `archive.files.pdf_guard`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pikepdf

#: maximum unpacked size of a stream (A3 in colour at 600 dpi has 210 MB)
MAX_STREAM = 300 * 1024 * 1024
MAX_PIXELS = 400_000_000
MAX_PAGES = 2_000
_MAX_INFLATION = 1032  # maximum compression ratio of deflate
_MM = 25.4 / 72
_ACTIONS = {"/JavaScript": "script", "/Launch": "launch", "/SubmitForm": "submit", "/ImportData": "submit"}


@dataclass
class _Found:
    """Results collected while walking the objects."""

    faults: dict[str, str] = field(default_factory=dict)
    signed: bool = False

    def add(self, code: str, detail: str = "") -> None:
        self.faults.setdefault(code, detail)


def examine(path: str) -> Iterator[dict[str, Any]]:
    """Yield one message: pages, sizes (mm, as displayed), images and fonts per page, encrypted, signed, faults."""
    found = _Found()
    size = Path(path).stat().st_size
    try:
        pdf = pikepdf.open(path)
    except pikepdf.PasswordError:
        yield {"pages": 0, "encrypted": True, "signed": False, "faults": {"password": ""}, "bytes": size}
        return
    except pikepdf.PdfError as error:
        words = str(error).replace(f"{path} ", "").replace(path, "")[:200]
        fault = "page_loop" if "Loop detected in /Pages" in words else "broken"
        yield {"pages": 0, "encrypted": False, "signed": False, "faults": {fault: words}, "bytes": size}
        return
    with pdf:
        if not _tree_is_sound(pdf, found):
            pages = []
        else:
            pages = [_page(page) for page in pdf.pages][: MAX_PAGES + 1]
            if len(pages) > MAX_PAGES:
                found.add("too_many_pages", str(len(pdf.pages)))
        if "page_loop" not in found.faults:
            _walk_objects(pdf, found)
        if pdf.is_encrypted:
            found.add("restricted")
        warnings = [str(warning).replace(path, "") for warning in pdf.get_warnings()]
        if warnings:
            found.add("repaired", warnings[0][:200])
        yield {
            "pages": len(pages) if "too_many_pages" not in found.faults else len(pdf.pages),
            "page_list": pages[:MAX_PAGES],
            "encrypted": pdf.is_encrypted,
            "signed": found.signed,
            "faults": found.faults,
            "bytes": size,
        }


def _tree_is_sound(pdf: pikepdf.Pdf, found: _Found) -> bool:
    """Walk the page tree without recursion, visiting each node once."""
    root = pdf.Root.get("/Pages")
    if root is None:
        found.add("broken", "no page tree")
        return False
    seen: set[tuple[int, int]] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, pikepdf.Dictionary):
            continue
        if node.is_indirect:
            if node.objgen in seen and node.get("/Kids") is not None:
                found.add("page_loop")
                return False
            seen.add(node.objgen)
        kids = node.get("/Kids")
        if isinstance(kids, pikepdf.Array):
            if len(kids) > 100_000:
                found.add("too_many_pages", str(len(kids)))
                return False
            waiting.extend(list(kids))
    return True


def _page(page: pikepdf.Page) -> dict[str, Any]:
    box = [float(value) for value in page.cropbox]
    unit = float(page.obj.get("/UserUnit", 1))
    width, height = abs(box[2] - box[0]) * unit * _MM, abs(box[3] - box[1]) * unit * _MM
    rotate = int(page.rotation) % 360
    if rotate in (90, 270):
        width, height = height, width
    resources = page.resources
    images = 0
    for value in dict(resources.get("/XObject", {})).values():
        images += value.get("/Subtype") == "/Image"
    return {
        "width": round(width, 1),
        "height": round(height, 1),
        "rotate": rotate,
        "images": images,
        "fonts": len(resources.get("/Font", {})) > 0,
    }


def _walk_objects(pdf: pikepdf.Pdf, found: _Found) -> None:
    """Visit every object once: signatures, actions, embedded files, streams too large to unpack."""
    for item in pdf.objects:
        if isinstance(item, pikepdf.Stream):
            _check_stream(item, found)
            _check_dictionary(item.stream_dict, found, 0)
        else:
            _check_value(item, found, 0)


def _check_value(value: Any, found: _Found, depth: int) -> None:
    if depth > 12:
        return
    if isinstance(value, pikepdf.Dictionary):
        _check_dictionary(value, found, depth)
    elif isinstance(value, pikepdf.Array) and len(value) < 10_000:
        for item in value:
            if isinstance(item, (pikepdf.Dictionary, pikepdf.Array)) and not item.is_indirect:
                _check_value(item, found, depth + 1)


def _check_dictionary(value: Any, found: _Found, depth: int) -> None:
    action = _ACTIONS.get(str(value.get("/S", "")))
    if action:
        found.add(action)
    if "/ByteRange" in value and "/Contents" in value:
        found.signed = True
    if "/EmbeddedFiles" in value or (value.get("/Type") == "/Filespec" and "/EF" in value):
        found.add("embedded")
    if "/XFA" in value:
        found.add("xfa")
    for item in value.values():
        if isinstance(item, (pikepdf.Dictionary, pikepdf.Array)) and not item.is_indirect:
            _check_value(item, found, depth + 1)


def _check_stream(stream: pikepdf.Stream, found: _Found) -> None:
    information = stream.stream_dict
    if information.get("/Subtype") == "/Image":
        pixels = int(information.get("/Width", 0)) * int(information.get("/Height", 0))
        if pixels > MAX_PIXELS:
            found.add("huge_image", str(pixels))
    filters = information.get("/Filter")
    names = [str(f) for f in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    flates = sum(name in ("/FlateDecode", "/Fl") for name in names)
    if flates == 0 or names[0] not in ("/FlateDecode", "/Fl"):
        return
    raw = stream.read_raw_bytes()
    if len(raw) * _MAX_INFLATION**flates > MAX_STREAM and _inflates_beyond(raw, flates, MAX_STREAM):
        found.add("bomb", f"{len(raw)}")


def _inflates_beyond(raw: bytes, times: int, limit: int) -> bool:
    """Return whether the data unpacks to more than ``limit``, without holding more than a few megabytes."""
    inflaters = [zlib.decompressobj() for _ in range(times)]
    total = 0
    waiting: list[tuple[int, bytes]] = [(0, raw)]
    try:
        while waiting:
            level, data = waiting.pop()
            if level == times:
                total += len(data)
                if total > limit:
                    return True
                continue
            unpacked = inflaters[level].decompress(data, 1 << 22)
            if inflaters[level].unconsumed_tail:
                waiting.append((level, inflaters[level].unconsumed_tail))
            if unpacked:
                waiting.append((level + 1, unpacked))
    except zlib.error:
        return False
    return False
