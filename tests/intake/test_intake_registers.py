"""Registers, draws and results: what comes in, what is refused, what changes when it comes again."""

from __future__ import annotations

from datetime import date
from typing import Any

import openpyxl
import pytest

from ssj_docs.commands.intake_report import show_report
from ssj_docs.database import journal, registers
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.intake.importing import import_files
from ssj_docs.intake.report import ImportOptions, ImportReport
from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.office.paper_kinds import load_kinds
from ssj_docs.office.workspace import Workspace
from ssj_docs.planning.checked_year import load_year
from ssj_docs.planning.rules import check

PLAN = [
    [
        "序号",
        "抽查任务名称",
        "抽查事项",
        "检查对象",
        "事项类别",
        "抽查类型",
        "发起部门",
        "配合部门",
        "抽取比例",
        "检查时间",
    ],
    [
        1,
        "农资联合抽查",
        "1.种子检查2.农药检查",
        "辖区农资店",
        "一般检查事项",
        "不定向",
        "农业农村局",
        "市监局",
        "10%",
        "2026年3月-6月",
    ],
    [
        2,
        "旅馆联合抽查",
        "1.治安检查2.卫生检查",
        "各类旅馆",
        "一般检查事项",
        "定向",
        "公安局",
        "卫健委",
        "5%",
        "2026年4月-9月",
    ],
]
PEOPLE = [
    ["姓名", "单位", "执法证号", "有效期至", "回避对象"],
    ["林知远", "农业农村局", "N-1", "2027-12-31", ""],
    ["王禾", "市监局", "S-1", "2026-04-30", ""],
    ["李青", "公安局", "G-1", "2027-12-31", "丰田里商行"],
    ["李青", "卫健委", "W-1", "2027-12-31", ""],
]


