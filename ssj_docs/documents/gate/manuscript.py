"""A paper about to be issued, as the checks see it: its lines with their numbers, its elements, and the registers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from sqlalchemy import Connection

from ssj_docs.database import registers
from ssj_docs.documents.drafts.composing import compose
from ssj_docs.documents.drafts.draft_entry import DraftEntry
from ssj_docs.documents.drafts.draft_file import decoded
from ssj_docs.documents.forms.form_entry import FormEntry
from ssj_docs.facts.case_facts import CaseFacts, facts_by_case, load_facts
from ssj_docs.facts.paper_context import CaseContext, load_task_context
from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import Advice
from ssj_docs.model.document import OfficialDocument
from ssj_docs.model.office import NumberSeries, Office
from ssj_docs.model.paper_kind import DocumentKind
from ssj_docs.office.workspace import Workspace

#: a finding stops the paper, asks for a reason, or is only told
Weight = Literal["stop", "ask", "tell"]


@dataclass(frozen=True)
class Line:
    """A line of the draft or of an attached file; ``part``: head, body, or attachment."""

    source: str
    number: int
    text: str
    part: Literal["head", "body", "attachment"]

    @property
    def cell(self) -> str:
        """Its place, for a `Problem`."""
        return f"第 {self.number} 行"


@dataclass(frozen=True)
class Objection:
    """What a check found: the problem with its place and remedy, and how much it weighs."""

    problem: Problem
    weight: Weight


@dataclass(frozen=True)
class Manuscript:
    """A draft or form about to be issued.

    Attributes:
        workspace, connection: the office's registers, read at one moment.
        source: file name of the draft, or title of the form.
        kind, series: of the paper; series is None for a paper without a number.
        key: its id in the register. title, day: its title and 成文日期.
        task, case, department: what it belongs to, or empty.
        context: its case with all data, None if it belongs to none.
        lines: of the draft and its attached text files; none for a form.
        document: the composed 公文, None for a form.
        blanks: Chinese names of fields that must not be empty but are.
        before: number of its earlier version, empty if it has none.
        public: it says that it will be published.
    """

    workspace: Workspace
    connection: Connection
    source: str
    kind: DocumentKind
    series: NumberSeries | None
    key: str
    title: str
    day: date
    task: str = ""
    case: str = ""
    department: str = ""
    context: CaseContext | None = None
    lines: tuple[Line, ...] = ()
    document: OfficialDocument | None = None
    blanks: tuple[str, ...] = ()
    before: str = ""
    public: bool = False

    @property
    def office(self) -> Office:
        """The office."""
        return self.workspace.office

    @cached_property
    def facts(self) -> CaseFacts | None:
        """Events and findings of its case, those proved by papers included."""
        if self.context is None:
            return None
        task = self.context.whole.task.id
        return facts_by_case(*load_facts(self.connection, self.workspace.kinds, task=task))[self.case]

    def told(
        self,
        weight: Weight,
        message: str,
        remedy: Advice,
        *,
        line: Line | None = None,
        field: str = "",
        value: str = "",
    ) -> Objection:
        """An objection to this paper, at a line if it is known."""
        source, cell = (line.source, line.cell) if line else (self.source, "")
        return Objection(Problem(source, message, remedy, cell=cell, field=field, value=value), weight)

    def line_with(self, *words: str) -> Line | None:
        """The first line that contains one of the words."""
        return next((line for line in self.lines if any(word and word in line.text for word in words)), None)


def _context(workspace: Workspace, connection: Connection, case: str) -> CaseContext | None:
    if not case:
        return None
    task = registers.load_case(connection, case).task
    return load_task_context(connection, workspace.office, task).case(case)


def of_draft(workspace: Workspace, connection: Connection, entry: DraftEntry) -> Manuscript:
    """The manuscript of a draft, composed. Raises: DataError, NotFoundError for what the draft lacks."""
    head, paper, lines = entry.draft.head, entry.paper, tuple(_lines(entry))
    document = compose(entry)
    return Manuscript(
        workspace,
        connection,
        entry.draft.path.name,
        entry.kind,
        entry.series,
        paper.id,
        "".join(document.title),
        entry.day,
        paper.task,
        paper.case,
        paper.department,
        _context(workspace, connection, paper.case),
        lines=lines,
        document=document,
        public=head.disclosure == "主动公开" or ("公开" in head.note and "不予公开" not in head.note),
    )


def _lines(entry: DraftEntry) -> Iterator[Line]:
    draft = entry.draft
    for number, text in enumerate(draft.text.splitlines(), 1):
        yield Line(draft.path.name, number, text, "head" if number < draft.start else "body")
    for name, data in draft.files.items():
        for number, text in enumerate(decoded(data, name).splitlines(), 1):
            yield Line(name, number, text, "attachment")


def of_form(workspace: Workspace, connection: Connection, entry: FormEntry) -> Manuscript:
    """The manuscript of a form."""
    order = entry.order
    paper = entry.paper(workspace)
    return Manuscript(
        workspace,
        connection,
        order.title,
        order.kind,
        entry.series,
        paper.id,
        order.title,
        paper.date or workspace.today,
        order.task,
        order.case,
        order.department,
        _context(workspace, connection, order.case),
        before=entry.before.number if entry.before else "",
        public=order.rendition == "public",
    )
