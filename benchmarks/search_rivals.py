"""The engines that are measured side by side by `benchmarks/search.py`, each behind the same few calls."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from archive.search.engines.disk import open_index
from archive.search.engines.port import ENOUGH, Order, Wanted
from archive.search.engines.tantivy_pages import page_of
from archive.search.fields.analyzer import normalise
from archive.search.fields.fields import PageRecord
from archive.search.query.filters import Filters
from archive.search.query.parser import And, Between, Everything, Keyword, Node, Query, Word, parse_query
from archive.search.search import find

FACETS = ("year", "department", "kind", "result")
DEPARTMENT, YEARS = "应急管理局", (2020, 2024)


@dataclass(frozen=True)
class Ask:
    """One question.

    Attributes:
        words: strings that must all stand in the page's text. filters: one department and five years only.
        query: in the product's query language instead, for the product alone.
        limit / offset / order: the slice; without a limit the exact count. facets: exact count and facets as well.
    """

    words: tuple[str, ...] = ()
    filters: bool = False
    query: str = ""
    limit: int = 10
    offset: int = 0
    order: Order = "relevance"
    facets: bool = False


#: (how many pages, sum of the marks of their ids): equal for equal sets of pages
Print = tuple[int, int]


def mark(key: str) -> int:
    """The mark of a page's id."""
    return zlib.crc32(key.encode())


class Rival(Protocol):
    """One engine under measurement."""

    def build(self, pages: Iterator[PageRecord]) -> None: ...
    def open(self) -> None: ...
    def top(self, ask: Ask) -> int:
        """Top 10 with snippets and the count."""
        ...

    def ids(self, text: str) -> set[str]:
        """All pages with the string."""
        ...

    def prints(self, texts: Sequence[str]) -> list[Print]:
        """The pages with each string, summed up."""
        ...


class Asked:
    """Sums up what `ids` finds."""

    def ids(self, text: str) -> set[str]:
        raise NotImplementedError

    def prints(self, texts: Sequence[str]) -> list[Print]:
        return [(len(found), sum(map(mark, found))) for found in map(self.ids, texts)]


class OwnIndex(Asked):
    """What the product does, through its own functions."""

    engine = "tantivy"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def build(self, pages: Iterator[PageRecord]) -> None:
        index = open_index(self.folder, self.engine)
        index.rebuild(pages)
        index.close()

    def open(self) -> None:
        self.index = open_index(self.folder, self.engine)

    def node(self, ask: Ask) -> Node:
        if ask.query:
            return parse_query(ask.query).node
        parts: list[Node] = [Word(text, "text") for text in ask.words]
        if ask.filters:
            parts += [Keyword("department", (DEPARTMENT,)), Between("year", *YEARS)]
        return And(tuple(parts)) if len(parts) > 1 else parts[0]

    def top(self, ask: Ask) -> int:
        # the first hits come with a count to ten thousand; counts and facets are asked for and exact
        enough = ENOUGH if ask.limit and not ask.facets else None
        wanted = Wanted(ask.limit, ask.offset, ask.order, enough)
        return find(self.index, Query(self.node(ask)), Filters(), wanted, FACETS if ask.facets else ()).total

    def ids(self, text: str) -> set[str]:
        return {record.id for record, _ in self.index.find(Word(text, "text"), Wanted(limit=10_000_000)).records}


class OwnTantivy(OwnIndex):
    """The same; a million pages are summed up by their place in the index, without reading each."""

    def prints(self, texts: Sequence[str]) -> list[Print]:
        engine: Any = self.index._opened()[1]  # type: ignore[attr-defined]
        searcher = engine._searcher
        wanted = {"limit": max(1, searcher.num_docs), "count": False, "order_by_field": "day"}
        marks: dict[tuple[int, int], int] = {}
        for _, place in searcher.search(engine._query(Everything()), **wanted).hits:
            marks[place.segment_ord, place.doc] = mark(page_of(searcher.doc(place)["data"][0]).id)
        found = []
        for text in texts:
            hits = searcher.search(engine._query(Word(text, "text")), **wanted).hits
            found.append((len(hits), sum(marks[place.segment_ord, place.doc] for _, place in hits)))
        return found


class OwnWhoosh(OwnIndex):
    """The same through whoosh."""

    engine = "whoosh"


