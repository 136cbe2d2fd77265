"""流水: an append-only, hash-chained journal of every change (DESIGN invariant 5).

``hash = SHA-256(previous ‖ canonical JSON of the row)``: changing, removing or inserting a row breaks the chain there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from ssj_docs.database.schema import journal
from ssj_docs.ground.canonical import canonical_json, sha256_of
from ssj_docs.ground.errors import DataError
from ssj_docs.ground.personal_data import without_restricted, without_restricted_in
from ssj_docs.ground.remedies import Remedy, do

GENESIS = "0" * 64
#: clocks are set and differ a little; more is a clock set back
_TURNED_BACK = timedelta(days=1)


def _row_hash(previous: str, row: Mapping[Any, Any]) -> str:
    body = {key: row[key] for key in ("id", "when", "who", "action", "subject", "detail", "digest")}
    return sha256_of((previous + canonical_json(body)).encode())


def append(
    connection: Connection,
    *,
    when: datetime,
    who: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
    digest: str = "",
) -> int:
    """Add a row in the caller's transaction.

    Args:
        when: the time, with offset.
        who: the user.
        action: such as ``issue``.
        subject: what the action was applied to.
        detail: further facts as JSON.
        digest: of the bytes concerned.

    Restricted personal data is removed from subject and detail, because many people read the journal and it is never deleted.

    Returns: the row's id.
    """
    last = connection.execute(select(journal.c.id, journal.c.hash).order_by(journal.c.id.desc()).limit(1)).first()
    row = {
        "id": (last.id if last else 0) + 1,
        "when": when.isoformat(timespec="seconds"),
        "who": who,
        "action": action,
        "subject": without_restricted(subject),
        "detail": canonical_json(without_restricted_in(dict(detail or {}))),
        "digest": digest,
    }
    previous = last.hash if last else GENESIS
    connection.execute(insert(journal).values(**row, previous=previous, hash=_row_hash(previous, row)))
    return int(row["id"])


def turned_back(last: str, now: datetime) -> bool:
    """Return whether a clock that shows ``now`` was set back since the row written at ``last``."""
    return now < datetime.fromisoformat(last) - _TURNED_BACK


def last_time(connection: Connection) -> str:
    """The time of the last row, empty if there is none."""
    return connection.execute(select(journal.c.when).order_by(journal.c.id.desc()).limit(1)).scalar() or ""


def refuse_earlier_clock(connection: Connection, now: datetime) -> None:
    """Refuse to write what would be dated before the last row. Raises: DataError."""
    last = last_time(connection)
    if last and turned_back(last, now):
        raise DataError(
            f"电脑的时钟（{now:%Y-%m-%d %H:%M}）早于流水最后一行的时间（{last[:16].replace('T', ' ')}），没有写入",
            Remedy("校准电脑的日期和时间；时钟是对的而流水的时间错了，查明后", do("adopt", reason="")),
        )


@dataclass(frozen=True)
class JournalVerdict:
    """``state`` is ``intact`` or names the first broken row; ``rows`` is the number of rows, ``head`` the last hash."""

    state: str
    rows: int
    head: str


def verify(connection: Connection) -> JournalVerdict:
    """Recalculate the whole chain."""
    previous, expected, rows = GENESIS, 1, 0
    for row in connection.execute(select(journal).order_by(journal.c.id)).mappings():
        fault = _fault(row, expected, previous)
        if fault:
            return JournalVerdict(fault, rows, previous)
        previous, expected, rows = row["hash"], expected + 1, rows + 1
    return JournalVerdict("intact", rows, previous)


def _fault(row: RowMapping, expected: int, previous: str) -> str:
    if row["id"] != expected:
        return f"第 {expected} 行缺失"
    if row["previous"] != previous:
        return f"第 {expected} 行与上一行不相接"
    return "" if row["hash"] == _row_hash(previous, row) else f"第 {expected} 行被改动"
