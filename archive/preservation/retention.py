"""档号 and 保管期限: archive numbers, which never change once assigned, and items due for appraisal.

The office's template gives the form of the number (DA/T 22-2015, DA/T 13-2022); it is unique and stable in any form.
Nothing is destroyed automatically: `archive.preservation.destruction` needs an approved list.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from archive.cases import case_file, catalogue
from archive.cases.catalogue import ArchiveItem
from archive.cases.metadata import retention_name
from ssj_docs.database.schema import archive_items
from ssj_docs.ground.errors import DataError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.office import Office
from ssj_docs.office.work_orders import Step, WorkOrder, begin, carry_out, unfinished
from ssj_docs.office.workspace import Workspace

_VERB = "archive_number"
_FIELDS = {"fonds", "year", "retention", "department", "serial", "case", "item"}


@dataclass(frozen=True)
class Appraisal:
    """An item whose retention has ended: its last year, and how many years ago that was."""

    item: ArchiveItem
    last_year: int

    def as_json(self) -> dict[str, Any]:
        """The row as a JSON object."""
        i = self.item
        return {
            "case": i.case,
            "item": i.item,
            "archive_number": i.archive_number,
            "title": i.title,
            "date": i.date.isoformat() if i.date else None,
            "retention": i.retention,
            "retention_name": retention_name(i.retention),
            "last_year": self.last_year,
            "sha256": i.sha256,
        }


def item_year(item: ArchiveItem) -> int:
    """The year of 归档: that of 成文日期 (签发), otherwise of receipt (DA/T 22-2015: by the year of signing)."""
    return item.date.year if item.date else int(item.received_at[:4])


def checked_template(template: str) -> str:
    """The office's template of 档号, with the middle dot as U+00B7.

    Raises: DataError for an unknown field, or one without a serial.
    """
    template = re.sub(r"(?<=[A-Z])[．.•・‧](?=\{)", "·", template)
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
    except ValueError as error:
        raise DataError(
            f"档号样式“{template}”的花括号没有配对", Remedy(do("set", key="archive"), "，对照那里的说明改正")
        ) from error
    if names - _FIELDS or not ({"serial"} <= names or {"case", "item"} <= names):
        raise DataError(
            f"档号样式“{template}”的栏目有误", f"可用：{'、'.join(sorted(_FIELDS))}；必须含 serial，或 case 和 item"
        )
    return template


def number_items(workspace: Workspace) -> list[ArchiveItem]:
    """Assign 档号 to every filed item without one, by group (year, retention, department). They never change afterwards.

    This is a work order: the catalogue gets all numbers at once, the records in the case files follow one by one.

    Returns: the items numbered now, including those whose case files an earlier run left unfinished.
    Raises: DataError for a faulty template, or one that gives a number twice.
    """
    template = checked_template(workspace.office.archive_number)
    with unfinished(workspace, _VERB) as orders:
        with workspace.transaction() as connection:
            given = _give(workspace, connection, template)
            if given:
                plan = {"changes": {subject: {"archive_number": number} for subject, number in given.items()}}
                orders.append(begin(workspace, connection, _VERB, f"{len(given)} 件", plan))
        for order in orders:
            carry_out(workspace, order, _renewals(workspace, order))
    with workspace.read() as connection:
        numbered = [catalogue.load_item(connection, *place.split("/")) for order in orders for place in order.changes]
    return sorted(numbered, key=lambda item: item.archive_number or "")


def _give(workspace: Workspace, connection: Connection, template: str) -> dict[str, str]:
    """Number what has none, in the catalogue; ``case/item`` → 档号."""
    items = [item for item in catalogue.load_items(connection) if item.archive_number is None and item.state == "filed"]
    items.sort(key=lambda item: (item_year(item), item.date or date.max, item.case, item.item))
    taken = set(connection.execute(select(archive_items.c.archive_number)).scalars())
    serials = _last_serials(connection, workspace.office)
    given = {}
    for item in items:
        group = _group(workspace.office, item)
        serials[group] = serials.get(group, 0) + 1
        number = _number(template, workspace.office, item, serials[group])
        if number in taken:
            raise DataError(
                f"档号样式给出重复的档号 {number}", Remedy(do("set", key="archive"), "，在样式中加入能区分的栏目")
            )
        taken.add(number)
        given[f"{item.case}/{item.item}"] = number
        catalogue.update_item(connection, replace(item, archive_number=number))
        workspace.log(connection, "archive_number", f"{item.case}/{item.item}", {"number": number})
    return given


def _renewals(workspace: Workspace, order: WorkOrder) -> Iterator[Step]:
    """One step a case: its records say what the catalogue says."""
    for case in sorted({subject.partition("/")[0] for subject in order.changes}):
        yield lambda connection, case=case: _renew(workspace, connection, case)  # type: ignore[misc]


def _renew(workspace: Workspace, connection: Connection, case: str) -> None:
    case_file.renew_records(workspace, connection, case, "编档号")


def _department(office: Office, item: ArchiveItem) -> str:
    found = office.department(item.department)
    return found.code if found else office.code


def _group(office: Office, item: ArchiveItem) -> tuple[int, str, str]:
    return item_year(item), item.retention, _department(office, item)


def _number(template: str, office: Office, item: ArchiveItem, serial: int) -> str:
    year, retention, department = _group(office, item)
    return template.format(
        fonds=office.fonds,
        year=year,
        retention=retention,
        department=department,
        serial=serial,
        case=item.case,
        item=item.item,
    )


def _last_serials(connection: Connection, office: Office) -> dict[tuple[int, str, str], int]:
    """The last serial of each group, including destroyed items, so that none is assigned again."""
    counts: dict[tuple[int, str, str], int] = {}
    for item in catalogue.load_items(connection):
        if item.archive_number is not None:
            counts[_group(office, item)] = counts.get(_group(office, item), 0) + 1
    return counts


def appraisal(workspace: Workspace) -> list[Appraisal]:
    """Filed items whose retention ended before this year, longest overdue first. 永久 items never are."""
    with workspace.read() as connection:
        items: Sequence[ArchiveItem] = catalogue.load_items(connection)
    due = [
        Appraisal(item, item_year(item) + int(item.retention[1:]))
        for item in items
        if item.state == "filed" and re.fullmatch(r"D\d+", item.retention)
    ]
    overdue = [row for row in due if row.last_year < workspace.today.year]
    return sorted(overdue, key=lambda row: (row.last_year, row.item.case, row.item.item))
