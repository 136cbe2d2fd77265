"""From the archive's tables to hits on the command line."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from search_office import CREDIT_CODE, ID_NUMBER, PHONE, Enter, Ssj

from archive.cases.case_file import NewItem, add_item
from archive.search.engines.disk import engine_kind
from archive.search.engines.generations import Store
from archive.search.engines.port import Wanted
from archive.search.engines.tantivy_engine import TantivyEngine
from archive.search.fields.analyzer import grams, normalise
from archive.search.fields.fields import WHOLE
from archive.search.query.filters import Filters
from archive.search.query.match import Prepared
from archive.search.query.parser import Everything, Query, Word
from archive.search.records import OFFICE_ONLY, Facts, iter_page_records, source_state, visible_departments
from archive.search.search import find, open_workspace_index, refresh, reindex, search_workspace
from benchmarks.search_exam import in_this_process, is_right, pieces, truth
from ssj_docs.database import registers
from ssj_docs.ground.errors import UsageError
from ssj_docs.office.workspace import Workspace

CASE = "2026-003-0001"


def pages(workspace: Workspace, query: str, **filters: list[str]) -> list[tuple[str, str, int]]:
    result = search_workspace(workspace, query, Filters(filters), Wanted(limit=100))
    return sorted((hit.record.case, hit.record.item, hit.record.page) for hit in result.hits)


def test_every_page_comes_with_what_the_registers_know(office: Workspace) -> None:
    with office.read() as connection:
        records = {record.id: record for record in iter_page_records(office, connection)}
    assert sorted(records) == [f"{CASE}/0001/1", f"{CASE}/0001/2", f"{CASE}/0002/1"]
    first = records[f"{CASE}/0001/1"]
    assert (first.company, first.credit_code, first.task, first.year) == (
        "青禾县丰登食品加工厂",
        CREDIT_CODE,
        "2026-003",
        2026,
    )
    assert set(first.people) == {"戚守正", "苗有粮"}
    assert first.origin == "ocr" and first.confidence == pytest.approx(0.97)
    assert (office.root / first.path).is_file()
    assert records[f"{CASE}/0002/1"].text == "" and records[f"{CASE}/0002/1"].origin == "text"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("住所", [(CASE, "0001", 1)]),
        ("柳溪路12号", [(CASE, "0001", 1)]),
        ("货物堆放过高", [(CASE, "0001", 2)]),
        ("责令改正", [(CASE, "0001", 2), (CASE, "0002", 1)]),
        ("正文:责令改正", [(CASE, "0001", 2)]),
        ("[2026]5号", [(CASE, "0002", 1)]),
        (CREDIT_CODE.lower(), [(CASE, "0001", 1), (CASE, "0002", 1)]),
        ("人员:戚守正 -住所", [(CASE, "0001", 2), (CASE, "0002", 1)]),
        ("企业:丰登 文种:记录表", [(CASE, "0001", 1), (CASE, "0001", 2)]),
        ("晨光超市", []),
        (PHONE, []),
        (ID_NUMBER, []),
        (ID_NUMBER[:17], []),
    ],
)
def test_words_find_their_pages(office: Workspace, query: str, found: list[tuple[str, str, int]]) -> None:
    assert pages(office, query) == found


def test_filters_take_names_aliases_and_parts(office: Workspace) -> None:
    department = office.office.departments[0]
    label = office.office.results[0].label
    assert len(pages(office, "", department=[department.name])) == 3
    assert len(pages(office, "", department=[(department.short or department.name)])) == 3
    assert len(pages(office, "", result=[label])) == 3
    assert len(pages(office, "", result=[office.office.results[0].code], year=["2026"])) == 3
    assert pages(office, "", year=["2025"]) == []
    assert pages(office, "", kind=["责令"]) == pages(office, "", kind=["zeling"])
    assert pages(office, "改正", company=["晨光"]) == []


def test_a_result_named_in_full_is_that_result_only(office: Workspace) -> None:
    assert len(pages(office, f"结果:{office.office.results[0].label}")) == 3
    assert pages(office, f"结果:{office.office.results[-1].label}") == []


@pytest.mark.parametrize(
    ("query", "remark"),
    [
        ("部门:外星", "没有含“外星”的部门"),
        ("结果:不存在", "的检查结果"),
        ("文种:请柬", "的文种"),
        ("来源:传真", "的来源"),
        ("检查 & 记录", "OR"),
        ("改正 | 住所", "OR"),
        ("检查*", "通配符"),
        ("检查、仓库", "空格"),
        ("没有的字", ""),
    ],
)
def test_a_query_that_finds_nothing_says_how_it_was_read(office: Workspace, query: str, remark: str) -> None:
    result = search_workspace(office, query)
    assert result.total == 0 and remark in "".join(result.notes) and bool(remark) == bool(result.notes)


def test_the_origin_is_asked_for_as_it_is_shown(office: Workspace) -> None:
    assert pages(office, "来源:扫描") == pages(office, "来源:扫描识别") == pages(office, "来源:ocr") != []
    assert not set(pages(office, "来源:扫描")) & set(pages(office, "来源:文字"))


def test_restricted_data_is_in_no_file_and_no_snippet(office: Workspace) -> None:
    result = search_workspace(office, "联系电话")
    assert "（已隐去）" in result.hits[0].snippet and PHONE not in str(result.as_json())
    for path in (office.root / "index").rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        assert PHONE.encode() not in data and ID_NUMBER.encode() not in data
    assert "身份证号" in search_workspace(office, ID_NUMBER).notes[0]


def test_restricted_data_is_in_no_term_and_no_stored_page(office: Workspace) -> None:
    """The files are packed, so that looking at their bytes is not enough: every term and every page is read back."""
    open_workspace_index(office, "tantivy").close()
    folder = Store(office.root / "index").current()
    assert folder is not None
    engine = engine_kind("tantivy").open(folder)
    assert isinstance(engine, TantivyEngine)
    searcher = engine._index.searcher()
    fields = ("text_g", "text_p", "item_g", "item_p", *(f"{name}_k" for name in WHOLE))
    terms = [term for field in fields for term, _ in searcher.terms_with_prefix(field, "")]
    stored = [repr(record) for record, _ in engine.find(Everything(), Wanted(100)).records]
    assert len(terms) > 400 and len(stored) == 3
    for secret in (PHONE, ID_NUMBER):
        parts = set(grams(secret, 4)) - set(grams(CREDIT_CODE, 4))
        assert not any(engine.find(Word(normalise(piece)), Wanted()).total for piece in parts)
        assert not any(secret in text for text in (*terms, *stored))


@pytest.mark.parametrize("engine", ["tantivy", "whoosh"])
def test_another_department_gets_no_hit_no_count_no_facet_and_no_snippet(office: Workspace, engine: str) -> None:
    """Papers of a task are seen by the task's departments; others learn nothing of them, whatever they ask."""
    names = [department.name for department in office.office.departments]
    with office.read() as connection:
        known = Facts(connection, office.office).of([CASE, "no-such-case"])
    assert visible_departments(known[CASE]) == (names[0], names[1])
    assert visible_departments(known["no-such-case"]) == (OFFICE_ONLY,)
    for query in ("住所", "改正", "企业:丰登", "-晨光", "年度:2026", f"案件:{CASE}", CREDIT_CODE):
        whole = search_workspace(office, query, engine=engine)
        for viewer in names[:2]:
            seen = search_workspace(office, query, Filters(viewer=viewer), engine=engine)
            assert seen.total == whole.total > 0 and seen.facets == whole.facets
        for viewer in (names[2], "没有的局", OFFICE_ONLY):
            unseen = search_workspace(office, query, Filters(viewer=viewer), engine=engine)
            assert (unseen.total, unseen.hits) == (0, ())
            assert not any(unseen.facets.values()) and "丰登" not in str(unseen.as_json())


