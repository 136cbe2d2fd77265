"""Loads and saves models: plan, subjects, inspectors, cases, findings, events, issued documents.

`save_*` functions compare with the existing rows and report what was added, changed and unchanged; they run in the caller's
transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, Table, delete, insert, or_, select

from ssj_docs.database import schema
from ssj_docs.ground.canonical import canonical_json
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.document import IssuedDocument
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.model.plan import Frequency, InspectionItem, InspectionTask, Ratio, Window

T = TypeVar("T")


@dataclass(frozen=True)
class Changes:
    """Keys that a save added and changed, and the number of unchanged rows."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: int = 0


def save_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> Changes:
    """Insert or replace ``rows`` by primary key; other rows are kept."""
    keys = [column.name for column in table.primary_key]
    new = {tuple(row[key] for key in keys): row for row in rows}
    old = _existing(connection, table, keys, new)
    added = [key for key in new if key not in old]
    changed = [key for key in new if key in old and old[key] != canonical_json(new[key])]
    for key in changed:
        connection.execute(delete(table).where(*(table.c[name] == part for name, part in zip(keys, key, strict=True))))
    if added or changed:
        connection.execute(insert(table), [dict(new[key]) for key in (*added, *changed)])
    names = [tuple("/".join(map(str, key)) for key in group) for group in (added, changed)]
    return Changes(names[0], names[1], len(new) - len(added) - len(changed))


def _existing(
    connection: Connection, table: Table, keys: Sequence[str], wanted: Mapping[tuple[Any, ...], Any]
) -> dict[tuple[Any, ...], str]:
    query = select(table)
    if len(wanted) <= 500:
        query = query.where(table.c[keys[0]].in_({key[0] for key in wanted}))
    found = {}
    for row in connection.execute(query).mappings():
        key = tuple(row[name] for name in keys)
        if key in wanted:
            found[key] = canonical_json(dict(row))
    return found


def _row(model: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(model, field.name)) for field in fields(model)}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Window):
        return {"raw": value.raw, "start": _iso(value.start), "end": _iso(value.end)}
    if isinstance(value, Ratio | Frequency):
        return asdict(value)
    return dict(value) if isinstance(value, Mapping) else value


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _model(kind: type[T], row: RowMapping) -> T:
    return kind(**{f.name: tuple(v) if isinstance(v := row[f.name], list) else v for f in fields(kind)})  # type: ignore[arg-type]


# --- plan -------------------------------------------------------------------------------------------------------------
def save_tasks(connection: Connection, tasks: Iterable[InspectionTask]) -> Changes:
    """Save tasks by id."""
    return save_rows(connection, schema.tasks, [_row(task) for task in tasks])


def _task(row: RowMapping) -> InspectionTask:
    values: dict[str, Any] = {f.name: row[f.name] for f in fields(InspectionTask)}
    for name in ("items", "partner_items", "initiators", "partners"):
        values[name] = tuple(values[name])
    ratio = dict(values["ratio"])
    ratio["levels"] = tuple((level, percent) for level, percent in ratio["levels"])
    window = values["window"]
    values |= {
        "ratio": Ratio(**ratio),
        "frequency": Frequency(**values["frequency"]),
        "window": Window(window["raw"], _day(window["start"]), _day(window["end"])),
    }
    return InspectionTask(**values)


def load_tasks(connection: Connection, year: int | None = None) -> list[InspectionTask]:
    """Load the tasks of a year (of all years if None) in plan order."""
    query = select(schema.tasks).order_by(schema.tasks.c.year, schema.tasks.c.row, schema.tasks.c.id)
    if year is not None:
        query = query.where(schema.tasks.c.year == year)
    return [_task(row) for row in connection.execute(query).mappings()]


def load_task(connection: Connection, task: str) -> InspectionTask:
    """Load the task with this id. Raises: NotFoundError."""
    row = connection.execute(select(schema.tasks).where(schema.tasks.c.id == task)).mappings().first()
    if row is None:
        raise NotFoundError(f"没有抽查任务 {task}", Remedy(do("show_tasks")))
    return _task(row)


def save_items(connection: Connection, items: Iterable[InspectionItem]) -> Changes:
    """Save 抽查事项 by id."""
    return save_rows(connection, schema.items, [_row(item) for item in items])


def load_items(connection: Connection) -> list[InspectionItem]:
    """Load the item list by id."""
    return [
        _model(InspectionItem, row)
        for row in connection.execute(select(schema.items).order_by(schema.items.c.id)).mappings()
    ]


# --- registers --------------------------------------------------------------------------------------------------------
def save_subjects(connection: Connection, subjects: Iterable[Subject]) -> Changes:
    """Save subjects by id."""
    return save_rows(connection, schema.subjects, [_row(subject) for subject in subjects])


def load_subjects(connection: Connection) -> list[Subject]:
    """Load all subjects by id."""
    return [
        _model(Subject, row)
        for row in connection.execute(select(schema.subjects).order_by(schema.subjects.c.id)).mappings()
    ]