def code(serial: int) -> str:
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91419999MA{serial:07d}"
    total = sum(signs.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + signs[(31 - total % 31) % 31]


SUBJECTS = [
    ["市场主体名称", "统一社会信用代码", "地址", "风险等级", "标签"],
    ["丰田里商行", code(1), "丰田镇", "A", ""],
    ["三禾农资店", code(2), "三禾镇", "B", "工贸"],
    ["同名小店", code(3), "东街", "A", ""],
    ["同名小店", code(4), "西街", "A", ""],
    ["青禾花园工地", "", "北街", "", ""],
]


def put(workspace: Workspace, kind: Kind, rows: list[list[Any]], name: str = "", **options: Any) -> ImportReport:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    path = workspace.root / f"{name or kind}.xlsx"
    book.save(path)
    return import_files(workspace, kind, [path], ImportOptions(**options))


@pytest.fixture
def office(workspace: Workspace) -> Workspace:
    for kind, rows in (("plan", PLAN), ("inspectors", PEOPLE), ("subjects", SUBJECTS)):
        report = put(workspace, kind, rows)  # type: ignore[arg-type]
        assert not report.failed, report.problems
    return workspace


DRAW = [
    ["抽查任务", "抽取序号", "企业名称", "信用代码", "检查人员", "抽取日期"],
    ["农资联合抽查", 1, "丰田里商行", "", "林知远、王禾", "2026-03-20"],
    ["农资联合抽查", 2, "", code(2), "林知远；王禾（S-1）", "2026-03-20"],
    ["2026-002", 1, "同名小店", code(3), "李青（G-1）", "2026-05-10"],
    ["2026-002", 1, "同名小店", code(3), "李青（W-1）", "2026-05-10"],
]
RESULTS = [
    ["任务名称", "抽取序号", "检查单位", "抽查事项", "检查结果", "处理结果", "检查日期", "公示日期"],
    ["农资联合抽查", 1, "县农业农村局", "种子检查", "未发现问题", "", "2026-04-01", "2026-04-10"],
    ["农资联合抽查", 1, "县市监局", "种子检查", "发现问题已责令改正", "责令改正", "2026-04-01", "2026-04-10"],
    ["农资联合抽查", 2, "县农业农村局", "种子检查", "通过登记的住所(经营场所)无法联系", "", "2026-04-02", ""],
]


def codes(report: ImportReport, severity: str = "error") -> list[tuple[str, str]]:
    return [(problem.code, problem.cell) for problem in report.problems if problem.severity == severity]


def test_subjects_without_a_code_keep_their_serial(office: Workspace) -> None:
    again = put(office, "subjects", [SUBJECTS[0], ["别的工地", "", "南街", "", ""], SUBJECTS[5]], name="again")
    assert again.changes.added == ("S0002",)
    assert again.changes.unchanged == 1


def test_a_changed_subject_says_what_changed(office: Workspace) -> None:
    moved = [SUBJECTS[0], ["丰田里商行", code(1), "三禾镇", "B", ""]]
    report = put(office, "subjects", moved, name="moved")
    assert [change.as_json() for change in report.changed] == [
        {
            "id": code(1),
            "fields": [
                {"field": "address", "before": "丰田镇", "after": "三禾镇"},
                {"field": "grade", "before": "A", "after": "B"},
            ],
        }
    ]


def test_one_bad_row_imports_nothing(workspace: Workspace) -> None:
    wrong = code(2)[:-1] + ("0" if code(2)[-1] != "0" else "1")
    report = put(workspace, "subjects", [*SUBJECTS[:2], ["坏码店", wrong, "", "", ""], ["", code(9), "", "", ""]])
    assert codes(report) == [("subject.credit_code", "B3"), ("subject.blank", "A4")]
    assert report.imported == 0
    with workspace.read() as connection:
        assert registers.load_subjects(connection) == []
        assert journal.verify(connection).rows == 0


def test_the_same_code_twice_with_other_facts_is_an_error(workspace: Workspace) -> None:
    report = put(workspace, "subjects", [SUBJECTS[0], SUBJECTS[1], ["别名", code(1), "", "", ""]])
    assert codes(report) == [("subject.conflict", "B3")]


def test_personal_numbers_are_not_told_in_problems(workspace: Workspace) -> None:
    rows = [["姓名", "单位", "执法证号", "身份证号"], ["林知远", "公安局", "G-1", "110105194912310021"]]
    report = put(workspace, "inspectors", rows)
    assert codes(report) == [("inspector.id_number", "D2")]
    assert "110105" not in str(report.as_json())


def test_a_draw_from_the_platform(office: Workspace) -> None:
    report = put(office, "draw", DRAW)
    assert (report.rows, report.imported, codes(report)) == (4, 3, [])
    with office.read() as connection:
        cases = registers.load_cases(connection)
    assert [(case.id, case.inspectors, case.drawn) for case in cases] == [
        ("2026-001-0001", ("N-1", "S-1"), date(2026, 3, 20)),
        ("2026-001-0002", ("N-1", "S-1"), date(2026, 3, 20)),
        ("2026-002-0001", ("G-1", "W-1"), date(2026, 5, 10)),
    ]
    assert put(office, "draw", DRAW).changes.unchanged == 3


def test_a_draw_with_unknown_names_is_refused(office: Workspace) -> None:
    rows = [
        DRAW[0],
        ["没有的任务", 1, "丰田里商行", "", "林知远", ""],
        ["农资联合抽查", 1, "同名小店", "", "林知远、王禾", ""],
        ["农资联合抽查", 2, "没有的店", "", "李青", ""],
    ]
    report = put(office, "draw", rows)
    assert codes(report) == [("task.unknown", "A2"), ("subject.ambiguous", "C3"), ("subject.unknown", "C4")]
    assert ("person:李青:Sheet", "E4") in [(asked.id, asked.cell) for asked in report.questions]


def test_two_subjects_on_one_serial_are_refused(office: Workspace) -> None:
    rows = [DRAW[0], DRAW[1], ["农资联合抽查", 1, "三禾农资店", "", "林知远、王禾", ""]]
    assert codes(put(office, "draw", rows)) == [("draw.serial_repeated", "B3")]


def test_a_draw_without_serials_counts_on(office: Workspace) -> None:
    put(office, "draw", DRAW)
    rows = [["企业名称", "检查人员"], ["三禾农资店", "林知远、王禾"], ["青禾花园工地", "林知远、王禾"]]
    report = put(office, "draw", rows, name="more", task="2026-001")
    assert report.changes.added == ("2026-001-0003",)
    with pytest.raises(NotFoundError, match="2026-009"):
        put(office, "draw", rows, name="more", task="2026-009")


def test_results_become_findings_and_events(office: Workspace) -> None:
    put(office, "draw", DRAW)
    report = put(office, "results", RESULTS)
    assert (report.rows, report.imported, codes(report)) == (3, 3, [])
    with office.read() as connection:
        findings = registers.load_findings(connection)
        events = registers.load_events(connection)
    assert {(f.case, f.department, f.results) for f in findings} == {
        ("2026-001-0001", "农业农村局", ("R01",)),
        ("2026-001-0001", "市场监督管理局", ("R05",)),
        ("2026-001-0002", "农业农村局", ("R04",)),
    }
    assert {
        (e.event, e.department, e.date) for e in events if e.case == "2026-001-0001" and e.event == "disclosed"
    } == {
        ("disclosed", "农业农村局", date(2026, 4, 10)),
        ("disclosed", "市场监督管理局", date(2026, 4, 10)),
    }
    assert [(e.handling, e.date) for e in events if e.event == "handled"] == [("H1", date(2026, 4, 1))]


def test_a_corrected_date_replaces_the_old_one(office: Workspace) -> None:
    put(office, "draw", DRAW)
    put(office, "results", RESULTS)
    corrected = [RESULTS[0], [*RESULTS[1][:7], "2026-04-12"]]
    put(office, "results", corrected, name="corrected")
    with office.read() as connection:
        events = registers.load_events(connection, ["2026-001-0001"])
    assert [e.date for e in events if e.event == "disclosed" and e.department == "农业农村局"] == [date(2026, 4, 12)]


def test_results_that_cannot_be_are_refused(office: Workspace) -> None:
    put(office, "draw", DRAW)
    rows = [
        RESULTS[0],
        ["农资联合抽查", 9, "农业农村局", "甲", "未发现问题", "", "", ""],
        ["农资联合抽查", 1, "农业农村局", "甲", "一切都好", "", "", ""],
        ["农资联合抽查", 1, "农业农村局", "乙", "未发现问题；发现问题待后续处理", "", "2026-04-01", "2026-03-01"],
        ["农资联合抽查", 2, "农业农村局", "丙", "未发现问题", "", "", ""],
        ["农资联合抽查", 2, "农业农村局", "丙", "发现问题待后续处理", "立案", "", ""],
    ]
    report = put(office, "results", rows)
    assert codes(report) == [
        ("case.unknown", "B2"),
        ("result.unknown", "E3"),
        ("result.exclusive", "E4"),
        ("handling.no_date", "F6"),
        ("result.conflict", "E6"),
    ]
    assert ("result.date_order", "H4") in codes(report, "warning")


def test_a_dry_run_keeps_nothing(workspace: Workspace) -> None:
    report = put(workspace, "plan", PLAN, dry_run=True)
    assert (report.imported, len(report.changes.added)) == (0, 2)
    with workspace.read() as connection:
        assert registers.load_tasks(connection) == []


def test_an_import_writes_one_journal_row(office: Workspace) -> None:
    with office.read() as connection:
        assert journal.verify(connection).rows == 3


def test_a_task_gone_from_the_plan_is_told(office: Workspace) -> None:
    report = put(office, "plan", PLAN[:2], name="shorter")
    assert [problem.code for problem in report.problems if problem.code.startswith("plan.")] == ["plan.gone"]


def test_check_finds_what_is_wrong_with_the_draws(office: Workspace) -> None:
    late = [
        DRAW[0],
        ["农资联合抽查", 1, "丰田里商行", "", "王禾、林知远", "2026-05-20"],
        ["农资联合抽查", 2, "三禾农资店", "", "林知远", "2026-03-20"],
        ["2026-002", 1, "丰田里商行", "", "李青（G-1）、李青（W-1）", "2026-05-20"],
    ]
    assert not put(office, "draw", late).failed
    with office.read() as connection:
        findings = check(load_year(connection, office.office, load_kinds(), 2026))
    found = {(finding.rule, finding.cases) for finding in findings if finding.cases}
    assert found == {
        ("one_grade", ("2026-001-0001", "2026-001-0002")),
        ("few_inspectors", ("2026-001-0002",)),
        ("certificate", ("2026-001-0001",)),
        ("leader", ("2026-001-0001",)),
        ("recusal", ("2026-002-0001",)),
    }
    assert all(finding.clause for finding in findings)


def test_more_than_two_a_year_but_for_exempt_groups(office: Workspace) -> None:
    names = ["丰田里商行", "三禾农资店"]
    rows = [["抽查任务", "企业名称", "检查人员", "批次"]] + [
        ["2026-001", name, "林知远、王禾", round_] for name in names for round_ in (1, 2, 3)
    ]
    assert put(office, "draw", rows).imported == 6
    with office.read() as connection:
        findings = check(load_year(connection, office.office, load_kinds(), 2026, today=date(2026, 4, 1)))
    capped = [finding for finding in findings if finding.rule == "subject_cap"]
    assert [finding.problem.value for finding in capped] == ["丰田里商行"], "三禾农资店 is 工贸, which is exempt"
    assert len(capped[0].cases) == 3


def test_what_changed_is_told_in_the_words_of_the_sheet(office: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    put(office, "subjects", SUBJECTS)
    changed = [SUBJECTS[0], [*SUBJECTS[1][:3], "D", ""], *SUBJECTS[2:]]
    show_report(put(office, "subjects", changed, name="again"), office.office)
    assert "风险等级 A → D" in capsys.readouterr().out