def test_papers_of_a_task_of_no_department_are_seen_by_the_whole_office_only(office: Workspace) -> None:
    with office.transaction() as connection:
        (task,) = registers.load_tasks(connection)
        registers.save_tasks(connection, [replace(task, initiators=(), partners=())])
        office.log(connection, "plan", task.id)
    assert search_workspace(office, "住所").total == 1
    for department in office.office.departments:
        assert search_workspace(office, "住所", Filters(viewer=department.name)).total == 0


@pytest.mark.parametrize("engine", ["tantivy", "whoosh"])
def test_random_pieces_of_the_pages_through_the_command(office: Workspace, engine: str) -> None:
    """Through `ssj search --json`; `benchmarks/search_exam.py` does the same a thousand times on larger archives."""
    with office.read() as connection:
        records = [record.without_restricted() for record in iter_page_records(office, connection)]
    plain = list(map(Prepared.of, records))
    for piece in pieces(records, 40, random.Random(3)):
        wanted = truth(plain, piece)
        assert is_right(in_this_process, office.root, engine, piece, wanted), piece
        assert not is_right(in_this_process, office.root, engine, piece, wanted | {"one/more/1"})


def test_marks_point_into_the_page_as_it_was_read(office: Workspace) -> None:
    hit = search_workspace(office, "货物堆放过高").hits[0]
    assert [hit.record.text[a:b] for a, b in hit.marks] == ["货物堆\n放过高"]
    assert "货物堆放过高" in hit.snippet and hit.matched == ("text",)


