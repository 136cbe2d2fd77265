"""The source of the search index: catalogue, page texts and registers, joined page by page.

The index can be deleted at any time; `iter_page_records` returns everything again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, func, select

from archive.cases.case_file import item_location
from archive.cases.catalogue import ArchiveItem, load_items
from archive.search.engines.port import ItemKey
from archive.search.fields.fields import Origin, PageRecord
from archive.search.fields.legend import printed_spans
from archive.search.form_legends import FormLegends
from ssj_docs.database import registers
from ssj_docs.database.schema import (
    archive_items,
    case_events,
    cases,
    findings,
    inspectors,
    journal,
    page_texts,
    subjects,
    tasks,
)
from ssj_docs.ground.canonical import canonical_json
from ssj_docs.ground.errors import SsjError
from ssj_docs.model.office import Office
from ssj_docs.office.workspace import Workspace

_UNREAD: Mapping[str, Origin] = {"scan": "ocr", "digital": "text", "issued": "issued"}
_BATCH = 500
#: in the list of departments that may see a page: only the whole office
OFFICE_ONLY = "-"


@dataclass(frozen=True)
class CaseFields:
    """What every page of a case, or of a task's papers, has in common; the names are those of `PageRecord`."""

    task: str = ""
    task_name: str = ""
    year: int | None = None
    departments: tuple[str, ...] = ()
    company: str = ""
    credit_code: str = ""
    people: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    result_labels: tuple[str, ...] = ()
    handlings: tuple[str, ...] = ()


def visible_departments(facts: CaseFields) -> tuple[str, ...]:
    """The departments that may see the papers of a case: those of its task; if there are none, only the whole office."""
    return facts.departments or (OFFICE_ONLY,)


@dataclass(frozen=True)
class _Page:
    page: int
    origin: Origin
    confidence: float | None = None
    text: str = ""


@dataclass
class Facts:
    """Facts of many cases, each register read once."""

    connection: Connection
    office: Office
    _tasks: dict[str, CaseFields] = field(default_factory=dict)
    _cases: dict[str, CaseFields] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def of(self, wanted: Iterable[str]) -> dict[str, CaseFields]:
        """The facts of cases or tasks by id; nothing is known of an unknown id."""
        if not self._tasks:
            for task in registers.load_tasks(self.connection):
                self._tasks[task.id] = CaseFields(task.id, task.name, task.year, task.departments)
            people = self.connection.execute(select(inspectors.c.id, inspectors.c.name))
            self._names = {person.id: person.name for person in people}
        missing = [case for case in dict.fromkeys(wanted) if case not in self._tasks and case not in self._cases]
        for start in range(0, len(missing), _BATCH):
            self._load(missing[start : start + _BATCH])
        return {case: self._tasks.get(case) or self._cases.get(case) or CaseFields() for case in wanted}

    def _load(self, wanted: Sequence[str]) -> None:
        found: dict[str, list[tuple[Sequence[str], Sequence[str]]]] = {}
        query = select(findings.c.case, findings.c.results, findings.c.inspectors)
        for finding in self.connection.execute(
            query.where(findings.c.case.in_(wanted)).order_by(*findings.primary_key)
        ):
            found.setdefault(finding.case, []).append((finding.results, finding.inspectors))
        handled: dict[str, dict[str, None]] = {}
        events = select(case_events.c.case, case_events.c.handling).where(case_events.c.handling != "")
        for event in self.connection.execute(
            events.where(case_events.c.case.in_(wanted)).order_by(*case_events.primary_key)
        ):
            handled.setdefault(event.case, {})[event.handling] = None
        joined = (
            select(
                cases.c.id,
                cases.c.task,
                cases.c.inspectors,
                subjects.c.name,
                subjects.c.credit_code,
                subjects.c.registration,
                subjects.c.representative,
            )
            .join(subjects, subjects.c.id == cases.c.subject, isouter=True)
            .where(cases.c.id.in_(wanted))
        )
        for row in self.connection.execute(joined):
            task = self._tasks.get(row.task, CaseFields(row.task))
            codes = tuple(dict.fromkeys(code for results, _ in found.get(row.id, ()) for code in results))
            signed = [name for _, names in found.get(row.id, ()) for name in names]
            drawn = [self._names.get(inspector, "") for inspector in row.inspectors]
            self._cases[row.id] = CaseFields(
                task.task,
                task.task_name,
                task.year,
                task.departments,
                row.name or "",
                row.credit_code or row.registration or "",
                tuple(dict.fromkeys(name for name in (*drawn, *signed, row.representative) if name)),
                codes,
                tuple(self._label(code) for code in codes),
                tuple(map(self._handling, handled.get(row.id, ()))),
            )

    def _label(self, code: str) -> str:
        category = self.office.result(code)
        return category.label if category else code

    def _handling(self, code: str) -> str:
        handling = self.office.handling(code)
        return handling.label if handling else code


