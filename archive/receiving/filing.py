"""Carries out a filing plan: first the bytes, then the rows. Each step can be repeated after a crash without effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from archive.cases.case_file import NewItem, add_items, safe_name
from archive.cases.catalogue import ArchiveItem
from archive.cases.receipts import Receipt, ReceivedPage, load_pages, save_pages
from archive.files.limited_child import LimitedChildren, Limits
from archive.files.pdf_guard import FileType
from archive.receiving.file_examination import Examined
from archive.receiving.filing_plan import FilingPlan, PlannedItem
from archive.store.opening import store_of
from ssj_docs.ground.canonical import plain_json
from ssj_docs.ground.errors import DataError
from ssj_docs.ground.personal_data import without_restricted
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.office.workspace import Workspace

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Filed:
    """An archived item and the plan it was filed by."""

    item: ArchiveItem
    planned: PlannedItem


def file_items(
    workspace: Workspace, receipt: Receipt, examined: Examined, plan: FilingPlan, parts: Mapping[int, Path]
) -> list[Filed]:
    """File every planned item, one transaction per case.

    Args:
        parts: index in ``plan.items`` → PDF of its pages; empty for a file filed whole.
    """
    cases: dict[str, list[int]] = {}
    for number, item in enumerate(plan.items):
        cases.setdefault(item.case, []).append(number)
    done: dict[int, Filed] = {}
    for case, numbers in cases.items():
        new = [_new_item(receipt, examined, plan.items[n], parts.get(n)) for n in numbers]
        with workspace.transaction() as connection:
            for number, stored in zip(numbers, add_items(workspace, connection, case, new), strict=True):
                done[number] = Filed(stored, plan.items[number])
                save_pages(connection, receipt.sha256, _filed_pages(done[number], examined))
    return [done[number] for number in sorted(done)]


def take_out_parts(children: LimitedChildren, examined: Examined, plan: FilingPlan, folder: Path) -> dict[int, Path]:
    """Write the pages of each form into a separate PDF, in a limited child.

    Raises: DataError if that failed; nothing was filed then.
    """
    parts, requests = {}, []
    for number, item in enumerate(plan.items):
        if item.whole:
            continue
        parts[number] = folder / f"{number:05d}.pdf"
        pages = [placed.page - 1 for placed in item.placed]
        turns = [placed.turn for placed in item.placed]
        requests.append({"file": str(parts[number]), "pages": pages, "turns": turns})
    if not requests:
        return {}
    limits = Limits(memory=3072 * _MIB, cpu=60 + examined.pages, wall=120.0 + 2 * examined.pages)
    outcome = children.run("split", {"path": str(examined.path), "parts": requests}, limits)
    if outcome.ending != "done":
        raise DataError(
            "文件中的各份文书无法取出",
            Remedy("文件已原样保存；请重新扫描，或整份", do("file_by_hand", receipt="", case="", kind="")),
        )
    return parts


def keep_file(workspace: Workspace, receipt: Receipt, source: Path) -> str:
    """Keep a file unchanged in an archive object of its own, for stacks and for files that cannot be assigned yet.

    Returns: the object's id. Repeating it changes nothing.
    """
    identity = object_id(receipt)
    record = {
        key: value for key, value in asdict(receipt).items() if key not in ("state", "report", "object", "options")
    }
    name = without_restricted(receipt.name)
    store_of(workspace).add_version(
        identity,
        {f"original/{safe_name(name)}": source, "receipt.json": (plain_json(record) + "\n").encode()},
        message=f"收件：{name}",
        user=receipt.who,
        created=datetime.fromisoformat(receipt.received_at),
    )
    return identity


def keep_pages_record(workspace: Workspace, connection: Connection, receipt: Receipt) -> None:
    """Record beside a kept file where each of its pages was filed, so that the archive explains itself."""
    pages = map(asdict, load_pages(connection, receipt.sha256))
    rows = [{key: value for key, value in page.items() if key != "personal"} for page in pages]
    data = (plain_json({"sha256": receipt.sha256, "pages": rows}) + "\n").encode()
    store_of(workspace).add_version(
        object_id(receipt), {"pages.json": data}, message="各页去向", user=workspace.who, created=workspace.now
    )


def object_id(receipt: Receipt) -> str:
    """The id of the archive object that keeps a received file: date and digest."""
    return f"receipt-{receipt.received_at[:10].replace('-', '')}-{receipt.sha256[:16]}"


def kept_file(workspace: Workspace, receipt: Receipt) -> AbstractContextManager[Path]:
    """A file with the bytes of a received file, for a program that only reads it."""
    return store_of(workspace).local_copy(receipt.object, kept_path(workspace, receipt))


def kept_path(workspace: Workspace, receipt: Receipt) -> str:
    """Where the file lies in the object that keeps it, whatever its name there.

    Raises: NotFoundError, FixityError if the object is not there or altered.
    """
    state = store_of(workspace).inventory(receipt.object).version().state
    return next(path for path in sorted(state) if path.startswith("original/"))


def _new_item(receipt: Receipt, examined: Examined, planned: PlannedItem, part: Path | None) -> NewItem:
    pages = _pages_of(examined, planned)
    name = (
        without_restricted(_told_name(receipt.name, examined.type))
        if planned.whole
        else f"{planned.case} {planned.kind.title}.pdf"
    )
    issued, signature = planned.issued, examined.signature
    verdict = "none" if signature.code == "unsigned" else signature.verdict
    return NewItem(
        kind=planned.kind.id,
        title=issued.title if issued else planned.kind.title,
        files={name: examined.path if planned.whole or part is None else part},
        number=issued.number if issued else "",
        date=_signing_day(examined) or (issued.date if issued else None),
        department=issued.department if issued else "",
        pages=len(pages) or None,
        origin="scan" if examined.scan else "digital",
        source=_source(receipt, examined, planned, pages),
        key=_key(receipt, planned, pages),
        issued=issued.id if issued else "",
        verdict=verdict,
        verdict_detail=_verdict_detail(examined, pages),
    )


def _key(receipt: Receipt, planned: PlannedItem, pages: Sequence[int]) -> str:
    """Identifies the paper: the same pages of the same file are one item, unless the file is received anew."""
    key = receipt.sha256 if planned.whole else f"{receipt.sha256}:{','.join(map(str, pages))}"
    return f"{key}:{receipt.options['anew']}" if receipt.options.get("anew") else key


def _told_name(name: str, kind: FileType) -> str:
    """The file's name, with the right suffix added if a PDF or OFD has another, so that programs can open it."""
    return name if kind not in ("pdf", "ofd") or name.lower().endswith(f".{kind}") else f"{name}.{kind}"


