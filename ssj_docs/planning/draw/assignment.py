"""The random assignment of inspectors to the drawn objects (objects first, then inspectors; docs/draw.md).

One inspector from every department that takes part, at least two in total, the leader from the initiating department,
nobody who must recuse themselves. The work is distributed evenly: inspectors with the fewest objects come first, and
chance decides among equals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.planning.draw.algorithm import DrawParameters, Seed, one_line, ranker

INSPECTOR_COLUMNS = ("id", "name", "department", "valid_until", "recuse", "state")
_JOIN = "、"
#: state of a line → why the inspector is not sent
_WHY = {"expired": "证件已过期", "early": "证件尚未生效", "away": "已离岗（调离、退休等）"}


@dataclass(frozen=True)
class InspectorLine:
    """An inspector in the pool as it was at the time: name, department and 执法证号, which are public; no restricted data.

    Attributes:
        valid_until: ISO date or ''.
        recuse: ids or names of subjects, joined by 、.
        state: '' or why not: ``expired``, ``early`` (the certificate is not valid yet), ``away`` (调离, 退休 …).
    """

    id: str
    name: str
    department: str
    valid_until: str = ""
    recuse: str = ""
    state: str = ""

    def text(self) -> str:
        """The canonical line: the columns joined by TAB."""
        return "\t".join(getattr(self, column) for column in INSPECTOR_COLUMNS)


def parse_inspector_line(text: str) -> InspectorLine:
    """Parse a canonical line. Raises: ValueError if it does not have six columns."""
    cells = text.split("\t")
    if len(cells) != len(INSPECTOR_COLUMNS):
        raise ValueError(f"应有 {len(INSPECTOR_COLUMNS)} 列，实有 {len(cells)} 列")
    return InspectorLine(*cells)


def inspector_pool(
    inspectors: Sequence[Inspector], departments: Sequence[str], on: date, subjects: Sequence[Subject]
) -> list[InspectorLine]:
    """The inspectors of these departments by 执法证号; those who cannot be sent ``on`` that day are marked.

    Recusals are written as subject ids if the register knows the name, credit code or registration.
    """
    wanted = {entry for inspector in inspectors for entry in inspector.recuse}
    ids: dict[str, set[str]] = {}
    for subject in subjects if wanted else ():
        for key in wanted.intersection((subject.name, subject.registration, subject.credit_code, subject.id)):
            ids.setdefault(key, set()).add(subject.id)
    lines = [
        InspectorLine(
            one_line(inspector.id),
            one_line(inspector.name),
            inspector.department,
            inspector.valid_until.isoformat() if inspector.valid_until else "",
            _JOIN.join(sorted({one_line(id) for entry in inspector.recuse for id in ids.get(entry, (entry,))})),
            _state(inspector, on),
        )
        for inspector in inspectors
        if not departments or inspector.department in departments
    ]
    return sorted(lines, key=lambda line: line.id.encode())


def _state(inspector: Inspector, on: date) -> str:
    if inspector.away:
        return "away"
    if inspector.valid_until and inspector.valid_until < on:
        return "expired"
    return "early" if inspector.valid_from and inspector.valid_from > on else ""


def staffing_notes(pool: Sequence[InspectorLine]) -> list[str]:
    """Who of the register is not sent, and why, by name."""
    by_state: dict[str, list[str]] = {}
    for line in pool:
        by_state.setdefault(line.state, []).append(line.name)
    return [
        f"{len(by_state[state])} 名执法检查人员{why}，不派：{'、'.join(by_state[state][:20])}"
        for state, why in _WHY.items()
        if state in by_state
    ]


def staffing_problems(pool: Sequence[InspectorLine], parameters: DrawParameters) -> list[Problem]:
    """Reasons why an assignment is impossible with any seed: a department without inspectors, too few in total."""
    ready = [line for line in pool if not line.state]
    found = []
    for department in parameters.departments:
        if not any(line.department == department for line in ready):
            mine = [line.state for line in pool if line.department == department]
            why = "，".join(f"{mine.count(state)} 人{said}" for state, said in _WHY.items() if state in mine)
            found.append(
                Problem(
                    "执法检查人员名录库",
                    f"{department}没有可用的执法检查人员" + (f"（{why}）" if why else ""),
                    Remedy(
                        "补充人员或更新证件有效期，再次",
                        do("import", kind="inspectors"),
                        "；不抽人员的，",
                        do("draw", task=parameters.task, objects_only=True),
                    ),
                    field="单位",
                    value=department,
                    code="draw.no_inspector",
                )
            )
    if not found and len(ready) < parameters.min_inspectors:
        found.append(
            Problem(
                "执法检查人员名录库",
                f"可用人员只有 {len(ready)} 人，每户至少要 {parameters.min_inspectors} 人",
                Remedy("补充人员，再次", do("import", kind="inspectors")),
                code="draw.too_few",
            )
        )
    return found


@dataclass(frozen=True)
class Assignment:
    """A ``subject`` and its ``inspectors``, the leader first; ``gaps`` must be resolved by a person."""

    subject: str
    inspectors: tuple[str, ...]
    gaps: tuple[str, ...] = ()


def assign(
    chosen: Sequence[str], pool: Sequence[InspectorLine], parameters: DrawParameters, seed: Seed
) -> list[Assignment]:
    """Assign inspectors to the objects, in the order of 抽取序号.

    Args:
        chosen: subject ids in order.
        pool: in any order; the result does not depend on it.
    """
    roster = _Roster(pool, ranker(parameters, seed))
    # Without departments in the plan all are used, one department after the other.
    order = parameters.departments or roster.departments
    return [_team(subject, order, roster, parameters) for subject in chosen]


def _team(subject: str, order: Sequence[str], roster: _Roster, parameters: DrawParameters) -> Assignment:
    picked: list[str] = []
    gaps: list[str] = []
    for department in parameters.departments:
        inspector = roster.best(department, subject, picked)
        if inspector is None:
            gaps.append(f"{department}无可派人员（须回避）")
        else:
            picked.append(inspector)
    while len(picked) < parameters.min_inspectors:
        more = next((found for name in order if (found := roster.best(name, subject, picked)) is not None), None)
        if more is None:
            gaps.append(f"不足 {parameters.min_inspectors} 人")
            break
        picked.append(more)
    roster.charge(picked)
    return Assignment(subject, tuple(picked), tuple(gaps))


class _Roster:
    """The available inspectors and the number of objects of each."""

    def __init__(self, pool: Sequence[InspectorLine], rank: Callable[[str, str], str]) -> None:
        self._rank = rank
        self._load: dict[str, int] = {}
        self._away: dict[str, frozenset[str]] = {}
        self._teams: dict[str, list[str]] = {}
        for line in pool:
            if not line.state:
                self._load[line.id] = 0
                self._away[line.id] = frozenset(line.recuse.split(_JOIN))
                self._teams.setdefault(line.department, []).append(line.id)

    @property
    def departments(self) -> tuple[str, ...]:
        return tuple(sorted(self._teams))

    def best(self, department: str, subject: str, picked: Sequence[str]) -> str | None:
        """The inspector with the fewest objects who need not recuse themselves; chance decides among equals."""
        free = [id for id in self._teams.get(department, ()) if id not in picked and subject not in self._away[id]]
        if not free:
            return None
        least = min(self._load[id] for id in free)
        equals = [id for id in free if self._load[id] == least]
        return min(equals, key=lambda id: (self._rank("inspector", f"{subject}\t{id}"), id))

    def charge(self, picked: Sequence[str]) -> None:
        for id in picked:
            self._load[id] += 1
