"""Issues papers: read → look up → compose → pass the gate → lay out → number and store. The same draft or data is never issued twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ssj_docs.documents.drafts.composing import compose
from ssj_docs.documents.drafts.draft_entry import look_up
from ssj_docs.documents.drafts.draft_file import DraftText, read_draft
from ssj_docs.documents.forms.form_entry import FormOrder, look_up_form
from ssj_docs.documents.forms.forms import prepare_form
from ssj_docs.documents.gate.gate import draft_manuscript, form_objections, let_pass
from ssj_docs.documents.numbers.issue_register import enter, enter_draft, take_number
from ssj_docs.documents.numbers.number_ledger import OPEN_SERIAL, NumberRow
from ssj_docs.documents.official.official import lay_out
from ssj_docs.documents.paging.glyph_check import check_data, check_document
from ssj_docs.ground.chinese_words import chinese_date
from ssj_docs.ground.problems import Problem
from ssj_docs.model.document import IssuedDocument, OfficialDocument
from ssj_docs.model.paper_kind import ISSUED, DocumentKind
from ssj_docs.office.workspace import Workspace


@dataclass(frozen=True)
class Issued:
    """A paper, whether this run made it (``fresh``) or it was issued already, and ``problems``, warnings to show."""

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


def issue_draft(workspace: Workspace, path: Path, *, check_fonts: bool = True, reason: str = "") -> Issued:
    """Issue a draft under the next number of its series.

    The same draft again gives the same document. The number is taken last, in the transaction that stores the paper, so that
    others can issue while this one is laid out, and a faulty draft takes no number.

    Args:
        check_fonts: stop if no font of this machine has a character (False: the paper is printed elsewhere).
        reason: for what the gate asks about; kept in the journal.

    Raises: NumberConflictError if the draft was changed after it was issued or its number is void; DataError for what the gate
        found; DataError, NotFoundError for faulty drafts.
    """
    draft = read_draft(path)
    entry = look_up(workspace, draft)
    if entry.issued is not None:
        return Issued(entry.issued, False)
    document, objections = draft_manuscript(workspace, entry)
    passed = let_pass(objections, path.name, reason)
    told = check_document(replace(document, number=""), path.name) if check_fonts else ()
    laid_out = lay_out(document, workspace.templates)
    paper = replace(entry.paper, title="".join(document.title))
    issued, fresh = enter_draft(workspace, paper, entry.series, laid_out, passed.journal)
    return Issued(issued, fresh, (*passed.problems, *told))


def examine_draft(workspace: Workspace, draft: DraftText) -> list[Problem]:
    """What the gate would say of a draft today; nothing is written. Raises: like `issue_draft` for faulty drafts."""
    _, objections = draft_manuscript(workspace, look_up(workspace, draft, anew=True))
    return [one.problem for one in objections]


def preview_document(workspace: Workspace, draft: DraftText) -> OfficialDocument:
    """Compose a draft as it would be issued today, with the serial left open; no number is taken and nothing is written.

    Raises: like `issue_draft` for faulty drafts.
    """
    document = compose(look_up(workspace, draft, anew=True))
    return replace(document, number=document.number.replace(OPEN_SERIAL, "　"))


def issue_forms(
    workspace: Workspace, orders: Iterable[FormOrder], batch: int = 50, *, check_fonts: bool = True, reason: str = ""
) -> Iterator[Issued]:
    """Issue forms in batches, one transaction per batch, so that a long run can be interrupted and repeated.

    A form whose data is unchanged since its newest version is not made again; changed data gives a new version.

    Args:
        check_fonts: stop before the first form if no font of this machine has a character; characters that another font
            prints are reported with the form (False: the forms are printed elsewhere).
        reason: for what the gate asks about a numbered form; kept in the journal.
    """
    orders = list(orders)
    told = _warnings(orders) if check_fonts else {}
    for start in range(0, len(orders), batch):
        with workspace.transaction() as connection:
            made = [_issue_form(workspace, connection, order, reason) for order in orders[start : start + batch]]
        yield from (replace(one, problems=(*one.problems, *told.get(one.document.title, ()))) for one in made)


def _issue_form(workspace: Workspace, connection: Connection, order: FormOrder, reason: str) -> Issued:
    entry = look_up_form(workspace, connection, order)
    if entry.issued is not None:
        return Issued(entry.issued, False)
    found = form_objections(workspace, connection, entry) if entry.series else []
    passed = let_pass(found, order.title, reason)
    paper = entry.paper(workspace)
    row = take_number(workspace, connection, paper, entry.series)
    data = {**order.data, **_known_now(order.kind, row, paper.date)}
    form = prepare_form(order.kind, data, rendition=order.rendition, office_templates=workspace.templates)
    codes = entry.codes(workspace, form.pages)
    paper = replace(paper, pages=len(codes) or None)
    content = form.finish(codes)
    issued = enter(workspace, connection, paper, content, row=row, before=entry.before, journal=passed.journal)
    return Issued(issued, True, passed.problems)


def _known_now(kind: DocumentKind, row: NumberRow | None, day: date | None) -> dict[str, str]:
    """What a form prints of its being issued: number and 成文日期."""
    dates = {path: chinese_date(day) for path, field in kind.fields.items() if field.source == ISSUED}
    return dates | ({"number": row.number} if row else {})


def _warnings(orders: Sequence[FormOrder]) -> dict[str, list[Problem]]:
    """Characters that another font will print, by title of the form. Raises: DataError for a character in no font."""
    told: dict[str, list[Problem]] = {}
    for problem in check_data((order.title, order.data, order.kind.names) for order in orders):
        told.setdefault(problem.source, []).append(problem)
    return told
