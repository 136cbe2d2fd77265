"""The exam of foreign tables: every workbook of the corpus imported as a stranger would, held against its truth.

    python tests/intake/exam.py [--half seen|unseen] [--author a] [--kind plan] [--show]

A workbook is *right* at the first try, *asked* (right after at most three answers), *refused* with a reason, *wrong* with
a problem that names it, or *quietly wrong*: stored, no error, not the truth. The last must never be.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from ssj_docs.database import registers  # noqa: E402
from ssj_docs.intake.importing import import_files  # noqa: E402
from ssj_docs.intake.report import ImportOptions, ImportReport  # noqa: E402
from ssj_docs.intake.values.department_names import DepartmentNames  # noqa: E402
from ssj_docs.office.workspace import Workspace, init_workspace, open_workspace  # noqa: E402

CORPUS = Path(__file__).resolve().parent / "corpus"
TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
#: departments that the authors were told of, beside those of the shipped office.toml
DEPARTMENTS = [
    "教育局",
    "教育体育局",
    "住房和城乡建设局",
    "人力资源和社会保障局",
    "税务局",
    "农业农村局",
    "生态环境局",
    "文化广电和旅游局",
    "交通运输局",
    "自然资源局",
    "商务局",
    "发展和改革委员会",
    "民政局",
    "司法局",
    "财政局",
    "水利局",
    "林业局",
    "统计局",
    "医疗保障局",
    "城市管理局",
    "气象局",
    "烟草专卖局",
    "海关",
    "消防救援支队",
    "消防救援大队",
    "公安局",
    "应急管理局",
    "市场监督管理局",
    "卫生健康委员会",
]
ANSWERS, RUNS = 3, 40


@dataclass(frozen=True)
class Verdict:
    """What came of one workbook: ``right``, ``asked``, ``refused``, ``wrong`` or ``quiet``; ``why`` for people."""

    case: str
    kind: str
    verdict: str
    why: str = ""


def office(folder: Path) -> Workspace:
    """An office that knows the departments of the corpus."""
    init_workspace(folder)
    toml = folder / "office.toml"
    text = toml.read_text("utf-8")
    more = [name for name in DEPARTMENTS if f'name = "{name}"' not in text]
    text += "".join(f'\n[[departments]]\ncode = "X{n:02d}"\nname = "{name}"\n' for n, name in enumerate(more))
    toml.write_text(text, "utf-8")
    return open_workspace(folder, today=TODAY, now=NOW, who="exam")


def judge(case: Mapping[str, Any], folder: Path, template: Path) -> Verdict:
    """Import one workbook into a copy of the template office."""
    place = folder / case["id"]
    shutil.copytree(template, place)
    workspace = open_workspace(place, today=TODAY, now=NOW, who="exam")
    home = CORPUS / case["id"][0]
    case = {**case, "records": _in_the_offices_words(case["records"], workspace)}
    for kind, file in case["setup"]:
        done = import_files(workspace, kind, [home / file], ImportOptions(year=case.get("year")))
        if done.failed:
            return Verdict(case["id"], case["kind"], "setup", _told(done))
    arguments = dict(zip(case.get("args", [])[::2], case.get("args", [])[1::2], strict=True))
    options = ImportOptions(year=case.get("year"), task=arguments.get("--task", ""))
    report = import_files(workspace, case["kind"], [home / case["file"]], options)
    truth = case["records"]
    if report.failed:
        return _stopped(case, workspace, home, options, report)
    wrong = differences(case["kind"], truth or [], list(stored(workspace, case["kind"])))
    if truth is None:
        wrong = ["should have been refused", *wrong]
    flagged = {problem.cell for problem in report.problems}
    missed = [cell for cell in case.get("must_flag", []) if cell not in flagged]
    if missed:
        wrong.append(f"not flagged: {missed}")
    if not wrong:
        return Verdict(case["id"], case["kind"], "right")
    return Verdict(case["id"], case["kind"], "quiet", " ¦ ".join(wrong[:6]))


def _in_the_offices_words(records: list[dict[str, Any]] | None, workspace: Workspace) -> list[dict[str, Any]] | None:
    """Departments by the names that this office gives them (教育局 where it has 教育体育局 alone)."""
    if records is None:
        return None
    names = DepartmentNames(workspace.office)
    found = []
    for told in records:
        record = dict(told)
        for key in ("init", "part", "partners"):
            if key in record:
                record[key] = [names.canonical(one) or one for one in record[key]]
        if record.get("department"):
            record["department"] = names.canonical(record["department"]) or record["department"]
        found.append(record)
    return found


def _stopped(
    case: Mapping[str, Any], workspace: Workspace, home: Path, options: ImportOptions, report: ImportReport
) -> Verdict:
    """Nothing was stored: rightly, or can answers help?"""
    name, truth = case["id"], case["records"]
    if truth is None:
        return Verdict(name, case["kind"], "right", "refused as it should be")
    flagged = {problem.cell for problem in report.problems}
    if case.get("must_flag") and set(case["must_flag"]) <= flagged:
        return Verdict(name, case["kind"], "right", "fault named")
    tries: list[dict[str, str]] = []
    wrong: list[str] = []
    asked = report.questions[:1]
    answers: dict[str, str] = {}
    for number in range(RUNS):
        if len(answers) < ANSWERS and asked:
            tries += [{**answers, asked[0].id: choice.value} for choice in asked[0].choices]
        if not tries:
            break
        answers = tries.pop(0)
        place = workspace.root.with_name(f"{workspace.root.name}-{number}")
        shutil.copytree(workspace.root, place)
        fresh = open_workspace(place, today=TODAY, now=NOW, who="exam")
        done = import_files(fresh, case["kind"], [home / case["file"]], replace(options, answers=answers))
        asked = done.questions[:1] if done.failed else ()
        if not done.failed:
            wrong = differences(case["kind"], truth, list(stored(fresh, case["kind"])))
            if not wrong:
                return Verdict(name, case["kind"], "asked" if case["first_try"] else "right", f"{len(answers)} answers")
        shutil.rmtree(place)
    if wrong:
        return Verdict(
            name, case["kind"], "wrong", f"answers do not help: {asked and asked[0].text} " + " ¦ ".join(wrong[:4])
        )
    return Verdict(name, case["kind"], "refused", _told(report))


def _told(report: ImportReport) -> str:
    faults = [f"{p.cell} {p.message}" for p in report.problems if p.severity == "error"]
    asked = [f"? {q.cell} {q.text}" for q in report.questions]
    return " ¦ ".join(dict.fromkeys([*asked, *faults]))[:400]


# --- what is stored, in the words of the truth ------------------------------------------------------------------------
def stored(workspace: Workspace, kind: str) -> Iterator[dict[str, Any]]:
    """The registers as records of the truth's shape; empty values left out."""
    with workspace.read() as connection:
        yield from (
            {key: value for key, value in record.items() if value not in ("", [], None, ())}
            for record in _RECORDS[kind](workspace, connection)
        )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _plan(_workspace: Workspace, connection: Any) -> Iterator[dict[str, Any]]:
    for task in registers.load_tasks(connection, None):
        r = task.ratio
        figure: Any = {
            "percent": r.low, "floor": r.low, "cap": r.high, "range": [r.low, r.high],
            "count": r.count if r.count is not None else r.count_high, "per_level": dict(r.levels), "text": None,
        }.get(r.form)  # fmt: skip
        yield {
            "name": task.name, "plan": task.plan, "serial": task.serial, "field": task.field, "init": list(task.initiators),
            "part": list(task.partners), "object": task.object, "items": list(task.items), "pitems": list(task.partner_items),
            "category": task.category, "type": task.type, "level": task.level,
            "ratio": [r.form, figure] if r.raw and r.form != "text" else None, "frequency": task.frequency.per_year,
            "win": [_iso(task.window.start), _iso(task.window.end)] if task.window.start or task.window.end else None,
        }  # fmt: skip


