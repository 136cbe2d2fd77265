"""The filled-in sheet as a workbook and as a paper, in the order and with the columns of a sheet of points."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archive.assessment.scoring.decisions import STEPS
from archive.assessment.scoring.score import ScoredSheet, ScoreLine, round_texts
from archive.assessment.scoring.sheet import KINDS
from ssj_docs.documents.official.official import render_official
from ssj_docs.documents.sheets.workbooks import SheetColumn, TableSheet, Value, write_table_workbook
from ssj_docs.documents.text.wording import break_title, parse_body
from ssj_docs.ground.chinese_words import chinese_date
from ssj_docs.model.document import Attachment, OfficialDocument, Table
from ssj_docs.model.office import Office

_COLUMNS = ("序号", "一级指标", "考核内容", "分值", "评分标准", "需提供的材料", "责任单位")
_RESULT = ("得分", "计分依据", "佐证页")
_WIDTHS = {
    "一级指标": 10.0,
    "考核内容": 20.0,
    "评分标准": 32.0,
    "需提供的材料": 18.0,
    "责任单位": 10.0,
    "计分依据": 32.0,
}
_NARROW = 7.0
#: pages named in a cell of the paper; the workbook's sheet 佐证 has all
_MOST_PAGES = 6


def points_text(line: ScoreLine) -> str:
    """得分 as printed: deductions with a minus, bonuses with a plus, a veto as a word."""
    if line.points is None:
        return "待评" if line.source == "open" else "无"
    if line.item.kind == "veto":
        return "否决" if line.points else "无"
    sign = {"deduct": "-", "bonus": "+"}.get(line.item.kind, "") if line.points else ""
    return f"{sign}{line.points:g}"


def _pages(line: ScoreLine) -> str:
    named = [f"{p.case} 第{p.item}件第{p.page}页" for p in line.proofs[:_MOST_PAGES]]
    return "；".join(named) + (f"等 {len(line.proofs)} 页" if len(line.proofs) > _MOST_PAGES else "")


def _cells(line: ScoreLine) -> tuple[str, ...]:
    one = line.item
    full = (
        f"{one.points:g}" if one.kind == "item" else f"{KINDS[one.kind]}{f'（{one.points:g}）' if one.points else ''}"
    )
    return (one.id, one.group, one.name, full, one.criteria, "；".join(one.materials), one.unit)


def sheet_workbook(scored: ScoredSheet) -> bytes:
    """The sheet, with the round beside it, and the pages behind each line on a sheet of their own."""
    title = f"{scored.year}年度{scored.sheet.name}" + (f"（{scored.unit}）" if scored.unit else "")
    names = (*_COLUMNS, *_RESULT, *STEPS.values())
    columns = tuple(
        SheetColumn(name, _WIDTHS.get(name, _NARROW), "left" if name in _WIDTHS else "center") for name in names
    )
    rows: list[tuple[Value, ...]] = [
        (*_cells(line), points_text(line), line.why, len(line.proofs), *round_texts(line)) for line in scored.lines
    ]
    rows.append(
        (
            "",
            "合计",
            "",
            f"{scored.sheet.total:g}",
            "",
            "",
            "",
            f"{scored.total:g}",
            scored.text(),
            "",
            *("",) * len(STEPS),
        )
    )
    proofs = [
        (line.item.id, line.item.name, p.case, p.item, p.page, p.title, p.snippet, p.sha256)
        for line in scored.lines
        for p in line.proofs
    ]
    failing = [(line.item.id, line.item.name, text) for line in scored.lines for text in line.failing]
    formulas = [(line.item.id, line.item.name, line.item.formula.text) for line in scored.lines if line.item.formula]
    given = [
        (d.item, STEPS[d.step], d.points, d.reason, d.who, d.when, d.row)
        for line in scored.lines
        for d in line.decisions
    ]
    return write_table_workbook(
        [
            TableSheet("评分", title, columns, rows),
            _list("佐证", title, ("序号", "考核内容", "案件", "件号", "页", "材料", "文字", "SHA-256"), proofs),
            _list("未达到", title, ("序号", "考核内容", "事实"), failing),
            _list("公式", title, ("序号", "考核内容", "公式"), formulas),
            _list("评分记录", title, ("序号", "步骤", "分数", "理由", "评分人", "时间", "流水"), given),
        ]
    )


def _list(name: str, title: str, columns: tuple[str, ...], rows: Sequence[Sequence[Value]]) -> TableSheet:
    wide = {
        "考核内容": 26.0,
        "案件": 16.0,
        "材料": 24.0,
        "文字": 40.0,
        "SHA-256": 66.0,
        "事实": 60.0,
        "公式": 60.0,
        "理由": 50.0,
        "时间": 26.0,
    }
    return TableSheet(name, title + name, tuple(SheetColumn(c, wide.get(c, 8.0), "left") for c in columns), rows)


def sheet_docx(scored: ScoredSheet, office: Office, templates: Path | None) -> bytes:
    """The sheet as a paper: the result in a sentence, and the table as its attachment, first-level items merged."""
    title = f"关于{scored.year}年度{scored.sheet.name}评分情况的报告"
    rows = [(*_cells(line)[:5], points_text(line), line.why, _pages(line)) for line in scored.lines] + [
        ("", "合计", "", f"{scored.sheet.total:g}", "", f"{scored.total:g}", "", "")
    ]
    table = Table(
        (*_COLUMNS[:5], *_RESULT),
        tuple(rows),
        spans=tuple(_spans(scored.lines)),
        widths_mm=(12.0, 20.0, 34.0, 14.0, 58.0, 14.0, 46.0, 40.0),
        landscape=True,
    )
    open_ = "、".join(line.item.name for line in scored.open)
    body = [
        scored.text() + "。",
        f"数据截至{chinese_date(scored.cutoff)}。公式所依据的数取自登记簿，人工评定的各项注明评分人、时间和理由。",
    ]
    body += [f"尚待评定的：{open_}。"] if open_ else []
    document = OfficialDocument(
        kind="",
        genre="报告",
        red_header=(office.red_header,),
        number="",
        title=tuple(break_title(title)),
        blocks=tuple(parse_body("\n".join(body))),
        attachments=(Attachment(f"{scored.sheet.name}评分表", table=table),),
        signature=office.signature,
        date=chinese_date(scored.cutoff),
    )
    return render_official(document, templates)


def _spans(lines: tuple[ScoreLine, ...]) -> list[tuple[int, int, int, int]]:
    """Cells of 一级指标 that go over several lines, as (row, column, rows, columns), below the heading."""
    found, start = [], 0
    for place in range(1, len(lines) + 1):
        if place == len(lines) or lines[place].item.group != lines[start].item.group:
            if place - start > 1 and lines[start].item.group:
                found.append((start + 1, 1, place - start, 1))
            start = place
    return found