def test_new_changed_and_removed_items_are_seen_at_once(office: Workspace, enter_texts: Enter) -> None:
    assert pages(office, "新收的一页") == []
    with office.transaction() as connection:
        add_item(office, connection, "2026-003-0002", NewItem("gaozhishu", "告知书", {"a.pdf": b"%PDF-1.7 3"}, pages=1))
    enter_texts(office, "2026-003-0002", "0001", ["新收的一页"], "text")
    assert pages(office, "新收的一页") == [("2026-003-0002", "0001", 1)]
    enter_texts(office, "2026-003-0002", "0001", ["改读的一页"], "text", at="2")
    assert pages(office, "新收的一页") == [] and pages(office, "改读的一页") == [("2026-003-0002", "0001", 1)]


def test_refresh_touches_only_what_changed(office: Workspace, enter_texts: Enter) -> None:
    index = open_workspace_index(office)
    assert refresh(office, index) in (0, 2)
    assert refresh(office, index) == 0
    enter_texts(office, CASE, "0002", ["补读的通知书"], "text", at="2")
    assert refresh(office, index) == 1
    assert find(index, Query(Everything()), Filters()).total == 3
    index.close()


def test_a_search_during_a_long_rebuild_answers_from_the_old_index(office: Workspace, enter_texts: Enter) -> None:
    assert len(pages(office, "住所")) == 1
    with Store(office.root / "index").lock():
        enter_texts(office, CASE, "0002", ["另一处住所"], "text", at="2")
        result = search_workspace(office, "住所")
        assert result.total == 1 and "正在更新" in result.notes[0]
    assert search_workspace(office, "住所").total == 2


def test_the_state_changes_with_the_texts(office: Workspace, enter_texts: Enter) -> None:
    with office.read() as connection:
        before = source_state(connection)
    enter_texts(office, CASE, "0002", ["补读"], "text", at="2")
    with office.read() as connection:
        assert source_state(connection) != before


def test_destroyed_items_leave_the_index(office: Workspace) -> None:
    assert len(pages(office, "", case=[CASE])) == 3
    from ssj_docs.database.schema import archive_items

    with office.transaction() as connection:
        connection.execute(archive_items.update().where(archive_items.c.item == "0001").values(state="destroyed"))
        office.log(connection, "destroy", CASE)
    assert pages(office, "", case=[CASE]) == [(CASE, "0002", 1)]


@pytest.mark.parametrize("engine", ["tantivy", "whoosh"])
def test_reindex_with_either_engine(office: Workspace, engine: str) -> None:
    assert reindex(office, engine) == (3, engine)
    result = search_workspace(office, "住所 OR 改正", engine=engine)
    assert (result.total, result.engine) == (3, engine)
    assert result.facets["year"] == {"2026": 3} and result.facets["case"] == {CASE: 3}


def test_an_empty_archive_and_an_empty_query(workspace: Workspace) -> None:
    assert search_workspace(workspace, "住所").total == 0
    with pytest.raises(UsageError, match="空"):
        search_workspace(workspace, "  ")


def test_command_line(office: Workspace, ssj: Ssj) -> None:
    code, value = ssj("--workspace", office.root, "search", "住所")
    assert code == 0 and value["total"] == 1
    hit = value["hits"][0]
    assert {
        "case",
        "item",
        "kind",
        "title",
        "number",
        "year",
        "department",
        "page",
        "origin",
        "snippet",
        "path",
    } <= set(hit)
    assert (hit["case"], hit["item"], hit["page"], hit["origin"]) == (CASE, "0001", 1, "ocr")
    assert (office.root / hit["path"]).is_file() and not Path(hit["path"]).is_absolute()
    code, value = ssj("--workspace", office.root, "search", "-住所", "--count", "--limit", "5")
    assert (code, value["total"], value["hits"]) == (0, 2, [])
    assert ssj("--workspace", office.root, "search", "住所", "--yaer", "2026")[0] == 2
    assert ssj("--workspace", office.root, "reindex")[1] == {"pages": 3, "engine": "tantivy"}


def test_pages_of_one_day_stay_in_order(office: Workspace) -> None:
    result = search_workspace(office, "", Filters({"case": [CASE]}), Wanted(order="date_asc"))
    assert [(hit.record.item, hit.record.page) for hit in result.hits] == [("0001", 1), ("0001", 2), ("0002", 1)]
    assert result.hits[-1].record.date == date(2026, 4, 9)
