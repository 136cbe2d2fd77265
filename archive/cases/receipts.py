"""收件登记: the register of received files and of where each of their pages was filed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection, delete, insert, select, update

from archive.cases import case_contents
from ssj_docs.database.schema import receipts, received_pages
from ssj_docs.ground.errors import NotFoundError, UsageError
from ssj_docs.ground.remedies import Remedy, do

PageState = Literal["filed", "blank", "unfiled", "rejected"]


@dataclass(frozen=True)
class Receipt:
    """One received file.

    Attributes:
        sha256: of its bytes; the key.
        name: the file name.
        bytes: its size.
        type: see `archive.files.pdf_guard.file_type`.
        state: ``staged`` while it is processed, then ``done``.
        options: case and kind specified by the clerk.
        pages: the number of pages, 0 if unknown.
        object: the archive object that keeps it; empty if it is an item itself.
        report: the report to the clerk.
        who, received_at: by whom and when.
    """

    sha256: str
    name: str
    bytes: int
    type: str
    received_at: str
    who: str
    state: Literal["staged", "done"] = "staged"
    options: Mapping[str, str] = field(default_factory=dict)
    pages: int = 0
    object: str = ""
    report: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ReceivedPage:
    """Where a page of a received file was filed; see the table ``received_pages``.

    ``personal``: whether a waiting page holds restricted personal data; None if nobody has read it yet.
    """

    page: int
    state: PageState
    reason: str = ""
    message: str = ""
    case: str = ""
    item: str = ""
    item_page: int = 0
    guesses: Sequence[Mapping[str, str]] = ()
    personal: bool | None = None


def load_receipt(connection: Connection, sha256: str) -> Receipt | None:
    """Load the receipt of these bytes, or None."""
    row = connection.execute(select(receipts).where(receipts.c.sha256 == sha256)).mappings().first()
    return Receipt(**row) if row else None


def find_receipt(connection: Connection, beginning: str) -> Receipt:
    """Find the receipt whose digest begins like this (at least 6 digits).

    Raises: NotFoundError; UsageError if there are several.
    """
    if len(beginning) < 6:
        raise UsageError("收件号至少写 6 位", Remedy(do("show_unfiled")))
    query = select(receipts).where(receipts.c.sha256.startswith(beginning.lower(), autoescape=True))
    rows = connection.execute(query).mappings().all()
    if not rows:
        raise NotFoundError(f"没有收件号为 {beginning} 的收件", Remedy(do("show_unfiled")))
    if len(rows) > 1:
        raise UsageError(f"收件号 {beginning} 对应 {len(rows)} 份收件", "请多写几位")
    return Receipt(**rows[0])


def staged_receipts(connection: Connection) -> list[Receipt]:
    """Receipts that were begun and not finished."""
    query = select(receipts).where(receipts.c.state == "staged").order_by(receipts.c.received_at, receipts.c.sha256)
    return [Receipt(**row) for row in connection.execute(query).mappings()]


def save_receipt(connection: Connection, receipt: Receipt) -> None:
    """Insert or replace a receipt."""
    values = asdict(receipt)
    where = receipts.c.sha256 == receipt.sha256
    if connection.execute(update(receipts).where(where).values(values)).rowcount == 0:
        connection.execute(insert(receipts).values(values))


def load_pages(connection: Connection, sha256: str) -> list[ReceivedPage]:
    """Where the pages of a file were filed, by page."""
    t = received_pages
    rows = connection.execute(select(t).where(t.c.sha256 == sha256).order_by(t.c.page)).mappings()
    return [ReceivedPage(**{key: row[key] for key in row if key != "sha256"}) for row in rows]


def save_pages(connection: Connection, sha256: str, pages: Sequence[ReceivedPage]) -> None:
    """Insert or replace rows of these pages."""
    if not pages:
        return
    t = received_pages
    numbers = [page.page for page in pages]
    connection.execute(delete(t).where(t.c.sha256 == sha256, t.c.page.in_(numbers)))
    rows = [{"sha256": sha256, **asdict(page), "guesses": [dict(guess) for guess in page.guesses]} for page in pages]
    connection.execute(insert(t), rows)


def unfiled_pages(connection: Connection) -> list[tuple[Receipt, list[ReceivedPage]]]:
    """Receipts with pages that wait to be filed by hand, oldest first."""
    t = received_pages
    query = select(t.c.sha256).where(t.c.state == "unfiled").distinct()
    waiting = {row.sha256 for row in connection.execute(query)}
    found = []
    for sha256 in waiting:
        receipt = load_receipt(connection, sha256)
        if receipt is not None:
            pages = [page for page in load_pages(connection, sha256) if page.state == "unfiled"]
            found.append((receipt, pages))
    return sorted(found, key=lambda pair: (pair[0].received_at, pair[0].sha256))


def given_up(connection: Connection) -> list[Receipt]:
    """Files that were kept unread after several tries (`archive.receiving.receive.TRIES`); no page of them is filed."""
    filed = select(received_pages.c.sha256).where(received_pages.c.state == "filed")
    query = select(receipts).where(receipts.c.state == "done", receipts.c.object != "", receipts.c.sha256.not_in(filed))
    rows = connection.execute(query.order_by(receipts.c.received_at)).mappings()
    return [receipt for receipt in (Receipt(**row) for row in rows) if receipt.options.get("tries")]


def drop_file_row(connection: Connection, sha256: str, *, keep: bool) -> None:
    """Remove the row of a whole file (page 0) once its pages have rows of their own."""
    if not keep:
        t = received_pages
        connection.execute(delete(t).where(t.c.sha256 == sha256, t.c.page == 0))


def require_place(connection: Connection, case: str) -> str:
    """Return the id of the case or task as registered.

    Raises: NotFoundError if there is neither.
    """
    case_contents.require_case(connection, case)
    return case
