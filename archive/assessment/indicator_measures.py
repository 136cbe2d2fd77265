"""Measures of the annual assessment. Each counts units (户次, 户, 任务, 事项, 部门, 组) and says whether each is met.

office.toml names a measure by its function and gives it a name, a target and a clause. A unit that is not met, or that
has no archived page as proof, says what is missing and whom to ask. docs/assessment.md lists what counts as proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from archive.assessment.evidence_finder import Proof
from archive.assessment.measure_register import measure
from archive.assessment.year_record import Lack, Unit, YearRecord
from archive.cases.missing import STATES, Paper
from ssj_docs.facts.case_facts import is_problem, is_transfer, unhandled
from ssj_docs.facts.statistics import disclosed
from ssj_docs.model.office import Office
from ssj_docs.planning.dates.due_dates import Due

#: words that select the page of a paper with several pages, and that are marked on it
RESULT_WORDS = ("检查结果",)
SIGNED_WORDS = ("签字情况", "签字", "签名")
PAPER_WORDS = ("移交", "移送", "函告", "责令", "整改", "复查", "查处", "处罚", "公示")
WORDS = (*RESULT_WORDS, *SIGNED_WORDS, *PAPER_WORDS)


@dataclass(frozen=True)
class _ProofPaper:
    """The paper that proves a met unit: what it is proof of (`PROOFS`), and how to name it where it is missing."""

    of: str
    name: str


DISCLOSURE = _ProofPaper("disclosure", "公示表或公示页面的截图")
TRANSFER = _ProofPaper("transfer", "移交函或函告")
HANDLING = _ProofPaper("handling", "处理文书")
CLOSURE = _ProofPaper("closure", "案件查处结果的书面告知")


def _record_page(record: YearRecord, case: str, words: Sequence[str] = RESULT_WORDS) -> Proof | None:
    return record.proofs.find(case, record.papers_of("inspection"), words)


def _record_lack(record: YearRecord, case: str) -> Lack:
    """What is missing where there is no sound record form: none was filed, or it proves nothing."""
    doubt = record.proofs.doubted(case, record.papers_of("inspection"))
    if doubt:
        page, why = doubt
        return Lack(case, f"记录表不能作为佐证：{why}", record.acting(case), page)
    return Lack(case, "没有归档签署的记录表", record.acting(case))


@dataclass(frozen=True)
class _Judgement:
    """What decided a case: ``met``, ``why`` (``short``: without days), and the departments it waits for, to be asked."""

    met: bool
    why: str
    waiting: Sequence[str] = ()
    short: str = ""


def _unit(record: YearRecord, case: str, fact: _Judgement, wanted: _ProofPaper) -> Unit:
    """A unit that is one case: the record form proves the inspection, the paper ``wanted`` proves that it is met."""
    ask = "、".join(fact.waiting) or record.leader(case)
    lacks = [] if fact.met else [Lack(case, fact.why, ask, short=fact.short)]
    proofs = []
    page = _record_page(record, case)
    if page:
        proofs.append(page)
    else:
        lacks.append(_record_lack(record, case))
    if fact.met:
        task = record.facts[case].case.task
        kinds = record.papers_of(wanted.of)
        paper = record.proofs.find(case, kinds, PAPER_WORDS) or record.proofs.find_shared(
            task, kinds, record.names(case)
        )
        if paper:
            proofs.append(paper)
        else:
            lacks.append(Lack(case, f"没有归档{wanted.name}", record.leader(case)))
    return Unit(case, record.label(case), fact.met, fact.why, (case,), tuple(proofs), tuple(lacks))


@measure("任务", of="计划中的任务", met="已抽取，且每户都有计划所列全部部门的检查结果")
def plan_completion(record: YearRecord) -> Iterator[Unit]:
    """任务: drawn, and every drawn subject inspected by every department named in the plan."""
    for task in record.tasks.values():
        cases = [case.id for case in record.cases if case.task == task.id]
        ask = record.task_leader(task.id)
        if not cases:
            lack = Lack("", f"任务 {task.id} 尚未抽取", ask)
            yield Unit(task.id, task.name, False, "尚未抽取", (), (), (lack,))
            continue
        lacks, proofs, open_ = [], [], 0
        for case in cases:
            waiting = [name for name in task.departments if name not in record.facts[case].departments]
            if waiting:
                open_ += 1
                lacks += [Lack(case, f"{name}没有检查结果", name) for name in waiting]
            page = _record_page(record, case)
            if page:
                proofs.append(page)
            elif record.facts[case].findings:
                lacks.append(_record_lack(record, case))
        why = f"{len(cases)} 户次全部检查完毕" if not open_ else f"{len(cases)} 户次中尚有 {open_} 户次未检查完毕"
        yield Unit(task.id, task.name, not open_, why, tuple(cases), tuple(proofs), tuple(lacks))


@measure("部门", of="计划所列的部门", met="在两个以上部门参加的检查中有结果的")
def joint_coverage(record: YearRecord) -> Iterator[Unit]:
    """部门: of those named in the plan, those with a result in an inspection of two or more departments."""
    joint = [case for case in record.inspected() if len(record.facts[case].departments) > 1]
    for name in dict.fromkeys(d for task in record.tasks.values() for d in task.departments):
        cases = [case for case in joint if name in record.facts[case].departments]
        why = f"参加 {len(cases)} 户次" if cases else "没有参加联合抽查的检查结果"
        yield _group(record, (name, name), cases, why, name)


@measure("事项", of="各任务所列的事项（同一事项在每个任务中各计一次）", met="有检查结果的")
def item_coverage(record: YearRecord) -> Iterator[Unit]:
    """事项: items that the plan names for a task, counted once for each task; those with a result."""
    found: dict[tuple[str, str], list[str]] = {}
    for case in record.inspected():
        for item in dict.fromkeys(finding.item for finding in record.facts[case].findings):
            found.setdefault((record.facts[case].case.task, item), []).append(case)
    for task in record.tasks.values():
        for item in dict.fromkeys(task.items + task.partner_items):
            cases = found.get((task.id, item), [])
            why = f"{len(cases)} 户次有检查结果" if cases else "没有检查结果"
            own = item in task.items or not task.partners
            ask = record.task_leader(task.id) if own else "、".join(task.partners)
            unit = _group(record, (f"{task.id}/{item}", item), cases, why, ask)
            yield replace(unit, lacks=tuple(replace(one, what=f"“{task.name}”的{one.what}") for one in unit.lacks))


def _group(record: YearRecord, name: tuple[str, str], cases: Sequence[str], why: str, ask: str) -> Unit:
    """A unit for which one case is enough, proved by the first record form that contains the unit's label."""
    key, label = name
    pages = (_record_page(record, case, (label, *RESULT_WORDS)) for case in cases)
    proof = next((page for page in pages if page), None)
    lacks = () if proof else (Lack("", f"{label}：{'没有归档签署的记录表' if cases else why}", ask),)
    return Unit(key, label, bool(cases), why, tuple(cases), (proof,) if proof else (), lacks)