def _items(_workspace: Workspace, connection: Any) -> Iterator[dict[str, Any]]:
    items = registers.load_items(connection)
    joined = {(partner, item.name) for item in items for partner in item.partners}
    for item in items:
        if not item.partners and (item.department, item.name) in joined:
            continue  # the record of a partner: the leading department's names it
        values = vars(item).copy()
        yield {key: list(value) if isinstance(value, tuple) else value for key, value in values.items() if key != "id"}


def _subjects(_workspace: Workspace, connection: Any) -> Iterator[dict[str, Any]]:
    for one in registers.load_subjects(connection):
        values = vars(one).copy()
        values.update(code=values.pop("credit_code"), tags=list(one.tags), founded=_iso(one.founded))
        del values["id"]
        yield values


def _inspectors(_workspace: Workspace, connection: Any) -> Iterator[dict[str, Any]]:
    for one in registers.load_inspectors(connection):
        yield {
            "name": one.name, "sex": one.sex, "department": one.department, "post": one.post, "id": one.id, "phone": one.phone,
            "fields": list(one.fields), "valid_from": _iso(one.valid_from), "valid_until": _iso(one.valid_until), "status": one.status,
        }  # fmt: skip


def _draw(_workspace: Workspace, connection: Any) -> Iterator[dict[str, Any]]:
    people = {one.id: one for one in registers.load_inspectors(connection)}
    subjects = {one.id: one for one in registers.load_subjects(connection)}
    for case in registers.load_cases(connection):
        subject = subjects[case.subject]
        yield {
            "subject": subject.name, "code": subject.credit_code, "task": case.task, "drawn": _iso(case.drawn),
            "inspectors": [{"name": people[i].name, "id": i, "department": people[i].department} for i in case.inspectors],
        }  # fmt: skip


