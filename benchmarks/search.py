"""Search engines side by side on made-up inspection pages, in one run: build, size, memory, opening, times, recall.

    python benchmarks/search.py --pages 20000 [--engines ssj-tantivy,fts5-trigram] [--queries 100] [--markdown FILE]

Every engine runs in a process of its own, so that memory is its own. Times of queries and of building are processor time
of that process, so that other work on the machine weighs little; opening is by the clock. Recall and precision are against a plain substring
scan of the same normalised texts. Whoosh with jieba needs jieba installed and is left out, with a word, where it is not.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from archive.search import find
from archive.search_analyzer import normalise
from archive.search_disk import open_index
from archive.search_index import ENOUGH, Wanted
from archive.search_query import And, Between, Keyword, Node, Query, Word
from archive.search_schema import Filters, PageRecord
from benchmarks.search_corpus import make_pages

SEED = 1
FACETS = ("year", "department", "kind", "result")
DEPARTMENT, YEARS = "应急管理局", (2020, 2024)
LENGTHS = (1, 2, 4, 8)
Ask = dict[str, Any]


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


class OwnIndex:
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
        parts: list[Node] = [Word(text, "text") for text in ask["words"]]
        if ask.get("filters"):
            parts += [Keyword("department", (DEPARTMENT,)), Between("year", *YEARS)]
        return And(tuple(parts)) if len(parts) > 1 else parts[0]

    def top(self, ask: Ask) -> int:
        facets = FACETS if ask.get("facets") else ()
        limit = ask.get("limit", 10)
        # the first hits come with a count to ten thousand; counts and facets are asked for and exact
        wanted = Wanted(limit, enough=ENOUGH if limit and not facets else None)
        return find(self.index, Query(self.node(ask)), Filters(), wanted, facets).total

    def ids(self, text: str) -> set[str]:
        return {record.id for record, _ in self.index.find(Word(text, "text"), Wanted(limit=10_000_000)).records}


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
        words = [word.encode() for word in ask["words"]]
        narrow = ask.get("filters")
        total = 0
        for _, year, departments, text in self.pages:
            if all(word in text for word in words):
                total += not narrow or (DEPARTMENT in departments and YEARS[0] <= year <= YEARS[1])
        return total

    def ids(self, text: str) -> set[str]:
        wanted = text.encode()
        return {key for key, _, _, page in self.pages if wanted in page}


class Fts5Trigram:
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

    def where(self, words: list[str]) -> tuple[str, list[str]]:
        if all(len(word) > 2 for word in words):
            quoted = ['"' + word.replace('"', '""') + '"' for word in words]
            return "f match ?", [" AND ".join(quoted)]
        return " and ".join("instr(t, ?)" for _ in words), words

    def top(self, ask: Ask) -> int:
        where, values = self.where(ask["words"])
        joined = "f join p on p.n = f.rowid" if ask.get("filters") else "f"
        if ask.get("filters"):
            where += f" and departments like '%{DEPARTMENT}%' and year between {YEARS[0]} and {YEARS[1]}"
        hits = self.connection.execute(f"select t from {joined} where {where} limit 10", values).fetchall()
        for (text,) in hits:
            at = text.find(ask["words"][0])
            text[max(0, at - 30) : at + 90]
        return int(self.connection.execute(f"select count(*) from {joined} where {where}", values).fetchone()[0])

    def ids(self, text: str) -> set[str]:
        where, values = self.where([text])
        rows = self.connection.execute(f"select id from f join p on p.n = f.rowid where {where}", values)
        return {row[0] for row in rows}


class PaperlessTantivy:
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

    def query(self, words: list[str]) -> Any:
        quoted = " ".join('"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in words)
        return self.index.parse_query(quoted, ["content", "bigram_content"], conjunction_by_default=True)

    def top(self, ask: Ask) -> int:
        query = self.query(ask["words"])
        q = self.tantivy.Query
        if ask.get("filters"):
            must = self.tantivy.Occur.Must
            years = q.range_query(self.schema, "year", self.tantivy.FieldType.Integer, *YEARS)
            query = q.boolean_query(
                [(must, query), (must, q.term_query(self.schema, "department", DEPARTMENT)), (must, years)]
            )
        result = self.searcher.search(query, limit=10)
        for _, address in result.hits:
            text = self.searcher.doc(address)["content"][0]
            at = text.find(ask["words"][0])
            text[max(0, at - 30) : at + 90]
        return int(result.count)

    def ids(self, text: str) -> set[str]:
        result = self.searcher.search(self.query([text]), limit=max(1, self.searcher.num_docs))
        return {self.searcher.doc(address)["id"][0] for _, address in result.hits}


class WhooshJieba:
    """Whoosh with jieba's ChineseAnalyzer, as most tutorials set it up."""

    def __init__(self, folder: Path) -> None:
        import jieba.analyse  # noqa: PLC0415 - optional rival
        from whoosh import fields  # noqa: PLC0415

        self.folder = folder
        self.schema = fields.Schema(
            id=fields.ID(stored=True), year=fields.NUMERIC, department=fields.KEYWORD,
            t=fields.TEXT(stored=True, analyzer=jieba.analyse.ChineseAnalyzer()),
        )  # fmt: skip

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
        text = " ".join('"' + word.replace('"', " ") + '"' for word in ask["words"])
        if ask.get("filters"):
            text += f" department:{DEPARTMENT} year:[{YEARS[0]} to {YEARS[1]}]"
        return self.parser.parse(text)

    def top(self, ask: Ask) -> int:
        results = self.searcher.search(self.query(ask), limit=10)
        for hit in results:
            hit.highlights("t")
        return len(results)

    def ids(self, text: str) -> set[str]:
        return {hit["id"] for hit in self.searcher.search(self.query({"words": [text]}), limit=None)}


