"""The order of hits: 100 kept questions with their relevant pages on a made-up year, four orders side by side in one run.

    python -m benchmarks.search_order [--pages 2400] [--seed 1]

Every case has a record form that prints the shipped template's legend (all results at its foot), its findings filled in;
some have a notice or a letter. A page is relevant if the maker of the year made it so: the case has that result or was so
handled, the company is meant, the finding was written. The questions come from the tables below and the seed alone.
Told is the precision among the first ten (of as many as there are), and how often the first page is a relevant one.
"""

from __future__ import annotations

import argparse
import math
import random
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from archive.search.engines.disk import open_index
from archive.search.engines.port import Wanted
from archive.search.fields.fields import PageRecord
from archive.search.fields.legend import printed_spans
from archive.search.form_legends import template_legend
from archive.search.query.match import Prepared, freshness, matches
from archive.search.query.parser import parse_query, words
from ssj_docs.office.template_files import find_template

RESULTS = {
    "未按规定公示": "未按规定公示应当公示的信息",
    "弄虚作假": "公示信息隐瞒真实情况弄虚作假",
    "无法联系": "通过登记的住所（经营场所）无法联系",
    "责令改正": "发现问题已责令改正",
    "不配合检查": "不配合检查情节严重",
    "未发现开展本次抽查": "未发现开展本次抽查涉及的经营活动",
    "待后续处理": "发现问题待后续处理",
}
ALL = ("未发现问题", *RESULTS.values())
HANDLED = ("责令改正", "立案处理", "函告许可部门", "移送司法机关")
TRADES = ("食品", "加油站", "宾馆", "汽车", "建材", "药品")
NOTES = (
    "灭火器过期",
    "疏散通道堵塞",
    "台账缺页",
    "标签无日期",
    "电线老化",
    "证照未悬挂",
    "压力表未检定",
    "冷库温度超标",
    "消毒记录缺失",
)
NAMES = ("青禾", "鼎力", "嘉和", "明远", "宏源", "盛达", "新川", "永兴", "瑞丰", "润禾", "安泰", "恒泰")


@dataclass(frozen=True)
class Year:
    """The pages, and for each question the ids of its relevant ones."""

    pages: list[PageRecord]
    questions: dict[str, set[str]]


def make_year(number: int, seed: int) -> Year:
    """Make a year of about this many pages and its 100 questions."""
    rng = random.Random(seed)
    path = find_template("jilubiao.docx")
    legend = template_legend(path.read_bytes(), path.name, {"results": ALL})
    foot = legend.text.replace("\x1f", "\n")
    pages: list[PageRecord] = []
    meant: dict[str, set[str]] = {}
    while len(pages) < number:
        case = f"2026-{len(pages) % 40 + 1:03d}-{len(pages):04d}"
        trade = rng.choice(TRADES)
        company = f"{rng.choice(NAMES)}{rng.choice(NAMES)}{rng.choice('兴达联和')}{trade}有限公司"
        short = rng.choice(list(RESULTS)) if rng.random() < 0.06 else ""
        label = RESULTS.get(short, "未发现问题")
        handled = rng.choice(HANDLED) if short and rng.random() < 0.5 else ""
        note = rng.choice(NOTES) if short and rng.random() < 0.6 else ""
        day = date(2026, 1, 5) + timedelta(rng.randrange(300))
        text = f"{foot}\n市场主体名称 {company}\n经营范围 {trade}销售\n处理意见 {note}\n{rng.randint(1, 8)}"
        about: dict[str, Any] = {
            "case": case,
            "company": company,
            "date": day,
            "results": ("R",),
            "result_labels": (label,),
        }
        about["handlings"] = (handled,) if handled else ()
        form = PageRecord(
            **about,
            item="0001",
            page=1,
            kind="jilubiao",
            title="联合抽查记录表",
            text=text,
            printed=printed_spans(text, legend),
        )
        made = [form]
        if rng.random() < 0.15:
            words_there = f"{company}：本机关对你单位实施了检查。检查结果：{label}。" + (
                f"存在{note}。" if note else ""
            )
            made.append(
                PageRecord(**about, item="0002", page=1, kind="fankui", title="行政检查结果反馈书", text=words_there)
            )
        pages += made
        ids = {one.id for one in made}
        for question in filter(None, (short, handled, note, company[:5], f"{trade} {short}" if short else "")):
            meant.setdefault(question, set()).update({form.id} if question == note else ids)
            if question == note and len(made) > 1:
                meant[question].add(made[1].id)
    kept = [*RESULTS, *HANDLED, *NOTES, *(f"{trade} {short}" for trade in TRADES for short in RESULTS)]
    names = sorted(name for name in meant if len(name) == 5 and " " not in name and name not in kept)
    rng.shuffle(names)
    asked = [question for question in dict.fromkeys(kept) if question in meant]
    return Year(pages, {question: meant[question] for question in (*asked, *names)[:100]})


