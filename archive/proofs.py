"""The archived page that proves a fact about a case: found by document kind and by the words that say it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from archive import catalogue
from archive.catalogue import ArchiveItem
from ssj_docs.tables import page_texts

_AROUND = 24


@dataclass(frozen=True)
class Proof:
    """A page that proves something.

    Attributes:
        case, item, page: where it is. kind, title: which paper. path: logical path in the case file. sha256: its digest.
        snippet: words around what was looked for, or the beginning of the page. words: what to mark on it.
    """

    case: str
    item: str
    page: int
    kind: str
    title: str
    path: str
    sha256: str
    snippet: str = ""
    words: str = ""


@dataclass(frozen=True)
class ProofIndex:
    """Items by case, and for each item the first page that holds each of the words looked for."""

    items: Mapping[str, Sequence[ArchiveItem]]
    hits: Mapping[tuple[str, str, str], tuple[int, str]]
    shared: Mapping[tuple[str, str], Sequence[str]]

    def find(self, case: str, kinds: Sequence[str], words: Sequence[str] = ()) -> Proof | None:
        """The proof of the earliest kind in ``kinds`` that the case file holds, newest item first; None if it has none.

        The page is the first that holds one of ``words``, or else the item's first page.
        """
        for kind in kinds:
            for item in reversed(self.items.get(case, ())):
                if item.kind == kind and item.state == "filed":
                    return self._proof(item, words)
        return None

    def find_shared(self, task: str, kinds: Sequence[str], name: str) -> Proof | None:
        """A page of a paper of the whole task (公示表 …) on which ``name`` stands."""
        squeezed = "".join(name.split())
        for item in self.items.get(task, ()):
            if item.kind not in kinds or item.state != "filed":
                continue
            for page, text in enumerate(self.shared.get((task, item.item), ()), 1):
                place = text.find(squeezed)
                if place >= 0:
                    around = text[max(0, place - _AROUND):place + len(squeezed) + _AROUND]
                    return Proof(task, item.item, page, item.kind, item.title, item.main.path, item.sha256, around, name)
        return None

    def _proof(self, item: ArchiveItem, words: Sequence[str]) -> Proof:
        for word in words:
            hit = self.hits.get((item.case, item.item, word))
            if hit:
                return Proof(item.case, item.item, hit[0], item.kind, item.title, item.main.path, item.sha256, hit[1],
                             word)
        return Proof(item.case, item.item, 1, item.kind, item.title, item.main.path, item.sha256)


def index_proofs(connection: Connection, cases: Iterable[str], tasks: Iterable[str], words: Iterable[str]
                 ) -> ProofIndex:
    """Read items and page texts of these cases once; only places of the words are kept, and the texts of task papers."""
    whole, looked_for = set(tasks), sorted(set(words))
    wanted = set(cases) | whole
    items: dict[str, list[ArchiveItem]] = {}
    for item in catalogue.load_items(connection):
        if item.case in wanted:
            items.setdefault(item.case, []).append(item)
    hits: dict[tuple[str, str, str], tuple[int, str]] = {}
    shared: dict[tuple[str, str], list[str]] = {}
    t = page_texts
    query = select(t.c.case, t.c.item, t.c.page, t.c.text).where(t.c.state == "done").order_by(
        t.c.case, t.c.item, t.c.page)
    for case, item_number, page, text in connection.execute(query.execution_options(yield_per=500)):
        if case not in wanted:
            continue
        squeezed = "".join(text.split())
        if case in whole:
            shared.setdefault((case, item_number), []).append(squeezed)
        for word in looked_for:
            place = squeezed.find(word)
            if place >= 0:
                around = squeezed[max(0, place - _AROUND):place + len(word) + _AROUND]
                hits.setdefault((case, item_number, word), (page, around))
    return ProofIndex(items, hits, shared)
