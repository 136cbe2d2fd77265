"""A second look at a finished reading: what a careful clerk would ask before keeping it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.intake.sheets.workbook import Row
from ssj_docs.intake.tables.blocks import Block
from ssj_docs.intake.tables.facts import FACTS, Fact, titles
from ssj_docs.intake.tables.inquiry import Inquiry
from ssj_docs.intake.tables.labels import is_bookkeeping, label_score, weighed_heading
from ssj_docs.intake.tables.matching import LIKELY, Candidate, Match
from ssj_docs.intake.tables.table import Choice

#: facts whose values are of a closed form: a column that is mostly of another form is taken for the wrong fact
_CLOSED: Mapping[Kind, frozenset[str]] = {
    "plan": frozenset(("ratio", "window", "window_start", "window_end", "type", "category", "initiators")),
    "items": frozenset(("category", "department")),
    "subjects": frozenset(("credit_code", "registration", "phone", "founded", "grade")),
    "inspectors": frozenset(),
    "draw": frozenset(),
    "results": frozenset(),
}
#: facts that nearly every table of a kind says: where none does, an unread column may be it
_EXPECTED: Mapping[Kind, tuple[tuple[str, ...], ...]] = {
    "plan": (("ratio",), ("window", "window_start", "window_end"), ("object",), ("items",)),
    "items": (("name",),),
    "subjects": (("credit_code", "registration"),),
    "inspectors": (),
    "draw": (),
    "results": (),
}
#: facts that the registers do not keep
_MINOR = frozenset(("contact", "serial", "note", "leader"))
#: a column of which at least this share is of the values a fact may have says it, of less than that it does not
_MOST, _FEW = 0.66, 0.5


def doubted_columns(
    matches: Sequence[Match], candidates: Sequence[Candidate], known: Collection[str], block: Block, reader: Inquiry
) -> list[Match]:
    """The matches after the doubts about single columns were answered: values of another form, contents left unread."""
    by_column = {candidate.column: candidate for candidate in candidates}
    facts = {fact.key: fact for fact in FACTS[reader.kind]}
    found: list[Match] = []
    for match in matches:
        candidate = by_column.get(match.column)
        fact = facts.get(match.key)
        if match.chosen or candidate is None or fact is None or _fits(fact, candidate, reader):
            found.append(match)
            continue
        found += _asked(candidate, [match.key], f"里面的内容不像{_title(match.key, reader)}", match, block, reader)
    if found:
        found += _unread(by_column, {match.column for match in found}, known, block, reader)
    return found


def _fits(fact: Fact, candidate: Candidate, reader: Inquiry) -> bool:
    """False for a column whose cells are mostly of no form that its fact can have."""
    profile = candidate.profile
    if fact.key not in _CLOSED[reader.kind] or profile.filled < 2:
        return True
    if fact.key.startswith("window") and "月" in candidate.label and profile.share("whole") >= _MOST:
        return True  # 起始月 over 3
    if fact.key == "ratio" and re.search("对象|范围|主体", candidate.label):
        return True  # 检查对象及比例: parted when the row is read
    return sum(profile.shares.get(value, 0.0) for value, weight in fact.values.items() if weight > 0) >= _FEW


def _unread(
    by_column: Mapping[int, Candidate], taken: Collection[int], known: Collection[str], block: Block, reader: Inquiry
) -> list[Match]:
    """Unread columns that may say a fact which nothing else says, as the clerk decides."""
    found: list[Match] = []
    said = set(known)
    for column in sorted(by_column):
        candidate = by_column[column]
        if column in taken or not candidate.profile.filled or is_bookkeeping(candidate.label):
            continue
        keys = [fact.key for fact in FACTS[reader.kind] if fact.key not in said and _may_be(fact, candidate, reader)]
        if not keys:
            continue
        one = _asked(candidate, keys[:3], "没有认出来", None, block, reader)
        found += one
        said |= {match.key for match in one}
    return found


def _may_be(fact: Fact, candidate: Candidate, reader: Inquiry) -> bool:
    """True where the contents speak plainly for a fact, or the fact is expected and nothing speaks against it."""
    heading = label_score(weighed_heading(candidate.label, again=candidate.again), fact, reader.kind)
    against = min((weight * candidate.profile.share(value) for value, weight in fact.values.items()), default=0.0)
    if heading < 0.0 or against <= -2.0 or fact.key in _MINOR:
        return False
    shares = [candidate.profile.share(value) for value, weight in fact.values.items() if weight >= 3]
    if max(shares, default=0.0) >= _MOST:
        return True
    expected = any(fact.key in group for group in _EXPECTED[reader.kind])
    return expected and heading > 0.4 and max(shares, default=1.0) >= 0.3


def _asked(
    candidate: Candidate, keys: Sequence[str], why: str, match: Match | None, block: Block, reader: Inquiry
) -> list[Match]:
    cell = block.sheet.address(block.last, candidate.column)
    shown = "、".join(f"“{text[:30]}”" for text in candidate.profile.samples[:2])
    choices = [Choice(key, _title(key, reader)) for key in keys]
    text = f"“{candidate.label}”这一列{why}，例如 {shown}。它是什么？"
    answer = reader.ask(block.sheet.name, cell, "column", text, [*choices, Choice("-", "都不是，这一列不读")])
    if not answer:
        return [match] if match else []
    named = answer in {fact.key for fact in FACTS[reader.kind]}
    return [Match(candidate.column, candidate.label, answer, LIKELY, 9.0, chosen=True)] if named else []


def _title(key: str, reader: Inquiry) -> str:
    return titles(reader.kind).get(key, key)


#: what a table of figures about work that is done calls itself
_REPORT = re.compile(r"完成情况|统计表|统计汇总|情况统计|情况通报|工作总结|进展情况")


def doubted_table(block: Block, reader: Inquiry) -> None:
    """Ask whether a table whose title says that it reports figures is to come in as a plan or a list."""
    if reader.kind not in ("plan", "items"):
        return
    above = [(row.number, c, text) for row in block.sheet.rows if row.number < block.first for c, text in _texts(row)]
    for number, column, text in [*above, (0, 0, block.sheet.name)]:
        if _REPORT.search(text) and len(text) <= 60:
            cell = block.sheet.address(number, column) if number else ""
            question = f"标题“{text.strip()[:40]}”像是统计或总结，不像{'抽查计划' if reader.kind == 'plan' else '事项清单'}，仍要读入吗？"
            choices = (Choice("yes", "读入"), Choice("no", "不读"))
            if reader.ask(block.sheet.name, cell, "report", question, choices) == "no":
                reader.refuse(block.sheet.name, cell, "是统计或总结，没有读入")
            return


def _texts(row: Row) -> list[tuple[int, str]]:
    return [(column, text) for column, text in enumerate(row.texts, 1) if text.strip()]
