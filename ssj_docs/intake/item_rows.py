"""随机抽查事项清单 → `InspectionItem`."""

from __future__ import annotations

from ssj_docs.intake.department_names import DepartmentNames
from ssj_docs.intake.folding import clean, squeeze
from ssj_docs.intake.outcome import Desk, Outcome
from ssj_docs.intake.reading import Note
from ssj_docs.intake.tables import Table, TableRow
from ssj_docs.intake.vocabulary import read_category, read_level
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
    if not desk.require(row, ("department", "name"), "item.blank"):
        return []
    found = []
    for _, name in desk.take(row, "department", names.read(row.text("department"))):
        department = office.department(name)
        code = department.code if department else ""
        counts[code] = counts.get(code, 0) + 1
        category = row.text("category")
        found.append(
            InspectionItem(
                id=squeeze(row.text("id")) or f"{code}-{counts[code]:03d}", department=name, name=clean(row.text("name")),
                field=clean(row.text("field")), object=clean(row.text("object")),
                category=desk.take(row, "category", read_category(category)) if category else None,
                method=clean(row.text("method")), basis=clean(row.text("basis")), level=read_level(row.text("level")),
            )
        )  # fmt: skip
    return found
