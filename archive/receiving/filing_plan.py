"""Decides where each page of a received file belongs, from its codes, the registers and what the clerk specified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from archive.cases import case_contents, catalogue
from archive.receiving.file_examination import BY_HAND, Examined, Notice
from archive.receiving.page_guess import guess, known_cases
from archive.receiving.stack import OddPage, PlacedPage, StackForm, StackPlan, page_ranges
from ssj_docs.database import registers
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.document import IssuedDocument
from ssj_docs.model.paper_kind import DocumentKind
from ssj_docs.office.paper_kinds import PaperKinds

_NOT_CODED = Notice("uncoded", "没有页码可循", BY_HAND, severity="error")


@dataclass(frozen=True)
class Target:
    """What the clerk specified: case or task, and kind; the kind may be left to the page codes."""

    case: str
    kind: DocumentKind | None


@dataclass(frozen=True)
class PlannedItem:
    """A paper to file.

    Attributes:
        case, kind: where to file it, and as what.
        form: its pages; None for a file without codes filed by hand.
        issued: the issued paper it is a copy of, if registered.
        missing: pages that were not found.
        whole: whether the file itself is the item; otherwise its pages are taken out.
        pages: the pages to take out if a person chose them; otherwise those of the form.
    """

    case: str
    kind: DocumentKind
    form: StackForm | None
    issued: IssuedDocument | None
    missing: tuple[int, ...] = ()
    whole: bool = False
    pages: tuple[PlacedPage, ...] = ()

    @property
    def placed(self) -> tuple[PlacedPage, ...]:
        """The pages of the file that make it up, in the paper's order; empty for a whole file without codes."""
        return self.pages or (self.form.pages if self.form else ())


@dataclass(frozen=True)
class Left:
    """A page left for a person; page 0 is the whole file."""

    page: int
    reason: str
    message: str
    guesses: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True)
class FilingPlan:
    """The plan for a file: every page belongs to an item, is blank, or is left for a person."""

    items: tuple[PlannedItem, ...]
    blanks: tuple[int, ...]
    left: tuple[Left, ...]
    notices: tuple[Notice, ...]


def plan_filing(
    connection: Connection,
    examined: Examined,
    stack: StackPlan,
    sha256: str,
    kinds: PaperKinds,
    target: Target | None = None,
) -> FilingPlan:
    """Plan the filing of one file.

    Args:
        connection: for reading.
        examined, stack: what was found in the file.
        sha256: its digest.
        kinds: the catalogue.
        target: what the clerk specified, if anything.
    """
    if target is not None:
        return _by_hand(connection, examined, stack, sha256, kinds, target)
    resolved = [_resolve(connection, form, sha256, kinds) for form in stack.forms]
    items = [item for item in resolved if isinstance(item, PlannedItem)]
    odd = [*stack.odd, *(page for pages in resolved if not isinstance(pages, PlannedItem) for page in pages)]
    keep_whole = examined.signed or examined.type != "pdf"
    if keep_whole and (len(items) != 1 or len(stack.forms) != 1):
        return _all_left(connection, examined, stack, items, odd)
    if items and (stack.whole or keep_whole):
        items = [replace(items[0], whole=True)]
        odd = [] if keep_whole else odd
    notices = [notice for item in items for notice in _item_notices(item)]
    left = _with_guesses(connection, examined, stack, odd)
    if not items and not left:
        left = [Left(0, "blank" if stack.blanks else "unreadable", _NOT_CODED.message)]
        notices.append(_NOT_CODED)
    return FilingPlan(tuple(items), stack.blanks, tuple(left), tuple(notices))


def _by_hand(
    connection: Connection,
    examined: Examined,
    stack: StackPlan,
    sha256: str,
    kinds: PaperKinds,
    target: Target,
) -> FilingPlan:
    """Follow the clerk, unless a valid page code contradicts."""
    others = sorted({form.code.subject for form in stack.forms if form.code.subject != target.case})
    if others:
        message = f"页上的二维码属于案卷 {'、'.join(others)}，与指明的案卷 {target.case} 不符，没有归档"
        notice = Notice(
            "wrong_case",
            message,
            Remedy("请核对案卷号；几份文书混在一起的，不写案卷号，再次", do("receive")),
            severity="error",
        )
        return _refused(stack, examined, notice)
    items = [
        item
        for item in (_resolve(connection, form, sha256, kinds) for form in stack.forms)
        if isinstance(item, PlannedItem)
    ]
    single = items[0] if len(items) == 1 else None
    kind = target.kind or (single.kind if single else None)
    if kind is None:
        notice = Notice(
            "no_kind",
            "没有页码，看不出是哪种文书",
            Remedy("指明文书种类：", do("file_by_hand", receipt=sha256[:12], case=target.case, kind="")),
            severity="error",
        )
        return _refused(stack, examined, notice)
    matches = single is not None and single.kind.id == kind.id
    issued = single.issued if single and matches else only_issue(connection, target.case, kind)
    form = single.form if single and matches else None
    item = PlannedItem(target.case, kind, form, issued, single.missing if single and matches else (), whole=True)
    return FilingPlan((item,), stack.blanks, (), tuple(_item_notices(item)))


