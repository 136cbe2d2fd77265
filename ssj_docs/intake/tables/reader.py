"""Sheets from outside → tables of one kind: found, understood, or asked about; whatever gave no value is named."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ssj_docs.ground.problems import Problem
from ssj_docs.intake.sheets.columns import COLUMNS, Kind
from ssj_docs.intake.sheets.workbook import Sheet
from ssj_docs.intake.tables.blocks import Block, candidates_of
from ssj_docs.intake.tables.choosing import chosen_blocks, is_cover, legend_of
from ssj_docs.intake.tables.contents import CellKinds
from ssj_docs.intake.tables.data_rows import SAMPLE, plain_rows
from ssj_docs.intake.tables.deciding import UNREAD, answered, coded_columns, decoded, forced_columns, joined, with_role
from ssj_docs.intake.tables.dimensions import find_dimensions
from ssj_docs.intake.tables.doubts import doubted_columns, doubted_table
from ssj_docs.intake.tables.facts import NEEDED, titles
from ssj_docs.intake.tables.inquiry import Inquiry
from ssj_docs.intake.tables.joining import joined_sheets
from ssj_docs.intake.tables.labels import in_chinese
from ssj_docs.intake.tables.legends import Legend
from ssj_docs.intake.tables.matching import match_columns
from ssj_docs.intake.tables.records import Assembler
from ssj_docs.intake.tables.row_roles import ticked
from ssj_docs.intake.tables.surroundings import said_around
from ssj_docs.intake.tables.table import Choice, DataTable, Left, Question, TableRow


@dataclass(frozen=True)
class TableReading:
    """What came of reading the sheets of a file.

    Attributes:
        tables: tables of the kind that was asked for. problems: why there is none, and remarks.
        left: cells outside of the tables' data that gave no value. questions: what must be answered first.
    """

    tables: tuple[DataTable, ...] = ()
    problems: tuple[Problem, ...] = ()
    left: tuple[Left, ...] = ()
    questions: tuple[Question, ...] = ()


def read_tables(
    sheets: Sequence[Sheet],
    kind: Kind,
    source: str,
    cells: CellKinds,
    *,
    answers: Mapping[str, str] | None = None,
    names: Sequence[str] = (),
    tasks: Sequence[str] = (),
    forced: Mapping[str, str] | None = None,
    task: str = "",
) -> TableReading:
    """The tables of a kind in a file.

    Args:
        answers: question id → chosen value. names: sheets asked for by name (all others are left).
        tasks: names of the tasks in the register, by which a title may say what a draw or results belong to.
        forced: heading or column letters → key, as a mapping file says. task: of a sheet that names none.
    """
    departments = [department.name for department in cells.office.departments]
    cells.known_headings = frozenset(forced or ())
    reader = Inquiry(source, kind, cells, answers or {}, tasks, forced or {}, task, departments)
    if kind == "draw":
        sheets = joined_sheets(sheets, cells)
    blocks = chosen_blocks(sheets, names, reader)
    if not blocks:
        return TableReading((), tuple(reader.problems), tuple(reader.left), tuple(reader.questions))
    legend = legend_of(sheets, blocks)
    own = {block.sheet.name for block in blocks}
    lines = [
        text
        for sheet in sheets
        if sheet.name not in own and is_cover(sheet)
        for row in sheet.rows
        for text in row.texts
        if text.strip()
    ]
    tables = [_table(block, blocks, legend, lines, reader) for block in blocks]
    if not any(table.records for table in tables if table) and any(True for block in blocks for _ in block.body()):
        reader.problems.append(_no_rows(blocks[0], reader))
    return TableReading(
        tuple(t for t in tables if t), tuple(reader.problems), tuple(reader.left), tuple(reader.questions)
    )


def _no_rows(block: Block, reader: Inquiry) -> Problem:
    """The Problem of a heading below which nothing was understood as a record."""
    cell = block.sheet.address(block.last, block.columns[0])
    remedy = "请看表头是否认对；每条记录占一行，再导入"
    return Problem(reader.source, "表头下面没有读出一条记录", remedy, block.sheet.name, cell, code="table.no_rows")


def _table(
    block: Block, blocks: Sequence[Block], legend: Legend, lines: Sequence[str], reader: Inquiry
) -> DataTable | None:
    block = replace(block, parts={c: tuple(legend.heading(part) for part in parts) for c, parts in block.parts.items()})
    sample = [row for _, row in zip(range(SAMPLE), plain_rows(block), strict=False)]
    coded = coded_columns(block, sample, legend)
    block = replace(
        block,
        parts={
            c: (*labels[:-1], _without_code(labels[-1])) if c in coded else labels for c, labels in block.parts.items()
        },
    )
    candidates = [
        replace(
            one,
            profile=reader.cells.profile(
                ticked(decoded(row.text(one.column), coded, legend, one.column)) for row in sample
            ),
        )
        for one in candidates_of(block.parts, sample, reader.cells)
    ]
    dims = find_dimensions(candidates, block.parts, reader.kind, reader.cells)
    forced = forced_columns(candidates, block, reader)
    plain = [c for c in candidates if c.column not in dims.columns and c.column not in {one.column for one in forced}]
    settled = dims.columns | {one.column for one in forced if one.key == UNREAD}
    forced = [one for one in forced if one.key != UNREAD]
    matching = match_columns(plain, reader.kind, without=frozenset(one.key for one in forced))
    matches = [*forced, *answered(matching, candidates, block, reader), *joined(matching, plain, reader)]
    matches = with_role(matches, reader.kind)
    said = said_around(block, blocks, matches, dims, lines, reader)
    doubted_table(block, reader)
    known = {match.key for match in matches} | set(said) | dims.keys
    matches = doubted_columns(matches, [c for c in candidates if c.column not in settled], known, block, reader)
    assembler = Assembler(block, matches, dims, said, (legend, coded), reader)
    records = _needed(assembler.records(), block, reader)
    _ask_about_dropped(block, reader)
    _warn_of_missing(block, {match.key for match in matches} | set(said) | dims.keys, reader)
    taken = {match.column for match in matches} | dims.columns
    _leave_columns(block, taken, reader)
    return DataTable(
        reader.source,
        block.sheet,
        reader.kind,
        block.first,
        block.last,
        tuple(sorted(matches, key=lambda match: match.column)),
        records,
        tuple(text for row in block.sheet.rows if row.number < block.first for text in row.texts if text.strip()),
        tuple(assembler.left),
        {key: one.text for key, one in said.items()},
        {column: block.label(column) for column in block.columns},
    )


def _without_code(label: str) -> str:
    """A heading of codes that were decoded, without the word for code."""
    return re.sub(r"(代码|编码|编号|码|[_-]?(code|dm|bm))$", "", in_chinese(label), flags=re.IGNORECASE) or label


def _needed(records: list[TableRow], block: Block, reader: Inquiry) -> list[TableRow]:
    """Facts without which no row means anything: where no row says them, they are asked for once for all."""
    found = records
    for key, others in NEEDED[reader.kind]:
        if (
            not found
            or any(row.text(one) for row in found for one in (key, *others))
            or (key == "task" and reader.task)
        ):
            continue
        choices = [Choice(name, name) for name in (reader.tasks if key == "task" else reader.departments)]
        name = titles(reader.kind).get(key, key)
        cell = block.sheet.address(block.last, block.columns[0])
        answer = reader.ask(block.sheet.name, cell, key, f"表里没有写{name}，各行的{name}是哪个？", choices)
        if answer:
            found = [replace(row, texts={**row.texts, key: answer}, inherited=row.inherited | {key}) for row in found]
    return found


def _warn_of_missing(block: Block, known: set[str], reader: Inquiry) -> None:
    """A column that every official table has and this one has not: its values stay empty, and the clerk is told."""
    asked = {key for key, _ in NEEDED[reader.kind]}
    for column in COLUMNS[reader.kind]:
        if column.required and column.key not in known | asked | {"name", "id"}:
            cell = block.sheet.address(block.last, block.columns[0])
            message = f"没有“{column.title}”一列，按空白读入"
            reader.warn(block.sheet.name, cell, message, "用到它时（抽取、期限）须先补上", "header.missing")


def _ask_about_dropped(block: Block, reader: Inquiry) -> None:
    """A table beside this one that says something else: it may belong to it, so it is not passed over in silence."""
    rows = [row for row in block.body() if sum(1 for column in block.dropped if row.text(column).strip()) > 1]
    if len(block.dropped) < 2 or len(rows) < 2:
        return
    cell = block.sheet.address(block.last, block.dropped[0])
    heads = "、".join(block.sheet_label(column) for column in block.dropped[:4])
    text = f"旁边还有一张表（{heads}），不能和这张表合在一起读。不读它，只读这张表吗？"
    answer = reader.ask(
        block.sheet.name, cell, "beside", text, (Choice("yes", "只读这张表"), Choice("no", "都不读，我先改表"))
    )
    if answer == "yes":
        reader.left += [
            Left(
                block.sheet.name,
                block.sheet.address(row.number, column),
                row.text(column).strip(),
                "旁边的表，没有读入",
            )
            for row in rows
            for column in block.dropped
            if row.text(column).strip()
        ]


def _leave_columns(block: Block, taken: set[int], reader: Inquiry) -> None:
    """Name the columns that say nothing the register can hold: each of its cells, or a range where there are very many."""
    rows = list(block.body())
    for column in block.columns:
        if column in taken:
            continue
        filled = [row for row in rows if row.text(column).strip()]
        why = f"“{block.label(column)}”列没有对应的登记项"
        if len(filled) > 500:
            first, last = filled[0].number, filled[-1].number
            reach = f"{block.sheet.address(first, column)}:{block.sheet.address(last, column)}"
            reader.left.append(Left(block.sheet.name, reach, block.label(column), why))
        else:
            reader.left += [
                Left(block.sheet.name, block.sheet.address(row.number, column), row.text(column).strip(), why)
                for row in filled
            ]
