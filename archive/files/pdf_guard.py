"""Checks PDFs from outside before anything else opens them: what type a file is, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archive.files.limited_child import LimitedChildren, Limits
from ssj_docs.ground.remedies import Advice, Remedy, do

FileType = Literal["pdf", "ofd", "image", "unknown", "empty"]

_BY_HAND = do("file_by_hand", receipt="", case="", kind="")
_KEEP = Remedy("请核实来源；确需保存的，原样", _BY_HAND)

#: fault → (Chinese sentence, remedy, whether pages can still be read)
FAULTS: Mapping[str, tuple[str, Advice, bool]] = {
    "password": ("文件有打开密码，无法读取页面", Remedy("请向来文单位索取无密码的文件，或原样", _BY_HAND), False),
    "restricted": ("文件设有权限限制（加密），可以读取", "", True),
    "broken": ("文件损坏，无法打开", "请重新扫描或向来文单位重新索取", False),
    "repaired": ("文件结构有缺陷，读取时作了修补（原件未动）", "建议核对各页是否齐全", True),
    "page_loop": ("页面目录成环，是有意或损坏的文件", Remedy("请重新扫描；确需保存的，原样", _BY_HAND), False),
    "too_many_pages": ("页数过多，不逐页识别", "请分成每份不超过 2000 页再收", False),
    "bomb": ("含有展开后超过 300 MB 的数据流，可能会损害阅读软件", _KEEP, False),
    "huge_image": ("含有超过 4 亿像素的图像", "请以 200 或 300 dpi 重新扫描", False),
    "memory": ("读取时超出内存限制", _KEEP, False),
    "time": ("读取时超出时间限制", _KEEP, False),
    "crash": ("读取时致使阅读程序崩溃", _KEEP, False),
    "error": ("读取时出错", "请核实文件是否完整", False),
    "script": ("含有脚本（JavaScript），本系统不执行", "请核实来源", True),
    "launch": ("含有启动外部程序的动作，本系统不执行", "请核实来源", True),
    "submit": ("含有向外提交数据的动作，本系统不执行", "请核实来源", True),
    "embedded": ("含有内嵌文件，随原件保存，不打开", "请核实内嵌文件是否应单独归档", True),
    "xfa": ("是 XFA 动态表单，页面内容可能依赖专用软件显示", "建议另存为普通 PDF 后再收", True),
}


@dataclass(frozen=True)
class PageSize:
    """One page as displayed: size in millimetres, /Rotate in degrees, number of images, whether it uses fonts."""

    width: float
    height: float
    rotate: int = 0
    images: int = 0
    fonts: bool = False


@dataclass(frozen=True)
class PdfReport:
    """The structure of a PDF.

    Attributes:
        pages: the number of pages, 0 if unknown.
        sizes: one entry for each page (at most 2,000).
        images: the total number of images.
        encrypted: whether there is any encryption.
        signed: whether it has a digital signature.
        has_text: whether a page uses a font (a text layer, perhaps from OCR).
        faults: codes of `FAULTS` → detail, in the order found.
    """

    pages: int
    sizes: tuple[PageSize, ...] = ()
    images: int = 0
    encrypted: bool = False
    signed: bool = False
    has_text: bool = False
    faults: Mapping[str, str] | None = None

    @property
    def readable(self) -> bool:
        """Whether pages may be rendered and read (in a limited child)."""
        return self.pages > 0 and all(FAULTS[code][2] for code in self.faults or {})

    @property
    def messages(self) -> tuple[tuple[str, Advice], ...]:
        """(sentence, remedy) of every fault, in Chinese."""
        return tuple(FAULTS[code][:2] for code in self.faults or {})


def file_type(path: Path) -> FileType:
    """Detect the type of a file by its first bytes, whatever its name is."""
    with path.open("rb") as file:
        start = file.read(1024)
    if not start:
        return "empty"
    if b"%PDF-" in start:
        return "pdf"
    if start.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n", b"II*\0", b"MM\0*", b"BM")):
        return "image"
    if start.startswith(b"PK\x03\x04") and (path.suffix.lower() == ".ofd" or _lists_ofd(path)):
        return "ofd"
    return "unknown"


def _lists_ofd(path: Path) -> bool:
    """Return whether the directory of a ZIP lists the root file of GB/T 33190."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65_536))
        return b"OFD.xml" in file.read()


def examine_pdf(path: Path, children: LimitedChildren, limits: Limits | None = None) -> PdfReport:
    """Examine a PDF in a limited child.

    Args:
        path: a file that begins like a PDF.
        children: the children to use.
        limits: limits other than the default.

    Returns: a report; a child stopped by its limits is reported as a fault and never raises.
    """
    outcome = children.run("examine", {"path": str(path)}, limits)
    message = next((m for m in outcome.messages if "pages" in m), None)
    if message is None:
        detail = next((str(m["error"]) for m in outcome.messages if "error" in m), outcome.detail)
        code = outcome.ending if outcome.ending != "done" else "error"
        return PdfReport(0, faults={code: detail})
    sizes = tuple(PageSize(**page) for page in message.get("page_list", ()))
    return PdfReport(
        pages=message["pages"],
        sizes=sizes,
        images=sum(size.images for size in sizes),
        encrypted=message["encrypted"],
        signed=message["signed"],
        has_text=any(size.fonts for size in sizes),
        faults=message["faults"],
    )