class PlainScan:
    """Every page's bytes, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def build(self, pages: Iterator[PageRecord]) -> None:
        self.folder.mkdir()
        with (self.folder / "pages.jsonl").open("w", encoding="utf-8") as out:
            for page in pages:
                value = [page.id, page.year, page.departments, normalise(page.text)]
                out.write(json.dumps(value, ensure_ascii=False) + "\n")

    def open(self) -> None:
        self.pages = []
        with (self.folder / "pages.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                key, year, departments, text = json.loads(line)
                self.pages.append((key, year, departments, text.encode()))

    def top(self, ask: Ask) -> int:
        words = [word.encode() for word in ask.words]
        narrow = ask.filters
        total = 0
        for _, year, departments, text in self.pages:
            if all(word in text for word in words):
                total += not narrow or (DEPARTMENT in departments and YEARS[0] <= year <= YEARS[1])
        return total

    def ids(self, text: str) -> set[str]:
        wanted = text.encode()
        return {key for key, _, _, page in self.pages if wanted in page}

    def prints(self, texts: Sequence[str]) -> list[Print]:
        wanted = [text.encode() for text in texts]
        counts, sums = [0] * len(wanted), [0] * len(wanted)
        for key, _, _, page in self.pages:
            marked = mark(key)
            for number, text in enumerate(wanted):
                if text in page:
                    counts[number] += 1
                    sums[number] += marked
        return list(zip(counts, sums, strict=True))


class Fts5Trigram(Asked):
    """SQLite FTS5 with its trigram tokenizer; one and two characters find nothing in it, so they are scanned (LIKE)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def build(self, pages: Iterator[PageRecord]) -> None:
        self.folder.mkdir()
        connection = sqlite3.connect(self.folder / "fts.db")
        connection.execute("create virtual table f using fts5(t, tokenize='trigram')")
        connection.execute("create table p(n integer primary key, id text, year integer, departments text)")
        rows = ((n, p.id, p.year, "|".join(p.departments), normalise(p.text)) for n, p in enumerate(pages))
        for n, key, year, departments, text in rows:
            connection.execute("insert into p values(?,?,?,?)", (n, key, year, departments))
            connection.execute("insert into f(rowid, t) values(?,?)", (n, text))
        connection.commit()
        connection.close()

    def open(self) -> None:
        self.connection = sqlite3.connect(self.folder / "fts.db")

    def where(self, words: Sequence[str]) -> tuple[str, list[str]]:
        if all(len(word) > 2 for word in words):
            quoted = ['"' + word.replace('"', '""') + '"' for word in words]
            return "f match ?", [" AND ".join(quoted)]
        return " and ".join("instr(t, ?)" for _ in words), list(words)

    def top(self, ask: Ask) -> int:
        where, values = self.where(ask.words)
        joined = "f join p on p.n = f.rowid" if ask.filters else "f"
        if ask.filters:
            where += f" and departments like '%{DEPARTMENT}%' and year between {YEARS[0]} and {YEARS[1]}"
        hits = self.connection.execute(f"select t from {joined} where {where} limit 10", values).fetchall()
        for (text,) in hits:
            at = text.find(ask.words[0])
            text[max(0, at - 30) : at + 90]
        return int(self.connection.execute(f"select count(*) from {joined} where {where}", values).fetchone()[0])

    def ids(self, text: str) -> set[str]:
        where, values = self.where([text])
        rows = self.connection.execute(f"select id from f join p on p.n = f.rowid where {where}", values)
        return {row[0] for row in rows}


