"""The first difference between a file of a pack and the same file made again from the pack's data, in words."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from html import unescape
from itertools import zip_longest
from pathlib import Path

from pypdfium2 import PdfDocument, PdfiumError

_TEXT = re.compile(r">([^<>]+)<")
_PARAGRAPH = re.compile(r"<w:p[ >].*?</w:p>", re.DOTALL)
_PACKAGES = (".docx", ".xlsx")
#: a page number in the footer: — 2 —
_FOOTER = re.compile(r"—\d+—")
_SHOWN = 40
_HYPHENS = str.maketrans("", "", "-\u00ad\ufffe\x02")


def difference(name: str, found: bytes, wanted: bytes) -> str:
    """How ``found`` differs from what it should be; empty if it does not. Packages are compared part by part."""
    if found == wanted:
        return ""
    if Path(name).suffix not in _PACKAGES:
        return _text_difference(found, wanted)
    try:
        here, there = _parts(found), _parts(wanted)
    except (zipfile.BadZipFile, OSError, ValueError):
        return "文件打不开"
    if strange := sorted(set(here) ^ set(there)):
        return f"其中的 {strange[0]} 是{'多出的' if strange[0] in here else '缺少的'}"
    for part in sorted(there):
        if told := difference(part, here[part], there[part]):
            return f"{told}（{part}）"
    return ""


def _parts(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as held:
        return {name: held.read(name) for name in held.namelist()}


def _text_difference(found: bytes, wanted: bytes) -> str:
    try:
        here, there = _texts(found), _texts(wanted)
    except UnicodeDecodeError:
        return "内容不同"
    for one, other in zip_longest(here, there, fillvalue=""):
        if one != other:
            return f"写作“{one[:_SHOWN]}”，按数据应为“{other[:_SHOWN]}”"
    return "文字相同，写法不同"


def _texts(data: bytes) -> Sequence[str]:
    return [text for one in _TEXT.findall(data.decode("utf-8")) if (text := unescape(one).strip())]


def report_difference(pdf: bytes, docx: bytes) -> str:
    """How the report's PDF differs from its Word file: a paragraph that is not there, or text that is nowhere in it."""
    try:
        with PdfDocument(pdf) as document:
            pages = [_plain(page.get_textpage().get_text_range()) for page in document]
    except PdfiumError:
        return "文件打不开"
    said = "".join(_FOOTER.sub("", page) for page in pages)
    paragraphs = _paragraphs(docx)
    for paragraph in sorted(paragraphs, key=len, reverse=True):
        if paragraph not in said:
            return f"没有 Word 文件中的“{paragraph[:_SHOWN]}”"
        said = said.replace(paragraph, " ", 1)
    return ""


def _paragraphs(docx: bytes) -> list[str]:
    body = _parts(docx)["word/document.xml"].decode("utf-8")
    found = ("".join(_TEXT.findall(paragraph)) for paragraph in _PARAGRAPH.findall(body))
    return [text for one in found if (text := _plain(unescape(one)))]


def _plain(text: str) -> str:
    """Without blanks, and without hyphens, which the reader of the PDF gives otherwise at the end of a line."""
    return "".join(text.translate(_HYPHENS).split())