def load_subject(connection: Connection, subject: str) -> Subject:
    """Load the subject with this id, credit code, registration number or exact name. Raises: NotFoundError."""
    t = schema.subjects
    row = (
        connection.execute(
            select(t)
            .where(
                or_(
                    t.c.id == subject,
                    t.c.name == subject,
                    t.c.credit_code == subject,
                    t.c.registration == subject,
                )
            )
            .order_by(t.c.id)
        )
        .mappings()
        .first()
    )
    if row is None:
        raise NotFoundError(f"名录库中没有检查对象“{subject}”", Remedy("先", do("import", kind="subjects")))
    return _model(Subject, row)


def save_inspectors(connection: Connection, inspectors: Iterable[Inspector]) -> Changes:
    """Save inspectors by 执法证号."""
    return save_rows(connection, schema.inspectors, [_row(inspector) for inspector in inspectors])


def load_inspectors(connection: Connection) -> list[Inspector]:
    """Load all inspectors by 执法证号."""
    return [
        _model(Inspector, row)
        for row in connection.execute(select(schema.inspectors).order_by(schema.inspectors.c.id)).mappings()
    ]


# --- cases ------------------------------------------------------------------------------------------------------------
def save_cases(connection: Connection, cases: Iterable[Case]) -> Changes:
    """Save cases by id."""
    return save_rows(connection, schema.cases, [_row(case) for case in cases])


def load_cases(connection: Connection, *, task: str | None = None, year: int | None = None) -> list[Case]:
    """Load cases of a task, of a year's tasks, or all, by id."""
    query = select(schema.cases).order_by(schema.cases.c.id)
    if task is not None:
        query = query.where(schema.cases.c.task == task)
    if year is not None:
        query = query.where(schema.cases.c.task.in_(select(schema.tasks.c.id).where(schema.tasks.c.year == year)))
    return [_model(Case, row) for row in connection.execute(query).mappings()]


def load_case(connection: Connection, case: str) -> Case:
    """Load the case with this id. Raises: NotFoundError."""
    row = connection.execute(select(schema.cases).where(schema.cases.c.id == case)).mappings().first()
    if row is None:
        raise NotFoundError(
            f"没有案件 {case}",
            Remedy("案件编号形如 2026-003-0012；", do("draw"), "，或", do("import", kind="draw"), "后才有"),
        )
    return _model(Case, row)


def _of_cases(table: Table, cases: Iterable[str] | None) -> Any:
    query = select(table).order_by(*table.primary_key)
    return query if cases is None else query.where(table.c.case.in_(list(cases)))


def save_findings(connection: Connection, findings: Iterable[Finding]) -> Changes:
    """Save findings by case, department and item."""
    return save_rows(connection, schema.findings, [_row(finding) for finding in findings])


def load_findings(connection: Connection, cases: Iterable[str] | None = None) -> list[Finding]:
    """Load findings of these cases, or all."""
    return [_model(Finding, row) for row in connection.execute(_of_cases(schema.findings, cases)).mappings()]


def save_events(connection: Connection, events: Iterable[CaseEvent]) -> Changes:
    """Save case events by case, event, department and date."""
    return save_rows(connection, schema.case_events, [_row(event) for event in events])


def load_events(connection: Connection, cases: Iterable[str] | None = None) -> list[CaseEvent]:
    """Load events of these cases, or all."""
    return [_model(CaseEvent, row) for row in connection.execute(_of_cases(schema.case_events, cases)).mappings()]


# --- issued documents -------------------------------------------------------------------------------------------------
def _issued(row: RowMapping) -> IssuedDocument:
    return IssuedDocument(
        **{
            name: row[name]
            for name in (
                "id",
                "kind",
                "title",
                "number",
                "task",
                "case",
                "department",
                "date",
                "path",
                "sha256",
                "content_digest",
                "pdf_path",
                "pdf_sha256",
                "pages",
                "version",
                "current",
            )
        }
    )


def issued_document(connection: Connection, identity: str) -> IssuedDocument | None:
    """The issued document of this id, whatever its version."""
    row = connection.execute(select(schema.issued).where(schema.issued.c.id == identity)).mappings().first()
    return _issued(row) if row is not None else None


def issued_documents(
    connection: Connection,
    *,
    case: str | None = None,
    task: str | None = None,
    kind: str | None = None,
    current: bool | None = True,
) -> list[IssuedDocument]:
    """Load issued documents, only the newest versions unless ``current`` is None."""
    t = schema.issued
    query = select(t).order_by(t.c.task, t.c.case, t.c.kind, t.c.version)
    for column, value in ((t.c.case, case), (t.c.task, task), (t.c.kind, kind), (t.c.current, current)):
        if value is not None:
            query = query.where(column == value)
    return [_issued(row) for row in connection.execute(query).mappings()]
