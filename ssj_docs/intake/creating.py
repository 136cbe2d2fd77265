"""A platform's own export is enough: what it names and the registers lack is offered to be made, one question a kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz, process

from ssj_docs.ground.problems import Problem
from ssj_docs.intake.report import Created
from ssj_docs.intake.rows.newcomers import NEWCOMERS
from ssj_docs.intake.tables.table import Choice, Question
from ssj_docs.model.people import Subject

#: problem → kind of newcomer that would mend it
MISSING = {"subject.unknown": "subjects", "inspector.unknown": "inspectors", "case.unknown": "cases"}
_TOPIC, YES, NO = "create:", "yes", "no"
_LIKE = 85
_COMPARED = 500


def allowed_newcomers(answers: Mapping[str, str]) -> frozenset[str]:
    """The kinds that the answers allow to be made."""
    return frozenset(kind for kind in NEWCOMERS if answers.get(_TOPIC + kind) == YES)


def all_allowed(answers: Mapping[str, str]) -> dict[str, str]:
    """The answers, with yes for what was not answered yet."""
    return {**{_TOPIC + kind: YES for kind in NEWCOMERS}, **answers}


def is_missing(problems: Sequence[Problem]) -> bool:
    """True if something is missing that could be made."""
    return any(problem.code in MISSING for problem in problems)


def told(made: Mapping[str, Sequence[Any]], known: Sequence[Subject]) -> tuple[Created, ...]:
    """What was made, as a report tells it; subjects with a name of the register that is near."""
    new = made.get("subjects", ())
    near = _near(new, known) if len(new) <= _COMPARED else {}
    return tuple(
        Created(kind, one.id, getattr(one, "name", one.id), near.get(one.id, ""))
        for kind, models in made.items()
        for one in models
    )


def _near(new: Sequence[Subject], known: Sequence[Subject]) -> dict[str, str]:
    """New subject → name in the register that differs by a character or so and may be meant; other codes are others."""
    found = {}
    for one in new:
        names = [other.name for other in known if not (one.credit_code and other.credit_code)]
        best = process.extractOne(one.name, names, scorer=fuzz.ratio, score_cutoff=_LIKE)
        if best:
            found[one.id] = best[0]
    return found


def questions_about(
    created: Sequence[Created], problems: Sequence[Problem], answers: Mapping[str, str]
) -> list[Question]:
    """One question a kind that is not answered yet.

    Args:
        created: what would be made. problems: what stopped the import, each at its cell.
    """
    first = {MISSING[problem.code]: problem for problem in reversed(problems) if problem.code in MISSING}
    place = next((problem for problem in problems if problem.code in MISSING), None)
    found = []
    for kind, name in NEWCOMERS.items():
        mine = [one for one in created if one.kind == kind]
        if not mine or answers.get(_TOPIC + kind) in (YES, NO):
            continue
        where = first.get(kind, place)
        text = f"登记簿里没有表中的 {len(mine)} 个{name}（例如{_samples(mine)}）。按这张表增加吗？{_warning(mine)}"
        choices = (Choice(YES, f"增加这 {len(mine)} 个{name}"), Choice(NO, "不增加，我先改表或名录"))
        found.append(Question(_TOPIC + kind, where.sheet if where else "", where.cell if where else "", text, choices))
    return found


def _samples(mine: Sequence[Created]) -> str:
    return "、".join(f"“{one.name}”" for one in mine[:2])


def _warning(mine: Sequence[Created]) -> str:
    near = [one for one in mine if one.like]
    shown = "；".join(f"“{one.name}”与名录里的“{one.like}”" for one in near[:3])
    return f"请先核对 {len(near)} 个相近的名称：{shown}。" if near else ""
