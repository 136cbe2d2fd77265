"""Issuing: number → render → store → register, one transaction a paper; the same draft or data never issues twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update

from ssj_docs.database import registers, schema
from ssj_docs.documents.drafts.draft_file import DraftText, compose, of_kind, read_draft
from ssj_docs.documents.forms.forms import prepare_form
from ssj_docs.documents.forms.page_code import PageCode, encode
from ssj_docs.documents.numbers import number_ledger
from ssj_docs.documents.numbers.issued_files import safe_name, write_once
from ssj_docs.documents.official.official import render_official
from ssj_docs.documents.paging.glyph_check import check_data, check_document
from ssj_docs.documents.templates.package_writer import pack, read_package, write_package
from ssj_docs.facts.vocabulary import PLAN_COLUMNS, plan_cell
from ssj_docs.ground.canonical import sha256_of
from ssj_docs.ground.errors import NotFoundError, NumberConflictError, UsageError
from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.document import IssuedDocument, OfficialDocument, Table
from ssj_docs.model.paper_kind import DocumentKind
from ssj_docs.office.workspace import Workspace


@dataclass(frozen=True)
class Issued:
    """A paper and whether this run made it (``fresh``) or found it issued already; ``problems``: warnings to show."""

    document: IssuedDocument
    fresh: bool
    problems: tuple[Problem, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        d = self.document
        return {
            "id": d.id,
            "kind": d.kind,
            "title": d.title,
            "number": d.number,
            "task": d.task,
            "case": d.case,
            "version": d.version,
            "date": d.date.isoformat() if d.date else None,
            "path": d.path,
            "sha256": d.sha256,
            "pdf_path": d.pdf_path,
            "fresh": self.fresh,
            "problems": [problem.as_json() for problem in self.problems],
        }


@dataclass(frozen=True)
class FormOrder:
    """One form to make: ``subject`` is the case id, task id or year it belongs to; ``data`` its fields."""

    kind: DocumentKind
    data: Mapping[str, Any]
    title: str
    task: str = ""
    case: str = ""
    year: int = 0
    rendition: str = "restricted"
    department: str = ""

    @property
    def subject(self) -> str:
        """Case id, task id, or year."""
        return self.case or self.task or str(self.year)

    @property
    def key(self) -> str:
        """Stable beginning of the id of all its versions."""
        mark = "" if self.rendition == "restricted" else f"-{self.rendition}"
        return f"{self.kind.id}{mark}-{self.subject}"


#: stands for the serial while a paper is laid out: three characters of Unicode's private area, which no draft may hold
_OPEN = "\ue0f8\ue0f9\ue0fa"


# --- drafts -----------------------------------------------------------------------------------------------------------
def issue_draft(workspace: Workspace, path: Path, *, check_fonts: bool = True) -> Issued:
    """Issue a draft under the next number of its series.

    The same draft again gives the same document.

    Args:
        check_fonts: stop if a character is in no font of this machine (False: the paper is printed elsewhere).

    Raises: NumberConflictError if the draft was changed after it was issued; DataError, NotFoundError for faulty drafts,
        also where the task or case it names does not exist: no number is taken for a paper that belongs nowhere.
    """
    draft = of_kind(read_draft(path), workspace.kinds.serving("notice"))
    kind = workspace.kinds.find(draft.head.kind)
    claim, digest = f"draft:{_claim_path(workspace, path)}", _draft_digest(draft)
    day = draft.head.date or workspace.today
    with workspace.read() as connection:
        if draft.head.task:
            registers.load_task(connection, draft.head.task)
        if draft.head.case:
            registers.load_case(connection, draft.head.case)
        before = _issued_by_id(connection, claim)
        plans = {} if before else _plan_tables(connection, workspace, draft)
    if before is not None:
        return _again(workspace, before, digest, path)
    series = _series(workspace, draft, kind) if kind.series or draft.head.series else None
    standing = f"{series.code}〔{day.year}〕{_OPEN}号" if series else ""
    told: tuple[Problem, ...] = ()
    if check_fonts:
        told = check_document(compose(draft, workspace.office, kind, "", workspace.today, plans), path.name)
    document = compose(draft, workspace.office, kind, standing, workspace.today, plans)
    laid_out = render_official(document, workspace.templates)  # outside the lock: others issue meanwhile
    title = "".join(document.title)
    with workspace.transaction() as connection:
        before = _issued_by_id(connection, claim)
        if before is not None:
            return _again(workspace, before, digest, path)
        number, content = "", laid_out
        if series is not None:
            row = number_ledger.take(connection, series, day.year, claim=claim, title=title, day=day, now=workspace.now)
            number, content = row.number, _with_serial(laid_out, row.serial)
        relative = _free_name(connection, f"issued/{day.year}/{safe_name(f'{number} {title}'.strip())}")
        sha256 = write_once(workspace.path(relative), content)
        if series is not None:
            number_ledger.complete(connection, row, path=relative, sha256=sha256)
        issued = IssuedDocument(
            id=claim,
            kind=kind.id,
            title=title,
            number=number,
            task=draft.head.task,
            case=draft.head.case,
            department=draft.head.department,
            date=day,
            path=relative,
            sha256=sha256,
            content_digest=digest,
        )
        _register(connection, workspace, issued)
    return Issued(issued, True, told)


def _with_serial(laid_out: bytes, serial: int) -> bytes:
    """A document laid out with its serial standing open, with the serial put in."""
    mark, figures = _OPEN.encode(), str(serial).encode()
    return write_package([pack(name, data.replace(mark, figures)) for name, data in read_package(laid_out, "").items()])


def preview_document(workspace: Workspace, draft: DraftText) -> OfficialDocument:
    """A draft as the paper it would be today, its serial standing open; nothing is taken or written.

    Raises: as `issue_draft` for faulty drafts.
    """
    kind = workspace.kinds.find(draft.head.kind or workspace.kinds.serving("notice"))
    number = ""
    if kind.series or draft.head.series:
        number = f"{_series(workspace, draft, kind).code}〔{(draft.head.date or workspace.today).year}〕　号"
    with workspace.read() as connection:
        plans = _plan_tables(connection, workspace, draft)
    return compose(draft, workspace.office, kind, number, workspace.today, plans)


def _claim_path(workspace: Workspace, path: Path) -> str:
    full, root = path.resolve(), workspace.root.resolve()
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else full.as_posix()


def _draft_digest(draft: DraftText) -> str:
    """What the clerk wrote: head, body and attached texts; not the day of the run, nor data printed as tables."""
    files = [
        (draft.folder / source.file).read_bytes()
        for source in draft.head.attachments
        if source.file and (draft.folder / source.file).is_file()
    ]
    return sha256_of(
        {"head": draft.head.model_dump(mode="json"), "body": draft.body, "files": [sha256_of(data) for data in files]}
    )


def _again(workspace: Workspace, before: IssuedDocument, digest: str, path: Path) -> Issued:
    if before.content_digest != digest:
        raise NumberConflictError(
            f"拟稿 {path.name} 已于 {before.date} 以“{before.number or before.title}”印发，之后内容又有改动",
            Remedy(
                "已印发的文件不能改写：需要更正的，",
                do("void_number", number=before.number, reason=""),
                "，并把改动后的拟稿另存为新文件名再印发",
            ),
        )
    if not workspace.path(before.path).is_file():
        raise NotFoundError(f"登记簿上的文件 {before.path} 不见了", Remedy("从备份恢复该文件，再", do("verify")))
    return Issued(before, False)


def _series(workspace: Workspace, draft: DraftText, kind: DocumentKind) -> Any:
    if draft.head.series:
        return number_ledger.series_of(workspace.office, draft.head.series)
    series = workspace.office.series_for(kind.id)
    if series is None:
        raise UsageError(
            f"没有为“{kind.title}”设置代字", Remedy(do("set", key="series"), "，加入一个代字；或在拟稿中写“代字:”")
        )
    return series


def _plan_tables(connection: Connection, workspace: Workspace, draft: DraftText) -> dict[int, Table]:
    """Plan tables of the years that attachments ask for."""
    day = draft.head.date or workspace.today
    found = {}
    for source in draft.head.attachments:
        year = source.year or day.year
        tasks = registers.load_tasks(connection, year) if source.table == "plan" else []
        if tasks:
            rows = tuple(tuple(plan_cell(task, column) for column in PLAN_COLUMNS.values()) for task in tasks)
            columns = tuple(name.removesuffix("2") for name in PLAN_COLUMNS.values())
            found[year] = Table(columns, rows, note=source.note, landscape=True)
    return found


# --- forms ------------------------------------------------------------------------------------------------------------
def issue_forms(
    workspace: Workspace, orders: Iterable[FormOrder], batch: int = 50, *, check_fonts: bool = True
) -> Iterable[Issued]:
    """Make forms in batches, one transaction a batch, so that a long run can be stopped and run again.

    A form whose data did not change since its newest version is not made again; changed data give a new version.

    Args:
        check_fonts: stop before the first form if a character is in no font of this machine; what another font prints
            is told with the form (False: the forms are printed elsewhere).
    """
    orders = list(orders)
    told: dict[str, list[Problem]] = {}
    if check_fonts:
        for problem in check_data((order.title, order.data, order.kind.names) for order in orders):
            told.setdefault(problem.source, []).append(problem)
    made = _in_batches(workspace, orders, batch)
    yield from (replace(one, problems=tuple(told.get(one.document.title, ()))) if told else one for one in made)


def _in_batches(workspace: Workspace, orders: Sequence[FormOrder], batch: int) -> Iterable[Issued]:
    held: list[FormOrder] = []
    for order in orders:
        held.append(order)
        if len(held) == batch:
            yield from _issue_batch(workspace, held)
            held = []
    if held:
        yield from _issue_batch(workspace, held)


def _issue_batch(workspace: Workspace, orders: Sequence[FormOrder]) -> list[Issued]:
    with workspace.transaction() as connection:
        return [_issue_form(connection, workspace, order) for order in orders]


def _issue_form(connection: Connection, workspace: Workspace, order: FormOrder) -> Issued:
    kind, data = order.kind, dict(order.data)
    digest = sha256_of({"kind": kind.id, "rendition": order.rendition, "data": data})
    before = _newest(connection, order.key)
    if before is not None and before.content_digest == digest and workspace.path(before.path).is_file():
        return Issued(before, False)
    version = before.version + 1 if before else 1
    row = None
    if kind.series:
        row = _form_number(connection, workspace, order, version)
        data["number"] = row.number
    form = prepare_form(kind, data, rendition=order.rendition, office_templates=workspace.templates)
    codes = _codes(workspace, order, version, digest, form.pages) if kind.coded else []
    content = form.finish(codes)
    mark = "" if order.rendition == "restricted" else f"-{'内部' if order.rendition == 'internal' else '公开'}"
    folder = f"issued/{_year(order)}/{order.task or '年度'}"
    name = safe_name(f"{order.subject} {kind.title}{mark}" + (f"-第{version}版" if version > 1 else ""))
    relative = f"{folder}/{name}.docx"
    sha256 = write_once(workspace.path(relative), content)
    if row is not None:
        number_ledger.complete(connection, row, path=relative, sha256=sha256)
    issued = IssuedDocument(
        id=f"{order.key}-v{version}",
        kind=kind.id,
        title=order.title,
        number=row.number if row else "",
        task=order.task,
        case=order.case,
        department=order.department,
        date=workspace.today,
        path=relative,
        sha256=sha256,
        pages=len(codes) or None,
        content_digest=digest,
        version=version,
    )
    if before is not None:
        connection.execute(update(schema.issued).where(schema.issued.c.id == before.id).values(current=False))
    _register(connection, workspace, issued)
    return Issued(issued, True)


def _form_number(connection: Connection, workspace: Workspace, order: FormOrder, version: int) -> Any:
    department = order.department if order.kind.issuer == "department" else ""
    series = workspace.office.series_for(order.kind.id, department)
    if series is None:
        raise UsageError(
            f"没有为{department}的“{order.kind.title}”设置代字",
            Remedy(do("set", key="series"), f"，加入一个代字，文种含 {order.kind.id}，署名部门含 {department}"),
        )
    return number_ledger.take(
        connection,
        series,
        workspace.today.year,
        claim=f"{order.key}-v{version}",
        title=order.title,
        day=workspace.today,
        now=workspace.now,
    )


def _codes(workspace: Workspace, order: FormOrder, version: int, digest: str, pages: int) -> list[str]:
    return [
        encode(
            PageCode(workspace.office.code, order.subject, order.kind.code, version, page, pages, digest[:8].upper()),
            workspace.key,
        )
        for page in range(1, pages + 1)
    ]


def _year(order: FormOrder) -> str:
    return order.task[:4] if order.task else str(order.year)


# --- the register -----------------------------------------------------------------------------------------------------
def _register(connection: Connection, workspace: Workspace, issued: IssuedDocument) -> None:
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
    workspace.log(
        connection,
        "issue",
        issued.id,
        {"kind": issued.kind, "number": issued.number, "path": issued.path},
        digest=issued.sha256,
    )


def _issued_by_id(connection: Connection, identity: str) -> IssuedDocument | None:
    row = connection.execute(select(schema.issued.c.kind).where(schema.issued.c.id == identity)).first()
    if row is None:
        return None
    found = registers.issued_documents(connection, kind=row.kind, current=None)
    return next(d for d in found if d.id == identity)


def _newest(connection: Connection, key: str) -> IssuedDocument | None:
    t = schema.issued
    ids = connection.execute(select(t.c.id, t.c.version).where(t.c.id.startswith(f"{key}-v", autoescape=True))).all()
    if not ids:
        return None
    return _issued_by_id(connection, max(ids, key=lambda row: row.version).id)


def _free_name(connection: Connection, stem: str) -> str:
    """``stem.docx``, or with a serial where another issued document has that path."""
    t = schema.issued
    serial, name = 1, f"{stem}.docx"
    while connection.execute(select(t.c.id).where(t.c.path == name)).first() is not None:
        serial += 1
        name = f"{stem} ({serial}).docx"
    return name


def record_pdf(workspace: Workspace, identity: str, relative: str, sha256: str, pages: int | None) -> None:
    """Say that an issued document was converted to a PDF, which lies beside it."""
    with workspace.transaction() as connection:
        values: dict[str, Any] = {"pdf_path": relative, "pdf_sha256": sha256}
        if pages is not None:
            values["pages"] = pages
        connection.execute(update(schema.issued).where(schema.issued.c.id == identity).values(**values))
        workspace.log(connection, "issue.pdf", identity, {"path": relative}, digest=sha256)
