"""An index in memory that scans all pages: slow and simple, for tests and as the reference for other engines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from archive.search.engines.port import Found, ItemKey, Wanted
from archive.search.fields.fields import PageRecord
from archive.search.query.match import Prepared, count_facets, matches, number_key, score
from archive.search.query.parser import Node


class MemoryIndex:
    """See `archive.search.engines.port.SearchIndex`."""

    name = "memory"

    def __init__(self) -> None:
        self._pages: dict[ItemKey, list[Prepared]] = {}
        self._state = ""

    @property
    def state(self) -> str:
        return self._state

    def _answer(self, node: Node) -> list[Prepared]:
        return [page for pages in self._pages.values() for page in pages if matches(node, page)]

    def find(self, node: Node, wanted: Wanted) -> Found:
        pages = self._answer(node)
        records = tuple((page.record, score(node, page)) for page in in_order(pages, node, wanted))
        total = len(pages) if wanted.enough is None else min(len(pages), wanted.enough)
        return Found(total, records)

    def facets(self, node: Node, fields: Sequence[str]) -> dict[str, dict[str, int]]:
        return count_facets(self._answer(node), fields)

    def add(self, records: Iterable[PageRecord]) -> int:
        return self.update((), records)

    def update(self, gone: Iterable[ItemKey], records: Iterable[PageRecord], state: str | None = None) -> int:
        fresh: dict[ItemKey, list[Prepared]] = {}
        number = 0
        for record in records:
            fresh.setdefault((record.case, record.item), []).append(Prepared.of(record.without_restricted()))
            number += 1
        for key in gone:
            self._pages.pop(key, None)
        for key, pages in fresh.items():
            self._pages.pop(key, None)
            self._pages[key] = pages
        if state is not None:
            self._state = state
        return number

    def rebuild(self, records: Iterable[PageRecord], state: str = "") -> int:
        new = MemoryIndex()
        number = new.update((), records, state)
        self._pages, self._state = new._pages, state
        return number

    def items(self) -> Mapping[ItemKey, str]:
        return {key: pages[0].record.stamp for key, pages in self._pages.items()}

    def close(self) -> None:
        self._pages = {}


def in_order(pages: Sequence[Prepared], node: Node, wanted: Wanted) -> list[Prepared]:
    """The requested slice of pages in the requested order."""
    match wanted.order:
        case "relevance":
            ranked = sorted(pages, key=lambda page: -score(node, page))
        case "date":
            ranked = sorted(pages, key=lambda page: -(page.record.date.toordinal() if page.record.date else 0))
        case "date_asc":
            ranked = sorted(pages, key=lambda page: page.record.date.toordinal() if page.record.date else 0)
        case "number":
            ranked = sorted(pages, key=lambda page: number_key(page.record))
    return ranked[wanted.offset : wanted.offset + wanted.limit]
