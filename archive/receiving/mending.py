"""Puts right what was filed: signed or not decided by a person, withdrawn, moved, filed as another kind; waiting pages rejected.

Nothing is erased. A withdrawn item keeps its number, its bytes and its row with the reason; the journal has who and when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, delete, select, update

from archive.cases import receipts
from archive.cases.case_file import NewItem, add_item, local_item, renew_records
from archive.cases.catalogue import ArchiveItem, load_item, update_item
from archive.receiving.filing import keep_file, keep_pages_record
from archive.receiving.filing_plan import only_issue
from ssj_docs.database.schema import page_texts, received_pages
from ssj_docs.ground.errors import UsageError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.office.workspace import Workspace


def decide(workspace: Workspace, case: str, item: str, *, signed: bool, why: str) -> ArchiveItem:
    """Record a person's decision whether a copy is signed; it holds until somebody decides otherwise.

    Raises: NotFoundError; UsageError without a reason or for an item that is not on file.
    """
    with workspace.transaction() as connection:
        found = _on_file(connection, case, item, why)
        decision = {"signed": signed, **_by(workspace, why)}
        return _changed(workspace, connection, found, "archive.decided", {"decision": decision})


def withdraw(workspace: Workspace, case: str, item: str, *, why: str) -> ArchiveItem:
    """Take an item out of its case file; its pages wait to be filed by hand again.

    Raises: NotFoundError; UsageError without a reason or for an item that is not on file.
    """
    with workspace.transaction() as connection:
        found = _on_file(connection, case, item, why)
        _let_wait(workspace, connection, found, why)
        return _withdrawn(workspace, connection, found, why)


def move(workspace: Workspace, case: str, item: str, *, to: str, kind: str, why: str) -> ArchiveItem:
    """File an item in another case or as another kind; its number in the old place stays as a gap with the reason.

    Args:
        to: the case or task; kind: id, title or code of the kind, empty for the same.

    Returns: the item in its new place.
    Raises: NotFoundError for an unknown item, case or kind; UsageError if nothing would change.
    """
    with workspace.transaction() as connection:
        found = _on_file(connection, case, item, why)
        wanted = workspace.kinds.find(kind or found.kind)
        receipts.require_place(connection, to)
        if (to, wanted.id) == (found.case, found.kind):
            raise UsageError(f"案卷 {case} 第 {item} 件已经在这里，也是这种文书", "写明另一个案卷或者另一种文书")
        issued = only_issue(connection, to, wanted)
        detail = {key: value for key, value in found.verdict_detail.items() if key != "decision"}
        source = {
            key: value for key, value in found.source.items() if key not in ("form", "form_pages", "missing_pages")
        }
        with local_item(workspace, found) as file:
            new = NewItem(
                kind=wanted.id,
                title=issued.title if issued else wanted.title,
                files={found.main.name: file},
                number=issued.number if issued else "",
                date=found.date,
                department=issued.department if issued else "",
                pages=found.pages,
                origin=found.origin,
                source={**source, "moved_from": f"{case}/{item}"},
                key=f"{found.source.get('key', found.sha256)}:{case}/{item}",
                issued=issued.id if issued else "",
                verdict=found.verdict,
                verdict_detail=detail,
            )
            made = add_item(workspace, connection, to, new)
        t = received_pages.c
        here = (t.case == case, t.item == item)
        connection.execute(update(received_pages).where(*here).values(case=made.case, item=made.item))
        _withdrawn(workspace, connection, found, why, to=f"{made.case}/{made.item}")
        _keep_records(workspace, connection, _receipts_of(connection, made))
    return made


def reject(workspace: Workspace, receipt: str, pages: Sequence[int], *, why: str) -> tuple[int, ...]:
    """Set waiting pages aside: they are not papers of this office. They are kept, and can still be filed by hand.

    Returns: the pages. Raises: NotFoundError; UsageError without a reason or if a page is not waiting.
    """
    _require_reason(why)
    with workspace.transaction() as connection:
        found = receipts.find_receipt(connection, receipt)
        held = {page.page: page for page in receipts.load_pages(connection, found.sha256)}
        waiting = [number for number, page in held.items() if page.state == "unfiled"]
        chosen = tuple(pages) or tuple(waiting)
        wrong = [number for number in chosen if number not in waiting]
        if wrong or not chosen:
            raise UsageError(f"第 {'、'.join(map(str, wrong)) or '各'} 页不在待归档之列", Remedy(do("show_unfiled")))
        told = f"不予归档：{why}（{workspace.who}，{workspace.today}）"
        rows = [replace(held[number], state="rejected", reason="rejected", message=told) for number in chosen]
        receipts.save_pages(connection, found.sha256, rows)
        _keep_records(workspace, connection, [found.sha256])
        workspace.log(
            connection, "receive.rejected", found.name, {"pages": list(chosen), "why": why}, digest=found.sha256
        )
    return chosen


def _on_file(connection: Connection, case: str, item: str, why: str) -> ArchiveItem:
    _require_reason(why)
    found = load_item(connection, case, item)
    if found.state != "filed":
        raise UsageError(f"案卷 {case} 第 {item} 件已不在卷", Remedy(do("show_case", case=case), "，核对件号"))
    return found


def _require_reason(why: str) -> None:
    if not why.strip():
        raise UsageError("没有写明理由", "写明理由，记入流水")


def _by(workspace: Workspace, why: str) -> dict[str, Any]:
    return {"why": why.strip(), "who": workspace.who, "when": workspace.now.isoformat(timespec="seconds")}


def _withdrawn(
    workspace: Workspace, connection: Connection, item: ArchiveItem, why: str, *, to: str = ""
) -> ArchiveItem:
    t = page_texts.c
    connection.execute(delete(page_texts).where(t.case == item.case, t.item == item.item))
    gone = replace(item, state="withdrawn")
    return _changed(workspace, connection, gone, "archive.withdrawn", {"withdrawn": {**_by(workspace, why), "to": to}})


def _changed(
    workspace: Workspace, connection: Connection, item: ArchiveItem, action: str, detail: Mapping[str, Any]
) -> ArchiveItem:
    """Save an item with what was decided about it, in the catalogue, the case file and the journal."""
    made = replace(item, verdict_detail={**item.verdict_detail, **detail})
    update_item(connection, made)
    told = next(iter(detail.values()))
    renew_records(workspace, connection, item.case, f"{action}：{told['why']}")
    workspace.log(connection, action, f"{item.case}/{item.item}", dict(told), digest=item.sha256)
    return made


def _receipts_of(connection: Connection, item: ArchiveItem) -> list[str]:
    t = received_pages.c
    query = select(t.sha256).where(t.case == item.case, t.item == item.item).distinct()
    return list(connection.execute(query).scalars())


def _let_wait(workspace: Workspace, connection: Connection, item: ArchiveItem, why: str) -> None:
    """Let the pages of an item wait again; a file that was the item itself is kept as a received file first."""
    touched = _receipts_of(connection, item)
    for sha256 in touched:
        receipt = receipts.load_receipt(connection, sha256)
        if receipt is not None and not receipt.object:
            with local_item(workspace, item) as file:
                receipts.save_receipt(connection, replace(receipt, object=keep_file(workspace, receipt, file)))
        rows = [
            page for page in receipts.load_pages(connection, sha256) if (page.case, page.item) == (item.case, item.item)
        ]
        message = f"从案卷 {item.case} 第 {item.item} 件撤出：{why}"
        freed = [
            receipts.ReceivedPage(page.page, "unfiled", "withdrawn", message, personal=page.personal) for page in rows
        ]
        receipts.save_pages(connection, sha256, freed)
    _keep_records(workspace, connection, touched)


def _keep_records(workspace: Workspace, connection: Connection, touched: Sequence[str]) -> None:
    for sha256 in touched:
        receipt = receipts.load_receipt(connection, sha256)
        if receipt is not None and receipt.object:
            keep_pages_record(workspace, connection, receipt)
