"""`ssj case dossier`: a case file as one PDF for reading; derived, the originals are not changed.

Cover, 卷内目录, every item with volume page numbers and the reception mark (归档章, DA/T 22-2015: 45 × 16 mm, six cells) in
a band above the page, so that nothing on the page is covered, then 备考表; with bookmarks. The same case gives the same
bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf
from pikepdf import OutlineItem, Rectangle
from PIL import Image, ImageSequence, UnidentifiedImageError

from archive.cases import case_contents, catalogue
from archive.cases.catalogue import ArchiveItem
from archive.cases.metadata import retention_name
from archive.files.limited_child import LimitedChildren
from archive.files.page_writer import A4, MM, Face, PageCanvas, broken, embed, find_face, page_of
from archive.files.pdf_guard import examine_pdf, file_type
from archive.store.opening import store_of
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.ground.personal_data import without_restricted, without_restricted_in
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.office.workspace import Workspace

_RED = "0.8 0 0"
_BAND = 22.0
_COLUMNS = (("序号", 12), ("档号", 40), ("文号", 34), ("责任者", 26), ("题名", 42), ("日期", 18), ("页号", 12))
_LEFT = 13.0
WITHHELD = "含个人信息，或还没有识别文字；有授权的人可以看原页"


@dataclass(frozen=True)
class Dossier:
    """The PDF's bytes, its number of pages, the volume pages of items, and what could not be shown."""

    data: bytes
    pages: int
    numbered: int
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _Part:
    """An item with its source pages (empty with a reason if it cannot be shown) and its first volume page.

    ``withheld``: pages, from 1, that are counted but not shown.
    """

    item: ArchiveItem
    pages: Sequence[pikepdf.Page]
    first: int
    reason: str = ""
    withheld: Collection[int] = ()

    @property
    def told(self) -> str:
        """What a reader must know: why it is not there, or which of its pages are not."""
        if self.withheld and self.pages:
            return f"第 {'、'.join(map(str, sorted(self.withheld)))} 页未合入：{WITHHELD}"
        return self.reason


def make_dossier(
    workspace: Workspace, case: str, withheld: Callable[[ArchiveItem], Collection[int]] | None = None
) -> Dossier:
    """Combine a case file into one PDF.

    Args:
        withheld: returns the pages of an item that the reader may not see; None for a reader who may see everything. Each
            is replaced by a sheet that says so, and names and titles are shown without personal data.

    Raises: NotFoundError if nothing is filed; FixityError if a stored file was altered; MissingProgramError without a
    Chinese font.
    """
    with workspace.read() as connection:
        facts = case_contents.case_facts(workspace.office, connection, case)
        items = [item for item in catalogue.load_items(connection, case) if item.state == "filed"]
    if not items:
        raise NotFoundError(f"案卷 {case} 里还没有归档的文件", Remedy("先", do("receive")))
    face = find_face()
    opened: list[pikepdf.Pdf] = []
    with ExitStack() as lent:
        try:
            parts = _parts(workspace, items, opened, lent)
            if withheld is not None:
                facts, parts = without_restricted_in(facts), [_open_to_all(part, withheld) for part in parts]
                for pdf in opened:
                    pdf.remove_unreferenced_resources()  # a page kept may share the pictures of one withheld
            numbered = sum(len(part.pages) for part in parts)
            front = [_cover(face, workspace, case, facts, parts, numbered), *_contents(face, parts)]
            marks = [_marks(face, workspace, part) for part in parts]
            closing = _closing(face, parts, numbered)
            data, pages = _assemble(face, front, list(zip(parts, marks, strict=True)), closing)
        finally:
            for pdf in opened:
                pdf.close()
    return Dossier(
        data, pages, numbered, tuple(f"第 {p.item.item} 件 {p.item.title}：{p.told}" for p in parts if p.told)
    )


# --- sources ----------------------------------------------------------------------------------------------------------
def _parts(
    workspace: Workspace, items: Sequence[ArchiveItem], opened: list[pikepdf.Pdf], lent: ExitStack
) -> list[_Part]:
    store, parts, number = store_of(workspace), [], 1
    with LimitedChildren() as children:
        for item in items:
            store.read(item.case, item.main.path)  # the digest is checked before anything is shown
            place = lent.enter_context(store.local_copy(item.case, item.main.path))
            pages, reason = _pages(place, children, opened)
            parts.append(_Part(item, pages, number, reason))
            number += len(pages)
    return parts


def _open_to_all(part: _Part, withheld: Callable[[ArchiveItem], Collection[int]]) -> _Part:
    """The part as it is for those who may not see personal data."""
    item = part.item
    shown = replace(item, title=without_restricted(item.title), number=without_restricted(item.number))
    return replace(part, item=shown, withheld=frozenset(withheld(item)))


