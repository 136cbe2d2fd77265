"""公示表 held against the registers, row by row: who is listed though nobody published it, and with which result.

A table that contradicts the register proves nothing until it is resolved: the register is mended, the table is withdrawn
(`ssj case withdraw`) or another one is filed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from archive.cases.catalogue import ArchiveItem
from ssj_docs.database.schema import page_texts
from ssj_docs.facts.case_facts import CaseFacts
from ssj_docs.model.office import Office
from ssj_docs.model.people import Subject

#: 统一社会信用代码
_CODE = re.compile(r"(?<![0-9A-Z])[0-9A-HJ-NPQRTUWXY]{18}(?![0-9A-Z])")


@dataclass(frozen=True)
class PublishedFault:
    """A row of a published table that contradicts the register: whose case, which item of the task, and what is wrong."""

    case: str
    task: str
    item: ArchiveItem
    why: str


def published_faults(
    connection: Connection,
    items: Iterable[ArchiveItem],
    facts: Mapping[str, CaseFacts],
    subjects: Mapping[str, Subject],
    office: Office,
) -> list[PublishedFault]:
    """Compare tables of published results with the register.

    Args:
        items: archived tables of tasks.
        facts: of the cases to compare, by case.
        subjects: by id.
    """
    found: list[PublishedFault] = []
    for item in items:
        t = page_texts.c
        query = select(t.text).where(t.case == item.case, t.item == item.item, t.state == "done").order_by(t.page)
        text = "".join("".join(page.split()) for page in connection.execute(query).scalars())
        mine = {case: fact for case, fact in facts.items() if fact.case.task == item.case}
        known = {case: subject for case, fact in mine.items() if (subject := subjects.get(fact.case.subject))}
        for case, row in _rows(text, known):
            found += [PublishedFault(case, item.case, item, why) for why in _wrong(row, mine[case], office)]
    return found


def _rows(text: str, known: Mapping[str, Subject]) -> Iterator[tuple[str, str]]:
    """Each case that is listed, with its row: from its credit code to the next; named without a code, an empty one."""
    codes = [(found.group(), found.end()) for found in _CODE.finditer(text)]
    ends = [text.find(code, start) for (_, start), (code, _) in itertools.pairwise(codes)]
    rows = {code: text[start:end] for (code, start), end in zip(codes, [*ends, len(text)], strict=False)}
    for case, subject in known.items():
        if subject.credit_code in rows:
            yield case, rows[subject.credit_code]
        elif subject.name and not subject.credit_code and "".join(subject.name.split()) in text:
            yield case, ""


def _wrong(row: str, fact: CaseFacts, office: Office) -> Iterator[str]:
    if not fact.has("disclosed"):
        yield "公示表列有这一户，登记中没有公示"
    codes = list(dict.fromkeys(code for finding in fact.findings for code in finding.results))
    if len(codes) > 1:  # as the table is made: 未发现问题 is left out beside another result
        codes = [code for code in codes if not ((known := office.result(code)) and known.clean)]
    printed = _longest([(result.code, result.label) for result in office.results if result.label in row])
    if printed and codes and set(printed) != set(codes):
        labels = {result.code: result.label for result in office.results}
        told = "、".join(labels.get(code, code) for code in codes)
        yield f"公示表上的结果是“{'、'.join(labels[code] for code in printed)}”，登记为“{told}”"


def _longest(found: Sequence[tuple[str, str]]) -> list[str]:
    """Codes of labels that are not only part of another label that was found."""
    return [code for code, label in found if not any(label != other and label in other for _, other in found)]
