"""Search engines side by side on made-up inspection pages, in one run: build, size, memory, opening, times, recall.

    python benchmarks/search.py --pages 20000 [--engines ssj-tantivy,fts5-trigram] [--queries 100] [--exam 100]
                                [--markdown FILE] [--keep DIR]

Every engine builds in a process of its own and answers in another, so that memory is its own. Times are processor time of
that process, so that other work on the machine weighs little; the 95th percentile by the clock stands beside. What the
making of the pages takes is not counted. Recall and precision are against a plain substring scan of the same normalised
texts: page by page up to 50,000 pages, by count and sum of marks of the pages beyond. Whoosh with jieba needs jieba
installed and is left out, with a word, where it is not. ``--keep`` leaves the indexes there and takes up what is there.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from archive.search.fields.analyzer import normalise
from archive.search.fields.fields import PageRecord
from benchmarks.search_corpus import make_pages
from benchmarks.search_rivals import RIVALS, Ask, OwnIndex

SEED = 1
LENGTHS = (1, 2, 3, 4, 8, 12)
#: up to here the answers are compared page by page
SMALL = 50_000
#: a plain scan of more pages than that is asked this often only
FEW = 10


class Counted:
    """The pages, their bytes counted, and the processor time their making takes."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.bytes = 0
        self.seconds = 0.0

    def __iter__(self) -> Iterator[PageRecord]:
        pages = make_pages(self.number, SEED)
        while True:
            start = time.thread_time()
            page = next(pages, None)
            self.seconds += time.thread_time() - start
            if page is None:
                return
            self.bytes += len(page.text.encode())
            yield page


def classes(pages: int, queries: int) -> dict[str, list[Ask]]:
    """The questions, strings taken from the pages at random: half from anywhere (mostly boilerplate), half rare."""
    rng = random.Random(7)
    made = [page for n, page in enumerate(make_pages(min(pages, 50_000), SEED)) if n % 25 == 0]
    texts = [normalise(page.text) for page in made]

    def piece(length: int, among: list[str] = texts) -> str:
        while True:
            text = rng.choice(among)
            at = rng.randrange(max(1, len(text) - length))
            words = text[at : at + length]
            if words.strip() == words and '"' not in words:
                return words

    def quoted(length: int) -> str:
        return f'"{piece(length)}"'

    companies = [page.company for page in made]
    fields = ["企业:公司", "标题:通知", "人员:伟", "企业:有限公司 -正文:移送", "信用代码:914", "案件:-0"]
    fields += [f"企业:{piece(2, companies)}" for _ in range(queries - len(fields))]
    many = range(queries)
    return {
        **{f"{n} 字": [Ask((piece(n),)) for _ in many] for n in LENGTHS},
        "两串+筛选": [Ask((piece(4), piece(3)), filters=True) for _ in many],
        "不写字段 2 字": [Ask(query=quoted(2)) for _ in many],
        "不写字段 8 字": [Ask(query=quoted(8)) for _ in many],
        "或、非": [Ask(query=f"({quoted(4)} 或 {quoted(3)}) -{quoted(4)}") for _ in many],
        "字段": [Ask(query=query) for query in fields],
        "第 5,000 条起": [Ask(query=quoted(2), offset=5000) for _ in many],
        "日期升序": [Ask((piece(4),), order="date_asc") for _ in many],
        "只计数 4 字": [Ask((piece(4),), limit=0) for _ in many],
        "只计数 8 字": [Ask((piece(8),), limit=0) for _ in many],
        "4 字+分面": [Ask((piece(4),), facets=True) for _ in many],
        "字段+分面": [Ask(query=query, facets=True) for query in fields],
    }


def for_the_product_alone(ask: Ask) -> bool:
    """True for questions that the rivals' own languages cannot put."""
    return bool(ask.query or ask.facets or ask.offset or ask.order != "relevance")


def exam(pages: int, number: int) -> list[str]:
    """Strings of 1 to 12 characters for recall and precision."""
    rng = random.Random(9)
    texts = [normalise(page.text) for n, page in enumerate(make_pages(min(pages, 20_000), SEED)) if n % 20 == 0]
    found = []
    while len(found) < number:
        text = rng.choice(texts)
        at = rng.randrange(len(text) - 12)
        words = text[at : at + rng.randint(1, 12)]
        if words.strip() == words and '"' not in words:
            found.append(words)
    return found