def _pages(place: Path, children: LimitedChildren, opened: list[pikepdf.Pdf]) -> tuple[Sequence[pikepdf.Page], str]:
    kind = file_type(place)
    try:
        if kind == "pdf":
            report = examine_pdf(place, children)
            if not report.readable:
                return [], "；".join(text for text, _ in report.messages) or "无法打开"
            pdf = pikepdf.open(place)
            opened.append(pdf)
            pdf.generate_appearance_streams()
            pdf.flatten_annotations("print")
            return list(pdf.pages), ""
        if kind == "image":
            pdf = pikepdf.open(io.BytesIO(_picture(place)))
            opened.append(pdf)
            return list(pdf.pages), ""
    except (pikepdf.PdfError, OSError, ValueError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        return [], f"无法打开（{type(error).__name__}）"
    return [], f"{place.suffix or '未知'} 格式，请另行打开原件"


def _picture(place: Path) -> bytes:
    """An image file's frames as PDF pages."""
    with Image.open(place) as image:
        frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(image)]
    out = io.BytesIO()
    frames[0].save(out, "PDF", save_all=True, append_images=frames[1:], resolution=200)
    return out.getvalue()


# --- generated pages --------------------------------------------------------------------------------------------------
def _cover(
    face: Face, workspace: Workspace, case: str, facts: dict[str, object], parts: Sequence[_Part], pages: int
) -> PageCanvas:
    sheet, office = PageCanvas(face), workspace.office
    task, subject = facts.get("task") or {}, facts.get("subject") or {}
    assert isinstance(task, dict) and isinstance(subject, dict)
    sheet.text(105, 50, 18, office.name, "centre")
    sheet.text(105, 75, 30, "案  卷", "centre")
    y = 100.0
    for line in broken(face, f"{task.get('name', '')} {subject.get('name', '')}".strip() or case, 20, 150):
        sheet.text(105, y, 20, line, "centre")
        y += 11
    longest = (
        "Y"
        if any(part.item.retention == "Y" for part in parts)
        else max(
            (part.item.retention for part in parts), key=lambda code: int(code[1:] or 0) if code[1:].isdigit() else 0
        )
    )
    rows = (
        ("全宗号", office.fonds),
        ("案卷号", case),
        ("年度", str(task.get("year", case[:4]))),
        ("抽查领域", str(task.get("field", ""))),
        ("责任部门", "、".join(task.get("initiators", ()))),
        ("配合部门", "、".join(task.get("partners", ()))),
        ("统一社会信用代码", str(subject.get("credit_code", ""))),
        ("保管期限", retention_name(longest)),
        ("件数", f"{len(parts)} 件"),
        ("页数", f"{pages} 页"),
    )
    y = 165.0
    for name, value in rows:
        sheet.text(75, y, 14, name, "right")
        for line in broken(face, value, 14, 105):
            sheet.text(82, y, 14, line)
            y += 8
        sheet.line(81, y - 6.5, 185, y - 6.5, 0.15)
        y += 2.5
    return sheet


def _contents(face: Face, parts: Sequence[_Part]) -> list[PageCanvas]:
    """卷内目录, on as many pages as needed."""
    sheets: list[PageCanvas] = []
    y = 999.0
    for position, part in enumerate(parts, 1):
        item = part.item
        cells = (
            str(position),
            item.archive_number or "",
            item.number,
            item.department,
            item.title,
            item.date.strftime("%Y%m%d") if item.date else "",
            str(part.first) if part.pages else "另存",
        )
        lines = [broken(face, text, 9, width - 2) for text, (_, width) in zip(cells, _COLUMNS, strict=True)]
        height = max(len(cell) for cell in lines) * 4.6 + 3
        if y + height > 280:
            sheets.append(_contents_head(face))
            y = 46.0
        sheet, x = sheets[-1], _LEFT
        for cell, (_, width) in zip(lines, _COLUMNS, strict=True):
            sheet.box(x, y, width, height)
            for number, line in enumerate(cell):
                sheet.text(x + 1, y + 4.6 + number * 4.6, 9, line)
            x += width
        y += height
    return sheets


def _contents_head(face: Face) -> PageCanvas:
    sheet, x = PageCanvas(face), _LEFT
    sheet.text(105, 28, 20, "卷内目录", "centre")
    for name, width in _COLUMNS:
        sheet.box(x, 36, width, 10)
        sheet.text(x + width / 2, 42.5, 10, name, "centre")
        x += width
    return sheet


