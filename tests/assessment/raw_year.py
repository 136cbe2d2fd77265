"""The example year counted from the raw workbooks, in a simpler way than the program counts it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import chinese_calendar
import openpyxl

from archive.demonstration import example_folder

CUTOFF = date(2026, 11, 20)
#: results of the example's vocabulary that are no problem
CLEAN = {"未发现问题", "未发现开展本次抽查涉及的经营活动"}


def rows(number: str, head: int = 1) -> list[dict[str, Any]]:
    path = next(example_folder().glob(f"{number}-*.xlsx"))
    lines = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))[head - 1 :]
    names = ["".join(str(name or "").split()) for name in lines[0]]
    return [dict(zip(names, line, strict=True)) for line in lines[1:]]


def bare(department: str) -> str:
    return department.removeprefix("青禾").removeprefix("县")


def workdays_after(start: date, count: int) -> date:
    while count:
        start += timedelta(days=1)
        count -= chinese_calendar.is_workday(start)
    return start


class Raw:
    """The year as the workbooks have it until ``cutoff``: (task, serial) → department → rows; every day ``years`` later."""

    def __init__(self, cutoff: date = CUTOFF, years: int = 0) -> None:
        self.cutoff, self.years = cutoff, years
        lines = list(
            openpyxl.load_workbook(next(example_folder().glob("01-*.xlsx"))).active.iter_rows(values_only=True)
        )
        self.plan = {line[2]: line for line in lines[2:]}
        self.drawn = [(row["抽查任务"], row["抽取序号"], row["统一社会信用代码"]) for row in rows("05")]
        self.results: dict[tuple[str, int], dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
        for row in rows("06"):
            if row["检查结果"] and self.day(row["形成结果日期"]):
                self.results[row["抽查任务"], row["抽取序号"]][bare(row["检查单位"])].append(row)

    def day(self, value: Any) -> date | None:
        """A cell's day, None if it is empty or after the cut-off."""
        if not isinstance(value, datetime):
            return None
        found = value.date().replace(year=value.year + self.years)
        return found if found <= self.cutoff else None

    def departments(self, task: str) -> set[str]:
        line = self.plan[task]
        return {bare(name) for name in [line[8], *line[9].split("、")]}

    def on(self, case: tuple[str, int], department: str, column: str) -> date | None:
        return min((d for row in self.results[case][department] if (d := self.day(row[column]))), default=None)


def recount(raw: Raw) -> dict[str, tuple[int, int]]:
    cases = raw.results
    planned = {task: [(t, n) for t, n, _ in raw.drawn if t == task] for task in raw.plan}
    told = {
        "plan_completion": (
            sum(
                bool(held) and all(raw.departments(task) <= set(cases.get(case, {})) for case in held)
                for task, held in planned.items()
            ),
            len(raw.plan),
        )
    }
    everyone = set().union(*(raw.departments(task) for task in raw.plan))
    told["joint_coverage"] = (len({d for held in cases.values() if len(held) > 1 for d in held}), len(everyone))
    named = {
        (task, re.sub(r"^\d+\.", "", item))
        for task, line in raw.plan.items()
        for item in f"{line[4]}\n{line[10]}".split("\n")
    }
    seen = {(case[0], row["抽查事项"]) for case, held in cases.items() for group in held.values() for row in group}
    told["item_coverage"] = (len(named & seen), len(named))
    told["disclosure_rate"] = (
        sum(all(raw.on(case, d, "公示日期") for d in held) for case, held in cases.items()),
        len(cases),
    )
    return told | recount_deadlines(raw) | recount_problems(raw)


def recount_deadlines(raw: Raw) -> dict[str, tuple[int, int]]:
    told = {}
    for name, start, act, days in (
        ("disclosure_in_time", "检查日期", "公示日期", 20),
        ("transfer_in_time", "形成结果日期", "移送日期", 7),
    ):
        verdicts = []
        for case, held in raw.results.items():
            states = []
            for department in held:
                began, done = raw.on(case, department, start), raw.on(case, department, act)
                if name == "transfer_in_time" and not any(row[act] for row in held[department]):
                    continue  # the example transfers whatever is to be transferred
                end = workdays_after(began, days)
                states.append(done <= end if done else False if end < raw.cutoff else None)
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
        taken = [group for group in held.values() if any(raw.day(row["立案日期"]) for row in group)]
        filed += bool(taken)
        closed += bool(taken) and all(any(raw.day(row["结案日期"]) for row in group) for group in taken)
    often = Counter(code for _, _, code in raw.drawn)
    return {
        "handling_rate": (handled, wrong),
        "closure_rate": (closed, filed),
        "subject_cap_kept": (sum(count <= 2 for count in often.values()), len(often)),
    }