def iter_page_records(
    workspace: Workspace,
    connection: Connection,
    wanted: Sequence[ItemKey] | None = None,
    progress: Callable[[Sequence[ArchiveItem]], Iterable[ArchiveItem]] | None = None,
) -> Iterator[PageRecord]:
    """Every page of every filed item, newest items last; a page that has not been read comes with its metadata only.

    Args:
        connection: a reading connection, kept open while the records are consumed.
        wanted: only these items.
        progress: wraps the list of items to show progress.
    """
    stamps = item_stamps(workspace, connection, wanted)
    items = [item for item in _items(connection, wanted) if (item.case, item.item) in stamps]
    facts = Facts(connection, workspace.office)
    labels = {kind.id: kind.title for kind in workspace.kinds.values()}
    legends = FormLegends(workspace)
    for item in progress(items) if progress else items:
        path = _path(workspace, item)
        known = facts.of([item.case])[item.case]
        stamp = stamps[item.case, item.item]
        for page in _pages(connection, item):
            record = _record(item, page, known, (path, labels.get(item.kind, item.kind), stamp))
            printed = printed_spans(page.text, legends.of(item.kind))
            yield replace(record, printed=printed) if printed else record


def _items(connection: Connection, wanted: Sequence[ItemKey] | None) -> list[ArchiveItem]:
    if wanted is None:
        return load_items(connection)
    keys = set(wanted)
    names = sorted({case for case, _ in keys})
    found: list[ArchiveItem] = []
    for start in range(0, len(names), _BATCH):
        found += load_items(connection, cases=names[start : start + _BATCH])
    return [item for item in found if (item.case, item.item) in keys]


def _pages(connection: Connection, item: ArchiveItem) -> list[_Page]:
    query = select(page_texts).where(page_texts.c.case == item.case, page_texts.c.item == item.item)
    pages = {number: _Page(number, _UNREAD[item.origin]) for number in range(1, (item.pages or 1) + 1)}
    for row in connection.execute(query.order_by(page_texts.c.page)):
        if row.state == "done":
            pages[row.page] = _Page(row.page, row.origin or _UNREAD[item.origin], row.confidence, row.text)
    return [pages[number] for number in sorted(pages)]


def _record(item: ArchiveItem, page: _Page, known: CaseFields, shown: tuple[str, str, str]) -> PageRecord:
    path, label, stamp = shown
    year = known.year if known.year is not None else item.date.year if item.date else None
    departments = tuple(dict.fromkeys(name for name in (item.department, *known.departments) if name))
    return PageRecord(
        item.case,
        item.item,
        page.page,
        kind=item.kind,
        kind_label=label,
        title=item.title,
        number=item.number,
        origin=page.origin,
        confidence=page.confidence,
        text=page.text,
        path=path,
        date=item.date,
        stamp=stamp,
        visible_to=visible_departments(known),
        **vars(known) | {"year": year, "departments": departments},
    )


def _path(workspace: Workspace, item: ArchiveItem) -> str:
    """The path of the item's file, relative to the workspace; empty if the store does not have it."""
    try:
        return item_location(workspace, item)
    except (SsjError, OSError, ValueError):
        return ""


def item_stamps(
    workspace: Workspace, connection: Connection, wanted: Sequence[ItemKey] | None = None
) -> dict[ItemKey, str]:
    """For every filed item a stamp that changes with its metadata, its case's facts and its pages' texts."""
    keys = None if wanted is None else set(wanted)
    only = None if wanted is None or len(wanted) > _BATCH else sorted({case for case, _ in wanted})
    read = {(row.case, row.item): (row.pages, row.newest) for row in connection.execute(_read_pages(only))}
    facts = Facts(connection, workspace.office)
    rows = connection.execute(_item_rows(only)).all()
    known = facts.of(list(dict.fromkeys(row.case for row in rows)))
    stamps: dict[ItemKey, str] = {}
    for row in rows:
        key = (row.case, row.item)
        if keys is None or key in keys:
            content = canonical_json([list(map(_plain, row)), read.get(key), _facts_json(known[row.case])])
            stamps[key] = hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
    return stamps


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _facts_json(facts: CaseFields) -> list[object]:
    return [list(value) if isinstance(value, tuple) else value for value in facts.__dict__.values()]


def _item_rows(only: Sequence[str] | None) -> Select[Any]:
    t = archive_items.c
    columns = (t.kind, t.title, t.number, t.date, t.department, t.pages, t.origin, t.sha256, t.version)
    query = select(t.case, t.item, *columns).where(t.state == "filed")
    return query if only is None else query.where(t.case.in_(only))


def _read_pages(only: Sequence[str] | None) -> Select[Any]:
    t = page_texts.c
    query = select(t.case, t.item, func.count().label("pages"), func.max(t.read_at).label("newest"))
    query = query.where(t.state == "done").group_by(t.case, t.item)
    return query if only is None else query.where(t.case.in_(only))


def source_state(connection: Connection) -> str:
    """A value that changes with every change of the data: last journal row, pages read, latest reading, size of the plan."""
    last = connection.execute(select(func.max(journal.c.id))).scalar() or 0
    texts = select(func.count(), func.max(page_texts.c.read_at)).where(page_texts.c.state == "done")
    count, newest = connection.execute(texts).one()
    known = connection.execute(select(func.count()).select_from(tasks)).scalar() or 0
    return f"{last}:{count}:{newest or ''}:{known}"
