"""The order of hits: what a form prints on every copy counts less than what the page says, names or was decided."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from search_office import Enter

from archive.search.engines.disk import open_index
from archive.search.engines.memory import MemoryIndex
from archive.search.engines.port import SearchIndex, Wanted
from archive.search.fields.fields import PageRecord
from archive.search.fields.legend import Legend, printed_spans, said
from archive.search.form_legends import FormLegends, template_legend
from archive.search.query.match import LEGEND, NAMED, SAID, Prepared, grade
from archive.search.query.parser import parse_query
from archive.search.search import search_workspace
from ssj_docs.database import registers
from ssj_docs.model.case import CaseEvent, Finding
from ssj_docs.office.template_files import find_template
from ssj_docs.office.workspace import Workspace

LIST = "检查结果分为：1.未发现问题；2.发现问题已责令改正；填写序号。"
FORM = Legend.of(f"联合抽查记录表\n检查结果\n{LIST}")
ENGINES = ("memory", "tantivy", "whoosh")


def page(case: str, text: str, **more: object) -> PageRecord:
    return PageRecord(case, "0001", 1, text=text, printed=printed_spans(text, FORM), **more)  # type: ignore[arg-type]


def test_what_a_form_prints_is_told_from_what_was_filled_in() -> None:
    text = f"联合抽查记录表\n检查结果 发现问题已责令改\n正 王一\n{LIST}"
    own = said(text, printed_spans(text, FORM))
    # which of the two is taken for the printed one does not matter
    assert own.count("责令改正") == 1
    assert "王一" in own and "抽查" not in own and "未发现" not in own
    assert printed_spans("另外的一页", FORM) == () == printed_spans(text, Legend.of(""))


def test_broken_and_misread_legends_are_still_recognised() -> None:
    text = "检查结果分为:1.未发现 问题;2.发现问趣已责令\n改正；填写序号"
    assert "责令改正" not in said(text, printed_spans(text, FORM))


def test_legend_of_the_shipped_record_form() -> None:
    path = find_template("jilubiao.docx")
    legend = template_legend(path.read_bytes(), path.name, {"results": ["未发现问题", "不配合检查情节严重"]})
    assert "检查结果分为:1.未发现问题;2.不配合检查情节严重;填写序号" in legend.text
    assert "{{" not in legend.text


PAGES = [
    page("legend-new", LIST, date=date(2026, 5, 1)),
    page("legend-old", f"{LIST}合格", date=date(2024, 5, 1)),
    page("said", f"检查结果：发现问题已责令改正\n{LIST}", date=date(2023, 5, 1)),
    page("letter", "限你单位三日内责令改正到位", date=date(2022, 5, 1)),
    page("ordered", LIST, date=date(2021, 5, 1), result_labels=("发现问题已责令改正",), results=("R05",)),
    page("handled", LIST, date=date(2020, 5, 1), handlings=("责令改正",)),
    page("titled", "另见附件", date=date(2019, 5, 1), title="责令改正通知书"),
]


def filled(name: str, folder: Path) -> SearchIndex:
    index: SearchIndex = MemoryIndex() if name == "memory" else open_index(folder, name)
    index.rebuild(PAGES)
    return index


@pytest.mark.parametrize("engine", ENGINES)
def test_order_by_meaning_of_the_place(engine: str, tmp_path: Path) -> None:
    index = filled(engine, tmp_path)
    node = parse_query("责令改正").node
    found = index.find(node, Wanted())
    assert [r.case for r, _ in found.records] == [
        *("ordered", "handled", "titled"),
        *("said", "letter"),
        *("legend-new", "legend-old"),
    ]
    assert found.total == len(PAGES)
    slices = [index.find(node, Wanted(1, at)).records[0][0].case for at in range(len(PAGES))]
    assert slices == [r.case for r, _ in found.records]
    dated = index.find(node, Wanted(order="date"))
    assert [r.case for r, _ in dated.records] == [one.case for one in PAGES]
    index.close()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "query",
    [
        "责令改正 合格",
        "责令改正 OR 合格",
        "责令改正 -合格",
        "正文:责令改正",
        "责令改正~",
        "处理:责令改正",
        "(问题 OR 附件) 责令",
    ],
)
def test_every_engine_gives_the_grade_of_the_definition(engine: str, query: str, tmp_path: Path) -> None:
    index, plain = filled(engine, tmp_path), filled("memory", tmp_path)
    node = parse_query(query).node
    found = [(r.case, pytest.approx(score)) for r, score in index.find(node, Wanted()).records]
    assert found == [(r.case, score) for r, score in plain.find(node, Wanted()).records] != []
    index.close()


def test_a_page_is_as_good_as_its_worst_word() -> None:
    node = parse_query("责令改正 合格").node
    assert grade(node, Prepared.of(PAGES[1])) == LEGEND
    assert grade(parse_query("合格").node, Prepared.of(PAGES[1])) == SAID
    assert grade(parse_query("通知书").node, Prepared.of(PAGES[6])) == NAMED


@pytest.mark.parametrize("engine", ["tantivy", "whoosh"])
def test_really_ordered_cases_come_first(office: Workspace, enter_texts: Enter, engine: str) -> None:
    """The record form of the office lists every result at its foot; only one of two cases has one."""
    with office.read():
        foot = FormLegends(office).of("jilubiao").text.replace("\x1f", "\n")
    enter_texts(office, "2026-003-0001", "0001", [f"第一页\n{foot}", f"责令整改\n{foot}"], at="9")
    rank = [h.record.page for h in search_workspace(office, "不配合检查", engine=engine).hits]
    assert rank == [1, 2]
    result = next(r for r in office.office.results if "不配合检查" in r.label)
    handling = office.office.handlings[0]
    with office.transaction() as connection:
        department = office.office.departments[0].name
        registers.save_findings(
            connection, [Finding("2026-003-0001", department, "许可检查", (result.code,), found=date(2026, 4, 8))]
        )
        registers.save_events(
            connection, [CaseEvent("2026-003-0001", "handled", date(2026, 5, 1), department, handling.code)]
        )
        office.log(connection, "test", "2026-003-0001")
    found = search_workspace(office, "不配合检查", engine=engine)
    assert {h.record.page for h in found.hits} == {1, 2}
    assert all(h.score > 9 for h in found.hits)
    handled = search_workspace(office, f"处理:{handling.label}", engine=engine)
    assert handled.total == 3
    assert handled.facets["handling"] == {handling.label: 3}
    assert handled.hits[0].as_json()["handling"] == [handling.label]
