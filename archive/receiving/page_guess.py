"""Suggests cases for a page without a code, from its text and its neighbours; a person decides."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from ssj_docs.database import schema

_CASE_ID = re.compile(r"(?<![0-9])((?:19|20)\d{2}-\d{1,4}-\d{1,6})(?![0-9])")
_CREDIT_CODE = re.compile(r"(?<![0-9A-Z])[0-9A-HJ-NPQRTUWXY]{18}(?![0-9A-Z])")
_AT_MOST = 5


@dataclass(frozen=True)
class KnownCases:
    """The data that suggestions are based on: cases and their tasks, subjects and issued papers."""

    cases: Mapping[str, tuple[str, str]]  # case → (task, subject)
    subjects: Mapping[str, tuple[str, str]]  # subject → (name, credit code)
    tasks: Mapping[str, str]  # task → name
    numbers: Mapping[str, str]  # 文号 → case or task


def known_cases(connection: Connection) -> KnownCases:
    """Load the data once for many pages."""
    c, s, t, i = schema.cases, schema.subjects, schema.tasks, schema.issued
    return KnownCases(
        cases={r.id: (r.task, r.subject) for r in connection.execute(select(c.c.id, c.c.task, c.c.subject))},
        subjects={r.id: (r.name, r.credit_code) for r in connection.execute(select(s.c.id, s.c.name, s.c.credit_code))},
        tasks={r.id: r.name for r in connection.execute(select(t.c.id, t.c.name))},
        numbers={
            squeezed(r.number): r.case or r.task
            for r in connection.execute(select(i.c.number, i.c.case, i.c.task).where(i.c.number != ""))
        },
    )


def guess(text: str, known: KnownCases, neighbours: Sequence[str] = ()) -> list[dict[str, str]]:
    """Return cases that a page may belong to, the likeliest first, each with the reason.

    Args:
        text: the page's text, from its text layer or OCR.
        neighbours: cases of the previous and the next page.
    """
    plain = squeezed(text)
    found: dict[str, str] = {}
    for case in _CASE_ID.findall(plain):
        if case in known.cases:
            found.setdefault(case, f"页上写有案卷号 {case}")
    for number, case in known.numbers.items():
        if number and number in plain and case:
            found.setdefault(case, f"页上写有文号 {number}")
    named = _named_subjects(plain, known)
    tasks = {task for task, name in known.tasks.items() if len(name) > 5 and squeezed(name) in plain}
    hits = [(case, task, subject) for case, (task, subject) in known.cases.items() if subject in named]
    for case, task, subject in sorted(hits, key=lambda hit: hit[1] not in tasks):
        why = f"页上写有{named[subject]}" + ("和任务名称" if task in tasks else "")
        found.setdefault(case, why)
    for case in neighbours:
        found.setdefault(case, "与前后页同属一案的可能")
    return [{"case": case, "why": why} for case, why in list(found.items())[:_AT_MOST]]


def _named_subjects(plain: str, known: KnownCases) -> dict[str, str]:
    codes = set(_CREDIT_CODE.findall(plain))
    named = {}
    for subject, (name, code) in known.subjects.items():
        if code and code in codes:
            named[subject] = f"统一社会信用代码 {code}"
        elif len(name) >= 4 and squeezed(name) in plain:
            named[subject] = f"名称“{name}”"
    return named


def squeezed(text: str) -> str:
    """Remove blanks and convert full-width brackets and digits to half-width, because OCR and typists mix them."""
    text = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text)
    return re.sub(r"\s+", "", text)
