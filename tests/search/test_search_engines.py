"""One contract for all engines: the pages of a plain scan, exactly, whatever is asked."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from archive.search.engines import tantivy_engine
from archive.search.engines.disk import open_index
from archive.search.engines.memory import MemoryIndex
from archive.search.engines.port import Order, SearchIndex, Wanted
from archive.search.fields.analyzer import normalise
from archive.search.fields.fields import FACETS, PageRecord
from archive.search.query.parser import Everything, Word, parse_query
from benchmarks.search_corpus import make_pages

ENGINES = ("memory", "tantivy", "whoosh")
Open = Callable[[str], SearchIndex]
ALL = Wanted(limit=10_000)
ORDERS: tuple[Order, ...] = ("relevance", "date", "date_asc", "number")


@pytest.fixture
def open_engine(tmp_path: Path) -> Iterator[Open]:
    opened: list[SearchIndex] = []

    def open_one(name: str) -> SearchIndex:
        index = MemoryIndex() if name == "memory" else open_index(tmp_path / name, name)
        opened.append(index)
        return index

    yield open_one
    for index in opened:
        index.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, SearchIndex]]:
    """Every engine with the same pages; built once, only read."""
    pages = [*make_pages(500, seed=7), *ODD]
    indexes: dict[str, SearchIndex] = {}
    for name in ENGINES:
        indexes[name] = MemoryIndex() if name == "memory" else open_index(tmp_path_factory.mktemp(name), name)
        indexes[name].rebuild(pages)
    yield indexes
    for index in indexes.values():
        index.close()


#: pages that tempt an engine to err
ODD = [
    PageRecord("odd-1", "0001", 1, text=""),
    PageRecord("odd-1", "0001", 2, text="一"),
    PageRecord("odd-1", "0001", 3, text="二三", people=("甲乙", "丙丁")),
    PageRecord("odd-1", "0001", 4, text="R&D 2024 15 center", origin="ocr"),
    PageRecord("odd-1", "0002", 1, text="坏\ud800字\x1f分\x00隔\ue000号\ue001完", title="标题\x1f里的分隔"),
    PageRecord("odd-1", "0003", 1, text="哈" * 3000, people=("甲乙", "丙丁")),
    PageRecord("odd-1", "0004", 1, text="检查\U00020000㐀𠮷野家😀完", origin="ocr"),
    PageRecord("odd-1", "0005", 1, text="改正改正改责令改正", origin="ocr", year=None, date=date(1999, 1, 1)),
    PageRecord("odd-1", "0006", 1, text="令改正", origin="ocr", number="不是文号"),
]


def ids(index: SearchIndex, node: object) -> list[str]:
    return sorted(record.id for record, _ in index.find(node, ALL).records)  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ["tantivy", "whoosh"])
def test_random_pieces_of_pages(filled: dict[str, SearchIndex], engine: str) -> None:
    """Strings of 1 to 12 characters taken from the pages, half with one character changed so that some are rare."""
    rng = random.Random(11)
    texts = [record.text for record in (*make_pages(500, seed=7), *ODD) if record.text]
    plain, index = filled["memory"], filled[engine]
    for _ in range(1000 if engine == "tantivy" else 120):
        text = rng.choice(texts)
        start = rng.randrange(len(text))
        words = normalise(text[start : start + rng.randint(1, 12)].replace("\ue000", "").replace("\x1f", " ")).strip()
        if words and rng.random() < 0.3:
            at = rng.randrange(len(words))
            words = words[:at] + rng.choice("检查甲〇9") + words[at + 1 :]
        if words:
            node = Word(words, rng.choice(("", "text")))
            assert ids(index, node) == ids(plain, node), words


QUERIES = [
    "检查",
    "一",
    "R&D 2024",
    '"2024 15 center"',
    "哈哈哈哈哈",
    "哈" * 50,
    "甲乙丙",
    "甲乙 丙丁",
    "人员:乙丙",
    "坏 字",
    "𠮷野家",
    "😀",
    "标题:题里",
    "部门:应急 年度:2024",
    "-烟花 企业:青禾 结果:改正",
    "(烟花 OR 灭火器) -青禾",
    "NOT (NOT 烟花 OR 青禾)",
    "年度:2020..2022 灭火器",
    "日期:..2000",
    "日期:2024-01..2024-08 文种:记录",
    "文号:〔2024〕7",
    "文号:不是",
    "信用代码:91410",
    "案件:2024-0",
    "件:0002 OR 件:0003",
    "来源:ocr 灭火器",
    "任务:2024-00",
    "文种:record_form OR 文种:移送",
    "-部门:应急 -部门:市场",
    "责令改正~",
    "上一次演练在~ NOT 部门:应急",
    "检查人员出示~ OR 哈哈",
    "年度:2030",
    "配电箱缺少警示标识，要求在~ 年度:2021",
]


@pytest.mark.parametrize("query", QUERIES)
def test_queries(filled: dict[str, SearchIndex], query: str) -> None:
    node = parse_query(query).node
    plain = filled["memory"]
    wanted = plain.find(node, ALL)
    assert query in ("甲乙丙", "人员:乙丙", "年度:2030", "标题:题里") or wanted.total, "the query should find something"
    for engine in ("tantivy", "whoosh"):
        found = filled[engine].find(node, ALL)
        assert {r.id for r, _ in found.records} == {r.id for r, _ in wanted.records}, engine
        assert found.total == wanted.total == len(found.records)
        scores = {r.id: score for r, score in found.records}
        assert all(scores[r.id] == pytest.approx(score, rel=1e-4) for r, score in wanted.records), engine
        ranked = [score for _, score in found.records]
        assert ranked == sorted(ranked, reverse=True)
        assert filled[engine].facets(node, FACETS[:4]) == plain.facets(node, FACETS[:4]), engine


def test_counts_by_value_are_exact_over_several_parts_of_an_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A company with one page in every part of the index, behind many others in each, is the first of all."""
    monkeypatch.setattr(tantivy_engine, "_FACET_LIMIT", 2)
    with closing(open_index(tmp_path, "tantivy")) as index:
        for part in range(5):
            others = [
                PageRecord(f"{part}-{n}", "0001", page, company=f"{part}-{n}") for n in range(40) for page in (1, 2)
            ]
            index.add([*others, PageRecord(f"{part}", "0001", 1, company="处处有")])
        listed = index.facets(Everything(), ("company",))["company"]
    assert list(listed.values()) == [5, 2] and listed["处处有"] == 5


