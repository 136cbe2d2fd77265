"""The query language, case by case: what is found on a few pages, what is refused and where."""

from __future__ import annotations

from datetime import date

import pytest

from archive.search.engines.memory import MemoryIndex
from archive.search.engines.port import Wanted
from archive.search.fields.fields import PageRecord
from archive.search.query.filters import Filters
from archive.search.query.parser import And, Between, Keyword, Not, Or, Word, parse_query, words
from archive.search.search import search
from ssj_docs.ground.errors import UsageError

A = PageRecord(
    "2024-001-0001",
    "0001",
    1,
    kind="jilubiao",
    kind_label="联合抽查记录表",
    title="记录表",
    year=2024,
    number="青双随机办〔2024〕5号",
    departments=("青禾县应急管理局",),
    task="2024-001",
    task_name="加油站抽查",
    company="丰登加油站",
    credit_code="91410100MA0000001R",
    people=("戚守正",),
    results=("R05",),
    result_labels=("发现问题已责令改正",),
    origin="ocr",
    date=date(2024, 3, 5),
    text="住所：柳溪路１２号。（一）现场检 查：配电箱\n缺少警示标识，“双随机、一公开”Check-List已填。",
)
B = PageRecord(
    "2024-001-0001",
    "0001",
    2,
    kind="jilubiao",
    kind_label="联合抽查记录表",
    title="记录表",
    year=2024,
    number="青双随机办〔2024〕5号",
    departments=("青禾县应急管理局",),
    task="2024-001",
    task_name="加油站抽查",
    company="丰登加油站",
    credit_code="91410100MA0000001R",
    people=("戚守正",),
    results=("R05",),
    result_labels=("发现问题已责令改正",),
    origin="text",
    date=date(2024, 3, 5),
    text="责令改正情况：已复查合格。与上年相比，或有变化。结果：合格。编号-0012，占10%。R&D center",
)
C = PageRecord(
    "2025-002-0007",
    "0003",
    1,
    kind="gaozhishu",
    kind_label="部门联合检查告知书",
    title="告知书",
    year=2025,
    number="青双随机办【2025】15号",
    departments=("青禾县市场监督管理局", "青禾县消防救援大队"),
    task="2025-002",
    task_name="超市抽查",
    company="晨光超市",
    credit_code="92410100MA000000XX",
    people=("柏小满", "苗有粮"),
    results=("R01",),
    result_labels=("未发现问题",),
    origin="issued",
    date=date(2025, 6, 30),
    text="地址：北苑街3号，配电箱完好。责今改正一栏为空。价格[含税]公示，全部合格",
)
D = PageRecord(
    "2023-009-0001", "0001", 1, year=2023, origin="ocr", text="无文号的一页 A B责今改正", date=date(2023, 1, 1)
)
NAMES = {A.id: "A", B.id: "B", C.id: "C", D.id: "D"}


@pytest.fixture(scope="module")
def index() -> MemoryIndex:
    index = MemoryIndex()
    index.add([A, B, C, D])
    return index