def _results(workspace: Workspace, connection: Any) -> Iterator[dict[str, Any]]:
    subjects = {one.id: one for one in registers.load_subjects(connection)}
    cases = {case.id: case for case in registers.load_cases(connection)}
    labels = {result.code: result.label for result in workspace.office.results}
    handlings = {one.code: one.label for one in workspace.office.handlings}
    events: dict[tuple[str, str], dict[str, Any]] = {}
    for event in registers.load_events(connection):
        known = events.setdefault((event.case, event.department), {})
        known[event.event] = _iso(event.date)
        if event.event == "handled":
            known["handling"] = handlings[event.handling]
    for finding in registers.load_findings(connection):
        case = cases[finding.case]
        known = events.get((finding.case, finding.department), {})
        yield {
            "subject": subjects[case.subject].name, "code": subjects[case.subject].credit_code, "task": case.task,
            "department": finding.department, "item": finding.item, "results": [labels[code] for code in finding.results],
            "note": finding.note, "found": _iso(finding.found),
            **{key: known.get(key) for key in ("inspected", "disclosed", "handled", "handling")},
        }  # fmt: skip


_RECORDS = {
    "plan": _plan, "items": _items, "subjects": _subjects, "inspectors": _inspectors, "draw": _draw, "results": _results,
}  # fmt: skip
#: how a record of the truth finds its counterpart
_KEYS = {
    "plan": ("name", "object", "serial"), "items": ("name", "department"), "subjects": ("name",), "inspectors": ("name", "id"),
    "draw": ("subject", "task"), "results": ("subject", "department", "item"),
}  # fmt: skip
#: what a register holds without the sheet saying it, so that it is no invention
_DERIVED = {
    "plan": {"serial", "plan", "name"},
    "subjects": set[str](),
    "results": {"found", "code", "handled"},
    "draw": {"code", "inspectors"},
}
_TIDY = str.maketrans(
    {" ": None, "\u3000": None, "\n": None, "（": "(", "）": ")", "：": ":", "，": ",", "；": ";", "、": ","}
)


def _same(key: str, want: Any, have: Any) -> bool:
    if isinstance(want, str) and isinstance(have, str):
        return want.translate(_TIDY).rstrip("。;,") == have.translate(_TIDY).rstrip("。;,")
    if key == "results":
        return _judged(want, have)
    if key in ("init", "part", "partners", "tags", "fields", "items", "pitems", "results") and isinstance(have, list):
        return sorted(_flat(want)) == sorted(_flat(have))
    if key == "inspectors":
        return _people(want, have)
    if key == "ratio" and want and have:
        return want[0] == have[0] and (want[1] == have[1] or json.dumps(want[1]) == json.dumps(have[1]))
    return bool(want == have)


def _judged(want: list[str] | None, have: list[str] | None) -> bool:
    """合格 may be kept as 未发现问题, 不合格 as either of the two results that say that something was found."""
    problems = {"发现问题已责令改正", "发现问题待后续处理"}
    if want == ["不合格"]:
        return bool(set(have or ()) & problems)
    return sorted(_flat("未发现问题" if one == "合格" else one for one in want or ())) == sorted(_flat(have or ()))


def _flat(values: Iterable[str]) -> list[str]:
    return [value.translate(_TIDY).rstrip("。;,") for value in values]