@pytest.mark.parametrize("engine", ENGINES)
def test_orders_and_paging(filled: dict[str, SearchIndex], engine: str) -> None:
    index, node = filled[engine], Everything()
    days = [r.date or date.min for r, _ in index.find(node, Wanted(limit=600, order="date")).records]
    assert days == sorted(days, reverse=True)
    days = [r.date for r, _ in index.find(node, Wanted(limit=600, order="date_asc")).records if r.date]
    assert days == sorted(days)
    numbers = [r.number for r, _ in index.find(node, Wanted(limit=600, order="number")).records]
    numbered = [number for number in numbers if number.startswith("青双")]
    assert numbers[: len(numbered)] == numbered and numbers[len(numbered)] == "不是文号"
    paged = [r.id for offset in range(0, 520, 50) for r, _ in index.find(node, Wanted(50, offset)).records]
    assert len(paged) == len(set(paged)) == index.find(node, Wanted(limit=0)).total == 509


@pytest.mark.parametrize("engine", ENGINES)
def test_counting_ends_where_enough_is_counted(filled: dict[str, SearchIndex], engine: str) -> None:
    for query in ("检查", "一", "年度:2024", "-烟花", "部门:应急 检查"):
        node = parse_query(query).node
        whole = filled["memory"].find(node, ALL).total
        for enough in (1, 7, whole, whole + 1):
            found = filled[engine].find(node, Wanted(5, enough=enough))
            assert found.total == min(whole, enough) and len(found.records) == 5