@measure(of="有检查结果的", met="参加检查的部门都已公示的")
def disclosure_rate(record: YearRecord) -> Iterator[Unit]:
    """户次: inspected and disclosed by every department that inspected."""
    for case in record.inspected():
        state = disclosed(record.facts[case])
        by = {event.department for event in record.facts[case].events.get("disclosed", ())}
        waiting = [name for name in record.facts[case].departments if name not in by]
        day = max((e.date for e in record.facts[case].events.get("disclosed", ())), default=None)
        why = f"{day} 公示" if state == "是" else f"{'、'.join(waiting)}没有公示"
        yield _unit(record, case, _Judgement(state == "是", why, waiting), DISCLOSURE)


def _in_time(record: YearRecord, act: str, wanted: _ProofPaper) -> Iterator[Unit]:
    """Judge cases by their deadlines for ``act``: met if all were kept, not met as soon as one was missed.

    A case with open deadlines and none missed is not judged yet and not counted. A deadline includes its last day, so one
    that ends on the cut-off date is still open.
    """
    for case in (case.id for case in record.cases):
        mine = [d for d in record.dues.get(case, ()) if act in _acts(record.office, d)]
        missed = [d for d in mine if d.in_time is False or (d.met_on is None and d.due < record.cutoff)]
        if not mine or (not missed and any(d.met_on is None for d in mine)):
            continue
        told = missed or [max(mine, key=lambda d: d.due)]
        why = "；".join(dict.fromkeys(_kept(one, named=bool(missed)) for one in told))
        late = tuple(dict.fromkeys(name for one in missed for name in one.departments))
        states = dict.fromkeys("逾期完成" if one.met_on else "逾期未完成" for one in missed)
        short = f"{'、'.join(states)}（{'、'.join(late)}）" if missed else ""
        yield _unit(record, case, _Judgement(not missed, why, late, short), wanted)


