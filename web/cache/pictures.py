"""Pictures of pages, rendered in limited child processes because the files came from outside; recent ones are cached."""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.files.limited_child import LimitedChildren, Limits
from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.ground.remedies import Remedy, do

_KEPT = 96
#: number of pages shown in a preview
SHEETS = 8
_LIMITS = Limits(memory=1024 * 1024 * 1024, cpu=15, wall=25.0, written=64 * 1024 * 1024)


@dataclass(frozen=True)
class Picture:
    """A page as JPEG, its size in points, and the number of pages of the file."""

    data: bytes
    width: float
    height: float
    pages: int


@dataclass(frozen=True)
class Sheets:
    """The first pages of a paper as JPEG, its number of pages, and the faults of its layout (see `measure_layout`)."""

    pictures: tuple[bytes, ...]
    pages: int
    ok: bool
    faults: tuple[str, ...]


class Pictures:
    """Renders and caches pictures; may be called from any thread."""

    def __init__(self) -> None:
        self._children = LimitedChildren("web.cache.picture_child")
        self._lock, self._drawing = threading.Lock(), threading.Lock()
        self._kept: OrderedDict[tuple[str, int, int], Picture] = OrderedDict()

    def draw(self, path: Path, page: int) -> Picture:
        """Return the picture of a page, counted from 1.

        Raises: NotFoundError if there is no such page; DataError if it cannot be rendered.
        """
        if not path.is_file():
            raise NotFoundError("文件不见了", Remedy("先", do("verify"), "，必要时", do("restore")))
        key = (str(path), path.stat().st_mtime_ns, page)
        if (known := self._known(key)) is not None:
            return known
        with self._drawing:
            if (known := self._known(key)) is not None:
                return known
            picture = self._draw(path, page)
        with self._lock:
            self._kept[key] = picture
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return picture

    def _known(self, key: tuple[str, int, int]) -> Picture | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def sheets(self, pdf: bytes, without: Sequence[str]) -> Sheets:
        """Return the first pages of a PDF issued here, with its layout measured. Raises: DataError if it cannot be rendered."""
        with self._drawing, tempfile.TemporaryDirectory(prefix="ssj-sheets-") as name:
            folder = Path(name)
            (folder / "paper.pdf").write_bytes(pdf)
            arguments = {"path": str(folder / "paper.pdf"), "out": name, "most": SHEETS, "without": list(without)}
            outcome = self._children.run("sheets", arguments, _LIMITS)
            said = next((m for m in outcome.messages if "pages" in m), None)
            if said is None:
                raise DataError("排好的页面不能显示", "编号印发后用 Word 打开查看")
            drawn = [(folder / f"{number}.jpg").read_bytes() for number in range(1, min(said["pages"], SHEETS) + 1)]
            return Sheets(tuple(drawn), said["pages"], said["ok"], tuple(said["faults"]))

    def _draw(self, path: Path, page: int) -> Picture:
        with tempfile.TemporaryDirectory(prefix="ssj-picture-") as folder:
            target = Path(folder) / "page.jpg"
            arguments = {"path": str(path), "page": page, "out": str(target)}
            outcome = self._children.run("draw", arguments, _LIMITS)
            said = next((m for m in outcome.messages if "width" in m), None)
            if said is None or not target.is_file():
                if any("no such page" in str(m.get("error", "")) for m in outcome.messages):
                    raise NotFoundError(f"没有第 {page} 页", "检查页码")
                raise DataError(f"第 {page} 页不能显示：文件损坏或过大", "请下载原件，用专门的软件查看")
            return Picture(target.read_bytes(), float(said["width"]), float(said["height"]), int(said["pages"]))

    def close(self) -> None:
        """Stop the child processes."""
        self._children.close()