class PaperlessTantivy(Asked):
    """tantivy with the fields and analysers of paperless-ngx 3: words, and runs of two characters beside them."""

    def __init__(self, folder: Path) -> None:
        import tantivy  # noqa: PLC0415 - optional rival

        self.folder = folder
        self.tantivy = tantivy
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw")
        builder.add_text_field("department", tokenizer_name="raw")
        builder.add_integer_field("year", indexed=True, fast=True)
        builder.add_text_field("content", stored=True, tokenizer_name="paperless_text")
        builder.add_text_field("bigram_content", tokenizer_name="bigram_analyzer")
        builder.add_text_field("simple_content", tokenizer_name="simple_search_analyzer")
        self.schema = builder.build()

    def make(self) -> Any:
        t = self.tantivy
        index = t.Index(self.schema, path=str(self.folder))
        for name, tokenizer in (
            ("paperless_text", t.Tokenizer.simple()),
            ("simple_search_analyzer", t.Tokenizer.whitespace()),
        ):
            chain = t.TextAnalyzerBuilder(tokenizer).filter(t.Filter.remove_long(129)).filter(t.Filter.lowercase())
            index.register_tokenizer(name, chain.filter(t.Filter.ascii_fold()).build())
        pairs = t.TextAnalyzerBuilder(t.Tokenizer.ngram(2, 2, False)).filter(t.Filter.lowercase()).build()
        index.register_tokenizer("bigram_analyzer", pairs)
        return index

    def build(self, pages: Iterator[PageRecord]) -> None:
        self.folder.mkdir()
        writer = self.make().writer(512_000_000, 1)
        for page in pages:
            document = self.tantivy.Document()
            document.add_text("id", page.id)
            document.add_integer("year", page.year)
            for name in page.departments:
                document.add_text("department", name)
            for name in ("content", "bigram_content", "simple_content"):
                document.add_text(name, page.text)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()

    def open(self) -> None:
        self.index = self.make()
        self.searcher = self.index.searcher()

    def query(self, words: Sequence[str]) -> Any:
        quoted = " ".join('"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in words)
        return self.index.parse_query(quoted, ["content", "bigram_content"], conjunction_by_default=True)

    def top(self, ask: Ask) -> int:
        query = self.query(ask.words)
        q = self.tantivy.Query
        if ask.filters:
            must = self.tantivy.Occur.Must
            years = q.range_query(self.schema, "year", self.tantivy.FieldType.Integer, *YEARS)
            query = q.boolean_query(
                [(must, query), (must, q.term_query(self.schema, "department", DEPARTMENT)), (must, years)]
            )
        result = self.searcher.search(query, limit=10)
        for _, address in result.hits:
            text = self.searcher.doc(address)["content"][0]
            at = text.find(ask.words[0])
            text[max(0, at - 30) : at + 90]
        return int(result.count)

    def ids(self, text: str) -> set[str]:
        result = self.searcher.search(self.query([text]), limit=max(1, self.searcher.num_docs))
        return {self.searcher.doc(address)["id"][0] for _, address in result.hits}


class WhooshJieba(Asked):
    """Whoosh with jieba's ChineseAnalyzer, as most tutorials set it up."""

    def __init__(self, folder: Path) -> None:
        import jieba.analyse  # noqa: PLC0415 - optional rival
        from whoosh import fields  # noqa: PLC0415

        self.folder = folder
        self.schema = fields.Schema(
            id=fields.ID(stored=True),
            year=fields.NUMERIC,
            department=fields.KEYWORD,
            t=fields.TEXT(stored=True, analyzer=jieba.analyse.ChineseAnalyzer()),
        )

    def build(self, pages: Iterator[PageRecord]) -> None:
        from whoosh import index  # noqa: PLC0415

        self.folder.mkdir()
        writer = index.create_in(str(self.folder), self.schema).writer(limitmb=256)
        for page in pages:
            writer.add_document(
                id=page.id, year=page.year, department=" ".join(page.departments), t=normalise(page.text)
            )
        writer.commit()

    def open(self) -> None:
        from whoosh import index  # noqa: PLC0415
        from whoosh.qparser import QueryParser  # noqa: PLC0415

        self.index = index.open_dir(str(self.folder))
        self.searcher = self.index.searcher()
        self.parser = QueryParser("t", self.schema)

    def query(self, ask: Ask) -> Any:
        text = " ".join('"' + word.replace('"', " ") + '"' for word in ask.words)
        if ask.filters:
            text += f" department:{DEPARTMENT} year:[{YEARS[0]} to {YEARS[1]}]"
        return self.parser.parse(text)

    def top(self, ask: Ask) -> int:
        results = self.searcher.search(self.query(ask), limit=10)
        for hit in results:
            hit.highlights("t")
        return len(results)

    def ids(self, text: str) -> set[str]:
        return {hit["id"] for hit in self.searcher.search(self.query(Ask((text,))), limit=None)}


RIVALS: dict[str, Callable[[Path], Rival]] = {
    "ssj-tantivy": OwnTantivy,
    "plain-scan": PlainScan,
    "fts5-trigram": Fts5Trigram,
    "paperless-tantivy": PaperlessTantivy,
    "ssj-whoosh": OwnWhoosh,
    "whoosh-jieba": WhooshJieba,
}
