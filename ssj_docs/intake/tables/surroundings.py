"""What the title, the sheet's name and the lines around a table say of all its rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ssj_docs.intake.sheets.workbook import Row
from ssj_docs.intake.tables.around import Said, said_in_lines, said_in_title, section_of
from ssj_docs.intake.tables.blocks import Block
from ssj_docs.intake.tables.data_rows import OUTLINE, last_data
from ssj_docs.intake.tables.dimensions import Dimensions
from ssj_docs.intake.tables.facts import titles
from ssj_docs.intake.tables.inquiry import Inquiry
from ssj_docs.intake.tables.matching import Match
from ssj_docs.intake.tables.table import Choice
from ssj_docs.intake.values.folding import squeeze


def said_around(
    block: Block,
    blocks: Sequence[Block],
    matches: Sequence[Match],
    dims: Dimensions,
    elsewhere: Sequence[str],
    reader: Inquiry,
) -> dict[str, Said]:
    """What the title, the sheet's name and the lines around the table say of all its rows, where no column says it."""
    above = max((last_data(other) for other in blocks if _is_above(other, block)), default=0)
    followed = any(_is_above(block, other) for other in blocks)
    lines = [
        (text, row.number, column)
        for row in block.sheet.rows
        if above < row.number < block.first
        for column, text in _beside_joined(row)
    ]
    used = {match.column for match in matches} | dims.columns
    lines += [(block.label(c), block.first, c) for c in block.columns if c not in used and len(block.label(c)) >= 8]
    last = last_data(block)
    below = [
        (text, row.number, column)
        for row in block.sheet.rows
        if last < row.number <= block.end
        for column, text in enumerate(row.texts, 1)
        if text.strip() and not (followed and OUTLINE.match(text.strip()))
    ]
    filled = {column for row in block.body() for column in block.columns if row.text(column).strip()}
    keys = {match.key for match in matches if match.column in filled} | {key for one in dims.rows for key in one.fixed}
    keys |= {"window"} if dims.periods else set()
    keys |= {"ratio"} if dims.levels else set()
    keys |= {one.key for one in dims.options}
    if keys & {"window_start", "window_end"}:
        keys.add("window")
    if reader.kind == "plan" and keys & {"departments", "role"}:
        keys |= {"initiators", "partners"}
    found: dict[str, Said] = {}
    title = [*lines, (block.sheet.name, 0, 0)]
    if block.group and (group := section_of(block.group, reader.kind, reader.cells, frozenset(keys))) and group.sure:
        found[group.key] = replace(group, row=block.first, column=block.columns[0])
    for one in (
        *said_in_lines(lines, reader.kind, reader.cells),
        *said_in_title(title, reader.kind, reader.cells, reader.tasks),
        *said_in_lines(below, reader.kind, reader.cells),
        *said_in_lines([(text, 0, 0) for text in elsewhere], reader.kind, reader.cells),
        *said_in_title([(text, 0, 0) for text in elsewhere], reader.kind, reader.cells, reader.tasks),
    ):
        if one.key not in keys and one.key not in found:
            found[one.key] = one
    return {key: one for key, one in found.items() if one.sure or _confirmed(one, block, reader)}


def _is_above(other: Block, block: Block) -> bool:
    return other.sheet.name == block.sheet.name and other.end < block.first


def _beside_joined(row: Row) -> list[tuple[int, str]]:
    """The texts of a line above a table; a label with its value in the next cell is one text (抽取时间 | 2026.3.10)."""
    cells = [(column, text.strip()) for column, text in enumerate(row.texts, 1) if text.strip()]
    found: list[tuple[int, str]] = []
    at = 0
    while at < len(cells):
        column, text = cells[at]
        if (
            at + 1 < len(cells)
            and len(squeeze(text)) <= 12
            and not re.search(r"[:：].", text)
            and not re.search(r"\d", text)
        ):
            found.append((cells[at + 1][0], f"{text.rstrip(':：')}：{cells[at + 1][1]}"))
            at += 2
        else:
            found.append((column, text))
            at += 1
    return found


def _confirmed(one: Said, block: Block, reader: Inquiry) -> bool:
    """A department that a title names, though it does not say as what: the clerk says."""
    name = titles(reader.kind).get(one.key, one.key)
    cell = block.sheet.address(one.row, one.column) if one.row else ""
    answer = reader.ask(
        block.sheet.name,
        cell,
        "said",
        f"表里没有“{name}”一列。标题里的“{one.text}”就是各行的{name}吗？",
        (Choice("yes", f"是，{name}都是{one.text}"), Choice("no", "不是")),
    )
    return answer == "yes"