def _people(want: list[dict[str, Any]] | None, have: list[dict[str, Any]] | None) -> bool:
    """The same people, by number where the truth has it, else by name."""
    rest = list(have or ())
    for person in want or ():
        key = "id" if "id" in person else "name"
        found = next((one for one in rest if one[key] == person[key]), None)
        if found is None:
            return False
        rest.remove(found)
    return not rest


def differences(kind: str, truth: list[dict[str, Any]], found: list[dict[str, Any]]) -> list[str]:
    """Where the registers do not say what the truth says, in words; [] where they agree."""
    told: list[str] = []
    if len(truth) != len(found):
        told.append(f"{len(found)} records, not {len(truth)}")
    rest = list(found)
    for wanted in truth:
        record = {key: value for key, value in wanted.items() if value not in ("", [], None)}
        if not rest:
            break
        best = max(rest, key=lambda other: _likeness(kind, record, other))
        rest.remove(best)
        keys = set(record) | {key for key in best if key not in _DERIVED.get(kind, set())}
        if kind == "results":  # handling is an event of the department's visit, not of one item
            same = [
                r
                for r in truth
                if r["subject"] == record["subject"] and r.get("department") == record.get("department")
            ]
            for key in ("handling", "handled", "inspected", "disclosed"):
                keys -= {key} if len(same) > 1 and best.get(key) in [r.get(key) for r in same] else set()
        if kind in ("draw", "results"):
            keys -= {"code"} if "code" not in record else set()
            keys -= {"task"} if "task" not in record or not str(record["task"]).startswith("20") else set()
        for key in sorted(keys):
            want, have = record.get(key), best.get(key)
            if not _same(key, want, have):
                told.append(f"{record.get('name') or record.get('subject')}.{key}: {have!r}, not {want!r}")
    return told


def _likeness(kind: str, record: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    exact = sum(_same(key, record[key], other.get(key)) for key in record)
    return 3 * sum(_same(key, record.get(key), other.get(key)) for key in _KEYS[kind] if key in record) + exact


@dataclass
class Tally:
    """Verdicts counted, by kind and altogether."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, verdict: Verdict) -> None:
        """Count one."""
        for kind in (verdict.kind, "all"):
            self.counts.setdefault(kind, Counter())[verdict.verdict] += 1

    def lines(self) -> Iterator[str]:
        """A table, one line a kind."""
        heads = ("right", "asked", "refused", "wrong", "quiet")
        yield f"{'kind':12}" + "".join(f"{head:>9}" for head in (*heads, "of"))
        for kind, counted in self.counts.items():
            yield f"{kind:12}" + "".join(f"{counted[head]:9}" for head in heads) + f"{sum(counted.values()):9}"


def cases(half: str = "", author: str = "", kind: str = "", only: str = "") -> list[dict[str, Any]]:
    """The cases of the corpus that are wanted."""
    found = [case for path in sorted(CORPUS.glob("*/truth.json")) for case in json.loads(path.read_text("utf-8"))]
    return [
        case
        for case in found
        if half in ("", case["half"])
        and author in ("", case["id"][0])
        and kind in ("", case["kind"])
        and only in ("", case["id"])
    ]


def run(wanted: list[dict[str, Any]]) -> Iterator[Verdict]:
    """Judge the cases, each in an office of its own."""
    with tempfile.TemporaryDirectory() as name:
        template = Path(name) / "template"
        workspace = office(template)
        with workspace.read():
            pass
        workspace.close()
        for case in wanted:
            try:
                yield judge(case, Path(name), template)
            except Exception as error:
                yield Verdict(case["id"], case["kind"], "wrong", f"defect: {type(error).__name__}: {error}")
            shutil.rmtree(Path(name) / case["id"], ignore_errors=True)


def main() -> None:
    """Print each verdict and the tally."""
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("half", "author", "kind", "only"):
        parser.add_argument(f"--{option}", default="")
    parser.add_argument("--quiet", action="store_true", help="figures only: nothing of what the sheets hold")
    given = parser.parse_args()
    tally = Tally()
    for verdict in run(cases(given.half, given.author, given.kind, given.only)):
        tally.add(verdict)
        if not given.quiet:
            print(f"{verdict.case:18} {verdict.verdict:8} {verdict.why}", flush=True)
    print("\n".join(tally.lines()))


if __name__ == "__main__":
    main()
