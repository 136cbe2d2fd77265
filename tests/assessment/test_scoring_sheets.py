"""A sheet of points: read from the office's own table, asked about, filled in, traceable to pages or to a person."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from assessed_office import Office
from places import NOW

from archive.assessment.assessment import assess, read_year
from archive.assessment.scoring.decisions import Given, decide
from archive.assessment.scoring.files import sheet_docx, sheet_workbook
from archive.assessment.scoring.score import ranking, score
from archive.assessment.scoring.sheet import load_sheet, parse_sheet, sheet_files
from archive.assessment.scoring.table_import import read_scoring_table, save_sheet
from archive.assessment.selections import Pick, put
from archive.assessment.slices import parts, results_of
from archive.demonstration import EXAMPLE_TODAY, EXAMPLE_YEAR
from ssj_docs.ground.errors import DataError, NotFoundError, UsageError
from ssj_docs.office.adopted_files import hand_edits
from ssj_docs.office.workspace import Workspace, init_workspace, open_workspace

HEADING = ("序号", "考核项目", "考核内容", "分值", "评分标准", "印证材料", "责任单位")
ROWS = (
    (1, "组织领导", "成立领导小组", 5, "成立得5分", "文件；会议记录", "各成员单位"),
    (2, None, "年度计划任务完成情况", "20分", "每少一项扣4分，扣完为止", "记录表", "各成员单位"),
    (3, "结果公示", "按期公示检查结果", 15, "按比例计分", "公示截图", None),
    (4, None, "公示内容规范", "5-10", "视情况", None, None),
    (None, "合计", None, 40, None, None, None),
    (5, "加分项", "经验被推广", 3, "一次1分", None, None),
    (6, "一票否决", "弄虚作假", None, "查实不得分", None, None),
)


@pytest.fixture
def empty(tmp_path: Path) -> Workspace:
    init_workspace(tmp_path / "office")
    return open_workspace(tmp_path / "office", today=EXAMPLE_TODAY, now=NOW, who="考核员")


def excel(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "某县双随机工作考核细则"
    sheet.merge_cells("A1:G1")
    for row in (HEADING, *ROWS):
        sheet.append(row)
    sheet.merge_cells("B3:B4")
    sheet.merge_cells("B5:B6")
    book.save(path)
    return path


def word(path: Path) -> Path:
    paper = docx.Document()
    paper.add_paragraph("某县双随机工作考核细则")
    table = paper.add_table(rows=0, cols=len(HEADING))
    for row in (HEADING, *ROWS):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = "" if text is None else str(text)
    for first, last in ((2, 3), (4, 5)):
        merged = table.cell(first - 1 + 0, 1).merge(table.cell(last - 1, 1)) if first > 1 else None
        assert merged is not None
    paper.save(str(path))
    return path


@pytest.mark.parametrize(("make", "name"), [(excel, "细则.xlsx"), (word, "细则.docx")])
def test_an_own_table_is_read_and_what_is_unclear_is_asked(
    empty: Workspace, tmp_path: Path, make: Callable[[Path], Path], name: str
) -> None:
    path = make(tmp_path / name)
    read = read_scoring_table(path)
    assert read.name == "某县双随机工作考核细则"
    assert [(i.id, i.points, i.kind) for i in read.items] == [
        ("1.1", 5, "item"),
        ("1.2", 20, "item"),
        ("2.1", 15, "item"),
        ("3.1", 3, "bonus"),
        ("4.1", 0, "veto"),
    ]
    assert read.items[1].group == "组织领导"
    assert read.items[0].materials == ("文件", "会议记录")
    (asked,) = read.questions
    assert "5-10" in asked.question
    assert {offer.id: offer.choices[0] for offer in read.offers} == {
        "f1.2": "plan_completion",
        "f2.1": "disclosure_in_time",
    }
    assert any("合计" in line for line in read.left)
    with pytest.raises(UsageError, match="要先回答"):
        save_sheet(empty, read, "own")
    with pytest.raises(UsageError, match="不是分数"):
        read_scoring_table(path, answers={asked.id: "很多"})
    with pytest.raises(UsageError, match="没有要回答的"):
        read_scoring_table(path, answers={"r99": "1"})
    answered = {asked.id: "5", "f1.2": "plan_completion", "f2.1": "disclosure_in_time"}
    read = read_scoring_table(path, answers=answered)
    assert not read.questions
    save_sheet(empty, read, "own")
    sheet = load_sheet(empty)
    assert (sheet.id, sheet.total) == ("own", 45)
    assert sheet.item("1.2").formula is not None
    assert sheet.item("1.2").formula.text == "clamp(20 - 4 * failing(plan_completion), 0, 20)"
    assert sheet.item("2.1").formula.text == "clamp(15 * value(disclosure_in_time) / 100, 0, 15)"


def test_a_file_without_a_table_of_points_says_so(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["姓名", "电话"])
    book.save(tmp_path / "人员.xlsx")
    with pytest.raises(DataError, match="没有找到评分表"):
        read_scoring_table(tmp_path / "人员.xlsx")
    (tmp_path / "坏.docx").write_bytes(b"PK not a package")
    with pytest.raises(DataError):
        read_scoring_table(tmp_path / "坏.docx")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "甲"\ntotal = 5\n[[items]]\nid = "1"\nname = "乙"\npoints = 4\n', "合计 4 分"),
        ('name = "甲"\ntotal = 4\n[[items]]\nid = "1"\nname = "乙"\npoints = 4\nscore = "value(nothing)"\n', "nothing"),
        ('name = "甲"\ntotal = 4\n[[items]]\nid = "1"\nname = "乙"\npoints = 4\nscore = "open(1)"\n', "第 1 项"),
        ('name = "甲"\ntotal = 4\n[[items]]\nid = "1"\nname = "乙"\npoint = 4\n', "items.0.point"),
        ('name = "甲"\n[[items', "不是 TOML"),
    ],
)
def test_what_is_wrong_in_a_sheet_is_named(text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        parse_sheet("x", text)


def test_the_shipped_sheets_add_up(empty: Workspace) -> None:
    sheets = {name: load_sheet(empty, name) for name in sheet_files(empty)}
    assert {name: sheet.total for name, sheet in sheets.items()} == {"xianzhi": 100, "fazhi": 20, "xiangzhen": 50}
    assert load_sheet(empty, "乡镇配合“双随机、一公开”工作考核表").id == "xiangzhen"
    with pytest.raises(NotFoundError):
        load_sheet(empty, "没有")


def test_every_point_comes_from_pages_or_from_a_person(copied: Workspace) -> None:
    sheet = load_sheet(copied, "xianzhi")
    first = score(copied, EXAMPLE_YEAR, sheet)
    figures = {r.indicator.measure: (r.numerator, r.denominator) for r in assess(copied, EXAMPLE_YEAR).indicators}
    for line in first.lines:
        for measure, count in line.counts.items():
            assert (count.met, count.of) == figures.get(measure, (count.met, count.of))
            assert count.proved == count.met or f"有据可查 {count.proved}" in line.why
    done = {line.item.id: line for line in first.lines}
    met, of = figures["plan_completion"]
    assert done["2.1"].points == max(0, 15 - 3 * (of - met))
    assert done["1.1"].source == "open"
    assert done["6.3"].points is None
    assert first.total == pytest.approx(sum(line.points or 0 for line in first.lines))
    put(copied, EXAMPLE_YEAR, Pick("工作机制健全", "2026-002", "0001", 1, "", "见文件"))
    with pytest.raises(UsageError, match="没有写理由"):
        decide(copied, EXAMPLE_YEAR, sheet, Given("1.1", "check", 8, " "))
    with pytest.raises(UsageError, match="不能是 9 分"):
        decide(copied, EXAMPLE_YEAR, sheet, Given("1.1", "check", 9, "多"))
    with pytest.raises(UsageError, match="还没有核查"):
        decide(copied, EXAMPLE_YEAR, sheet, Given("1.1", "objection", None, "不同意"))
    decide(copied, EXAMPLE_YEAR, sheet, Given("1.1", "self", 8, "有分工文件"))
    decide(copied, EXAMPLE_YEAR, sheet, Given("1.1", "check", 4, "没有年度安排"))
    decide(copied, EXAMPLE_YEAR, sheet, Given("1.1", "objection", None, "安排已补交"))
    decide(copied, EXAMPLE_YEAR, sheet, Given("1.1", "final", 6, "补交材料部分认可"))
    with pytest.raises(UsageError, match="已经终评"):
        decide(copied, EXAMPLE_YEAR, sheet, Given("1.1", "check", 8, "再来"))
    decide(copied, EXAMPLE_YEAR, sheet, Given("6.2", "check", 2, "两户公示与记录表不符"))
    second = score(copied, EXAMPLE_YEAR, sheet)
    line = next(one for one in second.lines if one.item.id == "1.1")
    assert (line.points, line.source, len(line.decisions)) == (6, "hand", 4)
    assert "考核员" in line.why
    assert ("2026-002", 1) in {(p.case, p.page) for p in line.proofs}
    assert second.total == pytest.approx(first.total + 6 - 2)
    book = openpyxl.load_workbook(io.BytesIO(sheet_workbook(second)))
    cells = {row[0]: row for row in book["评分"].iter_rows(min_row=3, values_only=True)}
    assert cells["1.1"][7] == "6"
    assert cells["1.1"][10:14] == ("8", "4", "安排已补交", "6")
    assert cells["6.2"][7] == "-2"
    assert len(list(book["佐证"].iter_rows(min_row=3))) == sum(len(one.proofs) for one in second.lines)
    paper = docx.Document(io.BytesIO(sheet_docx(second, copied.office, copied.templates)))
    table = [[cell.text for cell in row.cells] for row in paper.tables[-1].rows]
    assert any("工作机制健全" in "".join(row) and row[5] == "6" for row in table)
    decide(copied, EXAMPLE_YEAR, sheet, Given("6.3", "final", 1, "查实一份记录表系补做"))
    assert score(copied, EXAMPLE_YEAR, sheet).total == 0


def test_departments_are_scored_by_what_is_theirs(office: Office) -> None:
    sheet = load_sheet(office.workspace, "xianzhi")
    ranked = ranking(office.workspace, EXAMPLE_YEAR, sheet)
    assert len(ranked) > 2
    assert [one.total for one in ranked] == sorted((one.total for one in ranked), reverse=True)
    assert len({one.total for one in ranked}) > 1
    short = next(d for d in office.workspace.office.departments if d.name == ranked[0].unit)
    assert score(office.workspace, EXAMPLE_YEAR, sheet, short.short or short.name).total == ranked[0].total
    with pytest.raises(NotFoundError):
        score(office.workspace, EXAMPLE_YEAR, sheet, "县气象局台站科")


def test_the_parts_of_a_year_add_up(office: Office) -> None:
    record = read_year(office.workspace, EXAMPLE_YEAR, min(EXAMPLE_TODAY, date(EXAMPLE_YEAR, 12, 31)))
    whole = {r.indicator.id: (r.numerator, r.denominator) for r in results_of(record)}
    assert whole == {r.indicator.id: (r.numerator, r.denominator) for r in office.assessment.indicators}
    for by in ("task", "township", "quarter", "half"):
        rows = [{r.indicator.id: (r.numerator, r.denominator) for r in results_of(p.record)} for p in parts(record, by)]
        for key in ("disclosure_rate", "handling_rate", "signed_archived"):
            assert tuple(map(sum, zip(*(row[key] for row in rows), strict=True))) == whole[key], (by, key)
    own = {p.key: p.record for p in parts(record, "department")}
    for name, one in own.items():
        assert all(f.department == name for fact in one.facts.values() for f in fact.findings)


def test_an_own_measure_counts_by_the_words_of_the_search(copied: Workspace) -> None:
    folder = copied.templates / "scoring"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text(
        """name = "自定"
