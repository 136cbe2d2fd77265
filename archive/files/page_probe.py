"""Reads a page of a file: its text layer if that is credible, otherwise its picture.

Files from outside are opened in limited children (`PageOpener`), which return text and pixels only.
"""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pypdfium2 as pdfium
from PIL import Image

from archive.files.limited_child import LimitedChildren, Limits
from archive.files.ofd_reader import read_ofd
from archive.files.page_prepare import MAX_PIXELS, READING_DPI, PagePicture, page_picture
from archive.files.pdf_guard import file_type
from archive.files.text_layer import TextBox, even_runs, page_characters, page_string, printed_lines
from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.ground.remedies import packed, unpacked

#: share of unreadable characters above which a text layer is not credible
_MOST_NONSENSE = 0.05
#: maximum number of characters of a page; a printed page has some thousands
_MOST_TEXT = 200_000
_LIMITS = Limits(cpu=40, wall=90.0)
_NOT_OPENED = "请检查文件是否损坏或加密。"
_ENDINGS = {
    "memory": "读取本页时超出内存限制，没有读取文字",
    "time": "读取本页时超出时间限制，没有读取文字",
    "crash": "读取本页时阅读程序崩溃，没有读取文字",
}


@dataclass(frozen=True)
class PageContent:
    """The text layer and picture of one page.

    Attributes:
        text, boxes: of the text layer; empty if it is missing or not credible.
        width, height: in points as displayed.
        picture: the page as pixels; None if only the text layer was asked for and is credible.
    """

    text: str
    boxes: tuple[TextBox, ...]
    width: float
    height: float
    picture: PagePicture | None = None


class PageOpener:
    """Opens pages in limited children; use as a context manager, from one thread.

    Args:
        module: see `LimitedChildren`; it must provide the operation ``load_page``.
    """

    def __init__(self, module: str = "archive.files.pdf_child") -> None:
        self._children = LimitedChildren(module)
        self._folder = tempfile.TemporaryDirectory(prefix="ssj-page-")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._children.close()
        self._folder.cleanup()

    def open(self, file: Path, page: int, draw: bool = False) -> PageContent:
        """See `load_page`; if the page crashes the child, a DataError says so."""
        pixels = Path(self._folder.name) / "page.npy"
        pixels.unlink(missing_ok=True)
        arguments = {"path": str(file), "page": page, "draw": draw, "pixels": str(pixels)}
        outcome = self._children.run("load_page", arguments, _LIMITS)
        told: Mapping[str, Any] = next((m for m in outcome.messages if "width" in m or "refused" in m), {})
        if "refused" in told:
            raise (NotFoundError if told["missing"] else DataError)(told["refused"], unpacked(told["remedy"]))
        if outcome.ending != "done" or not told:
            raise DataError(
                _ENDINGS.get(outcome.ending, "本页无法读取文字"), "原件没有改动，请人工阅读，或重新扫描后再收。"
            )
        boxes = tuple((str(box[0]), *map(float, box[1:5])) for box in told["boxes"])
        return PageContent(told["text"], boxes, told["width"], told["height"], _loaded(told, pixels))  # type: ignore[arg-type]


def _loaded(told: Mapping[str, Any], pixels: Path) -> PagePicture | None:
    if not told["dpi"]:
        return None
    array = np.load(pixels, allow_pickle=False)
    return _picture(array, told["dpi"], told["width"], told["height"])


def _picture(pixels: Any, dpi: float, width: float, height: float) -> PagePicture:
    to_page = np.diag([width / pixels.shape[1], height / pixels.shape[0], 1.0])
    return PagePicture(pixels, dpi, width, height, to_page)


def send_page(path: str, page: int, draw: bool, pixels: str) -> Iterator[dict[str, Any]]:
    """The operation ``load_page`` of a limited child: one message; a picture is written to the file ``pixels``."""
    try:
        content = load_page(Path(path), page, draw=draw)
    except (DataError, NotFoundError) as failure:
        missing = isinstance(failure, NotFoundError)
        yield {"refused": failure.message, "remedy": packed(failure.remedy), "missing": missing}
        return
    if content.picture is not None:
        np.save(pixels, content.picture.pixels, allow_pickle=False)
    yield {
        "text": content.text,
        "boxes": [list(box) for box in content.boxes],
        "width": content.width,
        "height": content.height,
        "dpi": content.picture.dpi if content.picture else 0.0,
    }