#: gives the ids of the first ten pages for a question
Ranking = Callable[[str], Sequence[str]]


def product(pages: Sequence[PageRecord], folder: Path) -> Ranking:
    """The product's order, through its tantivy engine."""
    index = open_index(folder, "auto", lambda: pages)
    return lambda question: [r.id for r, _ in index.find(parse_query(question).node, Wanted(10)).records]


def before(pages: Sequence[PageRecord]) -> Ranking:
    """The order before: any word in the item's fields, then the newest."""
    prepared = [Prepared.of(page) for page in pages]

    def first(question: str) -> Sequence[str]:
        node = parse_query(question).node
        found = [page for page in prepared if matches(node, page)]
        named = {page.record.id: any(word.text in page.cover for word in words(node)) for page in found}
        return [
            page.record.id
            for page in sorted(
                found, key=lambda page: -(3.0 if named[page.record.id] else 1.0) * freshness(page.record)
            )
        ][:10]

    return first


def _bigrams(text: str) -> list[str]:
    return [piece[at : at + 2] for piece in text.split() for at in range(max(1, len(piece) - 1))]


def bm25(pages: Sequence[PageRecord]) -> Ranking:
    """BM25 over pairs of characters of titles, companies and text, any of them."""
    bags = {page.id: Counter(_bigrams(f"{page.title} {page.company} {page.text}")) for page in pages}
    sizes = {name: sum(bag.values()) for name, bag in bags.items()}
    usual = sum(sizes.values()) / len(sizes)
    spread = Counter(gram for bag in bags.values() for gram in bag)

    def weight(grams: Sequence[str], name: str) -> float:
        bag, size = bags[name], sizes[name]
        total = 0.0
        for gram in grams:
            rarity = math.log(1 + (len(bags) - spread[gram] + 0.5) / (spread[gram] + 0.5))
            total += rarity * bag[gram] * 2.2 / (bag[gram] + 1.2 * (0.25 + 0.75 * size / usual))
        return total

    return lambda question: sorted(bags, key=lambda name: -weight(_bigrams(question), name))[:10]


def fts5(pages: Sequence[PageRecord]) -> Ranking:
    """SQLite FTS5 over pairs of characters, every word a phrase, its own bm25()."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE page USING fts5(id UNINDEXED, text)")
    rows = ((page.id, " ".join(_bigrams(f"{page.title} {page.company} {page.text}"))) for page in pages)
    base.executemany("INSERT INTO page VALUES (?, ?)", rows)

    def first(question: str) -> Sequence[str]:
        asked = " AND ".join(f'"{" ".join(_bigrams(word))}"' for word in question.split())
        return [
            row[0] for row in base.execute("SELECT id FROM page WHERE page MATCH ? ORDER BY rank LIMIT 10", (asked,))
        ]

    return first


def told(questions: Mapping[str, set[str]], ranking: Ranking) -> Iterator[tuple[float, int]]:
    """For each question the precision among the first ten, and the rank of the first relevant page (0: none)."""
    for question, relevant in questions.items():
        found = ranking(question)
        hits = [place for place, name in enumerate(found, 1) if name in relevant]
        yield len(hits) / min(10, len(relevant)), hits[0] if hits else 0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2400)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    year = make_year(options.pages, options.seed)
    print(f"{len(year.pages)} pages, {len(year.questions)} questions\n")
    print("| order | precision in the first 10 | first page relevant | no relevant page in 10 |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        orders: dict[str, Ranking] = {
            "ssj": product(year.pages, Path(folder)),
            "ssj before (fields, then newest)": before(year.pages),
            "BM25, pairs of characters": bm25(year.pages),
            "SQLite FTS5, pairs of characters": fts5(year.pages),
        }
        for name, ranking in orders.items():
            rows = list(told(year.questions, ranking))
            precision = sum(row[0] for row in rows) / len(rows)
            top = sum(row[1] == 1 for row in rows)
            print(f"| {name} | {precision:.2f} | {top} % | {sum(row[1] == 0 for row in rows)} |")


if __name__ == "__main__":
    main()