total = 10
[[measures]]
id = "problems"
name = "发现问题的户次"
of = "cases"
where = "发现问题"
met = "处理"
[[measures]]
id = "forms"
name = "记录表"
of = "papers"
where = "文种:联合抽查记录表"
[[measures]]
id = "tables"
name = "公示表"
of = "papers"
where = "文种:gongshibiao"
met = "完好"
[[measures]]
id = "of_one"
name = "市场监管部门的结果"
of = "findings"
where = "部门:市监局"
[[items]]
id = "1"
name = "处置"
points = 10
score = "of(problems) + of(forms) + of(of_one) + met(tables) + value(problems) * 0"
""",
        "utf-8",
    )
    (line,) = score(copied, EXAMPLE_YEAR, load_sheet(copied)).lines
    figures = {r.indicator.measure: (r.numerator, r.denominator) for r in assess(copied, EXAMPLE_YEAR).indicators}
    assert line.counts["problems"].of == figures["handling_rate"][1]
    assert line.counts["forms"].of > 0
    assert line.counts["of_one"].of > 0
    assert line.counts["tables"].met == line.counts["tables"].proved == 1
    assert {(p.case, p.kind) for p in line.proofs} >= {("2026-002", "gongshibiao")}


def test_scoring_by_command(copied: Workspace, ssj: Callable[..., tuple[int, Any]], tmp_path: Path) -> None:
    here = ("--workspace", copied.root, "--today", "2026-11-20")
    path = excel(tmp_path / "细则.xlsx")
    code, read = ssj("scoring", "import", path, *here)
    assert (code, read["path"]) == (3, None)
    code, read = ssj("scoring", "import", path, "--answer", f"{read['questions'][0]['id']}=5", *here)
    assert code == 0
    assert Path(read["path"]).is_file()
    with copied.read() as connection:
        assert not hand_edits(copied, connection)  # brought in by the program, so nothing has to be adopted
    assert [one["id"] for one in ssj("scoring", "list", *here)[1]] == ["fazhi", "xiangzhen", "xianzhi", "own"]
    assert ssj("scoring", "set", 2026, "1.1", 5, "--reason", "见文件", *here)[1]["step"] == "check"
    code, done = ssj("score", 2026, "--out", tmp_path / "out", *here)
    assert (code, done["sheet"], done["full"]) == (0, "own", 45)
    assert done["total"] == 5
    assert {Path(file).suffix for file in done["files"]} == {".xlsx", ".docx"}
    code, parted = ssj("assess", "by", 2026, "--of", "department", *here)
    assert code == 0
    assert {row["part"] for row in parted["rows"]}
    assert ssj("score", 2031, *here)[0] == 7
