"""随机抽查事项清单 → `InspectionItem`."""

from __future__ import annotations

import re

from ssj_docs.intake.rows.reading_result import Desk, Outcome
from ssj_docs.intake.sheets.table import Table, TableRow
from ssj_docs.intake.values.department_names import DepartmentNames
from ssj_docs.intake.values.folding import clean, squeeze
from ssj_docs.intake.values.reading import Note
from ssj_docs.intake.values.vocabulary import read_category, read_level
from ssj_docs.model.office import Office
from ssj_docs.model.plan import InspectionItem


def read_item_list(table: Table, office: Office) -> Outcome[InspectionItem]:
    """Read the item list; without an id column the id is the department's code and a serial (``GA-003``)."""
    desk = Desk(table)
    names = DepartmentNames(office)
    items: dict[str, InspectionItem] = {}
    counts: dict[str, int] = {}
    rows = 0
    for row in table.rows():
        rows += 1
        for item in _items(row, office, names, desk, counts):
            if item.id in items and items[item.id] != item:
                desk.note(row, "id", Note("item.conflict", "事项编号重复，内容却不同", "请改成不同的编号", "error"))
            items[item.id] = item
    return Outcome(rows, tuple(items.values()), (*table.cell_faults(), *desk.problems))


def _items(
    row: TableRow, office: Office, names: DepartmentNames, desk: Desk, counts: dict[str, int]
) -> list[InspectionItem]:
    if not desk.require(row, ("name",), "item.blank"):
        return []
    found = []
    for name in _departments(row, names, desk):
        department = office.department(name)
        code = department.code if department else ""
        counts[code] = counts.get(code, 0) + 1
        category = row.text("category")
        found.append(
            InspectionItem(
                id=squeeze(row.text("id")) or f"{code}-{counts[code]:03d}",
                department=name,
                name=clean(row.text("name")),
                field=clean(row.text("field")),
                object=clean(row.text("object")),
                category=desk.take(row, "category", read_category(category)) if category else None,
                method=clean(row.text("method")),
                basis=clean(row.text("basis")),
                level=_level(row, names),
            )
        )
    return found


def _departments(row: TableRow, names: DepartmentNames, desk: Desk) -> list[str]:
    """Who checks: 部门 (and 配合部门 of a joint list), else 检查主体, else the department in the title of the list."""
    if row.text("department").strip():
        read = [pair for key in ("department", "partners") for pair in desk.take(row, key, names.read(row.text(key)))]
        return list(dict.fromkeys(name for _, name in read))
    body = names.read(row.text("level"))
    if body.value and not body.notes:
        return [name for _, name in body.value]
    titled = _in_title(desk.table, names)
    if not titled:
        place = "department" if "department" in desk.table.columns else "level"
        note = Note("item.blank", "没有写由哪个部门检查", "请增加“部门”一列，或在表格标题中写明部门全称", "error")
        desk.note(row, place, note)
    return [titled] if titled else []


def _in_title(table: Table, names: DepartmentNames) -> str:
    """The department that the lines above the header name: 青禾县某局随机抽查事项清单."""
    for row in table.sheet.rows:
        for text in row.texts if row.number < table.header.first_row else ():
            title = re.split(r"随机|双随机|“|抽查|检查|监管事项|事项|清单", squeeze(text))[0]
            name = (
                names.canonical(re.sub(r"^(?:填报|制表)?(?:单位|部门)?[:：]|[(].*$|\d{4}年?度?", "", title))
                if title
                else None
            )
            if name:
                return name
    return ""


def _level(row: TableRow, names: DepartmentNames) -> str:
    """检查主体 as a level; empty where it names the department."""
    text = row.text("level")
    return "" if text and names.canonical(text) else read_level(text)