RIVALS: dict[str, Callable[[Path], Rival]] = {
    "ssj-tantivy": OwnIndex, "plain-scan": PlainScan, "fts5-trigram": Fts5Trigram, "paperless-tantivy": PaperlessTantivy,
    "ssj-whoosh": OwnWhoosh, "whoosh-jieba": WhooshJieba,
}  # fmt: skip


def classes(pages: int, queries: int) -> dict[str, list[Ask]]:
    """The questions, strings taken from the pages at random: half from anywhere (mostly boilerplate), half rare."""
    rng = random.Random(7)
    texts = [normalise(page.text) for n, page in enumerate(make_pages(min(pages, 50_000), SEED)) if n % 25 == 0]

    def piece(length: int) -> str:
        while True:
            text = rng.choice(texts)
            at = rng.randrange(len(text) - length)
            words = text[at : at + length]
            if words.strip() == words and '"' not in words:
                return words

    asks: dict[str, list[Ask]] = {f"{n} 字": [{"words": [piece(n)]} for _ in range(queries)] for n in LENGTHS}
    asks["两串+筛选"] = [{"words": [piece(4), piece(3)], "filters": True} for _ in range(queries)]
    asks["只计数 4 字"] = [{"words": [piece(4)], "limit": 0} for _ in range(queries)]
    asks["只计数 8 字"] = [{"words": [piece(8)], "limit": 0} for _ in range(queries)]
    asks["4 字+分面"] = [{"words": [piece(4)], "facets": True} for _ in range(queries)]
    return asks


def exam(pages: int) -> list[str]:
    """Strings of 1 to 12 characters for recall and precision."""
    rng = random.Random(9)
    texts = [normalise(page.text) for n, page in enumerate(make_pages(min(pages, 20_000), SEED)) if n % 50 == 0]
    found = []
    while len(found) < (100 if pages <= 50_000 else 20):
        text = rng.choice(texts)
        at = rng.randrange(len(text) - 12)
        words = text[at : at + rng.randint(1, 12)]
        if words.strip() == words and '"' not in words:
            found.append(words)
    return found


