"""Files pages that could not be assigned automatically: single pages of a received file, or the whole file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from archive.cases import receipts
from archive.cases.case_file import safe_name
from archive.cases.receipts import Receipt, ReceivedPage
from archive.preservation.four_properties import IntakeChecks
from archive.receiving.file_examination import Examined, examine
from archive.receiving.filing import file_items, keep_pages_record, kept_file, take_out_parts
from archive.receiving.filing_plan import FilingPlan, PlannedItem, only_issue
from archive.receiving.inbox_staging import open_bay
from archive.receiving.page_reading import PageReaders
from archive.receiving.report import FiledForm
from archive.receiving.stack import PlacedPage
from ssj_docs.ground.errors import SsjError, UsageError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.paper_kind import DocumentKind
from ssj_docs.office.workspace import Workspace

_RANGE = re.compile(r"(\d{1,5})(?:\s*[-—~至]\s*(\d{1,5}))?")


def parse_pages(text: str) -> tuple[int, ...]:
    """Parse page numbers such as ``3-5,8``, in the given order.

    Raises: UsageError.
    """
    pages: list[int] = []
    for part in re.split(r"[,，、;；\s]+", text.strip()):
        match = _RANGE.fullmatch(part)
        if not match or int(match[2] or match[1]) < int(match[1]) or int(match[1]) == 0:
            raise UsageError(f"页码“{text}”写法不对", "写作 3-5,8")
        pages.extend(range(int(match[1]), int(match[2] or match[1]) + 1))
    return tuple(dict.fromkeys(pages))


def file_by_hand(workspace: Workspace, receipt: str, *, case: str, kind: str, pages: Sequence[int] = ()) -> FiledForm:
    """File unfiled pages of a received file as one paper.

    If only one paper of this kind was issued for the case, the pages are taken for its copy: reading them holds them against it.

    Args:
        receipt: the beginning of the file's digest.
        case, kind: where to file them, and as what.
        pages: in the order of the paper; all unfiled pages if empty. If nothing of the file was filed and all pages are
            wanted, the file itself is filed unchanged.

    Raises: NotFoundError for an unknown receipt, case or kind; UsageError if a page is not waiting to be filed.
    """
    with workspace.read() as connection:
        found = receipts.find_receipt(connection, receipt)
        held = {page.page: page for page in receipts.load_pages(connection, found.sha256)}
        receipts.require_place(connection, case)
    wanted = workspace.kinds.find(kind)
    chosen = _choose(held, pages)
    with open_bay(workspace) as bay, PageReaders(1) as readers, kept_file(workspace, found) as file:
        examined = replace(examine(workspace, file, readers), notices=())
        with workspace.read() as connection:
            issued = only_issue(connection, case, wanted)
        item = replace(_planned(examined, held, chosen, case, wanted), issued=issued)
        plan = FilingPlan((item,), (), (), ())
        parts = take_out_parts(readers.children, examined, plan, bay.work_folder(found.sha256))
        filed = file_items(workspace, found, examined, plan, parts)[0]
        with workspace.transaction() as connection:
            receipts.drop_file_row(connection, found.sha256, keep=not examined.pages)
            keep_pages_record(workspace, connection, found)
            workspace.log(
                connection,
                "receive.by_hand",
                f"{case}/{filed.item.item}",
                {"file": found.name, "pages": list(chosen)},
                digest=filed.item.sha256,
            )
        bay.clear(found.sha256)
        with suppress(SsjError, OSError):  # the paper is filed; the next check reports what is wrong
            IntakeChecks(workspace, readers.children).check(case)
    return FiledForm(case, filed.item.item, wanted.id, filed.item.title, chosen, verdict=filed.item.verdict)


def _choose(held: dict[int, ReceivedPage], pages: Sequence[int]) -> tuple[int, ...]:
    waiting = tuple(number for number, page in held.items() if page.state == "unfiled")
    chosen = tuple(pages) or waiting
    wrong = [
        page
        for page in chosen
        if page not in waiting and not (page in held and held[page].state in ("blank", "rejected"))
    ]
    if wrong or not chosen:
        which = "、".join(map(str, wrong)) or "各"
        raise UsageError(f"第 {which} 页不在待归档之列", Remedy(do("show_unfiled")))
    return chosen


def _planned(
    examined: Examined, held: dict[int, ReceivedPage], chosen: tuple[int, ...], case: str, kind: DocumentKind
) -> PlannedItem:
    """Plan the paper: the whole file, or the chosen pages of it."""
    everything = all(page.state != "filed" for page in held.values()) and set(chosen) >= {
        number for number, page in held.items() if page.state == "unfiled"
    }
    if everything or examined.signed or examined.type != "pdf" or not examined.readings:
        if not everything:
            raise UsageError("这份文件不能拆分", "不写页码，把它整份归档")
        return PlannedItem(case, kind, None, None, whole=True)
    turns = {reading.page: reading.codes[0][1] if reading.codes else 0 for reading in examined.readings}
    placed = tuple(PlacedPage(place, page, turns.get(page, 0)) for place, page in enumerate(chosen, 1))
    return PlannedItem(case, kind, None, None, pages=placed)


def unfiled_lines(waiting: Sequence[tuple[Receipt, Sequence[ReceivedPage]]]) -> list[str]:
    """The unfiled pages, as lines for people."""
    lines = []
    for receipt, pages in waiting:
        lines.append(f"收件号 {receipt.sha256[:12]}  {safe_name(receipt.name)}  {receipt.received_at[:10]}")
        for page in pages:
            place = f"第 {page.page} 页" if page.page else "整份"
            guess = (
                "；可能属于 " + "、".join(f"{g['case']}（{g['why']}）" for g in page.guesses) if page.guesses else ""
            )
            lines.append(f"  {place}：{page.message}{guess}")
    return lines or ["没有待归档的页"]