FOUND = [
    # strings, from one character up
    ("住所", "A"),
    ("号", "ABCD"),
    ("街", "C"),
    ("配电箱", "AC"),
    ("配电箱缺少警示", "A"),
    ("不存在的字句", ""),
    ("合格", "BC"),
    # width, case, spaces, line breaks, brackets
    ("柳溪路12号", "A"),
    ("柳溪路１２号", "A"),
    ("现场检查", "A"),
    ("CHECK-list", "A"),
    ("ｃｈｅｃｋ", "A"),
    ("r&d CENTER", "B"),
    ("R&Dcenter", ""),
    ("（一）现场", "A"),
    ("(一)现场", "A"),
    ("[一]现场", "A"),
    ("价格【含税】", "C"),
    ("（含税）", "C"),
    # numbers in every bracket, as a substring
    ("青双随机办〔2024〕5号", "A"),
    ("青双随机办[2024]5号", "A"),
    ("青双随机办（2024）5号", "A"),
    ("〔2025〕15号", "C"),
    ("青双随机办﹝２０２５﹞15号", "C"),
    ("文号:(2024)5", "AB"),
    ("文号:〔202", "ABC"),
    # side by side, OR, NOT
    ("住所 配电箱", "A"),
    ("住所 地址", ""),
    ("住所 OR 地址", "AC"),
    ("住所 或 地址", "AC"),
    ("住所 或者 地址", "AC"),
    ("配电箱 AND 地址", "C"),
    ("配电箱 且 地址", "C"),
    ("配电箱 -地址", "A"),
    ("配电箱 NOT 地址", "A"),
    ("配电箱 非 地址", "A"),
    ("-配电箱", "BD"),
    ("NOT 配电箱", "BD"),
    ("NOT NOT 配电箱", "AC"),
    ("NOT (住所 OR 地址)", "BD"),
    ("住所 OR 合格 NOT 地址", "AB"),
    ("住所 or 合格 not 地址", "AB"),
    # brackets
    ("(住所 OR 地址) 配电箱", "AC"),
    ("(住所 OR 地址) -配电箱", ""),
    ("((住所 配电箱) OR 复查) -晨光", "AB"),
    ("（住所 或 地址） 配电箱", "AC"),
    ("配电箱 -(住所 OR 街)", ""),
    ("NOT (住所)", "BCD"),
    # quotes; operators and signs as text
    ('"现场 检查"', "A"),
    ('"责令改正" -复查', ""),
    ('"配电箱" -完好', "A"),
    ("“双随机、一公开”", "A"),
    ("“双随机", "A"),
    ("随机、一公开”check", "A"),
    ("或", "B"),
    ("与", "B"),
    ("非", ""),
    ('"OR"', ""),
    ("-0012", "B"),
    ("编号-0012", "B"),
    ("10%", "B"),
    ("一）", "A"),
    ('"结果：合格"', "B"),
    ("结果：", "B"),
    ("住所：柳溪", "A"),
    # fields, Chinese and English, both colons
    ("部门:应急", "AB"),
    ("department:消防", "C"),
    ("部门：市场", "C"),
    ("部门:应急 OR 部门:消防", "ABC"),
    ("部门:(应急 或 消防)", "ABC"),
    ("结果:责令改正", "AB"),
    ("result:R01", "C"),
    ("任务:2024-001", "AB"),
    ("任务:超市", "C"),
    ("案件:2025-002", "C"),
    ("文种:告知书", "C"),
    ("kind:jilubiao", "AB"),
    ("标题:告知", "C"),
    ("企业:晨光", "C"),
    ("信用代码:MA0000001R", "AB"),
    ("人员:苗有粮", "C"),
    ("people:小满", "C"),
    ("正文:责令改正", "B"),
    ("来源:ocr", "AD"),
    ("件:0003", "C"),
    ("部门:不存在", ""),
    ('标题:"告知"', "C"),
    ("企业:丰登 -正文:住所", "B"),
    ("-部门:应急", "CD"),
    ("单位:应急", "AB"),
    # fields of the item answer on its first page without a field name
    ("丰登加油站", "A"),
    ("苗有粮", "C"),
    ("91410100ma", "A"),
    ("消防救援", "C"),
    # ranges
    ("年度:2024", "AB"),
    ("year:2024", "AB"),
    ("年度:２０２４", "AB"),
    ("年度:2023..2024", "ABD"),
    ("年度:2023-2024", "ABD"),
    ("年度:2024..", "ABC"),
    ("年度:..2023", "D"),
    ("年度:>=2025", "C"),
    ("年度:>2024", "C"),
    ("年度:<2024", "D"),
    ("年度:2024年", "AB"),
    ("日期:2024-03-05", "AB"),
    ("日期:2024-03", "AB"),
    ("日期:2024", "AB"),
    ("date:2023..2024-06", "ABD"),
    ("日期:>2024-03-05", "C"),
    ("日期:<=2024-03-04", "D"),
    ("日期:2024年3月5日", "AB"),
    ("日期:2025-06..", "C"),
    # one misread character, on pages read by OCR only
    ("责令改正~", "BD"),
    ("正文:责令改正~", "BD"),
    ('"责令 改正"~', "BD"),
    ("配电柜缺少~", "A"),
    ("配电柜缺多~", ""),
    ("无文号的一也~", "D"),
]


@pytest.mark.parametrize(("query", "pages"), FOUND, ids=[query for query, _ in FOUND])
def test_what_a_query_finds(index: MemoryIndex, query: str, pages: str) -> None:
    result = search(index, query, wanted=Wanted(limit=100))
    assert "".join(sorted(NAMES[hit.record.id] for hit in result.hits)) == pages
    assert result.total == len(pages)


