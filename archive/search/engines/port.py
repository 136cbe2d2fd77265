"""The port to the search engines: what an index can do, whatever is behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from archive.search.fields.fields import PageRecord
from archive.search.query.parser import Node

Order = Literal["relevance", "date", "date_asc", "number"]
#: where the records for a rebuild come from; called once a rebuild
RecordsSource = Callable[[], Iterable[PageRecord]]
ItemKey = tuple[str, str]
#: where counting ends for those who do not ask for more: a person reads no further
ENOUGH = 10_000


@dataclass(frozen=True)
class Found:
    """A slice of the answer: how many pages in all (see `Wanted.enough`), and the records with their relevance."""

    total: int
    records: tuple[tuple[PageRecord, float], ...] = ()


@dataclass(frozen=True)
class Wanted:
    """Which slice of an answer, in which order.

    ``enough`` ends the counting there: a total that reaches it stands for that many or more. None counts all.
    """

    limit: int = 20
    offset: int = 0
    order: Order = "relevance"
    enough: int | None = None


class SearchIndex(Protocol):
    """An index of pages. Records are cleared of restricted data on the way in; (case, item) identifies an item."""

    name: str

    def find(self, node: Node, wanted: Wanted) -> Found:
        """The pages that answer the query, exactly those."""
        ...

    def facets(self, node: Node, fields: Sequence[str]) -> dict[str, dict[str, int]]:
        """How many of the pages that answer have each value of each field, most first."""
        ...

    def add(self, records: Iterable[PageRecord]) -> int:
        """Put in pages, each in place of what the index has of its item; the number of pages put in."""
        ...

    def update(self, gone: Iterable[ItemKey], records: Iterable[PageRecord], state: str | None = None) -> int:
        """Remove items and add pages in one step; ``state`` is kept as the mark of what the index now covers."""
        ...

    def rebuild(self, records: Iterable[PageRecord], state: str = "") -> int:
        """Build anew beside the old index and swap; the number of pages."""
        ...

    def items(self) -> Mapping[ItemKey, str]:
        """The items in the index with the stamp of their first page."""
        ...

    @property
    def state(self) -> str:
        """The mark given with the last `update` or `rebuild`."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...


class Engine(Protocol):
    """An adapter over one folder: reads and writes, knows nothing of locks, swaps and damage."""

    name: str

    def find(self, node: Node, wanted: Wanted) -> Found:
        """See `SearchIndex.find`."""
        ...

    def facets(self, node: Node, fields: Sequence[str]) -> dict[str, dict[str, int]]:
        """See `SearchIndex.facets`."""
        ...

    def write(self, gone: Iterable[ItemKey], records: Iterable[PageRecord], fresh: bool) -> int:
        """Remove, add, commit; ``fresh`` says that the index is empty and many records come."""
        ...

    def items(self) -> Mapping[ItemKey, str]:
        """See `SearchIndex.items`."""
        ...

    def refresh(self) -> None:
        """See what was committed since."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...


@dataclass(frozen=True)
class EngineKind:
    """How to make and open an engine: ``create(folder)`` in an empty folder, ``open(folder)`` where one was created."""

    name: str
    version: str
    create: Callable[[Path], Engine]
    open: Callable[[Path], Engine]
