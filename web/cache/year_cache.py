"""What was worked out from the registers, kept until a table changes: a county's year takes a third of a second each time.

What people entered (plan, registers, results, settings) is never shown as it was before. What fifty people at once change
from second to second (papers issued, filed and read) may be shown in figures of the year as it was some seconds ago, and
is worked out anew behind the page; the page of a case and the registers themselves are always as they are.
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
#: tables that fill while people work; how many seconds old what was made from them may be, and is left before it is renewed
_FILLED = frozenset({"page_texts", "archive_items", "receipts", "received_pages", "fixity_checks", "issued", "numbers"})
_LAG, _PAUSE = 30.0, 5.0
#: and what is dear is left so many times as long as it takes
_REST = 10.0
#: tables that no page's figures come from
_ASIDE = frozenset({"journal", "web_users", "web_sessions", "web_tokens"})


@dataclass(frozen=True)
class Mark:
    """The state of the database: how often its tables were changed, those entered by hand and those that fill by themselves."""

    by_hand: frozenset[tuple[str, int]]
    filled: frozenset[tuple[str, int]]


def mark_of(connection: Connection) -> Mark:
    """The state of the database now."""
    rows = [(row.name, row.changes) for row in connection.execute(select(table_changes)) if row.name not in _ASIDE]
    return Mark(
        frozenset(row for row in rows if row[0] not in _FILLED), frozenset(row for row in rows if row[0] in _FILLED)
    )


@dataclass
class _Kept:
    mark: Mark
    value: Any
    made: float
    took: float
    renewing: bool = False


class Remembered:
    """Values by key; may be asked from any thread. What it gives is shared: it must not be changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._behind = ThreadPoolExecutor(1, thread_name_prefix="ssj-figures")

    def get(self, key: Hashable, mark: Mark, make: Callable[[], T]) -> T:
        """The value of a key at this state of the database, made at most once for it.

        Args:
            key: whatever else the value depends on (year, day, office). make: works it out.
        """
        with self._lock:
            held = self._usable(key, mark, make)
            if held is not None:
                return held.value  # type: ignore[no-any-return]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                held = self._usable(key, mark, make)
            return held.value if held is not None else self._make(key, mark, make)

    def _usable(self, key: Hashable, mark: Mark, make: Callable[[], T]) -> _Kept | None:
        held = self._kept.get(key)
        if held is None or held.mark.by_hand != mark.by_hand:
            return None
        if held.mark != mark:
            age = time.monotonic() - held.made
            if age > _LAG:
                return None
            if age > max(_PAUSE, _REST * held.took) and not held.renewing:
                held.renewing = True
                self._behind.submit(self._make, key, mark, make)
        self._kept.move_to_end(key)
        return held

    def _make(self, key: Hashable, mark: Mark, make: Callable[[], T]) -> T:
        begun = time.monotonic()
        value = make()
        with self._lock:
            self._kept[key] = _Kept(mark, value, time.monotonic(), time.monotonic() - begun)
            while len(self._kept) > _KEPT:
                self._making.pop(self._kept.popitem(last=False)[0], None)
        return value

    def close(self) -> None:
        """Let go of the thread."""
        self._behind.shutdown(wait=True, cancel_futures=True)
