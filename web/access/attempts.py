"""Attempts to log in, by account and address, as the journal tells them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from ssj_docs.database.schema import journal

FAILED = ("login.failed", "login.locked", "login.unknown", "login.refused")
#: how long failures count, and how long an address from which somebody logged in is theirs
WINDOW, KNOWN = timedelta(minutes=15), timedelta(days=30)
#: failures from one address, whatever the account, after which it is not answered for a while
MOST_FROM_ADDRESS = 100
_ROWS = 2000


def subject_of(name: str) -> str:
    """A name as the journal may keep it: somebody may have typed a password there."""
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum() and len(name) <= 20
    return name if plain else "（不是用户名）"


def failures(connection: Connection, now: datetime, address: str, name: str = "") -> int:
    """Failures from an address in the last quarter of an hour, of one account or of all."""
    t = journal.c
    query = select(t.when, t.subject, t.detail).where(t.action.in_(FAILED)).order_by(t.id.desc()).limit(_ROWS)
    count = 0
    for when, subject, detail in connection.execute(query):
        if datetime.fromisoformat(when) < now - WINDOW:
            break
        count += json.loads(detail).get("address", "") == address and name in ("", subject)
    return count


def is_known(connection: Connection, now: datetime, address: str, name: str) -> bool:
    """Return whether the owner of the account logged in from this address lately."""
    t = journal.c
    query = select(t.when, t.detail).where(t.action == "login", t.subject == name).order_by(t.id.desc()).limit(100)
    return any(
        datetime.fromisoformat(when) > now - KNOWN and json.loads(detail).get("address", "") == address
        for when, detail in connection.execute(query)
    )