REFUSED = [
    ("", "空"),
    ("   ", "空"),
    ('"住所', "第 1 字的引号没有配对"),
    ('检查 "住所', "第 4 字的引号没有配对"),
    ('""', "没有字"),
    ('" "', "没有字"),
    ("(住所 OR 地址", "第 1 字的左括号没有配对"),
    ("检查 (住所 地址", "第 4 字的左括号没有配对"),
    ("住所 OR 地址)", "右括号没有配对"),
    ("()", "括号里没有词"),
    ("住所 ( )", "括号里没有词"),
    ("住所 OR", "后面缺少"),
    ("OR 住所", "前面缺少"),
    ("住所 OR OR 地址", "前面缺少"),
    ("住所 AND", "后面缺少"),
    ("住所 NOT", "后面缺少"),
    ("(住所 OR) 地址", "前面缺少"),
    ("字段:住所", "没有“字段”这个字段"),
    ("foo:住所", "没有“foo”这个字段"),
    ("部门:", "没有值"),
    ("部门: 应急", "没有值"),
    ("年度:二〇二四", "不是年度"),
    ("年度:24", "不是年度"),
    ("年度:2025..2024", "起止颠倒"),
    ("年度:2023..2024..2025", "不是年度"),
    ("年度:..", "不是年度"),
    ("日期:2024-13", "不是日期"),
    ("日期:2024-02-30", "不是日期"),
    ("日期:昨天", "不是日期"),
    ("改正 --limitt", "没有“--limitt”这个选项"),
    ("改~", "太短"),
    ("部门:应急管理~", "字段里不能容错"),
    ("字" * 1001, "超过 1000 字"),
    ("部门:(应急 或", "左括号没有配对"),
]


@pytest.mark.parametrize(("query", "message"), REFUSED, ids=[query[:20] or "empty" for query, _ in REFUSED])
def test_a_mistake_is_named_with_its_remedy(index: MemoryIndex, query: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        search(index, query)
    assert message in refused.value.message and refused.value.remedy


def test_the_tree() -> None:
    node = parse_query("(住所 OR 地址) 检查 -合格 部门:应急 年度:2022..2024").node
    assert node == And(
        (
            Or((Word("住所"), Word("地址"))),
            Word("检查"),
            Not(Word("合格")),
            Word("应急", "department"),
            Between("year", 2022, 2024),
        )
    )
    assert [word.text for word in words(node)] == ["住所", "地址", "检查", "应急"]


def test_a_wide_colon_is_explained() -> None:
    assert "按字段理解" in parse_query("结果：合格").notes[0]
    assert parse_query("结果:合格").notes == ()


def test_filters_are_exact() -> None:
    index = MemoryIndex()
    index.add([A, B, C, D])

    def found(**filters: list[str]) -> str:
        result = search(index, "", Filters(filters))
        return "".join(sorted(NAMES[hit.record.id] for hit in result.hits))

    assert found(year=["2024", "2023"]) == "ABD"
    assert found(department=["青禾县应急管理局"]) == "AB" and found(department=["应急"]) == ""
    assert found(result=["未发现问题"]) == "C" and found(result=["R05"], year=["2025"]) == ""
    assert found(company=["丰登"]) == "AB" and found(company=["92410100ma"]) == "C"
    assert found(kind=["gaozhishu", "联合抽查记录表"]) == "ABC"


def test_a_viewer_sees_no_hit_no_count_and_no_facet_of_other_departments() -> None:
    from dataclasses import replace

    index = MemoryIndex()
    index.add([replace(A, visible_to=("青禾县应急管理局",)), replace(C, visible_to=("青禾县消防救援大队",)), D])
    seen = search(index, "配电箱", Filters(viewer="青禾县消防救援大队"))
    assert [hit.record.id for hit in seen.hits] == [C.id] and seen.total == 1
    assert list(seen.facets["year"]) == ["2025"]
    assert search(index, "配电箱", Filters(viewer="别的局")).total == 0


def test_a_keyword_is_not_a_substring() -> None:
    index = MemoryIndex()
    index.add([A, C])
    assert index.find(Keyword("result", ("发现问题",)), Wanted()).total == 0
