"""The port for search engines: what every index can do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from archive.search.fields.fields import PageRecord
from archive.search.query.parser import Node

Order = Literal["relevance", "date", "date_asc", "number"]
#: returns the records for a rebuild; called once for each
RecordsSource = Callable[[], Iterable[PageRecord]]
ItemKey = tuple[str, str]
#: default limit for counting, because nobody reads further
ENOUGH = 10_000


@dataclass(frozen=True)
class Found:
    """A slice of a result: the total number of pages (see `Wanted.enough`), and records with their relevance."""

    total: int
    records: tuple[tuple[PageRecord, float], ...] = ()


@dataclass(frozen=True)
class Wanted:
    """Which slice of a result, in which order.

    Counting stops at ``enough``: a total that reaches it means that many or more. None counts all.
    """

    limit: int = 20
    offset: int = 0
    order: Order = "relevance"
    enough: int | None = None


class SearchIndex(Protocol):
    """An index of pages. Restricted data is removed from records before indexing; (case, item) identifies an item."""

    name: str

    def find(self, node: Node, wanted: Wanted) -> Found:
        """Find exactly the pages that match the query."""
        ...

    def facets(self, node: Node, fields: Sequence[str]) -> dict[str, dict[str, int]]:
        """Count the pages with each value of each field, most frequent first."""
        ...

    def add(self, records: Iterable[PageRecord]) -> int:
        """Add pages, replacing those of the same item; returns the number of pages added."""
        ...

    def update(self, gone: Iterable[ItemKey], records: Iterable[PageRecord], state: str | None = None) -> int:
        """Remove items and add pages in one step; ``state`` is stored as the state of the data covered."""
        ...

    def rebuild(self, records: Iterable[PageRecord], state: str = "") -> int:
        """Build a new index beside the old one and swap them; returns the number of pages."""
        ...

    def items(self) -> Mapping[ItemKey, str]:
        """The items in the index with the stamp of their first page."""
        ...

    @property
    def state(self) -> str:
        """The state given with the last `update` or `rebuild`."""
        ...

    def close(self) -> None:
        """Close the files."""
        ...


class Engine(Protocol):
    """An adapter for one folder; it reads and writes, and knows nothing of locks, swaps and damage."""

    name: str

    def find(self, node: Node, wanted: Wanted) -> Found:
        """See `SearchIndex.find`."""
        ...

    def facets(self, node: Node, fields: Sequence[str]) -> dict[str, dict[str, int]]:
        """See `SearchIndex.facets`."""
        ...

    def write(self, gone: Iterable[ItemKey], records: Iterable[PageRecord], fresh: bool) -> int:
        """Remove, add and commit; ``fresh`` means that the index is empty and many records follow."""
        ...

    def items(self) -> Mapping[ItemKey, str]:
        """See `SearchIndex.items`."""
        ...

    def refresh(self) -> None:
        """Load what was committed since."""
        ...

    def close(self) -> None:
        """Close the files."""
        ...


@dataclass(frozen=True)
class EngineKind:
    """How to create and open an engine: ``create(folder)`` in an empty folder, ``open(folder)`` later."""

    name: str
    version: str
    create: Callable[[Path], Engine]
    open: Callable[[Path], Engine]