def _pages_of(examined: Examined, planned: PlannedItem) -> tuple[int, ...]:
    """The pages of the file that make up the paper; none if they must not be opened (see `_source`)."""
    if planned.whole:
        return tuple(range(1, examined.pages + 1)) if examined.readings else ()
    return tuple(placed.page for placed in planned.placed)


def _source(receipt: Receipt, examined: Examined, planned: PlannedItem, pages: Sequence[int]) -> dict[str, Any]:
    source: dict[str, Any] = {"file": without_restricted(receipt.name), "sha256": receipt.sha256}
    if pages:
        source |= {"pages": [min(pages), max(pages)], "file_pages": list(pages)}
    if not planned.whole:
        source["object"] = object_id(receipt)
    if planned.form:
        source |= {"form": list(planned.form.code.form), "form_pages": [p.form_page for p in planned.form.pages]}
    if planned.missing:
        source["missing_pages"] = list(planned.missing)
    if any(placed.turn for placed in planned.placed):
        source["turned"] = {str(placed.form_page): placed.turn for placed in planned.placed if placed.turn}
    if examined.type == "pdf" and not examined.readings:
        source["unreadable"] = next((n.message for n in examined.notices if n.severity == "error"), "页面不能读取")
    faults = sorted({n.code for n in examined.notices if not n.pages or set(n.pages) & set(pages)})
    if faults:
        source["faults"] = faults
    return source


def _verdict_detail(examined: Examined, pages: Sequence[int]) -> dict[str, Any]:
    signature = examined.signature
    detail: dict[str, Any] = {"code": signature.code, "reason": signature.reason}
    if signature.signatures:
        last = signature.signatures[-1]
        detail |= {"signer": last.signer, "signed_at": last.signed_at}
        detail["signatures"] = [asdict(finding) for finding in signature.signatures]
    seals = [
        {"page": place, **reading.quality["seal"]}
        for place, reading in enumerate((r for r in examined.readings if r.page in pages), 1)
        if reading.quality.get("seal") and not reading.quality.get("blank")
    ]
    if examined.scan and seals:
        detail["seals"] = seals
    return detail


def _signing_day(examined: Examined) -> date | None:
    days = [finding.signed_at for finding in examined.signature.signatures if finding.signed_at]
    try:
        return datetime.fromisoformat(days[-1]).date() if days else None
    except ValueError:
        return None


def _filed_pages(filed: Filed, examined: Examined) -> list[ReceivedPage]:
    item, planned = filed.item, filed.planned
    if planned.whole:
        numbers = [(page, page) for page in range(1, examined.pages + 1)] or [(0, 0)]
    else:
        numbers = [(placed.page, place) for place, placed in enumerate(planned.placed, 1)]
    return [
        ReceivedPage(page, "filed", case=item.case, item=item.item, item_page=item_page) for page, item_page in numbers
    ]
