"""The gate: every check by name; what stops a paper, what needs a reason, what is only told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from ssj_docs.documents.drafts.draft_entry import DraftEntry
from ssj_docs.documents.forms.form_entry import FormEntry
from ssj_docs.documents.gate import register_checks, text_checks
from ssj_docs.documents.gate.manuscript import Manuscript, Objection, of_draft, of_form
from ssj_docs.ground.errors import DataError
from ssj_docs.ground.problems import Problem, Severity
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.document import OfficialDocument
from ssj_docs.office.workspace import Workspace

#: name of a check → (Chinese, check)
CHECKS: Mapping[str, tuple[str, Callable[[Manuscript], Iterable[Objection]]]] = {
    "office": ("单位设置", register_checks.office),
    "unfilled": ("未填的地方", text_checks.unfilled),
    "case": ("案件情况", register_checks.case),
    "author": ("署名、代字和主送", register_checks.author),
    "dates": ("日期", register_checks.dates),
    "duplicates": ("重复印发", register_checks.duplicates),
    "personal": ("个人信息", text_checks.personal),
    "names": ("单位名称和代码", register_checks.names),
    "citations": ("引用的文号", register_checks.citations),
    "sums": ("表中的合计", text_checks.sums),
}


@dataclass(frozen=True)
class Passed:
    """What a paper that may be issued carries on: problems to show, and what the journal keeps of a reason given."""

    problems: tuple[Problem, ...] = ()
    journal: Mapping[str, object] | None = None


def draft_manuscript(workspace: Workspace, entry: DraftEntry) -> tuple[OfficialDocument, list[Objection]]:
    """A draft as composed, and all objections to it. Raises: DataError, NotFoundError for what the draft lacks."""
    with workspace.read() as connection:
        paper = of_draft(workspace, connection, entry)
        assert paper.document is not None
        return paper.document, examine(paper)


def form_objections(workspace: Workspace, connection: Connection, entry: FormEntry) -> list[Objection]:
    """All objections to a form."""
    return examine(of_form(workspace, connection, entry))


def examine(paper: Manuscript) -> list[Objection]:
    """All objections to a paper, those that stop it first."""
    found = [
        replace(one, problem=replace(one.problem, code=f"gate.{name}", severity=_SEVERITY[one.weight]))
        for name, (_, check) in CHECKS.items()
        for one in check(paper)
    ]
    order = ("stop", "ask", "tell")
    return sorted(found, key=lambda one: order.index(one.weight))


_SEVERITY: Mapping[str, Severity] = {"stop": "error", "ask": "error", "tell": "warning"}


def let_pass(objections: Sequence[Objection], source: str, reason: str = "") -> Passed:
    """Decide on the objections.

    Args:
        reason: given by the user for those that ask for one.

    Raises: DataError with every problem, if one stops the paper, or asks for a reason and there is none.
    """
    stops = [one.problem for one in objections if one.weight == "stop"]
    asks = [one.problem for one in objections if one.weight == "ask"]
    if stops:
        raise DataError(f"{source} 有 {len(stops)} 处问题，没有取号，没有印发", "改正后再印发", [*stops, *asks])
    if asks and not reason.strip():
        raise DataError(
            f"{source} 有 {len(asks)} 处要核对，没有取号，没有印发",
            Remedy("改正；核对无误的，写明理由，", do("issue", draft=source, reason=None)),
            asks,
        )
    overruled = sorted({problem.code.removeprefix("gate.") for problem in asks})
    journal = {"reason": reason.strip(), "overruled": overruled} if asks else None
    return Passed(tuple(one.problem for one in objections if one.weight == "tell"), journal)
