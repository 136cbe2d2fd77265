"""随机抽查事项清单 → `InspectionItem`."""

from __future__ import annotations

from ssj_docs.intake.rows.reading_result import Outcome, ProblemLog
from ssj_docs.intake.tables.table import DataTable, TableRow
from ssj_docs.intake.values.department_names import DepartmentNames
from ssj_docs.intake.values.folding import clean, squeeze
from ssj_docs.intake.values.reading import Note
from ssj_docs.intake.values.vocabulary import read_category, read_level
from ssj_docs.model.office import Office
from ssj_docs.model.plan import InspectionItem


def read_item_list(table: DataTable, office: Office, counts: dict[str, int] | None = None) -> Outcome[InspectionItem]:
    """Read the item list; without an id column the id is the department's code and a serial (``GA-003``).

    A joint item becomes a record of each department; the one that leads names the others as its partners.

    Args:
        counts: department code → serials given so far, shared by the tables of one import.
    """
    log = ProblemLog(table)
    names = DepartmentNames(office)
    items: dict[str, InspectionItem] = {}
    counts = {} if counts is None else counts
    rows = 0
    for row in table.rows():
        rows += 1
        for item in _items(row, office, names, log, counts):
            if item.id in items and items[item.id] != item:
                log.note(row, "id", Note("item.conflict", "事项编号重复，内容却不同", "请改成不同的编号", "error"))
            items[item.id] = item
    return Outcome(rows, tuple(items.values()), (*table.cell_faults(), *log.problems))


def _items(
    row: TableRow, office: Office, names: DepartmentNames, log: ProblemLog, counts: dict[str, int]
) -> list[InspectionItem]:
    name = _name(row)
    if not name:
        log.require(row, ("name",), "item.blank")
        return []
    departments = _departments(row, names, log)
    if not departments:
        return []
    joined = [found for _, found in log.take(row, "partners", names.read(row.text("partners")))]
    lead, *others = list(dict.fromkeys([*departments, *joined]))
    category = row.text("category")
    found = []
    for department in (lead, *others):
        known = office.department(department)
        code = known.code if known else ""
        counts[code] = counts.get(code, 0) + 1
        own = squeeze(row.text("id"))
        found.append(
            InspectionItem(
                id=(own if department == lead else f"{own}-{code}") if own else f"{code}-{counts[code]:03d}",
                department=department,
                name=name,
                field=clean(row.text("field")),
                object=clean(row.text("object")),
                category=log.take(row, "category", read_category(category)) if category else None,
                method=clean(row.text("method")),
                basis=clean(row.text("basis")),
                level=_level(row, names),
                partners=tuple(others) if department == lead else (),
            )
        )
    return found


def _name(row: TableRow) -> str:
    """The item; ``主项|子项`` where a list tells both."""
    return "|".join(dict.fromkeys(filter(None, (clean(row.text(key)) for key in ("major", "name", "sub")))))


def _departments(row: TableRow, names: DepartmentNames, log: ProblemLog) -> list[str]:
    """Who checks: 部门, else 检查主体; the partners of a joint item behind it."""
    if row.text("department").strip():
        return [name for _, name in log.take(row, "department", names.read(row.text("department")))]
    body = names.read(row.text("level"))
    if body.value and not body.notes:
        return [name for _, name in body.value]
    place = "department" if "department" in log.table.columns else "level"
    note = Note("item.blank", "没有写由哪个部门检查", "请增加“部门”一列，或在表格标题中写明部门全称", "error")
    log.note(row, place, note)
    return []


def _level(row: TableRow, names: DepartmentNames) -> str:
    """检查主体 as a level; empty where it names the department."""
    text = row.text("level")
    return "" if text and names.canonical(text) else read_level(text)