def _kept(due: Due, *, named: bool) -> str:
    """A deadline and when it was met, with the departments that had to if ``named``."""
    who = f"（{'、'.join(due.departments)}）" if named else ""
    return f"期限 {due.due}，{f'{due.met_on} 完成' if due.met_on else '未完成'}{who}"


def _acts(office: Office, due: Due) -> Sequence[str]:
    rule = next((d for d in office.deadlines if d.id == due.deadline), None)
    return rule.met_by.split("|") if rule else ()


@measure(of="公示期限已完成或已逾期的", met="各部门都在期限内公示的")
def disclosure_in_time(record: YearRecord) -> Iterator[Unit]:
    """户次: disclosed within the deadline, of those disclosed or overdue."""
    yield from _in_time(record, "disclosed", DISCLOSURE)


@measure(of="移送期限已完成或已逾期的", met="都在期限内移送的")
def transfer_in_time(record: YearRecord) -> Iterator[Unit]:
    """户次: transferred within the deadline, of those transferred or overdue."""
    yield from _in_time(record, "transferred", TRANSFER)


@measure(of="发现问题的", met="发现问题的部门都有处理结果的")
def handling_rate(record: YearRecord) -> Iterator[Unit]:
    """户次: with a problem, and handled for every department that found one."""
    for case in record.inspected():
        fact = record.facts[case]
        if not any(is_problem(finding, record.office) for finding in fact.findings):
            continue
        waiting = unhandled(fact, record.office)
        known = [
            (e.handling, h.label) for e in fact.events.get("handled", ()) if (h := record.office.handling(e.handling))
        ]
        why = f"{'、'.join(waiting)}没有处理结果" if waiting else "、".join(dict.fromkeys(label for _, label in known))
        sent = bool(known) and all(is_transfer(code, record.office) for code, _ in known)
        yield _unit(record, case, _Judgement(not waiting, why or "已处理", waiting), TRANSFER if sent else HANDLING)


@measure("问题", of="发现问题的事项，每个部门的每个事项各计一次", met="该部门有处理结果的")
def problem_handling(record: YearRecord) -> Iterator[Unit]:
    """问题: each item in which a department found a problem; handled by that department."""
    for case in record.inspected():
        fact = record.facts[case]
        waiting = unhandled(fact, record.office)
        wrong = [(f.department, f.item) for f in fact.findings if is_problem(f, record.office)]
        for department, item in dict.fromkeys(wrong):
            met = department not in waiting
            why = f"{department}{'已处理' if met else '没有处理结果'}"
            unit = _unit(record, case, _Judgement(met, why, (department,)), HANDLING)
            yield replace(unit, key=f"{case}/{department}/{item}", label=f"{unit.label}：{item}")


@measure(of="立案的", met="立案的部门都已结案的")
def closure_rate(record: YearRecord) -> Iterator[Unit]:
    """户次: filed (立案), and closed (结案) by every department that filed."""
    for case in (case.id for case in record.cases):
        filed = {event.department for event in record.facts[case].events.get("filed", ())}
        if not filed:
            continue
        closed = {event.department for event in record.facts[case].events.get("closed", ())}
        done = bool(closed) and ("" in closed or filed <= closed | {""})
        day = max((e.date for e in record.facts[case].events.get("closed", ())), default=None)
        waiting = sorted(filed - closed - {""})
        yield _unit(
            record, case, _Judgement(done, f"{day} 结案" if done else f"{'、'.join(waiting)}尚未结案", waiting), CLOSURE
        )


@measure("组", of="规则设有下限、名录库中有对象的等级和分组", met="抽查户数占库内户数不低于下限的")
def ratio_floors(record: YearRecord) -> Iterator[Unit]:
    """组: risk grades and groups of the rules whose share of drawn subjects reaches the floor."""
    drawn = _drawn(record)
    for rule in record.office.rules.ratios:
        pool = [s.id for s in record.subjects.values() if s.grade == rule.group or rule.group in s.tags]
        if not pool or rule.low is None:
            continue
        held = [subject for subject in pool if subject in drawn]
        share = 100 * len(held) / len(pool)
        cases = [case for subject in held for case in drawn[subject]]
        why = (
            f"{rule.name}库内 {len(pool)} 户，抽查 {len(held)} 户，占 {share:.2f}%，下限 {rule.low:g}%（{rule.clause}）"
        )
        met = 100 * len(held) >= rule.low * len(pool)
        lacks = () if met else (Lack("", why, record.office.name),)
        yield Unit(rule.group, rule.name, met, why, tuple(cases), _pages(record, cases), lacks)


