"""A cache for values calculated from the registers; a county's year takes a third of a second to calculate.

A cached value is dropped as soon as a table that people fill in changes: plan, registers, results, settings. Tables that
the program fills while people work (papers issued, received and read) may change every second; figures that depend only on
them may be some seconds old and are recalculated in the background. Pages of single cases are never cached.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from ssj_docs.database.schema import table_changes

T = TypeVar("T")
_KEPT = 64
#: tables that the program fills while people work
_FILLED = frozenset({"page_texts", "archive_items", "receipts", "received_pages", "fixity_checks", "issued", "numbers"})
#: a value may be this old, in seconds, when only those tables changed
_MAX_AGE = 30.0
#: a value is recalculated at most once in so many seconds, and at most once in so many times the duration of its calculation
_MIN_INTERVAL, _INTERVAL_FACTOR = 5.0, 10.0
#: tables that no page's figures depend on
_IGNORED = frozenset({"journal", "web_users", "web_sessions", "web_tokens"})


@dataclass(frozen=True)
class DatabaseState:
    """The number of changes of each table, separately for tables that people fill in and tables that the program fills."""

    by_hand: frozenset[tuple[str, int]]
    filled: frozenset[tuple[str, int]]


def state_of(connection: Connection) -> DatabaseState:
    """The current state of the database."""
    rows = [(row.name, row.changes) for row in connection.execute(select(table_changes)) if row.name not in _IGNORED]
    return DatabaseState(
        frozenset(row for row in rows if row[0] not in _FILLED), frozenset(row for row in rows if row[0] in _FILLED)
    )


@dataclass
class _Entry:
    """A cached value, the state it was calculated from, when, and how long that took in seconds."""

    state: DatabaseState
    value: Any
    made: float
    duration: float
    renewing: bool = False


class YearCache:
    """A thread-safe cache of values by key. Values are shared between requests and must not be changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._behind = ThreadPoolExecutor(1, thread_name_prefix="ssj-figures")

    def get(self, key: Hashable, state: DatabaseState, make: Callable[[], T]) -> T:
        """Return the value for a key and a state of the database, calculating it at most once.

        Args:
            key: everything else that the value depends on, such as year, date and office.
            state: the state of the database (see `state_of`).
            make: calculates the value.
        """
        with self._lock:
            held = self._usable(key, state, make)
            if held is not None:
                return held.value  # type: ignore[no-any-return]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                held = self._usable(key, state, make)
            return held.value if held is not None else self._make(key, state, make)

    def _usable(self, key: Hashable, state: DatabaseState, make: Callable[[], T]) -> _Entry | None:
        held = self._kept.get(key)
        if held is None or held.state.by_hand != state.by_hand:
            return None
        if held.state != state:
            age = time.monotonic() - held.made
            if age > _MAX_AGE:
                return None
            if age > max(_MIN_INTERVAL, _INTERVAL_FACTOR * held.duration) and not held.renewing:
                held.renewing = True
                self._behind.submit(self._make, key, state, make)
        self._kept.move_to_end(key)
        return held

    def _make(self, key: Hashable, state: DatabaseState, make: Callable[[], T]) -> T:
        begun = time.monotonic()
        value = make()
        with self._lock:
            self._kept[key] = _Entry(state, value, time.monotonic(), time.monotonic() - begun)
            while len(self._kept) > _KEPT:
                self._making.pop(self._kept.popitem(last=False)[0], None)
        return value

    def close(self) -> None:
        """Stop the background thread."""
        self._behind.shutdown(wait=True, cancel_futures=True)
