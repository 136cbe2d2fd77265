"""Empty workbooks for every import: the official columns, text cells, drop-down lists, a sheet that explains."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter

from ssj_docs.ground.errors import UsageError
from ssj_docs.intake.sheets.columns import COLUMNS, KIND_NAMES, Column, Kind
from ssj_docs.model.office import Office

_ROWS = 2000
_DATES = "日期写作 2026-05-01"


def write_blank(path: Path, kind: Kind, office: Office) -> None:
    """Write an empty workbook for this kind; the lists hold the office's own departments, results and handlings.

    Raises: UsageError if the file exists or its folder does not.
    """
    if path.exists():
        raise UsageError(f"{path} 已存在，没有覆盖", "请换一个文件名")
    if not path.parent.is_dir():
        raise UsageError(f"文件夹 {path.parent} 不存在", "请先建立文件夹")
    book = xlsxwriter.Workbook(str(path))
    head = book.add_format(
        {"bold": True, "border": 1, "bg_color": "#DDE8F4", "align": "center", "text_wrap": True, "valign": "vcenter"}
    )
    must = book.add_format(
        {"bold": True, "border": 1, "bg_color": "#F9DCC4", "align": "center", "text_wrap": True, "valign": "vcenter"}
    )
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    sheet, lists, guide = (book.add_worksheet(name) for name in (KIND_NAMES[kind], "选项", "填写说明"))
    columns = [column for column in COLUMNS[kind] if column.offered]
    for number, column in enumerate(columns):
        label = "抽查事项" if column.second_of else column.title
        sheet.write_string(0, number, label, must if column.required else head)
        sheet.set_column(number, number, column.width, text)
        choices = _choices(column, kind, office)
        if choices:
            _drop_down(sheet, lists, number, choices, strict=bool(column.choices))
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 32)
    _for_print(sheet)
    _guide(guide, columns, book.add_format({"text_wrap": True, "valign": "top"}))
    lists.hide()
    book.close()


def _for_print(sheet: xlsxwriter.worksheet.Worksheet) -> None:
    """Printed empty it is one landscape page with lines to write on; filled, as many as it takes, each with the header."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.hide_gridlines(0)


def _choices(column: Column, kind: Kind, office: Office) -> tuple[str, ...]:
    if column.choices:
        return column.choices
    if column.key in ("department", "initiators", "partners") or (kind == "draw" and column.key == "departments"):
        return tuple(department.name for department in office.departments)
    if column.key == "result":
        return tuple(result.label for result in office.results)
    return tuple(handling.label for handling in office.handlings) if column.key == "handling" else ()


def _drop_down(
    sheet: xlsxwriter.worksheet.Worksheet,
    lists: xlsxwriter.worksheet.Worksheet,
    number: int,
    choices: tuple[str, ...],
    *,
    strict: bool,
) -> None:
    """A list on the hidden sheet (a list in the cell may hold 255 characters only); not strict: several may be typed."""
    for row, choice in enumerate(choices):
        lists.write_string(row, number, choice)
    letters = xlsxwriter.utility.xl_col_to_name(number)
    sheet.data_validation(
        1,
        number,
        _ROWS,
        number,
        {
            "validate": "list",
            "source": f"=选项!${letters}$1:${letters}${len(choices)}",
            "error_type": "stop" if strict else "information",
            "error_title": "不在选项内",
            "error_message": "请从下拉列表中选择" if strict else "不在下拉列表中；写几个部门请用、隔开",
        },
    )


def _guide(guide: xlsxwriter.worksheet.Worksheet, columns: list[Column], wrapped: xlsxwriter.format.Format) -> None:
    guide.set_column(0, 0, 22, wrapped)
    guide.set_column(1, 3, 40, wrapped)
    for number, title in enumerate(("列", "是否必填", "例", "也认得的列名")):
        guide.write_string(0, number, title)
    for row, column in enumerate(columns, 1):
        guide.write_string(row, 0, "抽查事项（配合部门）" if column.second_of else column.title)
        guide.write_string(row, 1, "必填" if column.required else "")
        guide.write_string(row, 2, column.example or (_DATES if column.title.endswith(("日期", "至")) else ""))
        guide.write_string(row, 3, "、".join(column.aliases))