def load_page(file: Path | bytes, page: int, *, draw: bool = False) -> PageContent:
    """Read a page of a PDF, OFD or image file in this process: for our own files, and inside limited children.

    Args:
        file: the file, or the bytes of a PDF.
        page: page number from 1.
        draw: return the picture in any case; otherwise only if the text layer is not credible.

    Raises: DataError if the file cannot be opened; NotFoundError if there is no such page.
    """
    if isinstance(file, Path) and file.is_file():
        kind = file_type(file)
        if kind in ("image", "ofd"):
            return _see_image(file, page) if kind == "image" else _see_ofd(file, page)
    name = file.name if isinstance(file, Path) else "PDF"
    try:
        document = pdfium.PdfDocument(file)
    except (pdfium.PdfiumError, FileNotFoundError) as error:
        raise DataError(f"{name} 无法打开，不能读取文字。", _NOT_OPENED) from error
    try:
        if not 1 <= page <= len(document):
            raise NotFoundError(f"{name} 没有第 {page} 页（共 {len(document)} 页）。")
        sheet = document[page - 1]
        try:
            return _see(sheet, draw)
        finally:
            sheet.close()
    finally:
        document.close()


def _see(sheet: pdfium.PdfPage, draw: bool) -> PageContent:
    text = page_string(sheet)[:_MOST_TEXT]
    believed = is_believable(text) and not _mostly_pictures(sheet, text)
    boxes: tuple[TextBox, ...] = ()
    if believed and not draw:
        boxes = tuple(box for line in printed_lines(page_characters(sheet)) for box in even_runs(line))
    width, height = sheet.get_size()
    picture = None if believed and not draw else page_picture(sheet)
    return PageContent(text if believed else "", boxes, width, height, picture)


def _see_image(file: Path, page: int) -> PageContent:
    """A page of a JPEG, PNG, BMP or TIFF file; a missing resolution is taken as the one for reading."""
    try:
        with Image.open(file) as image:
            if not 1 <= page <= getattr(image, "n_frames", 1):
                raise NotFoundError(f"{file.name} 没有第 {page} 页。")
            image.seek(page - 1)
            if image.width * image.height > MAX_PIXELS:
                raise DataError(f"{file.name} 图像过大，不能读取文字。", "请以 200 或 300 dpi 重新扫描。")
            dpi = float(image.info.get("dpi", (0, 0))[0]) or READING_DPI
            dpi = dpi if dpi >= 50 else READING_DPI
            shown = image.convert("L" if image.mode in ("1", "L", "I;16") else "RGB")
            if dpi > READING_DPI * 1.05:
                size = (round(image.width * READING_DPI / dpi), round(image.height * READING_DPI / dpi))
                shown, dpi = shown.resize(size, Image.Resampling.BOX), READING_DPI
            pixels = np.asarray(shown)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{file.name} 无法打开，不能读取文字。", _NOT_OPENED) from error
    width, height = pixels.shape[1] / dpi * 72, pixels.shape[0] / dpi * 72
    return PageContent("", (), width, height, _picture(pixels, dpi, width, height))


def _see_ofd(file: Path, page: int) -> PageContent:
    pages = read_ofd(file, only=page).pages
    if not 1 <= page <= len(pages):
        raise NotFoundError(f"{file.name} 没有第 {page} 页（共 {len(pages)} 页）。")
    found = pages[page - 1]
    return PageContent(found.text[:_MOST_TEXT], found.boxes, found.width, found.height)


def is_believable(text: str) -> bool:
    """Return whether a text layer is credible: not empty, and nearly free of control, private-use and stray characters."""
    visible = [character for character in text if not character.isspace()]
    if len(visible) < 2:
        return False
    nonsense = sum(
        unicodedata.category(character) in ("Cc", "Co", "Cn", "Cs") or character == "\ufffd" for character in visible
    )
    if text.count("(cid:") * 6 > len(visible) * _MOST_NONSENSE:
        return False
    return nonsense <= len(visible) * _MOST_NONSENSE


def _mostly_pictures(sheet: pdfium.PdfPage, text: str) -> bool:
    """Whether a page is a full-page picture with a few characters (a page number, a scanner's mark) on it."""
    width, height = sheet.get_size()
    if sum(not character.isspace() for character in text) > 120:
        return False
    for item in sheet.get_objects(max_depth=2):
        if isinstance(item, pdfium.PdfImage):
            x0, y0, x1, y1 = item.get_bounds()
            if (x1 - x0) * (y1 - y0) > 0.5 * width * height:
                return True
    return False
