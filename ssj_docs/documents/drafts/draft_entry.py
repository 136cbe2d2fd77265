"""Looks up what is needed to issue a draft: kind, number series, plan tables, and whether it was issued already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from ssj_docs.database import registers
from ssj_docs.documents.drafts.draft_file import NO_SERIES, AttachmentSource, DraftText
from ssj_docs.documents.numbers.issue_register import require_unchanged
from ssj_docs.documents.numbers.number_ledger import open_number, series_of
from ssj_docs.facts.vocabulary import PLAN_COLUMNS, plan_cell
from ssj_docs.ground.canonical import sha256_of
from ssj_docs.ground.errors import UsageError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.document import IssuedDocument, Table
from ssj_docs.model.office import NumberSeries, Office
from ssj_docs.model.paper_kind import DocumentKind
from ssj_docs.office.workspace import Workspace


@dataclass(frozen=True)
class DraftEntry:
    """A draft with everything needed to issue it.

    Attributes:
        draft: as read.
        office: the office.
        kind: its kind.
        day: 成文日期.
        paper: its future row in the register, without title, number and file.
        series: the series of its number, None for a paper without one.
        number: its 发文字号, with the serial left open.
        plans: plan tables by year that attachments need.
        issued: the issued paper, if it was issued already.
    """

    draft: DraftText
    office: Office
    kind: DocumentKind
    day: date
    paper: IssuedDocument
    series: NumberSeries | None
    number: str
    plans: Mapping[int, Table]
    issued: IssuedDocument | None


def look_up(workspace: Workspace, draft: DraftText, *, anew: bool = False) -> DraftEntry:
    """Look up a draft in the registers.

    Args:
        anew: treat it as not issued yet.

    Raises: NotFoundError for an unknown kind, task, case or series, so that no number is taken for a paper that belongs
        nowhere; UsageError if its kind has no series; NumberConflictError if it was changed after it was issued.
    """
    head, office, usual = draft.head, workspace.office, workspace.kinds.serving("notice")
    kind, day = workspace.kinds.find(head.kind or usual), head.date or workspace.today
    paper = IssuedDocument(
        id=f"draft:{_inside(workspace, draft.path)}",
        kind=kind.id,
        title="",
        task=head.task,
        case=head.case,
        department=head.department,
        date=day,
        content_digest=_digest(draft, usual),
    )
    with workspace.read() as connection:
        if head.task:
            registers.load_task(connection, head.task)
        if head.case:
            registers.load_case(connection, head.case)
        issued = None if anew else registers.issued_document(connection, paper.id)
        if issued is not None:
            require_unchanged(workspace, connection, issued, paper.content_digest)
            return DraftEntry(draft, office, kind, day, paper, None, "", {}, issued)
        plans = _plan_tables(connection, head.attachments, day.year)
    series = _series(office, head.series, kind, head.department)
    return DraftEntry(draft, office, kind, day, paper, series, open_number(series, day.year), plans, None)


def _inside(workspace: Workspace, path: Path) -> str:
    """A path relative to the workspace's folder, if it is inside."""
    full, root = path.resolve(), workspace.root.resolve()
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else full.as_posix()


def _digest(draft: DraftText, usual: str) -> str:
    """Digest of what the clerk wrote: head, body and attached texts, without the date of the run and data printed as tables."""
    series = "" if draft.head.series == NO_SERIES else draft.head.series
    head = draft.head.model_dump(mode="json") | {"kind": draft.head.kind or usual, "series": series}
    files = [draft.files[source.file] for source in draft.head.attachments if source.file in draft.files]
    return sha256_of({"head": head, "body": draft.body, "files": [sha256_of(data) for data in files]})


def _series(office: Office, named: str, kind: DocumentKind, department: str) -> NumberSeries | None:
    """The series of the number: the one named by the draft or its kind, otherwise the one for its kind and author."""
    if named == NO_SERIES:
        return None
    named = named or kind.series_code
    if named or not kind.series:
        return series_of(office, named) if named else None
    found = office.series_for(kind.id, department)
    if found is None:
        remedy = Remedy(
            do("set", key="series"),
            f"，加入一个代字{f'，文种含 {kind.id}，署名部门含{department}' if department else ''}；或在拟稿中写“代字:”；收到的函件不在这里编号，",
            do("receive"),
        )
        raise UsageError(f"没有为{department}的“{kind.title}”设置代字", remedy)
    return found


def _plan_tables(connection: Connection, attachments: Sequence[AttachmentSource], year: int) -> dict[int, Table]:
    """Plan tables of the years that attachments need."""
    found = {}
    for source in attachments:
        tasks = registers.load_tasks(connection, source.year or year) if source.table == "plan" else []
        if tasks:
            rows = tuple(tuple(plan_cell(task, column) for column in PLAN_COLUMNS.values()) for task in tasks)
            columns = tuple(name.removesuffix("2") for name in PLAN_COLUMNS.values())
            found[source.year or year] = Table(columns, rows, note=source.note, landscape=True)
    return found