def build(name: str, folder: Path, options: argparse.Namespace, answers: multiprocessing.Queue[Any]) -> None:
    """Build; runs in a process of its own."""
    try:
        rival = RIVALS[name](folder)
    except ImportError as missing:
        answers.put({"name": name, "left_out": f"缺少 {missing.name}"})
        return
    pages = Counted(options.pages)
    start, cpu = time.perf_counter(), time.process_time()
    rival.build(iter(pages))
    answers.put(
        {
            "name": name,
            "text_bytes": pages.bytes,
            "build_s": time.perf_counter() - start,
            "build_cpu_s": time.process_time() - cpu - pages.seconds,
            "bytes": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
            "build_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
    )


def answer(name: str, folder: Path, options: argparse.Namespace, answers: multiprocessing.Queue[Any]) -> None:
    """Open and ask; runs in a process of its own."""
    rival = RIVALS[name](folder)
    asks = classes(options.pages, options.queries)
    start = time.perf_counter()
    rival.open()
    rival.top(asks["4 字"][0])
    value: dict[str, Any] = {"first_ms": (time.perf_counter() - start) * 1000, "times": {}, "clock": {}}
    for title, questions in asks.items():
        if not isinstance(rival, OwnIndex) and any(map(for_the_product_alone, questions)):
            continue
        taken, clock = [], []
        for ask in questions[:FEW] if name == "plain-scan" and options.pages > SMALL else questions:
            start, cpu = time.perf_counter(), time.process_time()
            rival.top(ask)
            taken.append((time.process_time() - cpu) * 1000)
            clock.append((time.perf_counter() - start) * 1000)
        value["times"][title] = [percentile(taken, part) for part in (0.5, 0.95, 0.99)]
        value["clock"][title] = percentile(clock, 0.95)
    value["ask_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answers.put(value)
    strings = exam(options.pages, options.exam)
    small = options.pages <= SMALL
    answers.put([sorted(rival.ids(words)) for words in strings] if small else rival.prints(strings))


def percentile(values: list[float], part: float) -> float:
    """The value below which this part of them lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def run(name: str, root: Path, options: argparse.Namespace) -> tuple[dict[str, Any], list[Any]]:
    """Measure one engine, in child processes."""
    context = multiprocessing.get_context("spawn")
    kept = root / f"{name}.json"

    def in_child(work: Any, number: int) -> list[Any]:
        answers = context.Queue()
        child = context.Process(target=work, args=(name, root / name, options, answers))
        child.start()
        values = [answers.get() for _ in range(number)]
        child.join()
        return values

    value = json.loads(kept.read_text()) if kept.exists() else in_child(build, 1)[0]
    if "left_out" in value:
        return value, []
    kept.write_text(json.dumps(value))
    asked, found = in_child(answer, 2)
    return {**value, **asked}, found


def table(values: list[dict[str, Any]], options: argparse.Namespace) -> str:
    """The figures as a Markdown table, an engine a column."""
    shown = [value for value in values if "left_out" not in value]
    titles = list(dict.fromkeys(title for value in shown for title in value["times"]))

    def times(value: dict[str, Any], title: str) -> str:
        if title not in value["times"]:
            return "–"
        return "/".join(f"{t:.1f}" for t in value["times"][title]) + f"（{value['clock'][title]:.1f}）"

    rows = {
        "入库 页/秒": [f"{options.pages / max(0.001, value['build_cpu_s']):,.0f}" for value in shown],
        "索引/文字": [f"{value['bytes'] / value['text_bytes']:.2f}" for value in shown],
        "内存 入库/检索 MB": [f"{value['build_mb']:.0f}/{value['ask_mb']:.0f}" for value in shown],
        "打开并首答 ms": [f"{value['first_ms']:.1f}" for value in shown],
        **{title: [times(value, title) for value in shown] for title in titles},
        "查全/查准": [value["right"] for value in shown],
    }
    lines = ["| | " + " | ".join(value["name"] for value in shown) + " |", "|---" * (len(shown) + 1) + "|"]
    lines += [f"| {title} | " + " | ".join(cells) + " |" for title, cells in rows.items()]
    lines += [f"\n{value['name']} 未测：{value['left_out']}。" for value in values if "left_out" in value]
    return "\n".join(lines)


def compare(found: list[Any], truth: list[Any]) -> str:
    """Recall and precision over all strings together; of sums only how many are the same."""
    if truth and isinstance(truth[0], list):
        right = sum(len(set(a) & set(b)) for a, b in zip(found, truth, strict=True))
        return f"{right / max(1, sum(map(len, truth))):.3f}/{right / max(1, sum(map(len, found))):.3f}"
    return f"{len(truth)} 串中 {sum(map(bool, map(tuple.__eq__, found, truth)))} 串全同"


def main() -> None:
    """Run the engines one after the other and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--exam", type=int, default=100, help="对照逐页查看的串数")
    parser.add_argument("--engines", default=",".join(RIVALS))
    parser.add_argument("--markdown", type=Path, help="表格追加写入此文件")
    parser.add_argument("--keep", type=Path, help="索引留在此文件夹，下次接着用")
    options = parser.parse_args()
    names = [name for name in RIVALS if name in options.engines.split(",") or name == "plain-scan"]
    values, truth = [], []
    with tempfile.TemporaryDirectory() as folder:
        root = options.keep or Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        for name in sorted(names, key=lambda name: name != "plain-scan"):
            value, found = run(name, root, options)
            truth = found if name == "plain-scan" else truth
            if "left_out" not in value:
                value["right"] = compare(found, truth)
            values.append(value)
            print(json.dumps(value, ensure_ascii=False), flush=True)
    title = f"{options.pages:,} 页，文字 {values[0]['text_bytes'] / 1e6:.0f} MB，{platform.machine()}，每类 {options.queries} 问"
    text = f"\n{title}\n\n{table(values, options)}\n"
    print(text)
    if options.markdown:
        with options.markdown.open("a", encoding="utf-8") as out:
            out.write(text)


if __name__ == "__main__":
    main()