@measure("户", of="被抽到的对象", met="抽查次数不超过上限的，或属于不受限分组的")
def subject_cap_kept(record: YearRecord) -> Iterator[Unit]:
    """户: drawn no more often than the cap, except exempt groups; every case of a subject drawn too often is named."""
    cap = record.office.rules.subject_cap
    exempt = {rule.group for rule in record.office.rules.ratios if rule.exempt_cap}
    for subject, cases in sorted(_drawn(record).items()):
        known = record.subjects.get(subject)
        free = sorted(exempt & {known.grade, *known.tags}) if known else []
        over = len(cases) > cap
        why = f"抽查 {len(cases)} 次，上限 {cap} 次" + (f"，{'、'.join(free)}不受限" if free and over else "")
        lacks = tuple(Lack(case, why, record.leader(case), _record_page(record, case)) for case in cases)
        kept = not over or bool(free)
        yield Unit(
            subject,
            known.name if known else subject,
            kept,
            why,
            tuple(cases),
            _pages(record, cases),
            () if kept else lacks,
        )


def _drawn(record: YearRecord) -> dict[str, list[str]]:
    drawn: dict[str, list[str]] = {}
    for case in record.cases:
        drawn.setdefault(case.subject, []).append(case.id)
    return drawn


def _pages(record: YearRecord, cases: Iterable[str]) -> tuple[Proof, ...]:
    return tuple(page for case in cases if (page := _record_page(record, case)))


@measure(of="有检查结果的", met="应有材料都在卷、已签署、与原发页面相符的")
def papers_complete(record: YearRecord) -> Iterator[Unit]:
    """户次: every paper that should be in the case file is there, signed, and unaltered."""
    for case in record.inspected():
        ask, bad, lacks = record.acting(case), [], []
        for paper in record.papers.get(case, ()):
            doubt = record.proofs.doubted(case, (paper.kind,))
            if paper.state == "present" and (not doubt or record.proofs.find(case, (paper.kind,))):
                continue
            why = f"{paper.title}：{doubt[1] if doubt else STATES[paper.state]}"
            bad.append(why)
            lacks.append(Lack(case, why, ask, doubt[0] if doubt else None))
        why = "；".join(bad) or "应有材料齐全"
        yield Unit(case, record.label(case), not bad, why, (case,), _pages(record, (case,)), tuple(lacks))


@measure(of="有检查结果的", met="记录表已归档、已签署、与原发页面相符的")
def signed_archived(record: YearRecord) -> Iterator[Unit]:
    """户次: inspected, with an archived record form that is signed and unaltered."""
    for case in record.inspected():
        page = _record_page(record, case, SIGNED_WORDS)
        if page:
            yield Unit(case, record.label(case), True, "签署件已归档", (case,), (page,))
        else:
            lack = _record_lack(record, case)
            yield Unit(case, record.label(case), False, lack.what, (case,), (), (lack,))


@measure(of="记录表已归档或已逾期的", met="在期限内归档的")
def signed_in_time(record: YearRecord) -> Iterator[Unit]:
    """户次: a signed record form was archived by its due date, of those archived or overdue."""
    for case in record.inspected():
        paper = _record_paper(record, case)
        if paper is None or paper.due is None:
            continue
        page = _record_page(record, case, SIGNED_WORDS)
        days = [
            date.fromisoformat(item.received_at[:10])
            for item in record.proofs.items.get(case, ())
            if item.kind in record.papers_of("inspection") and (case, item.item) not in record.proofs.doubts
        ]
        day = min(days, default=None)
        if day is None and paper.due >= record.cutoff:
            continue
        met = day is not None and day <= paper.due
        why = f"期限 {paper.due}，" + (f"{day} 归档" if day else "未归档")
        short = "逾期归档" if day else "逾期未归档"
        lacks = [] if met else [Lack(case, why, record.leader(case), page, short)]
        lacks += [] if page else [_record_lack(record, case)]
        yield Unit(case, record.label(case), met, why, (case,), (page,) if page else (), tuple(lacks))


def _record_paper(record: YearRecord, case: str) -> Paper | None:
    return next((p for p in record.papers.get(case, ()) if p.kind in record.papers_of("inspection")), None)
