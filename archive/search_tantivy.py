"""The tantivy engine: exact substrings from grams, all inside the engine.

Every searched field is indexed twice: ``<field>_g`` holds its runs of 1 to 3 characters without positions,
``<field>_p`` its runs of 4 with positions. A string of up to 4 characters is one term, a longer one is a phrase of every fourth run
(and the last), so it takes ⌈n/4⌉ posting lists, rare ones, and needs no look at the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from operator import add
from pathlib import Path
from typing import Any

import tantivy
from tantivy import FieldType, Occur, Query

from archive.search_analyzer import SEPARATOR, SPACE, near_occurrences, normalise
from archive.search_index import EngineKind, Found, ItemKey, Order, Wanted
from archive.search_match import FACETS, cover, facet_values, freshness, joined, number_key, values_of
from archive.search_query import And, Between, Everything, Keyword, Node, Not, Or, Word, words
from archive.search_schema import PageRecord

_GRAM = 4
#: fields searched by grams; ``cover`` is what an unqualified word is also looked for in
_GRAM_FIELDS = ("text", "cover", "title", "number", "company", "credit", "people", "case", "item")
#: fields of few values, whose values are looked through one by one
_LISTED_FIELDS = ("department", "kind", "result", "task", "origin")
_KEYWORD_FIELDS = ("department", "kind", "result", "task", "origin", "case", "company", "item", "visible", "year")
_HEAP_SMALL, _HEAP_LARGE = 64_000_000, 512_000_000
_FACET_LIMIT = 200
_COVER_WEIGHT = 3.0


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in _GRAM_FIELDS:
        builder.add_text_field(f"{name}_g", tokenizer_name="runs", index_option="basic")
        builder.add_text_field(f"{name}_p", tokenizer_name="blanks", index_option="position")
    for name in _KEYWORD_FIELDS:
        builder.add_text_field(f"{name}_k", tokenizer_name="raw", index_option="basic")
    for name in FACETS:
        builder.add_text_field(f"{name}_f", tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("uid", "key", "stamp"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("year", indexed=True, fast=True)
    builder.add_integer_field("date", indexed=True, fast=True)
    builder.add_float_field("fresh", fast=True)
    builder.add_text_field("number_order", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_bytes_field("data", stored=True)
    return builder.build()


def _blanked(text: str) -> str:
    """The runs of 4 characters, joined by blanks for the engine to cut at."""
    text = text.replace(" ", SPACE)
    pairs = list(map(add, text, text[1:]))
    return " ".join(map(add, pairs, pairs[2:]))


@lru_cache(8192)
def _blanked_value(text: str) -> str:
    return _blanked(text)


def _document(record: PageRecord) -> tantivy.Document:
    document = tantivy.Document()
    for name in _GRAM_FIELDS:
        value = normalise(record.text) if name == "text" else cover(record) if name == "cover" else joined(record, name)
        if value:
            document.add_text(f"{name}_g", value)
            if len(value) >= _GRAM:
                document.add_text(f"{name}_p", _blanked(value) if name == "text" else _blanked_value(value))
    for name in _KEYWORD_FIELDS:
        for value in dict.fromkeys(values_of(record, name)):
            document.add_text(f"{name}_k", value)
    for name in FACETS:
        for value in facet_values(record, name):
            document.add_text(f"{name}_f", value)
    document.add_text("uid", record.id)
    document.add_text("key", _key(record.case, record.item))
    document.add_text("stamp", SEPARATOR.join((record.case, record.item, record.stamp)))
    if record.year is not None:
        document.add_integer("year", record.year)
    if record.date:
        document.add_integer("date", record.date.toordinal())
    # the engine multiplies the score by log2(2 + value)
    document.add_float("fresh", 2.0 ** freshness(record) - 2.0)
    document.add_text("number_order", number_key(record))
    data = json.dumps(record.as_mapping(), ensure_ascii=False, separators=(",", ":"))
    document.add_bytes("data", f"{data}\n{record.text}".encode())
    return document


def _record(data: bytes) -> PageRecord:
    head, _, text = data.decode().partition("\n")
    return PageRecord.from_mapping(json.loads(head), text)


def _key(case: str, item: str) -> str:
    return f"{case}{SEPARATOR}{item}"


class TantivyEngine:
    """See `archive.search_index.Engine`."""

    name = "tantivy"

    def __init__(self, folder: Path) -> None:
        self._schema = _schema()
        self._index = tantivy.Index(self._schema, path=str(folder))
        runs = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(1, _GRAM - 1, False)).build()
        self._index.register_tokenizer("runs", runs)
        self._index.register_tokenizer("blanks", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
        self._searcher = self._index.searcher()

    def refresh(self) -> None:
        self._index.reload()
        self._searcher = self._index.searcher()

    def close(self) -> None:
        del self._searcher, self._index

    def write(self, gone: Iterable[ItemKey], records: Iterable[PageRecord], fresh: bool) -> int:
        # one thread keeps the pages of an item together and in order
        writer = self._index.writer(_HEAP_LARGE if fresh else _HEAP_SMALL, 1)
        number = 0
        try:
            for case, item in gone:
                writer.delete_documents_by_term("key", _key(case, item))
            seen: set[ItemKey] = set()
            for record in records:
                key = (record.case, record.item)
                if not fresh and key not in seen:
                    seen.add(key)
                    writer.delete_documents_by_term("key", _key(*key))
                writer.add_document(_document(record.without_restricted()))
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
        if not words(node):
            query = Query.const_score_query(query, 1.0)
        orders: dict[Order, dict[str, Any]] = {
            "relevance": {"weight_by_field": "fresh"},
            "date": {"order_by_field": "date", "order": tantivy.Order.Desc},
            "date_asc": {"order_by_field": "date", "order": tantivy.Order.Asc},
            "number": {"order_by_field": "number_order", "order": tantivy.Order.Asc},
        }
        order = orders[wanted.order]
        result: Any = self._searcher.search(query, limit=max(wanted.limit, 1), offset=wanted.offset, **order)
        scored = wanted.order == "relevance"
        hits = [
            (_record(self._searcher.doc(address)["data"][0]), float(key) if scored else 0.0)
            for key, address in result.hits[: wanted.limit]
        ]
        return Found(result.count, tuple(hits))

    def facets(self, node: Node, fields: Sequence[str]) -> dict[str, dict[str, int]]:
        asked = {field: {"terms": {"field": f"{field}_f", "size": _FACET_LIMIT}} for field in fields}
        if not asked:
            return {}
        answer = self._searcher.aggregate(self._query(node), asked)
        return {
            field: {str(bucket["key"]): int(bucket["doc_count"]) for bucket in answer[field]["buckets"]}
            for field in fields
        }

    def _query(self, node: Node) -> Query:
        match node:
            case Word():
                return self._word(node)
            case Keyword(field, values):
                return _silent(Query.term_set_query(self._schema, f"{field}_k", list(values)))
            case Between(field, low, high):
                return _silent(Query.range_query(self._schema, field, FieldType.Integer, low, high))
            case And(parts):
                clauses = [
                    (Occur.MustNot, self._query(part.part))
                    if isinstance(part, Not)
                    else (Occur.Must, self._query(part))
                    for part in parts
                ]
                if all(isinstance(part, Not) for part in parts):
                    clauses.append((Occur.Must, _silent(Query.all_query())))
                return Query.boolean_query(clauses)
            case Or(parts):
                return _any([self._query(part) for part in parts])
            case Not(part):
                return Query.boolean_query(
                    [(Occur.Must, _silent(Query.all_query())), (Occur.MustNot, self._query(part))]
                )
            case Everything():
                return _silent(Query.all_query())

    def _word(self, word: Word) -> Query:
        if word.field in _LISTED_FIELDS:
            values = [
                term
                for term, _ in self._searcher.terms_with_prefix(f"{word.field}_k", "")
                if word.text in normalise(term)
            ]
            return Query.const_score_query(Query.term_set_query(self._schema, f"{word.field}_k", values), 1.0)
        if word.field and word.field != "text":
            return Query.const_score_query(self._string(word.field, word.text), 1.0)
        in_text = self._string("text", word.text)
        if word.fuzzy:
            in_text = _any([in_text, self._misread(word.text)])
        in_text = Query.const_score_query(in_text, 1.0)
        if word.field:
            return in_text
        return _any([in_text, Query.const_score_query(self._string("cover", word.text), _COVER_WEIGHT)])

    def _term(self, field: str, text: str) -> Query:
        return Query.term_query(self._schema, field, text, index_option="basic")

    def _string(self, field: str, text: str) -> Query:
        """Pages whose field holds the string."""
        if len(text) < _GRAM:
            return self._term(f"{field}_g", text)
        text = text.replace(" ", SPACE)
        starts = [*range(0, len(text) - _GRAM, _GRAM), len(text) - _GRAM]
        if len(starts) == 1:
            return self._term(f"{field}_p", text)
        return Query.phrase_query(self._schema, f"{field}_p", [(at, text[at : at + _GRAM]) for at in starts])

    def _misread(self, text: str) -> Query:
        """Pages read by OCR on which the string stands with one character changed.

        Grams give pages on which the two pieces around the changed character stand; the text then decides.
        """
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
        hits = self._searcher.search(query, limit=max(total, 1), count=False).hits if total else []
        records = (_record(self._searcher.doc(address)["data"][0]) for _, address in hits)
        near = [r.id for r in records if any(True for _ in near_occurrences(normalise(r.text), text))]
        return Query.term_set_query(self._schema, "uid", near)


def _silent(query: Query) -> Query:
    """The same pages, without a say in the order."""
    return Query.const_score_query(query, 0.0)


def _any(queries: Sequence[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Should, query) for query in queries])


def _all(queries: Sequence[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Must, query) for query in queries])


def _create(folder: Path) -> TantivyEngine:
    return TantivyEngine(folder)


KIND = EngineKind("tantivy", version("tantivy"), _create, _create)
