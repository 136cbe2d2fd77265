"""ssj draw, due, stats on a real workspace: what is stored, what is refused, what the journal says."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import insert

import cli
from ssj_docs.database import journal, registers, schema
from ssj_docs.facts.case_facts import load_facts
from ssj_docs.model.case import CaseEvent, Finding
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.model.plan import Frequency, InspectionTask, Ratio, Window
from ssj_docs.office.paper_kinds import load_kinds
from ssj_docs.office.workspace import init_workspace, open_workspace
from ssj_docs.planning.draw.algorithm import Seed
from ssj_docs.planning.draw.drawing import make_draw
from ssj_docs.planning.draw.pool import DrawOptions

YJ, SJ = "应急管理局", "市场监督管理局"
SEED = "00112233445566778899aabbccddeeff"


def task(serial, **more):
    values = {"initiators": (YJ,), "partners": (SJ,), "ratio": Ratio("10%", "percent", 10.0, 10.0), **more}
    return InspectionTask(
        f"2026-{serial:03d}",
        2026,
        serial,
        str(serial),
        "计划",
        f"青禾任务{serial}",
        "",
        (),
        (),
        "企业",
        "一般",
        "不定向",
        values["initiators"],
        values["partners"],
        "县级",
        values["ratio"],
        Frequency(),
        Window(),
    )


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "青禾"
    init_workspace(folder)
    subjects = [Subject(f"S{n:03d}", f"青禾第{n}商行", district=f"乡镇{n % 3}", phone="0000000") for n in range(60)]
    people = [
        Inspector(f"{code}{n}", f"周{code}{n}", department=name, valid_until=date(2027, 1, 1))
        for code, name in (("Y", YJ), ("S", SJ))
        for n in range(3)
    ]
    with opened(folder).transaction() as connection:
        registers.save_tasks(
            connection, [task(1), task(2), task(3, partners=("公安局",)), task(4, ratio=Ratio("省级计划规定比例"))]
        )
        registers.save_subjects(connection, subjects)
        registers.save_inspectors(connection, people)
    return folder


def opened(root):
    return open_workspace(root, today=date(2026, 3, 2), now=datetime(2026, 3, 2, 9, tzinfo=UTC), who="文书")


@pytest.fixture
def ssj(root, capsys):
    def run(*arguments, code=0, today="2026-03-02"):
        with pytest.raises(SystemExit) if code else _nothing() as left:
            cli.main(["--workspace", str(root), "--today", today, "--json", *arguments])
        out = capsys.readouterr().out
        assert not code or left.value.code == code, out
        return json.loads(out)

    return run


class _nothing:
    def __enter__(self):
        return None

    def __exit__(self, *_):
        return False


def journal_of(root):
    with opened(root).read() as connection:
        assert journal.verify(connection).state == "intact"
        rows = connection.exec_driver_sql("select action, subject, detail, digest from journal order by id").fetchall()
    return [(row[0], row[1], json.loads(row[2]), row[3]) for row in rows]


def test_a_draw_is_stored_recorded_and_repeatable(root, ssj, tmp_path):
    answer = ssj("draw", "2026-001", "--seed", SEED)
    assert answer["drawn"] == 6
    with opened(root).read() as connection:
        cases = registers.load_cases(connection, task="2026-001")
    assert [case.id for case in cases] == [f"2026-001-{n:04d}" for n in range(1, 7)]
    assert all(len(case.inspectors) == 2 and case.inspectors[0].startswith("Y") for case in cases)
    assert [case.drawn for case in cases] == [date(2026, 3, 2)] * 6
    (entry,) = [row for row in journal_of(root) if row[0] == "draw"]
    assert entry[3] == answer["sha256"]
    away = tmp_path / "别处.json"
    away.write_bytes((root / answer["record"]).read_bytes())
    cli.main(["draw", "verify", str(away)])


def test_the_same_seed_draws_the_same(root, ssj):
    first = ssj("draw", "2026-001", "--seed", SEED)["cases"]
    again = ssj("draw", "2026-001", "--seed", SEED, "--redraw", "复核演练")["cases"]
    assert [case["subject"] for case in first] == [case["subject"] for case in again]
    assert [case["serial"] for case in again] == list(range(7, 13))  # serials are not used twice


def test_a_second_draw_needs_a_reason_and_stays_in_the_journal(root, ssj):
    ssj("draw", "2026-001")
    refused = ssj("draw", "2026-001", code=3)
    assert "--redraw" in refused["remedy"]
    ssj("draw", "2026-001", "--redraw", "名录有误")
    (entry,) = [row for row in journal_of(root) if row[0] == "draw.redraw"]
    assert entry[2]["reason"] == "名录有误"
    old = ssj("draw", "verify", "issued/draws/2026-001-r1-1.json")
    assert old["ok"]
    assert any("取代" in problem["message"] for problem in old["problems"])
    with opened(root).read() as connection:
        assert len(registers.load_cases(connection, task="2026-001")) == 6


def test_no_redraw_once_there_are_results(root, ssj):
    case = ssj("draw", "2026-001")["cases"][0]["case"]
    with opened(root).transaction() as connection:
        registers.save_findings(connection, [Finding(case, YJ, "制度", ("R01",))])
    refused = ssj("draw", "2026-001", "--redraw", "不满意", code=3)
    assert case in refused["error"]
    with opened(root).read() as connection:
        assert len(registers.load_cases(connection, task="2026-001")) == 6


def test_a_second_round_goes_on_with_the_serials(ssj):
    ssj("draw", "2026-001")
    second = ssj("draw", "2026-001", "--round", "2")
    assert second["cases"][0]["case"] == "2026-001-0007"


def test_the_cap_of_the_year_holds_over_tasks(root, ssj):
    for number in ("2026-001", "2026-002"):
        ssj("draw", number, "--ratio", "100")
    refused = ssj("draw", "2026-001", "--round", "2", "--ratio", "100")
    assert refused["drawn"] == 0
    assert any("60 户本年已抽查 2 次" in note for note in refused["notes"])


FORM = ("--public-name", "福彩3D开奖号码", "--public-form", "000")
FULL = {"level": "full", "remarks": []}


def test_commit_then_draw(root, ssj):
    day = date.today() + timedelta(days=1)
    published = ssj("draw", "commit", "2026-001", *FORM, "--public-day", day.isoformat())
    assert "seed" not in published
    assert published["public_value"] == {"name": "福彩3D开奖号码", "day": day.isoformat(), "form": "000"}
    assert published["to_draw"] == 6
    text = (root / published["path"]).read_text("utf-8")
    assert "要到" in ssj("draw", "2026-001", "--public", "042", code=2)["error"]
    with opened(root) as office:
        made = make_draw(
            replace(office, now=datetime.now(UTC) + timedelta(days=2)), "2026-001", DrawOptions(), Seed("", "042")
        ).record
    assert made["seed"] not in text
    assert made["commitment"]["seed_sha256"] == published["seed_sha256"]
    assert made["commitment"]["sha256"] == published["sha256"]
    assert made["public"] == "042"
    checked = ssj("draw", "verify", "issued/draws/2026-001-r1-1.json")
    assert checked == {"ok": True, "drawn": 6, "problems": [], "grade": FULL}


def test_after_the_commitment_neither_pool_nor_seed_nor_parameters_may_change(root, ssj):
    ssj("draw", "commit", "2026-001")
    assert "种子" in ssj("draw", "2026-001", "--seed", SEED, code=2)["error"]
    assert "参数" in ssj("draw", "2026-001", "--ratio", "20", code=2)["error"]
    with opened(root).transaction() as connection:
        registers.save_subjects(connection, [Subject("S999", "后加商行")])
    refused = ssj("draw", "2026-001", code=3)
    assert any("对象名录" in problem["message"] for problem in refused["problems"])
    assert "原因" in ssj("draw", "commit", "2026-001", code=3)["remedy"]
    ssj("draw", "commit", "2026-001", "--reason", "新增一户")
    assert ssj("draw", "2026-001")["pool_count"] == 61


def test_a_redraw_can_be_committed_to_as_well(ssj):
    first = ssj("draw", "2026-001")
    assert "--reason" in ssj("draw", "commit", "2026-001", code=3)["remedy"]
    published = ssj("draw", "commit", "2026-001", "--reason", "名录有误")
    ssj("draw", "2026-001", code=3)
    again = ssj("draw", "2026-001", "--redraw", "名录有误")
    assert again["commitment"]["seed_sha256"] == published["seed_sha256"]
    told = ssj("draw", "verify", again["record"])
    assert told["problems"] == [] and told["grade"]["level"] == "limited"
    assert any("这是第 2 次抽取（原因：名录有误）" in remark for remark in told["grade"]["remarks"])
    assert any("取代" in problem["message"] for problem in ssj("draw", "verify", first["record"])["problems"])


def test_a_record_changed_on_disk_is_detected(root, ssj):
    made = ssj("draw", "2026-001")
    path = root / made["record"]
    path.write_text(path.read_text("utf-8").replace("青禾第7商行", "青禾第八商行"), encoding="utf-8")
    verdict = ssj("draw", "verify", made["record"], code=5)
    assert not verdict["ok"]
    assert {p["code"] for p in verdict["problems"]} >= {"draw.pool", "draw.file"}


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("2026-099",), 7, "2026-099"),
        (("2026-004",), 2, "省级计划规定比例"),
        (("2026-003",), 3, "执法检查人员"),
        (("2026-001", "--seed", "xyz"), 2, "十六进制"),
        (("2026-001", "--ratio", "0"), 2, "百分数"),
        (("2026-001", "--ratio", "3", "--count", "3"), 2, "只能给一个"),
        (("2026-001", "--where", "颜色=红"), 2, "颜色=红"),
        (("2026-001", "--where", "行业=采矿"), 3, "行业=采矿"),
        (("verify", "没有.json"), 7, "没有.json"),
    ],
)
def test_what_cannot_be_drawn_is_told_and_leaves_nothing(root, ssj, arguments, code, word):
    assert word in ssj("draw", *arguments, code=code)["error"]
    with opened(root).read() as connection:
        assert registers.load_cases(connection) == []
    assert not list((root / "issued").rglob("*.json"))


def test_objects_only(ssj):
    made = ssj("draw", "2026-003", "--objects-only")
    assert made["drawn"] == 6
    assert all(case["inspectors"] == [] for case in made["cases"])


def test_a_preview_draws_and_writes_nothing(root, ssj):
    before = journal_of(root)
    sizes = ssj("draw", "2026-001", "--dry-run")
    assert (sizes["pool_count"], sizes["to_draw"], sizes["inspectors"]) == (60, 6, 6)
    assert {quota["stratum"]: quota["quota"] for quota in sizes["quotas"]} == {f"乡镇{n}": 2 for n in range(3)}
    assert journal_of(root) == before
    assert not list((root / "issued").rglob("*.json"))


def _with_results(root, ssj):
    cases = [case["case"] for case in ssj("draw", "2026-001", "--seed", SEED)["cases"]]
    codes = ["R01", "R05", "R08", "R04", "R01", "R02"]
    with opened(root).transaction() as connection:
        registers.save_findings(
            connection,
            [
                Finding(case, department, "制度", (code if department == YJ else "R01",), found=date(2026, 9, 18))
                for case, code in zip(cases, codes, strict=True)
                for department in (YJ, SJ)
            ],
        )
        registers.save_events(
            connection,
            [
                *(CaseEvent(case, "inspected", date(2026, 9, 18)) for case in cases),
                *(CaseEvent(case, "disclosed", date(2026, 9, 28)) for case in cases[:2]),
                CaseEvent(cases[1], "handled", date(2026, 9, 21), YJ, "H1"),
            ],
        )
    return cases


def test_due(root, ssj):
    cases = _with_results(root, ssj)
    rows = ssj("due", today="2026-10-09")
    disclosure = [row for row in rows if row["deadline"] == "disclosure"]
    assert {row["case"]: (row["state"], row["due"]) for row in disclosure} == {
        case: ("done" if n < 2 else "open", "2026-10-22") for n, case in enumerate(cases)
    }
    (transfer,) = [row for row in rows if row["deadline"] == "transfer"]
    assert (transfer["case"], transfer["state"], transfer["due"]) == (cases[2], "late", "2026-09-29")
    soon = ssj("due", "--within", "5", today="2026-10-09")
    assert all(row["state"] == "late" for row in soon)
    assert ssj("due", "--task", "2026-002", today="2026-10-09") == []
    assert ssj("due", "--task", "2026-777", code=7)["exit_code"] == 7


def test_due_for_people_says_provisional(root, ssj, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "240")  # so that no cell is broken over lines
    _with_results(root, ssj)
    with opened(root).transaction() as connection:
        registers.save_events(connection, [CaseEvent("2026-001-0003", "closed", date(2026, 12, 20), SJ)])
    cli.main(["--workspace", str(root), "--today", "2026-12-21", "due"])
    out = capsys.readouterr().out
    assert "（暂定）" in out
    assert "未公布" in out.replace("\n", "")


def test_stats(root, ssj):
    _with_results(root, ssj)
    answer = ssj("stats", "--year", "2026")
    total = answer["汇总表"][-1]
    assert (total["单位"], total["抽查户数"], total["未发现问题"], total["责令改正"]) == ("合计", 6, 2, 1)
    assert len(answer["统计表"]) == 6
    assert sum(row["抽查结果"] == "未发现问题" for row in answer["统计表"]) == 2
    workbook = openpyxl.load_workbook(root / next(name for name in answer["files"] if name.endswith("汇总表.xlsx")))
    assert workbook.sheetnames == ["汇总表", "按任务", "按年度"]
    sheet = workbook["汇总表"]
    head = [sheet.cell(2, 1).value, sheet.cell(2, 2).value, *(sheet.cell(3, n).value for n in range(3, 15))]
    assert head == list(total)
    last = next(row for row in sheet.iter_rows(min_row=4, values_only=True) if row[0] == "合计")
    assert list(last) == list(total.values())
    assert len(sheet._charts) == 1
    assert {name.rsplit(".", 1)[1] for name in answer["files"]} == {"docx", "xlsx"}


def test_stats_again_writes_the_same_files_and_new_results_new_ones(root, ssj):
    cases = _with_results(root, ssj)
    first = ssj("stats", "--task", "2026-001")["files"]
    before = {name: (root / name).read_bytes() for name in first}
    assert ssj("stats", "--task", "2026-001")["files"] == first
    with opened(root).transaction() as connection:
        registers.save_findings(connection, [Finding(cases[0], YJ, "制度", ("R06",))])
    later = ssj("stats", "--task", "2026-001")["files"]
    assert set(later).isdisjoint(first)
    assert {name: (root / name).read_bytes() for name in first} == before


def test_the_public_files_hold_no_phone(root, ssj):
    _with_results(root, ssj)
    answer = ssj("stats", "--year", "2026", "--public")
    assert "电话" not in answer["统计表"][0]
    name = next(name for name in answer["files"] if name.endswith("统计表（公开版）.xlsx"))
    cells = [cell for row in openpyxl.load_workbook(root / name).active.iter_rows(values_only=True) for cell in row]
    assert "0000000" not in cells
    assert "电话" not in cells


def test_stats_of_nothing(ssj):
    assert "还没有案件" in ssj("stats", "--year", "2026", code=7)["error"]
    assert ssj("stats", "--task", "2026-777", code=7)["exit_code"] == 7


def test_next(root, ssj):
    cases = _with_results(root, ssj)
    rows = {row["case"]: row for row in ssj("next", today="2026-10-09")}
    assert [rows[case]["state"] for case in cases] == ["finished", "disclosed", "found", "found", "found", "found"]
    assert [step["act"] for step in rows[cases[1]]["proposals"]] == ["recheck"]
    assert [(step["act"], step["due"]) for step in rows[cases[2]]["proposals"]] == [
        ("transfer", "2026-09-29"),
        ("disclose", "2026-10-22"),
    ]
    assert [row["case"] for row in ssj("next", "--state", "已办结", today="2026-10-09")] == [cases[0]]


def test_papers_meet_deadlines_the_signed_form_in_the_archive_and_the_letter_that_was_issued(root, ssj):
    """The closed loop: nobody enters a second time what the archive and the register of documents know."""
    first, second, *_ = _with_results(root, ssj)
    with opened(root).transaction() as connection:
        connection.execute(
            insert(schema.archive_items).values(
                case=first,
                item="0001",
                kind="jilubiao",
                title="联合抽查记录表",
                number="",
                department="",
                files=[],
                sha256="0" * 64,
                origin="scan",
                source={},
                issued="",
                verdict="none",
                verdict_detail={},
                state="filed",
                retention="D10",
                received_at="2026-09-24T10:00:00+08:00",
                version="v1",
            )
        )
        connection.execute(
            insert(schema.issued).values(
                id="yijiaohan-1",
                kind="yijiaohan",
                title="移交函",
                number="青双随机办函〔2026〕1号",
                task="2026-001",
                case=second,
                department="",
                date=date(2026, 9, 22),
                path="issued/x.docx",
                sha256="",
                content_digest="",
                pdf_path="",
                pdf_sha256="",
                version=1,
                current=True,
                issued_at="2026-09-22T10:00:00+08:00",
            )
        )
    rows = {(row["case"], row["deadline"]): row for row in ssj("due", today="2026-10-09")}
    assert (rows[first, "records"]["state"], rows[first, "records"]["met_on"]) == ("done", "2026-09-24")
    assert rows[second, "records"]["state"] == "late"
    with opened(root).read() as connection:
        _, events, _ = load_facts(connection, load_kinds(), task="2026-001")
    assert [(e.case, e.date) for e in events if e.event == "transfer_letter"] == [(second, date(2026, 9, 22))]
    with opened(root).transaction() as connection:
        registers.save_events(connection, [CaseEvent(first, "records_submitted", date(2026, 9, 21))])
    again = next(row for row in ssj("due", today="2026-10-09") if (row["case"], row["deadline"]) == (first, "records"))
    assert again["met_on"] == "2026-09-21"