def measure(name: str, folder: Path, options: argparse.Namespace, answers: multiprocessing.Queue[Any]) -> None:
    """Build, open, ask; runs in a process of its own."""
    try:
        rival = RIVALS[name](folder)
    except ImportError as missing:
        answers.put({"name": name, "left_out": f"缺少 {missing.name}"})
        return
    start, cpu = time.perf_counter(), time.process_time()
    rival.build(make_pages(options.pages, SEED))
    value: dict[str, Any] = {
        "name": name,
        "build_s": time.perf_counter() - start,
        "build_cpu_s": time.process_time() - cpu,
    }
    value["bytes"] = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    value["build_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    asks = classes(options.pages, options.queries)
    start = time.perf_counter()
    rival.open()
    rival.top(asks["4 字"][0])
    value["first_ms"] = (time.perf_counter() - start) * 1000
    value["times"] = {}
    for title, questions in asks.items():
        if title == "4 字+分面" and not isinstance(rival, OwnIndex):
            continue
        taken = []
        for ask in questions:
            start = time.process_time()
            rival.top(ask)
            taken.append((time.process_time() - start) * 1000)
        taken.sort()
        value["times"][title] = [taken[min(len(taken) - 1, int(len(taken) * part))] for part in (0.5, 0.95, 0.99)]
    answers.put(value)
    answers.put([sorted(rival.ids(words)) for words in exam(options.pages)])


def run(name: str, root: Path, options: argparse.Namespace) -> tuple[dict[str, Any], list[list[str]]]:
    """Measure one engine in a child process."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    child = context.Process(target=measure, args=(name, root / name, options, answers))
    child.start()
    value = answers.get()
    found = [] if "left_out" in value else answers.get()
    child.join()
    return value, found


def table(values: list[dict[str, Any]], generator_s: float, text_bytes: int, options: argparse.Namespace) -> str:
    """The figures as a Markdown table."""
    titles = list(dict.fromkeys(title for value in values for title in value.get("times", {})))
    head = [
        "引擎",
        "页/秒 入",
        "索引/文字",
        "MB",
        "打开并首答 ms",
        *(f"{t} p50/p95/p99 ms" for t in titles),
        "查全",
        "查准",
    ]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for value in values:
        if "left_out" in value:
            lines.append(f"| {value['name']} | 未测：{value['left_out']} |" + " |" * (len(head) - 2))
            continue
        rate = options.pages / max(0.001, value["build_cpu_s"] - generator_s)
        cells = [value["name"], f"{rate:,.0f}", f"{value['bytes'] / text_bytes:.2f}", f"{value['build_mb']:.0f}",
                 f"{value['first_ms']:.1f}"]  # fmt: skip
        cells += [
            "/".join(f"{t:.1f}" for t in value["times"][title]) if title in value["times"] else "–" for title in titles
        ]
        cells += [f"{value['recall']:.3f}", f"{value['precision']:.3f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def compare(found: list[list[str]], truth: list[list[str]]) -> tuple[float, float]:
    """Recall and precision over all strings together."""
    right = sum(len(set(a) & set(b)) for a, b in zip(found, truth, strict=True))
    return right / max(1, sum(map(len, truth))), right / max(1, sum(map(len, found)))


def main() -> None:
    """Run the engines one after the other and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--engines", default=",".join(RIVALS))
    parser.add_argument("--markdown", type=Path, help="表格追加写入此文件")
    options = parser.parse_args()
    start = time.process_time()
    text_bytes = sum(len(page.text.encode()) for page in make_pages(options.pages, SEED))
    generator_s = time.process_time() - start
    names = [name for name in RIVALS if name in options.engines.split(",") or name == "plain-scan"]
    values, truth = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name in sorted(names, key=lambda name: name != "plain-scan"):
            value, found = run(name, Path(folder), options)
            truth = found if name == "plain-scan" else truth
            if "left_out" not in value:
                value["recall"], value["precision"] = compare(found, truth)
            values.append(value)
            print(json.dumps(value, ensure_ascii=False), flush=True)
    title = f"{options.pages:,} 页，文字 {text_bytes / 1e6:.0f} MB，{platform.machine()}，每类 {options.queries} 问"
    text = f"\n{title}\n\n{table(values, generator_s, text_bytes, options)}\n"
    print(text)
    if options.markdown:
        with options.markdown.open("a", encoding="utf-8") as out:
            out.write(text)


if __name__ == "__main__":
    main()
