"""The register of issued papers: look up earlier versions, enter a paper under its number, record its PDF later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, insert, select, update

from ssj_docs.database import registers, schema
from ssj_docs.documents.numbers import number_ledger
from ssj_docs.documents.numbers.issued_files import safe_name, write_once
from ssj_docs.documents.numbers.number_ledger import NumberRow
from ssj_docs.documents.templates.package_writer import Docx
from ssj_docs.ground.errors import NotFoundError, NumberConflictError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.document import IssuedDocument
from ssj_docs.model.office import NumberSeries
from ssj_docs.office.workspace import Workspace


def newest_issued(connection: Connection, key: str) -> IssuedDocument | None:
    """The newest of the papers with the ids ``key-v1``, ``key-v2`` and so on."""
    t = schema.issued
    ids = connection.execute(select(t.c.id, t.c.version).where(t.c.id.startswith(f"{key}-v", autoescape=True))).all()
    if not ids:
        return None
    return registers.issued_document(connection, max(ids, key=lambda row: row.version).id)


def require_unchanged(workspace: Workspace, connection: Connection, before: IssuedDocument, digest: str) -> None:
    """Check that an issued draft has not changed since, that its number is in force, and that its paper exists.

    Raises: NumberConflictError, NotFoundError.
    """
    if before.content_digest != digest:
        raise NumberConflictError(
            f"拟稿 {before.id.partition(':')[2].rpartition('/')[2]} 已于 {before.date} 以“{before.number or before.title}”印发，之后内容又有改动",
            Remedy(
                "已印发的文件不能改写：需要更正的，",
                do("void_number", number=before.number, reason=""),
                "，并把改动后的拟稿另存为新文件名再印发",
            ),
        )
    row = number_ledger.of_paper(connection, before)
    if row is not None and row.state == "void":
        raise NumberConflictError(
            f"{before.number} 已经作废（{row.reason}），同一拟稿不再取号",
            "需要重新发文的，把拟稿另存为新文件名再印发",
        )
    if not workspace.path(before.path).is_file():
        raise NotFoundError(f"登记簿上的文件 {before.path} 不见了", Remedy("从备份恢复该文件，再", do("verify")))


def take_number(
    workspace: Workspace, connection: Connection, paper: IssuedDocument, series: NumberSeries | None
) -> NumberRow | None:
    """Take the next number of the series in the paper's year; None for a paper without one."""
    if series is None:
        return None
    day = paper.date or workspace.today
    return number_ledger.take(
        connection, series, day.year, claim=paper.id, title=paper.title, day=day, now=workspace.now
    )


def enter_draft(
    workspace: Workspace,
    paper: IssuedDocument,
    series: NumberSeries | None,
    laid_out: Docx,
    journal: Mapping[str, object] | None = None,
) -> tuple[IssuedDocument, bool]:
    """Take the number, insert its serial into the laid-out paper, store and register it, in one transaction.

    Returns: the paper, and whether this run made it (False if another process issued the same draft meanwhile).
    """
    with workspace.transaction() as connection:
        before = registers.issued_document(connection, paper.id)
        if before is not None:
            require_unchanged(workspace, connection, before, paper.content_digest)
            return before, False
        row = take_number(workspace, connection, paper, series)
        content = laid_out.packed({number_ledger.OPEN_SERIAL: str(row.serial)} if row else {})
        name = safe_name(f"{row.number if row else ''} {paper.title}".strip())
        path = _free_name(connection, f"issued/{(paper.date or workspace.today).year}/{name}")
        return enter(workspace, connection, replace(paper, path=path), content, row=row, journal=journal), True


def enter(
    workspace: Workspace,
    connection: Connection,
    paper: IssuedDocument,
    content: bytes,
    *,
    row: NumberRow | None,
    before: IssuedDocument | None = None,
    journal: Mapping[str, object] | None = None,
) -> IssuedDocument:
    """Store a paper under its path and add it to register and journal; ``before`` is no longer the current version.

    ``journal`` is what its row in the journal says besides, such as the reason given for what the gate asked.
    """
    sha256 = write_once(workspace.path(paper.path), content)
    if row is not None:
        number_ledger.complete(connection, row, path=paper.path, sha256=sha256)
    issued = replace(paper, number=row.number if row else "", sha256=sha256)
    if before is not None:
        connection.execute(update(schema.issued).where(schema.issued.c.id == before.id).values(current=False))
    connection.execute(
        insert(schema.issued).values(
            id=issued.id,
            kind=issued.kind,
            title=issued.title,
            number=issued.number,
            task=issued.task,
            case=issued.case,
            department=issued.department,
            date=issued.date,
            path=issued.path,
            sha256=issued.sha256,
            content_digest=issued.content_digest,
            pdf_path="",
            pdf_sha256="",
            pages=issued.pages,
            version=issued.version,
            current=True,
            issued_at=workspace.now.isoformat(timespec="seconds"),
        )
    )
    detail: dict[str, object] = {"kind": issued.kind, "number": issued.number, "path": issued.path, **(journal or {})}
    workspace.log(connection, "issue", issued.id, detail, digest=issued.sha256)
    return issued


def _free_name(connection: Connection, stem: str) -> str:
    """``stem.docx``, or with a serial if another issued document has that path."""
    t = schema.issued
    serial, name = 1, f"{stem}.docx"
    while connection.execute(select(t.c.id).where(t.c.path == name)).first() is not None:
        serial += 1
        name = f"{stem} ({serial}).docx"
    return name


def record_pdf(workspace: Workspace, identity: str, relative: str, sha256: str, pages: int | None) -> None:
    """Record that an issued document was converted to the PDF beside it."""
    with workspace.transaction() as connection:
        values: dict[str, Any] = {"pdf_path": relative, "pdf_sha256": sha256}
        if pages is not None:
            values["pages"] = pages
        connection.execute(update(schema.issued).where(schema.issued.c.id == identity).values(**values))
        workspace.log(connection, "issue.pdf", identity, {"path": relative}, digest=sha256)
