"""The second list: close pages with the reason, beside an exact result that stays as it is."""

from __future__ import annotations

from datetime import date

import pytest
from search_office import PHONE, Enter

from archive.search.engines.port import Wanted
from archive.search.fields.traditional import TO_SIMPLIFIED
from archive.search.query.filters import Filters
from archive.search.query.rewrites import loose_strings
from archive.search.search import search_workspace
from ssj_docs.database import registers
from ssj_docs.model.case import CaseEvent
from ssj_docs.office.workspace import Workspace

TEXT = "2026年4月8日现场检查，住所（经营场所）与登记相符，“双随机、一公开”公示栏，危险化学品库已锁闭，消火栓有水"


@pytest.fixture
def read(office: Workspace, enter_texts: Enter) -> Workspace:
    enter_texts(
        office, "2026-003-0001", "0001", [TEXT, "台湾青禾县丰登食品加工厂 电话 0399-8000058 手机 " + PHONE], at="9"
    )
    return office


@pytest.mark.parametrize("engine", ["tantivy", "whoosh"])
@pytest.mark.parametrize(
    ("query", "why", "page"),
    [
        ("双随机一公开", "标点、括号不同", 1),
        ("住所经营场所与登记", "标点、括号不同", 1),
        ("03998000058", "标点、括号不同", 2),
        ("丰登食口加工厂", "差一个字", 1),
        ("危险化品库", "差一个字", 1),
        ("丰登的食品加工厂", "差一个字", 1),
        ("fengdeng", "读音", 1),
        ("fdsp", "读音", 1),
        ("丰登加工厂", "简称", 1),
        ("2026-04-08", "2026年4月8日", 1),
        ("20260408", "2026年4月8日", 1),
        ("青双随机办2026-5", "文号", 1),
        ("臺灣青禾", "繁简字", 2),
        ("危化品", "又叫", 1),
        ("现场检查 锅炉", "不含“锅炉”", 1),
        ("谁去过危险化学品库", "只有“危险化学品库”", 1),
    ],
)
def test_close_pages_with_their_reason(read: Workspace, query: str, why: str, page: int, engine: str) -> None:
    result = search_workspace(read, query, engine=engine)
    assert (result.total, result.hits) == (0, ())
    assert why in result.maybe[0].why
    assert page in {one.hit.record.page for one in result.maybe if why in one.why}
    told = result.as_json()
    assert told["hits"] == [] and told["maybe"][0]["why"] == result.maybe[0].why and told["maybe"][0]["case"]


def test_aliases_of_departments(read: Workspace, enter_texts: Enter) -> None:
    department = next(d for d in read.office.departments if d.aliases)
    enter_texts(read, "2026-003-0001", "0001", [f"会同{department.name}检查"], at="91")
    with read.transaction() as connection:
        read.log(connection, "test", "x")
    for alias in department.aliases:
        if alias not in department.name:
            assert any(department.name in one.why for one in search_workspace(read, f"会同{alias}").maybe)


def test_cases_so_handled_where_no_page_says_it(read: Workspace) -> None:
    with read.transaction() as connection:
        event = CaseEvent("2026-003-0001", "handled", date(2026, 5, 6), read.office.departments[0].name, "H2")
        registers.save_events(connection, [event])
        read.log(connection, "test", "x")
    result = search_workspace(read, "立案处理")
    assert result.total == 0
    assert {one.why for one in result.maybe} == {"登记的处理结果是“立案处理”"}
    assert {one.hit.record.case for one in result.maybe} == {"2026-003-0001"}


def test_counts_for_each_word_of_an_empty_query(read: Workspace) -> None:
    result = search_workspace(read, "现场检查 锅炉")
    assert result.as_json()["words"] == [{"word": "现场检查", "total": 1}, {"word": "锅炉", "total": 0}]
    assert search_workspace(read, "现场检查").words == ()


def test_an_exact_result_stays_and_is_not_repeated(read: Workspace) -> None:
    result = search_workspace(read, "消火栓")
    assert result.total == 1 == len(result.hits)
    assert result.hits[0].record.id not in {one.hit.record.id for one in result.maybe}
    assert search_workspace(read, "青禾").maybe == ()
    assert search_workspace(read, "fengdeng", wanted=Wanted(0)).maybe == ()


def test_other_digits_and_hidden_numbers_are_not_suggested(read: Workspace) -> None:
    for query in (PHONE, "0399-8000059", "〔2026〕6号"):
        shown = [one.why + one.hit.snippet for one in search_workspace(read, query).maybe]
        assert not any(PHONE in text or "0399-8000058" in text for text in shown)
    assert loose_strings("〔2026〕6号", ["(2026)5号"], edits=True) == []


def test_nothing_is_suggested_of_other_departments(read: Workspace) -> None:
    stranger = Filters(viewer="别的局")
    for query in ("双随机一公开", "丰登食口加工厂", "fengdeng", "现场检查 锅炉"):
        result = search_workspace(read, query, stranger)
        assert result.maybe == () and all(one.total == 0 for one in result.words)


@pytest.mark.parametrize("query", ["检查 NOT(合格)", "检查 OR(锅炉)", "检查 ＯＲ 锅炉", "检查 －合格"])
def test_operators_taken_as_text_are_remarked(read: Workspace, query: str) -> None:
    assert any("按页上的字查找" in note for note in search_workspace(read, query).notes)


def test_pairs_of_traditional_characters() -> None:
    assert "責令改正通知書臺灣縣監督檢查記錄".translate(TO_SIMPLIFIED) == "责令改正通知书台湾县监督检查记录"
