"""Measures of the year's assessment: each counts units (户次, 户, 任务, 事项, 部门, 组) and says of each whether it is met.

office.toml names a measure by its function here and gives it a name, a target and a clause. A unit that is not met, or
that is met on paper but has no archived page to prove it, says what is missing and whom to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from archive.missing import STATES, Paper
from archive.proofs import Proof, ProofIndex
from ssj_docs.model.case import Case
from ssj_docs.model.office import Office
from ssj_docs.model.people import Subject
from ssj_docs.model.plan import InspectionTask
from ssj_docs.planning.case_facts import CaseFacts, is_problem
from ssj_docs.planning.due_dates import Due

RECORD = ("jilubiao",)
DISCLOSURE = ("gongshibiao", "gongshijietu", "fankui")
TRANSFER = ("yijiaohan", "gaozhihan")
HANDLING = ("zeling", "fucha", "yijiaohan", "gaozhihan", "fuhan", "bilu", "jilubiao")
#: words by which the page is chosen in a paper of several pages
WORDS = ("检查结果", "公示", "移交", "函告", "责令", "复查", "处理意见")


@dataclass(frozen=True)
class YearRecord:
    """All that is known of a year when it is assessed; ``cutoff``: what happened later does not count."""

    year: int
    office: Office
    cutoff: date
    tasks: Sequence[InspectionTask]
    cases: Sequence[Case]
    facts: Mapping[str, CaseFacts]
    subjects: Mapping[str, Subject]
    dues: Mapping[str, Sequence[Due]]
    papers: Mapping[str, Sequence[Paper]]
    proofs: ProofIndex

    def day(self, case: str, event: str) -> date | None:
        """First day of an event up to the cut-off, None if it did not happen."""
        days = [e.date for e in self.facts[case].events.get(event, ()) if e.date <= self.cutoff]
        return min(days, default=None)

    def inspected(self, case: str) -> bool:
        """True if the inspection ended by the cut-off."""
        return self.day(case, "inspected") is not None or any(
            f.found and f.found <= self.cutoff for f in self.facts[case].findings)

    def label(self, case: str) -> str:
        """Name of the subject of a case."""
        subject = self.subjects.get(self.facts[case].case.subject)
        return subject.name if subject else self.facts[case].case.subject

    def leader(self, case: str) -> str:
        """The initiating department of a case: whom to ask."""
        task = next((t for t in self.tasks if t.id == self.facts[case].case.task), None)
        return task.initiators[0] if task and task.initiators else self.office.name


@dataclass(frozen=True)
class Lack:
    """What is missing for a unit: ``what`` and whom to ``ask``; ``case`` is empty where it is not about one case."""

    case: str
    what: str
    ask: str


@dataclass(frozen=True)
class Unit:
    """One unit of a denominator.

    Attributes:
        key: case id, task id, subject id, department or item. label: its name. met: it counts in the numerator.
        why: the fact that decided it. cases: cases behind it. proofs: pages that prove it. lacks: what is missing.
    """

    key: str
    label: str
    met: bool
    why: str
    cases: tuple[str, ...] = ()
    proofs: tuple[Proof, ...] = ()
    lacks: tuple[Lack, ...] = field(default=())


Measure = Callable[[YearRecord], Iterator[Unit]]


def _unit(record: YearRecord, case: str, met: bool, why: str, kinds: Sequence[str], what: str) -> Unit:
    """A unit that is one case: the record form proves the inspection, a paper of ``kinds`` the rest."""
    ask = record.leader(case)
    lacks = [] if met else [Lack(case, why, ask)]
    proofs = []
    wanted = [(RECORD, "签署的记录表")] + ([(tuple(kinds), what)] if met and tuple(kinds) != RECORD else [])
    for group, name in wanted:
        proof = record.proofs.find(case, group, WORDS) or record.proofs.find_shared(
            record.facts[case].case.task, group, record.label(case))
        if proof:
            proofs.append(proof)
        else:
            lacks.append(Lack(case, f"没有归档{name}", ask))
    return Unit(case, record.label(case), met, why, (case,), tuple(proofs), tuple(lacks))


def _inspected(record: YearRecord) -> list[str]:
    return [case.id for case in record.cases if record.inspected(case.id)]


def plan_completion(record: YearRecord) -> Iterator[Unit]:
    """任务: drawn, and every drawn subject inspected."""
    for task in record.tasks:
        cases = [case.id for case in record.cases if case.task == task.id]
        open_ = [case for case in cases if not record.inspected(case)]
        met = bool(cases) and not open_
        why = f"{len(cases)} 户全部检查完毕" if met else f"尚有 {len(open_)} 户未检查" if cases else "尚未抽取"
        proofs = [p for case in cases if (p := record.proofs.find(case, RECORD, WORDS))]
        ask = task.initiators[0] if task.initiators else record.office.name
        lacks = [Lack(case, "未检查", ask) for case in open_] if cases else [Lack("", f"任务 {task.id} 尚未抽取", ask)]
        proved = {p.case for p in proofs}
        lacks += [Lack(case, "没有归档签署的记录表", ask) for case in cases if case not in open_ and case not in proved]
        yield Unit(task.id, task.name, met, why, tuple(cases), tuple(proofs), tuple(lacks))


def joint_coverage(record: YearRecord) -> Iterator[Unit]:
    """部门: of those the plan names, those that took part in an inspection of two or more departments."""
    joint = [case for case in _inspected(record) if len(record.facts[case].departments) > 1]
    for name in dict.fromkeys(d for task in record.tasks for d in task.departments):
        cases = [case for case in joint if name in record.facts[case].departments]
        proof = next((p for case in cases if (p := record.proofs.find(case, RECORD, (name, *WORDS)))), None)
        why = f"参加 {len(cases)} 户次" if cases else "没有参加联合抽查的检查结果"
        lacks = () if proof else (Lack("", why if not cases else "没有归档签署的记录表", name),)
        yield Unit(name, name, bool(cases), why, tuple(cases), (proof,) if proof else (), lacks)


def item_coverage(record: YearRecord) -> Iterator[Unit]:
    """事项: of those the plan names, those with a result."""
    found: dict[str, list[str]] = {}
    for case in _inspected(record):
        for finding in record.facts[case].findings:
            found.setdefault(finding.item, []).append(case)
    for task in record.tasks:
        for item in dict.fromkeys(task.items + task.partner_items):
            cases = [case for case in found.get(item, ()) if record.facts[case].case.task == task.id]
            proof = next((p for case in cases if (p := record.proofs.find(case, RECORD, WORDS))), None)
            why = f"{len(cases)} 户次有检查结果" if cases else "没有检查结果"
            ask = task.initiators[0] if task.initiators else record.office.name
            lacks = () if proof else (Lack("", why if not cases else "没有归档签署的记录表", ask),)
            yield Unit(f"{task.id}/{item}", item, bool(cases), why, tuple(cases), (proof,) if proof else (), lacks)


def disclosure_rate(record: YearRecord) -> Iterator[Unit]:
    """户次: inspected and disclosed."""
    for case in _inspected(record):
        day = record.day(case, "disclosed")
        yield _unit(record, case, day is not None, f"{day} 公示" if day else "没有公示", DISCLOSURE, "公示证明")


def _in_time(record: YearRecord, act: str, kinds: Sequence[str], what: str) -> Iterator[Unit]:
    """Cases whose deadline for ``act`` is done or past by the cut-off; a case is met if all of its deadlines were."""
    for case, dues in sorted(record.dues.items()):
        mine = [d for d in dues if act in _acts(record.office, d)]
        judged = [d for d in mine if d.met_on is not None or d.due < record.cutoff]
        if not judged:
            continue
        worst = max(judged, key=lambda d: (not d.in_time, d.due))
        done = f"{worst.met_on} 完成" if worst.met_on else "未完成"
        yield _unit(record, case, all(bool(d.in_time) for d in judged), f"期限 {worst.due}，{done}", kinds, what)


def _acts(office: Office, due: Due) -> Sequence[str]:
    rule = next((d for d in office.deadlines if d.id == due.deadline), None)
    return rule.met_by.split("|") if rule else ()


def disclosure_in_time(record: YearRecord) -> Iterator[Unit]:
    """户次: disclosed within the deadline, of those disclosed or overdue."""
    yield from _in_time(record, "disclosed", DISCLOSURE, "公示证明")


def transfer_in_time(record: YearRecord) -> Iterator[Unit]:
    """户次: transferred within the deadline, of those transferred or overdue."""
    yield from _in_time(record, "transferred", TRANSFER, "移交函或函告")


def _troubled(record: YearRecord) -> list[str]:
    return [case for case in _inspected(record)
            if any(is_problem(f, record.office) for f in record.facts[case].findings)]


def handling_rate(record: YearRecord) -> Iterator[Unit]:
    """户次: with a problem and a handling."""
    for case in _troubled(record):
        done = [e for e in record.facts[case].events.get("handled", ()) if e.date <= record.cutoff]
        labels = [h.label for e in done if (h := record.office.handling(e.handling))]
        why = "、".join(dict.fromkeys(labels)) or ("已处理" if done else "没有处理结果")
        yield _unit(record, case, bool(done), why, HANDLING, "处理文书")


def closure_rate(record: YearRecord) -> Iterator[Unit]:
    """户次: filed (立案) and closed (结案)."""
    for case in _inspected(record):
        if record.day(case, "filed"):
            day = record.day(case, "closed")
            yield _unit(record, case, day is not None, f"{day} 结案" if day else "尚未结案", HANDLING, "结案文书")


def ratio_floors(record: YearRecord) -> Iterator[Unit]:
    """组: risk grades and groups of the rules whose share of drawn subjects reaches the floor."""
    drawn: dict[str, list[str]] = {}
    for case in record.cases:
        drawn.setdefault(case.subject, []).append(case.id)
    for rule in record.office.rules.ratios:
        pool = [s.id for s in record.subjects.values() if s.grade == rule.group or rule.group in s.tags]
        if not pool or rule.low is None:
            continue
        held = [subject for subject in pool if subject in drawn]
        share = 100 * len(held) / len(pool)
        cases = tuple(case for subject in held for case in drawn[subject])
        why = f"{rule.name}库内 {len(pool)} 户，抽查 {len(held)} 户，占 {share:.2f}%，下限 {rule.low:g}%（{rule.clause}）"
        met = share + 1e-9 >= rule.low
        proofs = tuple(p for case in cases if (p := record.proofs.find(case, RECORD, WORDS)))
        yield Unit(rule.group, rule.name, met, why, cases, proofs, () if met else (Lack("", why, record.office.name),))


def subject_cap_kept(record: YearRecord) -> Iterator[Unit]:
    """户: drawn no more often than the cap, exempt groups apart."""
    cap = record.office.rules.subject_cap
    exempt = {rule.group for rule in record.office.rules.ratios if rule.exempt_cap}
    drawn: dict[str, list[str]] = {}
    for case in record.cases:
        drawn.setdefault(case.subject, []).append(case.id)
    for subject, cases in sorted(drawn.items()):
        known = record.subjects.get(subject)
        free = sorted(exempt & {known.grade, *known.tags}) if known else []
        met = len(cases) <= cap or bool(free)
        why = f"抽查 {len(cases)} 次，上限 {cap} 次" + (f"，{'、'.join(free)}不受限" if free and len(cases) > cap else "")
        proofs = tuple(p for case in cases if (p := record.proofs.find(case, RECORD, WORDS)))
        lacks = () if met else tuple(Lack(case, why, record.leader(case)) for case in cases)
        yield Unit(subject, known.name if known else subject, met, why, tuple(cases), proofs, lacks)


def papers_complete(record: YearRecord) -> Iterator[Unit]:
    """户次: every paper that should be in the case file is there and signed."""
    for case in _inspected(record):
        bad = [p for p in record.papers.get(case, ()) if p.state != "present"]
        why = "；".join(f"{p.title}{STATES[p.state]}" for p in bad) or "应有材料齐全"
        yield _unit(record, case, not bad, why, RECORD, "签署的记录表")


def signed_archived(record: YearRecord) -> Iterator[Unit]:
    """户次: inspected, and the signed record form is archived."""
    for case in _inspected(record):
        state = _record_paper(record, case)
        met = state is not None and state.state == "present"
        why = "签署件已归档" if met else f"记录表{STATES[state.state] if state else '未归档'}"
        yield _unit(record, case, met, why, RECORD, "签署的记录表")


def signed_in_time(record: YearRecord) -> Iterator[Unit]:
    """户次: the signed record form was archived by its due date, of those archived or overdue."""
    for case in _inspected(record):
        paper = _record_paper(record, case)
        if paper is None or paper.due is None:
            continue
        items = [i for i in record.proofs.items.get(case, ()) if i.kind in RECORD]
        day = min((date.fromisoformat(i.received_at[:10]) for i in items), default=None)
        if day is None and paper.due >= record.cutoff:
            continue
        met = day is not None and day <= paper.due and paper.state == "present"
        yield _unit(record, case, met, f"期限 {paper.due}，" + (f"{day} 归档" if day else "未归档"), RECORD, "签署的记录表")


def _record_paper(record: YearRecord, case: str) -> Paper | None:
    return next((p for p in record.papers.get(case, ()) if p.kind in RECORD), None)


MEASURES: Mapping[str, Measure] = {measure.__name__: measure for measure in (
    plan_completion, joint_coverage, item_coverage, disclosure_rate, disclosure_in_time, transfer_in_time,
    handling_rate, closure_rate, ratio_floors, subject_cap_kept, papers_complete, signed_archived, signed_in_time)}
