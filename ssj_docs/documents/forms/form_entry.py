"""Looks up what is needed to issue a form: earlier versions, the next version, the codes on its pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from ssj_docs.documents.forms.page_code import PageCode, encode
from ssj_docs.documents.numbers.issue_register import newest_issued
from ssj_docs.documents.numbers.issued_files import safe_name
from ssj_docs.documents.numbers.number_ledger import series_of
from ssj_docs.ground.canonical import sha256_of
from ssj_docs.ground.errors import UsageError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.document import IssuedDocument
from ssj_docs.model.office import NumberSeries
from ssj_docs.model.paper_kind import DocumentKind
from ssj_docs.office.workspace import Workspace


@dataclass(frozen=True)
class FormOrder:
    """A form to make: ``subject`` is the case id, task id or year; ``data`` its fields."""

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
        """The case id, task id, or year."""
        return self.case or self.task or str(self.year)

    @property
    def key(self) -> str:
        """The common beginning of the ids of all versions."""
        mark = "" if self.rendition == "restricted" else f"-{self.rendition}"
        return f"{self.kind.id}{mark}-{self.subject}"

    def path(self, version: int) -> str:
        """The path of a version in the workspace."""
        rendition = {"restricted": "", "internal": "-内部", "public": "-公开"}[self.rendition]
        mark = f"-第{version}版" if version > 1 else ""
        year = self.task[:4] if self.task else str(self.year)
        name = safe_name(f"{self.subject} {self.kind.title}{rendition}", 60 - len(mark))
        return f"issued/{year}/{self.task or '年度'}/{name}{mark}.docx"


@dataclass(frozen=True)
class FormEntry:
    """An order with data from the registers.

    Attributes:
        order: what is to be made.
        digest: of its data.
        series: of its number, None for a form without one.
        before: its newest version, None if there is none.
        issued: the newest version, if its data is unchanged and its file exists.
    """

    order: FormOrder
    digest: str
    series: NumberSeries | None
    before: IssuedDocument | None
    issued: IssuedDocument | None

    @property
    def version(self) -> int:
        """The next version."""
        return self.before.version + 1 if self.before else 1

    def paper(self, workspace: Workspace) -> IssuedDocument:
        """Its future row in the register, without number, pages and digest of the file."""
        order = self.order
        return IssuedDocument(
            id=f"{order.key}-v{self.version}",
            kind=order.kind.id,
            title=order.title,
            task=order.task,
            case=order.case,
            department=order.department,
            date=workspace.today,
            path=order.path(self.version),
            content_digest=self.digest,
            version=self.version,
        )

    def codes(self, workspace: Workspace, pages: int) -> list[str]:
        """The text of the code on each page; empty for a kind without codes."""
        if not self.order.kind.coded:
            return []
        office, kind, digest = workspace.office.code, self.order.kind.code, self.digest[:8].upper()
        return [
            encode(PageCode(office, self.order.subject, kind, self.version, page, pages, digest), workspace.key)
            for page in range(1, pages + 1)
        ]


def look_up_form(workspace: Workspace, connection: Connection, order: FormOrder) -> FormEntry:
    """Look up a form in the registers. Raises: UsageError if its kind has no series."""
    digest = sha256_of({"kind": order.kind.id, "rendition": order.rendition, "data": dict(order.data)})
    before = newest_issued(connection, order.key)
    if before is not None and before.content_digest == digest and workspace.path(before.path).is_file():
        return FormEntry(order, digest, None, before, before)
    return FormEntry(order, digest, _series(workspace, order), before, None)


def _series(workspace: Workspace, order: FormOrder) -> NumberSeries | None:
    kind = order.kind
    if not kind.series:
        return None
    if kind.series_code:
        return series_of(workspace.office, kind.series_code)
    department = order.department if kind.issuer == "department" else ""
    series = workspace.office.series_for(kind.id, department)
    if series is None:
        raise UsageError(
            f"没有为{department}的“{kind.title}”设置代字",
            Remedy(do("set", key="series"), f"，加入一个代字，文种含 {kind.id}，署名部门含 {department}"),
        )
    return series