def _closing(face: Face, parts: Sequence[_Part], pages: int) -> PageCanvas:
    sheet = PageCanvas(face)
    sheet.text(105, 30, 20, "卷内备考表", "centre")
    sheet.box(25, 40, 160, 225)
    y = sheet.lines(30, 52, 13, f"本卷共 {len(parts)} 件，{pages} 页。", 150) + 3
    names = {
        "passed": "电子签名有效",
        "failed": "电子签名无效",
        "undetermined": "签署真实性不能由机器判定",
        "none": "无电子签名",
    }
    for verdict, name in names.items():
        items = [part.item.item for part in parts if part.item.verdict == verdict]
        if items:
            y = sheet.lines(30, y, 11, f"{name}：第 {'、'.join(items)} 件", 150) + 1
    for part in parts:
        if part.reason:
            y = sheet.lines(30, y, 11, f"第 {part.item.item} 件未合入本卷：{part.reason}", 150) + 1
        elif part.told:
            y = sheet.lines(30, y, 11, f"第 {part.item.item} 件{part.told}", 150) + 1
    sheet.lines(30, max(y, 180), 11, "本件由系统据归档原件合成，供阅览，原件未作改动；以归档原件为准。", 150)
    for number, name in enumerate(("立卷人", "检查人", "立卷时间")):
        sheet.text(110, 225 + number * 12, 13, f"{name}：")
        sheet.line(132, 226 + number * 12, 175, 226 + number * 12, 0.15)
    return sheet


def _marks(face: Face, workspace: Workspace, part: _Part) -> list[PageCanvas]:
    """What is drawn around each page of an item: the volume page number, and the reception mark on the first page."""
    sheets = []
    for offset, page in enumerate(part.pages):
        width, height = _paper(page)
        sheet = PageCanvas(face, width, height)
        odd = (part.first + offset) % 2 == 1
        sheet.text(width - 12 if odd else 12, 12, 11, str(part.first + offset), "right" if odd else "left")
        if offset == 0:
            _reception_mark(sheet, workspace, part, width / 2 - 22.5, 3.5)
        if offset + 1 in part.withheld:
            sheet.text(width / 2, height / 2, 14, f"本页未合入：{WITHHELD}", "centre")
        sheets.append(sheet)
    return sheets


def _reception_mark(sheet: PageCanvas, workspace: Workspace, part: _Part, x: float, y: float) -> None:
    """归档章: 全宗号 年度 件号 / 机构(问题) 保管期限 页数."""
    item = part.item
    department = workspace.office.department(item.department)
    code = department.code if department else workspace.office.code
    cells = (
        (workspace.office.fonds, str(item.date.year) if item.date else item.case[:4], item.item),
        (code, retention_name(item.retention), str(len(part.pages))),
    )
    for row, values in enumerate(cells):
        for column, value in enumerate(values):
            sheet.box(x + column * 15, y + row * 8, 15, 8, _RED)
            sheet.text(x + column * 15 + 7.5, y + row * 8 + 5.3, 9, value, "centre")


def _paper(page: pikepdf.Page) -> tuple[float, float]:
    """The A4 page, portrait or landscape like the source page."""
    box, turned = page.trimbox, int(page.obj.get("/Rotate", 0)) % 180 == 90
    width, height = float(box[2]) - float(box[0]), float(box[3]) - float(box[1])
    return A4 if (height >= width) != turned else (A4[1], A4[0])


# --- assembly --------------------------------------------------------------------------------------------------------
def _assemble(
    face: Face, front: Sequence[PageCanvas], parts: Sequence[tuple[_Part, list[PageCanvas]]], closing: PageCanvas
) -> tuple[bytes, int]:
    pdf = pikepdf.Pdf.new()
    font = embed(pdf, face)
    outline = [OutlineItem("封面", 0), OutlineItem("卷内目录", 1)]
    for sheet in front:
        pdf.pages.append(page_of(pdf, sheet, font))
    for part, marks in parts:
        if part.pages:
            outline.append(OutlineItem(f"{part.item.item} {part.item.title}", len(pdf.pages)))
        for number, (source, sheet) in enumerate(zip(part.pages, marks, strict=True), 1):
            pdf.pages.append(page_of(pdf, sheet, font))
            if number not in part.withheld:
                _place(pdf, pdf.pages[-1], source, Rectangle(0, 8 * MM, sheet.width * MM, (sheet.height - _BAND) * MM))
    outline.append(OutlineItem("备考表", len(pdf.pages)))
    pdf.pages.append(page_of(pdf, closing, font))
    with pdf.open_outline() as bookmarks:
        bookmarks.root.extend(outline)
    pdf.Root.PageMode = pikepdf.Name.UseOutlines
    pages = len(pdf.pages)
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue(), pages


def _place(pdf: pikepdf.Pdf, page: pikepdf.Page, source: pikepdf.Page, room: Rectangle) -> None:
    """Show a source page inside ``room``, upright; under a fixed name, so that the bytes are always the same."""
    form = pdf.copy_foreign(source.as_form_xobject())
    page.obj.Resources.XObject = pikepdf.Dictionary(Source=form)
    placed = page.calc_form_xobject_placement(
        form, pikepdf.Name.Source, room, invert_transformations=True, allow_shrink=True, allow_expand=False
    )
    page.contents_add(placed, prepend=False)