def _resolve(connection: Connection, form: StackForm, sha256: str, kinds: PaperKinds) -> PlannedItem | list[OddPage]:
    """The item for a form, or its pages with the reason why they cannot be filed."""
    code = form.code
    kind = kinds.coded(code.kind)
    if kind is None:
        return _odd(form, "unknown_kind", f"二维码有效，但文书目录中没有代号 {code.kind}")
    try:
        case_contents.require_case(connection, code.subject)
    except NotFoundError:
        return _odd(form, "unknown_case", f"二维码有效，但登记中没有案件或任务 {code.subject}")
    held = _held_pages(connection, form, sha256)
    found = {placed.form_page for placed in form.pages}
    if found <= set(held):
        items = "、".join(sorted({held[page] for page in found}))
        return _odd(form, "double", f"这份文书以前已归档（案卷 {code.subject} 第 {items} 件）")
    missing = tuple(page for page in form.missing if page not in held)
    return PlannedItem(code.subject, kind, form, _issue_of(connection, form, kind), missing)


def _odd(form: StackForm, reason: str, message: str) -> list[OddPage]:
    return [OddPage(placed.page, reason, message) for placed in form.pages]


def _held_pages(connection: Connection, form: StackForm, sha256: str) -> dict[int, str]:
    """Pages of the same issued paper that came with other receipts: form page → item."""
    held: dict[int, str] = {}
    for item in catalogue.load_items(connection, form.code.subject):
        if item.source.get("form") == list(form.code.form) and item.source.get("sha256") != sha256:
            held.update(dict.fromkeys(item.source.get("form_pages", ()), item.item))
    return held


def _issue_of(connection: Connection, form: StackForm, kind: DocumentKind) -> IssuedDocument | None:
    code = form.code
    for document in registers.issued_documents(connection, kind=kind.id, current=None):
        mine = document.case == code.subject or (not document.case and document.task == code.subject)
        same = document.version == code.version and document.content_digest[:8].upper() == code.digest
        if mine and same:
            return document
    return None


def only_issue(connection: Connection, case: str, kind: DocumentKind) -> IssuedDocument | None:
    """The one current paper of this kind in the case, for files without codes."""
    found = [
        d
        for d in registers.issued_documents(connection, kind=kind.id)
        if d.case == case or (not d.case and d.task == case)
    ]
    return found[0] if len(found) == 1 else None


def _item_notices(item: PlannedItem) -> list[Notice]:
    if item.form is None:
        return []
    code, pages = item.form.code, item.form.file_pages
    name = f"案卷 {item.case} 的{item.kind.title}"
    notices = []
    if item.missing:
        gap = page_ranges(item.missing)
        notices.append(
            Notice("missing_pages", f"{name}缺第 {gap} 页（共 {code.pages} 页）", "请找到缺页补扫", pages, "error")
        )
    if item.issued is None:
        notices.append(
            Notice(
                "not_registered",
                f"{name}（第 {code.version} 版）二维码有效，但印发登记中没有这一版",
                "请核对印发登记",
                pages,
            )
        )
    elif not item.issued.current:
        notices.append(
            Notice("superseded", f"{name}是第 {code.version} 版，其后已另行印发新版", "请核对签的是否应为新版", pages)
        )
    return notices


def _all_left(
    connection: Connection, examined: Examined, stack: StackPlan, items: Sequence[PlannedItem], odd: Sequence[OddPage]
) -> FilingPlan:
    """Keep a file whole for a person if it must not be split and is not a single form."""
    message, notices = "文件不能拆分，须整份归档", []
    if examined.type == "ofd":
        text = "".join(reading.text for reading in examined.readings)
        guesses = guess(text, known_cases(connection)) if text else []
        return FilingPlan((), (), (Left(0, "ofd", _NOT_CODED.message, guesses),), (_NOT_CODED,))
    if examined.signed and len(stack.forms) > 1:
        notices.append(
            Notice(
                "signed_stack",
                "有数字签名的文件不拆分，而其中有几份文书",
                BY_HAND,
                severity="error",
            )
        )
    pages = [OddPage(page, "whole_only", message) for item in items if item.form for page in item.form.file_pages]
    left = _with_guesses(connection, examined, stack, [*odd, *pages])
    if not left:
        left = [Left(0, examined.type, message)]
    if not any(notice.severity == "error" for notice in (*notices, *examined.notices)):
        notices.append(_NOT_CODED)
    return FilingPlan((), stack.blanks, tuple(left), tuple(notices))


def _refused(stack: StackPlan, examined: Examined, notice: Notice) -> FilingPlan:
    del examined
    pages = [page for form in stack.forms for page in form.file_pages] + [page.page for page in stack.odd]
    left = [Left(page, notice.code, notice.message) for page in sorted(pages)] or [Left(0, notice.code, notice.message)]
    return FilingPlan((), stack.blanks, tuple(left), (notice,))


def _with_guesses(connection: Connection, examined: Examined, stack: StackPlan, odd: Sequence[OddPage]) -> list[Left]:
    known = known_cases(connection) if odd else None
    owners = {page: form.code.subject for form in stack.forms for page in form.file_pages}
    texts = {reading.page: reading.text for reading in examined.readings}
    left = []
    for page in sorted(odd, key=lambda page: page.page):
        guesses: list[dict[str, str]] = []
        if known is not None and page.reason in ("uncoded", "unreadable", "unknown_case", "whole_only"):
            near = [owners[n] for n in (page.page - 1, page.page + 1) if n in owners]
            guesses = guess(texts.get(page.page, ""), known, near)
        left.append(Left(page.page, page.reason, page.message, guesses))
    return left
