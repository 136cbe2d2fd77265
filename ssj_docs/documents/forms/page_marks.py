"""Puts the QR code at the top right of every page, always in the same place, so that scans can be read quickly."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Sequence
from math import isqrt
from typing import Any

import zxingcpp

from ssj_docs.documents.forms.page_code import QR_ERROR_LEVEL, QR_QUIET_ZONE, QR_SIDE_MM
from ssj_docs.documents.paging.paging import PagedBody, last_section
from ssj_docs.documents.templates.placed_pictures import PlacedPictures
from ssj_docs.ground.errors import UsageError

#: millimetres from the edges of the paper to the quiet zone
EDGE_RIGHT_MM, EDGE_TOP_MM = 12.0, 9.0
_SCALE = 8
#: One mask for all: weighing the eight masks takes six times as long as drawing. Of 300 page codes scanned at 150 dpi, blurred
#: and noisy to where a third is lost, as many were read with mask 3 as with the mask weighed best (202 and 200).
_OPTIONS = f"ecLevel={QR_ERROR_LEVEL},dataMask=3"
_EMU = 36000

_PAPER = re.compile(r'<w:pgSz [^>]*?w:w="(\d+)"')

_ANCHOR = (
    '<w:r xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><w:drawing>'
    '<wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="10" behindDoc="0" locked="1" '
    'layoutInCell="0" allowOverlap="1"><wp:simplePos x="0" y="0"/>'
    '<wp:positionH relativeFrom="page"><wp:posOffset>{x}</wp:posOffset></wp:positionH>'
    '<wp:positionV relativeFrom="page"><wp:posOffset>{y}</wp:posOffset></wp:positionV>'
    '<wp:extent cx="{side}" cy="{side}"/><wp:effectExtent l="0" t="0" r="0" b="0"/><wp:wrapNone/>'
    '<wp:docPr id="{id}" name="页码{page}" descr="第 {page} 页的归档码"/><wp:cNvGraphicFramePr/>'
    '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
    '<pic:nvPicPr><pic:cNvPr id="{id}" name="页码{page}"/><pic:cNvPicPr/></pic:nvPicPr>'
    '<pic:blipFill><a:blip r:embed="{rid}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
    '<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{side}" cy="{side}"/></a:xfrm>'
    '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
    "</wp:anchor></w:drawing></w:r>"
)


def qr_png(text: str) -> tuple[bytes, int]:
    """Draw a QR code as a PNG of one bit a pixel; returns it and its side in modules, quiet zone counted."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, options=_OPTIONS)
    picture: Any = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=True)
    modules = memoryview(picture).tobytes()
    side = isqrt(len(modules))
    # One module is _SCALE = 8 pixels wide: exactly one byte, 0 or 255, of a one-bit picture.
    lines = [(b"\0" + modules[row : row + side]) * _SCALE for row in range(0, side * side, side)]
    pixels = side * _SCALE
    header = struct.pack(">2L5B", pixels, pixels, 1, 0, 0, 0, 0)
    # Equal lines follow each other 39 to 70 bytes apart: a window of 2 KB finds them all, and making ready a large one
    # would take longer than compressing.
    squeeze = zlib.compressobj(1, zlib.DEFLATED, 11, 4)
    pressed = squeeze.compress(b"".join(lines)) + squeeze.flush()
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", pressed), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks), side


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def mark_pages(paged: PagedBody, codes: Sequence[str], pictures: PlacedPictures, part: str) -> str:
    """Split a document into its pages and put a code on each.

    Args:
        paged: the calculated pages.
        codes: the text of each page's code.
        pictures: receives the pictures of the codes.
        part: the part that ``paged`` came from.

    Returns:
        The part's XML.

    Raises:
        UsageError: the number of codes is not that of pages.
    """
    if len(codes) != paged.pages:
        raise UsageError(f"文书有 {paged.pages} 页，给了 {len(codes)} 个页码。", "请先用 page_count 求页数。")
    width = _PAPER.search(last_section(paged.xml))
    paper = int(width[1]) * 635 if width else 210 * _EMU
    runs: list[str] = []
    for page, code in enumerate(codes, 1):
        png, modules = qr_png(code)
        side = round(QR_SIDE_MM * modules / (modules - 2 * QR_QUIET_ZONE) * _EMU)
        rid = pictures.add(part, f"page-code-{page}", png)
        left, top = paper - round(EDGE_RIGHT_MM * _EMU) - side, round(EDGE_TOP_MM * _EMU)
        runs.append(_ANCHOR.format(x=left, y=top, side=side, id=9000 + page, page=page, rid=rid))
    return paged.divide(runs)