@pytest.mark.parametrize("query", [*QUERIES, "一", "检查人员", "现场", "NOT 现场"])
def test_a_walk_in_slabs_finds_what_one_look_finds(
    filled: dict[str, SearchIndex], query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large archives are walked from the newest day on; here the slabs are made small instead."""
    node, index = parse_query(query).node, filled["tantivy"]
    monkeypatch.setattr(tantivy_engine, "_FIRST_SLAB", 8)
    monkeypatch.setattr(tantivy_engine, "_FEW", 8)
    for order in ORDERS:
        whole = index.find(node, Wanted(1000, order=order))
        for enough in (20, 400):
            walked = [
                record
                for at in range(0, 520, 130)
                for record in index.find(node, Wanted(130, at, order, enough)).records
            ]
            assert sorted(r.id for r, _ in walked) == sorted(r.id for r, _ in whole.records)
            assert [score for _, score in walked] == [score for _, score in whole.records]
            if order != "relevance":
                assert [(r.date, r.number) for r, _ in walked] == [(r.date, r.number) for r, _ in whole.records]
            for limit in (0, 3):
                assert index.find(node, Wanted(limit, 0, order, enough)).total == min(enough, whole.total)


@pytest.mark.parametrize("engine", ENGINES)
def test_pages_of_an_item_are_replaced_not_doubled(open_engine: Open, engine: str) -> None:
    index = open_engine(engine)
    pages = list(make_pages(40, seed=3))
    assert index.rebuild(pages, "one") == 40 and index.state == "one"
    key = (pages[5].case, pages[5].item)
    others = [p for p in pages if (p.case, p.item) != key]
    index.add([p for p in pages if (p.case, p.item) == key])
    assert index.find(Everything(), ALL).total == 40
    index.update([key], [replace(pages[5], page=1, text="换过的一页", stamp="2")])
    assert index.find(Everything(), ALL).total == len(others) + 1
    assert ids(index, Word("换过的一页")) == [f"{key[0]}/{key[1]}/1"]
    assert index.items()[key] == "2" and index.state == "one"
    index.update([key], [], "two")
    assert ids(index, Everything()) == sorted(p.id for p in others)
    assert key not in index.items() and index.state == "two"
    index.rebuild([], "none")
    assert index.find(Word("换"), ALL).total == 0 and not index.items()


@pytest.mark.parametrize("engine", ENGINES)
def test_restricted_data_never_goes_in(open_engine: Open, engine: str, tmp_path: Path) -> None:
    index = open_engine(engine)
    index.add(
        [PageRecord("c", "0001", 1, text="电话13800001234，身份证11010519491231002X", company="柏小满13800001234")]
    )
    for words in ("13800001234", "1380000", "00001234", "110105", "11010519491231002x"):
        assert index.find(Word(words), ALL).total == 0
    assert index.find(Word("电话"), ALL).total == 1
    index.close()
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"13800001234" not in path.read_bytes()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_source_that_fails_leaves_the_index_as_it_was(open_engine: Open, engine: str) -> None:
    index = open_engine(engine)
    pages = list(make_pages(30, seed=3))
    index.rebuild(pages)

    def failing() -> Iterator[PageRecord]:
        yield replace(pages[0], case="new")
        raise RuntimeError("no more")

    for change in (index.add, index.rebuild, lambda records: index.update([(pages[1].case, pages[1].item)], records)):
        with pytest.raises(RuntimeError):
            change(failing())
        assert ids(index, Everything()) == sorted(page.id for page in pages)
    index.add([replace(pages[0], case="new")])
    assert index.find(Everything(), ALL).total == 31
