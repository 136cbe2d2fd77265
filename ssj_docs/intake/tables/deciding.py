"""What each column is: decided by a clear margin, by the clerk, or asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.intake.sheets.workbook import Row, column_letters
from ssj_docs.intake.tables.blocks import Block
from ssj_docs.intake.tables.facts import FACTS, titles
from ssj_docs.intake.tables.inquiry import Inquiry
from ssj_docs.intake.tables.labels import EXACT, label_score
from ssj_docs.intake.tables.legends import Legend
from ssj_docs.intake.tables.matching import LIKELY, MARGIN, Candidate, Match, Matching, column_score
from ssj_docs.intake.tables.table import Choice
from ssj_docs.intake.values.folding import squeeze

#: readings that come to the same, so that nobody is asked
_SYMBOLS = re.compile(r"[√✓✔×✗△○●◎★☆■□▲◆◇/]+")
_SAME = ({"departments", "initiators"}, {"departments", "department"}, {"name", "sub"}, {"leader", "inspectors"})


#: key of a column that the clerk does not want to be read
UNREAD = "-"
#: facts of which a table has one column: where two speak for it alike, the clerk says which
_ALONE = frozenset(("id", "name", "credit_code", "subject", "valid_until", "result", "ratio", "inspected", "disclosed"))
_ALONE |= {"grade", "window", "founded", "object", "category", "phone", "representative"}


def coded_columns(block: Block, sample: Sequence[Row], legend: Legend) -> dict[int, str]:
    """Column → the legend's scope, where its cells are codes."""
    found = {}
    for column in block.columns if legend.codes else ():
        heading = block.label(column)
        texts = [row.text(column) for row in sample if squeeze(row.text(column))]
        if all(_SYMBOLS.fullmatch(squeeze(text)) for text in texts):
            continue  # marks are weighed where they stand: under a department, an item, a month
        if not texts or max(len(squeeze(text)) for text in texts) > 20:
            continue
        if squeeze(heading).upper() in ("序号", "编号", "NO", "NO."):
            continue  # counts the lines
        scope = legend.scope_for(texts, heading)
        if scope is not None:
            found[column] = scope
    return found


def decoded(text: str, coded: Mapping[int, str], legend: Legend, column: int) -> str:
    return (legend.meaning(text, coded[column]) or text) if column in coded and squeeze(text) else text


def with_role(matches: list[Match], kind: Kind) -> list[Match]:
    """Beside a column of roles (牵头, 配合) the one column of departments holds both."""
    keys = {match.key for match in matches}
    if kind != "plan" or "role" not in keys or "departments" in keys or {"initiators", "partners"} <= keys:
        return matches
    return [
        replace(match, key="departments") if match.key in ("initiators", "partners") else match for match in matches
    ]


def forced_columns(candidates: Sequence[Candidate], block: Block, reader: Inquiry) -> list[Match]:
    """Columns that a mapping file, a recipe or the clerk names, by heading or by letters."""
    found = []
    for candidate in candidates:
        letters = column_letters(candidate.column)
        label = squeeze(block.label(candidate.column))
        key = reader.forced.get(label) or reader.forced.get(letters)
        if key:
            found.append(Match(candidate.column, candidate.label, key, 9.0, 9.0, chosen=True))
    return found


def answered(matching: Matching, candidates: Sequence[Candidate], block: Block, reader: Inquiry) -> list[Match]:
    """The matches; those without a clear margin are asked about, unless the call brought the answer."""
    found: list[Match] = []
    keys = {match.key for match in matching.matches}
    facts = {fact.key: fact for fact in FACTS[reader.kind]}
    for said in matching.matches:
        match = said
        cell = block.sheet.address(block.last, match.column)
        name = titles(reader.kind)
        identity = f"column:{block.sheet.name}:{cell}" if block.sheet.name else f"column:{cell}"
        rival = next((other for other in matching.matches if other.key == match.rival), None)
        doubtful = (
            match.margin < MARGIN and match.rival and match.key not in ("note", "serial", "contact") and rival is None
        )
        both = {"window_start", "window_end"}
        doubtful = doubtful and {match.key, match.rival} not in _SAME and not (match.key in both and both <= keys)
        if doubtful and match.rival:
            named = label_score(match.heading, facts[match.key], reader.kind) >= EXACT - 1.0
            doubtful = not (named and label_score(match.heading, facts[match.rival], reader.kind) < EXACT - 1.0)
        if match.key == "window" and "window_start" in keys and "window_end" not in keys:
            match, doubtful = replace(match, key="window_end"), False
        if match.other and match.margin < MARGIN and match.key in _ALONE:
            found += _one_of(match, block, reader)
            continue
        if identity in reader.answers or doubtful:
            samples = next((c.profile.samples for c in candidates if c.column == match.column), ())
            shown = "、".join(f"“{text[:30]}”" for text in samples[:2])
            choices = [Choice(key, name.get(key, key)) for key in dict.fromkeys((match.key, match.rival)) if key]
            answer = reader.ask(
                block.sheet.name,
                cell,
                "column",
                f"“{match.label}”这一列是什么？例如 {shown}",
                [*choices, Choice(UNREAD, "都不是，这一列不读")],
            )
            if answer in name or answer in {fact.key for fact in FACTS[reader.kind]}:
                found.append(replace(match, key=answer))
            elif not answer:
                found.append(match)
            continue
        found.append(match)
    return found


def _one_of(match: Match, block: Block, reader: Inquiry) -> list[Match]:
    """Which of two columns says a fact: asked."""
    cell = block.sheet.address(block.last, match.column)
    name = titles(reader.kind).get(match.key, match.key)
    choices = [
        Choice(column_letters(c), f"{column_letters(c)} 列“{block.label(c)}”") for c in (match.column, match.other)
    ]
    answer = reader.ask(block.sheet.name, cell, match.key, f"{name}是哪一列？", choices)
    column = {column_letters(c): c for c in (match.column, match.other)}.get(answer, match.column)
    return [replace(match, column=column, label=block.label(column))]


def joined(matching: Matching, candidates: Sequence[Candidate], reader: Inquiry) -> list[Match]:
    """Further columns of a fact that several columns may say: 检查人员2, 组员3, 配合部门二."""
    facts = {fact.key: fact for fact in FACTS[reader.kind]}
    by_key = {match.key: match for match in matching.matches}
    found = []
    for candidate in candidates:
        column, label = candidate.column, candidate.label
        if column not in matching.left:
            continue
        for key, fact in facts.items():
            if not fact.many:
                continue
            score = column_score(candidate, fact, reader.kind)
            first = by_key.get(key)
            like = first is not None and _stem(first.label) == _stem(label)
            if like or (score >= LIKELY + 1.0 and matching.left[column] == key):
                found.append(Match(column, label, key, score, 9.0))
                break
    return found


def _stem(label: str) -> str:
    return re.sub(r"[\d一二三四五六七八九十①-⑩()（）#]|其他|另", "", squeeze(label))
