"""Every numerator and denominator counted again from the raw workbooks, in a simpler way; one figure everywhere."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import chinese_calendar
import openpyxl
import pytest
from assessed_office import Office
from lxml import etree, html

from archive.assessment_papers import shown
from archive.demonstration import example_folder

CUTOFF = date(2026, 11, 20)
#: results of the example's vocabulary that are no problem
CLEAN = {"未发现问题", "未发现开展本次抽查涉及的经营活动"}
EXPECTED = 13


def rows(number: str, head: int = 1) -> list[dict[str, Any]]:
    path = next(example_folder().glob(f"{number}-*.xlsx"))
    lines = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))[head - 1:]
    names = ["".join(str(name or "").split()) for name in lines[0]]
    return [dict(zip(names, line, strict=True)) for line in lines[1:]]


def day(value: Any) -> date | None:
    return value.date() if isinstance(value, datetime) and value.date() <= CUTOFF else None


def bare(department: str) -> str:
    return department.removeprefix("青禾").removeprefix("县")


def workdays_after(start: date, count: int) -> date:
    while count:
        start += timedelta(days=1)
        count -= chinese_calendar.is_workday(start)
    return start


class Raw:
    """The year as the workbooks have it: (task, serial) → department → rows."""

    def __init__(self) -> None:
        lines = list(openpyxl.load_workbook(next(example_folder().glob("01-*.xlsx"))).active.iter_rows(values_only=True))
        self.plan = {line[2]: line for line in lines[2:]}
        self.drawn = [(row["抽查任务"], row["抽取序号"], row["统一社会信用代码"]) for row in rows("05")]
        self.results: dict[tuple[str, int], dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
        for row in rows("06"):
            if row["检查结果"]:
                self.results[row["抽查任务"], row["抽取序号"]][bare(row["检查单位"])].append(row)

    def departments(self, task: str) -> set[str]:
        line = self.plan[task]
        return {bare(name) for name in [line[8], *line[9].split("、")]}

    def on(self, case: tuple[str, int], department: str, column: str) -> date | None:
        return min((d for row in self.results[case][department] if (d := day(row[column]))), default=None)


def recount(raw: Raw) -> dict[str, tuple[int, int]]:
    cases = raw.results
    planned = {task: [(t, n) for t, n, _ in raw.drawn if t == task] for task in raw.plan}
    told = {"plan_completion": (sum(
        bool(held) and all(raw.departments(task) <= set(cases.get(case, {})) for case in held)
        for task, held in planned.items()), len(raw.plan))}
    everyone = set().union(*(raw.departments(task) for task in raw.plan))
    told["joint_coverage"] = (len({d for held in cases.values() if len(held) > 1 for d in held}), len(everyone))
    named = {(task, re.sub(r"^\d+\.", "", item)) for task, line in raw.plan.items()
             for item in f"{line[4]}\n{line[10]}".split("\n")}
    seen = {(case[0], row["抽查事项"]) for case, held in cases.items() for group in held.values() for row in group}
    told["item_coverage"] = (len(named & seen), len(named))
    told["disclosure_rate"] = (
        sum(all(raw.on(case, d, "公示日期") for d in held) for case, held in cases.items()), len(cases))
    return told | recount_deadlines(raw) | recount_problems(raw)


def recount_deadlines(raw: Raw) -> dict[str, tuple[int, int]]:
    told = {}
    for name, start, act, days in (("disclosure_in_time", "检查日期", "公示日期", 20),
                                   ("transfer_in_time", "形成结果日期", "移送日期", 7)):
        verdicts = []
        for case, held in raw.results.items():
            states = []
            for department in held:
                began, done = raw.on(case, department, start), raw.on(case, department, act)
                if name == "transfer_in_time" and not done:
                    continue  # the example transfers whatever is to be transferred
                end = workdays_after(began, days)
                states.append(done <= end if done else False if end < CUTOFF else None)
            if False in states or (states and None not in states):
                verdicts.append(False not in states)
        told[name] = (sum(verdicts), len(verdicts))
    return told


def recount_problems(raw: Raw) -> dict[str, tuple[int, int]]:
    handled = filed = closed = wrong = 0
    for held in raw.results.values():
        troubled = [group for group in held.values() if any(row["检查结果"] not in CLEAN for row in group)]
        wrong += bool(troubled)
        handled += bool(troubled) and all(any(row["处理结果"] for row in group) for group in troubled)
        taken = [group for group in held.values() if any(day(row["立案日期"]) for row in group)]
        filed += bool(taken)
        closed += bool(taken) and all(any(day(row["结案日期"]) for row in group) for group in taken)
    often = Counter(code for _, _, code in raw.drawn)
    return {"handling_rate": (handled, wrong), "closure_rate": (closed, filed),
            "subject_cap_kept": (sum(count <= 2 for count in often.values()), len(often))}


def recount_archive(root: Path, raw: Raw) -> dict[str, tuple[int, int]]:
    """Case files that hold a record form, seen in the folders; every one came in on 2026-11-20, months late."""
    names = list(raw.plan)
    ids = {f"2026-{names.index(task) + 1:03d}-{number:04d}" for task, number in raw.results}
    held = {path.name for path in (root / "archive").glob("2026-*") if "jilubiao" in
            " ".join(p.read_text("utf-8") for p in path.rglob("item.json"))}
    assert len(held) > 25
    return {"signed_archived": (len(ids & held), len(ids)), "papers_complete": (0, len(ids)),
            "signed_in_time": (0, len(ids))}


def recount_floors(raw: Raw) -> tuple[int, int]:
    """Grades A to D with the default floors, and the groups by tag, of the register of subjects."""
    import tomllib

    rules = tomllib.loads((Path(__file__).resolve().parents[2] / "templates" / "office.toml").read_text("utf-8"))["rules"]
    codes = {code for _, _, code in raw.drawn}
    judged = []
    for rule in rules["ratios"]:
        pool = [row["统一社会信用代码"] for row in rows("03")
                if rule["group"] == row["风险等级"] or rule["group"] in re.split("[、,，;；]", row["标签"] or "")]
        if pool and rule.get("low") is not None:
            judged.append(100 * len(codes & set(pool)) / len(pool) >= rule["low"])
    return sum(judged), len(judged)


def test_every_numerator_and_denominator_as_counted_from_the_raw_workbooks(office: Office) -> None:
    raw = Raw()
    expected = recount(raw) | recount_archive(office.workspace.root, raw) | {"ratio_floors": recount_floors(raw)}
    found = {r.indicator.id: (r.numerator, r.denominator) for r in office.assessment.indicators}
    assert found == expected
    assert len(found) == EXPECTED


def words_of(docx: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(docx)) as package:
        return "".join(etree.fromstring(package.read("word/document.xml")).itertext())


def test_prose_table_workbook_pages_and_json_say_the_same(office: Office) -> None:
    folder = office.packs["restricted"] / "data"
    told = json.loads((folder / "assessment.json").read_text("utf-8"))["indicators"]
    prose = words_of((folder / "考核报告.docx").read_bytes())
    sheet = list(openpyxl.load_workbook(folder / "考核数据.xlsx")["指标"].iter_rows(min_row=3, values_only=True))
    page = html.fromstring((folder / "index.html").read_bytes()).findall(".//table")[0].findall(".//tr")[1:]
    for one, cells, line, result in zip(told, sheet, page, office.assessment.indicators, strict=True):
        value = shown(one["value"])
        assert f"{one['name']}为{value}（{one['numerator']}/{one['denominator']}，" in prose
        assert cells[:5] == (one["name"], one["unit"], one["numerator"], one["denominator"], one["value"])
        assert cells[7:9] == (len(one["evidence"]), len(one["missing"]))
        seen = [" ".join(cell.text_content().split()) for cell in line.findall("td")]
        assert seen[:3] == [one["name"], value, f"{one['numerator']}/{one['denominator']} {one['unit']}"]
        assert seen[-2:] == [f"{len(one['evidence'])} 页", f"{len(one['missing'])} 项"]
        assert one["numerator"] == sum(unit["met"] for unit in one["units"]) == sum(u.met for u in result.units)
        detail = list(openpyxl.load_workbook(folder / "考核数据.xlsx")["逐项情况"].iter_rows(min_row=3, values_only=True))
        mine = [row for row in detail if row[0] == one["name"]]
        assert (sum(row[2] == "是" for row in mine), len(mine)) == (one["numerator"], one["denominator"])
    judged = [one for one in told if one["met"] is not None]
    assert f"可以评定的{len(judged)}项，达标{sum(one['met'] for one in judged)}项" in prose


def test_a_paper_proves_only_what_it_shows(office: Office) -> None:
    by = {r.indicator.id: r for r in office.assessment.indicators}
    published = [u for u in by["disclosure_rate"].units if any(p.kind == "gongshibiao" for p in u.proofs)]
    assert [u.key for u in published] == ["2026-002-0001", "2026-002-0002"]
    page = next(p for p in published[0].proofs if p.kind == "gongshibiao")
    assert (page.case, page.page, page.words) == ("2026-002", 1, "青禾县瑞丰达石油销售有限公司加油站")
    # a 反馈书 goes to the company and publishes nothing; a record form handles nothing
    kinds = {i: {p.kind for p in by[i].proofs} for i in by}
    assert "fankui" not in kinds["disclosure_rate"] | kinds["disclosure_in_time"]
    assert {p.kind for u in by["handling_rate"].units for p in u.proofs} == {"jilubiao"}
    assert all(any(lack.what == "没有归档处理文书" for lack in u.lacks) for u in by["handling_rate"].units if u.met)
    for result in by.values():
        assert len(set(result.proofs)) == len(result.proofs)


@pytest.mark.parametrize("rendition", ["restricted", "internal"])
def test_every_cited_page_is_there_once(office: Office, rendition: str) -> None:
    folder = office.packs[rendition] / "data"
    told = json.loads((folder / "assessment.json").read_text("utf-8"))["indicators"]
    read = {(p["case"], p["item"]) for one in told for p in one["evidence"] if p["snippet"]}
    assert read  # some pages were read by OCR
    names = [path.name for path in (folder / "pages").iterdir()]
    for one in told:
        for proof in one["evidence"]:
            assert any(f"{proof['case']}-{proof['item']}-第{proof['page']}页" in name for name in names)
