"""The tantivy engine: exact substring search by n-grams, entirely inside the engine.

Text is indexed as runs of 1 and 2 characters without positions and as runs of 3 with positions. A string of up to 3
characters is one term. A longer one is a phrase of every third run (and the last) on the pages that have its rarest
runs, so the text itself is never read. Fields with many values (titles, companies …) are indexed in the same way; for the
others the list of values is scanned.

Among equally relevant pages the newest come first, so the index is searched in slabs of days, starting with the newest,
until enough is found. The first hits, and a count limited to some thousands, take the same time in large and small
archives. Pages are written roughly in order of time, so that a slab is stored together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tantivy
from tantivy import FieldType, Occur, Query

from archive.search.engines.port import EngineKind, Found, ItemKey, Wanted
from archive.search.engines.tantivy_pages import (
    GRAM,
    SIGNS,
    document,
    facet_field,
    item_key,
    page_of,
    register_tokenizers,
    run_term,
    schema,
)
from archive.search.fields.analyzer import SEPARATOR, SPACE, grams, near_occurrences, normalise
from archive.search.fields.fields import OUTCOMES, PageRecord
from archive.search.query.match import LEGEND, NAMED, SAID, WEIGHT, freshness
from archive.search.query.parser import And, Between, Everything, Keyword, Node, Not, Or, Word

_HEAP_SMALL, _HEAP_LARGE = 64_000_000, 512_000_000
#: maximum number of values of a facet; each part of the index must list all, otherwise counts are too low
_FACET_LIMIT, _ALL_VALUES = 200, 2**31
#: queries that cannot match more pages than this search the whole index at once
_FEW = 20_000
#: number of pages in the first slab: a little more than are counted
_FIRST_SLAB = 12_000
#: number of pages below which no further runs are used to narrow a string
_RARE = 2_000
_EXTRA_RUNS = 8


@dataclass
class _Tier:
    """Pages of equal weight in the result, and the first of them found so far."""

    query: Query
    weight: float = WEIGHT[NAMED]
    found: list[Any] = field(default_factory=list)


class TantivyEngine:
    """See `archive.search.engines.port.Engine`."""

    name = "tantivy"

    def __init__(self, folder: Path) -> None:
        self._schema = schema()
        self._index = tantivy.Index(self._schema, path=str(folder))
        register_tokenizers(self._index)
        self._look()

    def _look(self) -> None:
        self._searcher = self._index.searcher()
        self._values: dict[str, _Values] = {}
        self._near: dict[str, Query] = {}
        self._parts: list[tuple[str, int]] | None = None

    def refresh(self) -> None:
        self._index.reload()
        self._look()

    def close(self) -> None:
        del self._searcher, self._index

    def write(self, gone: Iterable[ItemKey], records: Iterable[PageRecord], fresh: bool) -> int:
        # a single thread keeps the pages of an item together and in order
        writer = self._index.writer(_HEAP_LARGE if fresh else _HEAP_SMALL, 1)
        number = 0
        try:
            for case, item in gone:
                writer.delete_documents_by_term("key", item_key(case, item))
            seen: set[ItemKey] = set()
            for record in records:
                key = (record.case, record.item)
                if not fresh and key not in seen:
                    seen.add(key)
                    writer.delete_documents_by_term("key", item_key(*key))
                writer.add_document(document(record.without_restricted()))
                number += 1
            writer.commit()
        except BaseException:
            writer.rollback()
            raise
        finally:
            writer.wait_merging_threads()
        self.refresh()
        return number

    def items(self) -> Mapping[ItemKey, str]:
        found: dict[ItemKey, str] = {}
        for term, _ in self._searcher.terms_with_prefix("stamp", "", filter_query=Query.all_query()):
            case, item, stamp = term.split(SEPARATOR)
            found[case, item] = stamp
        return found

    def find(self, node: Node, wanted: Wanted) -> Found:
        query = self._query(node)
        tiers = self._tiers(node, query) if wanted.limit and wanted.order == "relevance" else [_Tier(query)]
        total = self._gather(tiers, node, wanted)
        if wanted.enough is not None:
            total = min(total, wanted.enough)
        addresses = [(address, tier.weight) for tier in tiers for address in tier.found]
        found: list[tuple[PageRecord, float]] = []
        for address, weight in addresses[wanted.offset : wanted.offset + wanted.limit]:
            record = page_of(self._searcher.doc(address)["data"][0])
            found.append((record, weight * freshness(record)))
        return Found(total, tuple(found))

    def facets(self, node: Node, fields: Sequence[str]) -> dict[str, dict[str, int]]:
        asked = {
            field: {"terms": {"field": facet_field(field), "size": _FACET_LIMIT, "segment_size": _ALL_VALUES}}
            for field in fields
        }
        if not asked:
            return {}
        answer = self._searcher.aggregate(_silent(self._query(node)), asked)
        return {
            field: {str(bucket["key"]): int(bucket["doc_count"]) for bucket in answer[field]["buckets"]}
            for field in fields
        }

    def _gather(self, tiers: Sequence[_Tier], node: Node, wanted: Wanted) -> int:
        """Fill the tiers with the first pages of each; returns the number of pages, or a lower bound if that is enough."""
        pages = int(self._searcher.num_docs)
        total = seen = 0
        enough = wanted.enough
        if enough is not None and wanted.order != "number" and self._most(node) > _FEW:
            parts = self._days(oldest_first=wanted.order == "date_asc")
            size = _FIRST_SLAB
            while total < enough and seen < pages:
                slab, held = self._slab(parts, size)
                total += sum(self._take(tier, wanted, slab) for tier in tiers)
                seen += held
                if total * pages < 2 * enough * seen:
                    break  # rare matches: most of the index must be searched, which is faster at once
                size = max(_FIRST_SLAB, (enough - total) * seen // max(1, total) * 5 // 4)
            if total < enough and seen < pages:
                seen = 0
        if not seen:
            return sum(self._take(tier, wanted) for tier in tiers)
        missing = wanted.offset + wanted.limit
        for tier in tiers:
            if len(tier.found) < missing and seen < pages:
                self._take(tier, wanted)
            missing -= len(tier.found)
        return total

    def _take(self, tier: _Tier, wanted: Wanted, slab: Query | None = None) -> int:
        """Add the first pages of a tier in a slab; for the whole index, replace what it has."""
        if slab is None:
            tier.found.clear()
        asked = tier.query if slab is None else _all([slab, tier.query])
        missing = wanted.offset + wanted.limit - len(tier.found)
        if missing <= 0 or not wanted.limit:
            result: Any = self._searcher.search(_silent(asked), limit=1)
        else:
            order = tantivy.Order.Asc if wanted.order in ("date_asc", "number") else tantivy.Order.Desc
            by = "number_order" if wanted.order == "number" else "day"
            result = self._searcher.search(asked, missing, order_by_field=by, order=order)
            tier.found += [address for _, address in result.hits]
        return int(result.count)

    def _tiers(self, node: Node, query: Query) -> list[_Tier]:
        """Split the query by what the words are (`archive.search.query.match.grade`), the best first."""
        if not _has_bare_word(node):
            return [_Tier(query)]
        tiers: list[_Tier] = []
        for grade in (NAMED, SAID, LEGEND):
            tiers.append(_Tier(query if grade == LEGEND else self._graded(node, grade), WEIGHT[grade]))
        return [
            _Tier(Query.boolean_query([(Occur.Must, tier.query), (Occur.MustNot, above.query)]), tier.weight)
            if above
            else tier
            for above, tier in zip([None, *tiers], tiers, strict=False)
        ]

    def _graded(self, node: Node, grade: int) -> Query:
        """Pages that match at this grade or a better one."""
        match node:
            case Word(text, field) if field in ("", "text"):
                places: list[Query] = []
                if not field:
                    places = [self._string("cover", text), *(self._valued(Word(text, name)) for name in OUTCOMES)]
                if grade == SAID:
                    unprinted = [(Occur.Must, Query.all_query()), (Occur.MustNot, self._term("legend", "1"))]
                    places += [Query.boolean_query(unprinted), self._string("said", text)]
                return _all([self._word(node), _any(places)]) if places else Query.empty_query()
            case And(parts):
                return _all([self._graded(part, grade) for part in parts])
            case Or(parts):
                return _any([self._graded(part, grade) for part in parts])
            case _:
                return self._query(node)

    def _days(self, *, oldest_first: bool) -> Iterator[tuple[str, int]]:
        """The smallest parts of the index with their number of pages, in order of time."""
        if self._parts is None:
            self._parts = sorted(self._searcher.terms_with_prefix("slab", ""))
        return iter(self._parts if oldest_first else self._parts[::-1])

    def _slab(self, parts: Iterator[tuple[str, int]], size: int) -> tuple[Query, int]:
        """The next parts that together have this many pages, and how many they have."""
        names: list[str] = []
        held = 0
        for name, number in parts:
            names.append(name)
            held += number
            if held >= size:
                break
        return Query.term_set_query(self._schema, "slab", names), held

    def _most(self, node: Node) -> int:
        """An upper bound for the number of matching pages, from the dictionary alone."""
        match node:
            case Word(text, field, False) if field in ("", "text", *SIGNS):
                fields = (field,) if field else ("text", "cover")
                return sum(min(self._held(name, run) for run in _runs(text)) for name in fields)
            case And(parts):
                return min(map(self._most, parts))
            case Or(parts):
                return sum(map(self._most, parts))
            case _:
                return int(self._searcher.num_docs)

    def _held(self, field: str, run: str) -> int:
        return int(self._searcher.doc_freq(*run_term(field, run)))

    def _query(self, node: Node) -> Query:
        match node:
            case Word():
                return self._word(node)
            case Keyword(field, values):
                return Query.term_set_query(self._schema, f"{field}_k", list(values))
            case Between(field, low, high):
                return Query.range_query(self._schema, f"{field}_n", FieldType.Integer, low, high)
            case And(parts):
                clauses = [
                    (Occur.MustNot, self._query(part.part))
                    if isinstance(part, Not)
                    else (Occur.Must, self._query(part))
                    for part in parts
                ]
                if all(isinstance(part, Not) for part in parts):
                    clauses.append((Occur.Must, Query.all_query()))
                return Query.boolean_query(clauses)
            case Or(parts):
                return _any([self._query(part) for part in parts])
            case Not(part):
                return Query.boolean_query([(Occur.Must, Query.all_query()), (Occur.MustNot, self._query(part))])
            case Everything():
                return Query.all_query()

    def _word(self, word: Word) -> Query:
        if word.field not in ("", "text"):
            return self._string(word.field, word.text) if word.field in SIGNS else self._valued(word)
        in_text = self._string("text", word.text)
        if word.fuzzy:
            in_text = _any([in_text, self._misread(word.text)])
        return in_text if word.field else _any([in_text, self._string("cover", word.text)])

    def _valued(self, word: Word) -> Query:
        """Pages with a value of the field that contains the string."""
        field = f"{word.field}_k"
        if field not in self._values:
            self._values[field] = _Values([term for term, _ in self._searcher.terms_with_prefix(field, "")])
        return Query.term_set_query(self._schema, field, list(self._values[field].holding(word.text)))

    def _term(self, field: str, text: str) -> Query:
        return Query.term_query(self._schema, field, text, index_option="basic")

    def _string(self, field: str, text: str) -> Query:
        """Pages whose field contains the string."""
        runs = _runs(text)
        if len(runs) == 1:
            return self._term(*run_term(field, runs[0]))
        terms = [run_term(field, run)[1] for run in runs]
        starts = [*range(0, len(runs) - 1, GRAM), len(runs) - 1]
        within = run_term(field, runs[0])[0]
        phrase = Query.phrase_query(self._schema, within, [(at, terms[at]) for at in starts])
        if min(self._held(field, runs[at]) for at in starts) <= _RARE:
            return phrase
        others = dict.fromkeys(run for at, run in enumerate(runs) if at not in starts)
        rarest = sorted(others, key=lambda run: self._held(field, run))[:_EXTRA_RUNS]
        return _all([phrase, *(self._term(*run_term(field, run)) for run in rarest)])

    def _misread(self, text: str) -> Query:
        """OCR pages that contain the string with one character changed.

        Grams give the pages that have both parts around the changed character; the text then decides.
        """
        if text in self._near:
            return self._near[text]
        pieces = [[piece for piece in (text[:at], text[at + 1 :]) if piece] for at in range(len(text))]
        close = _any([_all([self._string("text", piece) for piece in pair]) for pair in pieces])
        query = Query.boolean_query(
            [
                (Occur.Must, close),
                (Occur.Must, self._term("origin_k", "ocr")),
                (Occur.MustNot, self._string("text", text)),
            ]
        )
        total = self._searcher.num_docs
        hits = self._searcher.search(_silent(query), limit=max(total, 1), count=False).hits if total else []
        records = (page_of(self._searcher.doc(address)["data"][0]) for _, address in hits)
        near = [r.id for r in records if any(True for _ in near_occurrences(normalise(r.text), text))]
        return self._near.setdefault(text, Query.term_set_query(self._schema, "uid", near))


class _Values:
    """The distinct values of a field, which can be searched for a string."""

    def __init__(self, values: Sequence[str]) -> None:
        self._values = values
        plain = list(map(normalise, values))
        self._all = SEPARATOR.join(plain)
        self._starts: list[int] = []
        start = 0
        for value in plain:
            self._starts.append(start)
            start += len(value) + 1

    def holding(self, text: str) -> Iterator[str]:
        """Every value that contains the string, once."""
        at = self._all.find(text)
        while at >= 0:
            number = bisect_right(self._starts, at) - 1
            yield self._values[number]
            if number + 1 == len(self._starts):
                return
            at = self._all.find(text, self._starts[number + 1])


def _has_bare_word(node: Node) -> bool:
    match node:
        case And(parts) | Or(parts):
            return any(map(_has_bare_word, parts))
        case Word(_, field):
            return field in ("", "text")
        case _:
            return False


def _runs(text: str) -> list[str]:
    """The runs of `GRAM` characters of a string; the string itself if it is shorter."""
    text = text.replace(" ", SPACE)
    return list(grams(text, GRAM)) or [text]


def _silent(query: Query) -> Query:
    """The same pages without calculating a score."""
    return Query.const_score_query(query, 0.0)


def _any(queries: Sequence[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Should, query) for query in queries])


def _all(queries: Sequence[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Must, query) for query in queries])


def _create(folder: Path) -> TantivyEngine:
    return TantivyEngine(folder)


KIND = EngineKind("tantivy", version("tantivy"), _create, _create)
