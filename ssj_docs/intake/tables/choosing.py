"""Which tables of a file are read, and what the rest of the file explains of their codes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.intake.sheets.columns import KIND_NAMES, Kind
from ssj_docs.intake.sheets.workbook import Sheet
from ssj_docs.intake.tables.blocks import Block, candidates_of, find_blocks, likelier_kind, own_sheet_headings
from ssj_docs.intake.tables.data_rows import NOTE, SAMPLE, last_data, plain_rows
from ssj_docs.intake.tables.dimensions import find_dimensions
from ssj_docs.intake.tables.facts import VITAL, titles
from ssj_docs.intake.tables.inquiry import Inquiry
from ssj_docs.intake.tables.legends import Code, Legend, codes_in_lines, codes_in_sheet, colours_of
from ssj_docs.intake.tables.matching import match_columns
from ssj_docs.intake.tables.table import Left
from ssj_docs.intake.values.folding import squeeze


def chosen_blocks(sheets: Sequence[Sheet], names: Sequence[str], reader: Inquiry) -> list[Block]:
    absent = [name for name in names if name not in {sheet.name for sheet in sheets}]
    if absent:
        there = "、".join(sheet.name for sheet in sheets)
        reader.problems.append(
            Problem(reader.source, f"没有工作表“{'、'.join(absent)}”", f"文件里有：{there}", code="sheet.not_found")
        )
        return []
    found: list[Block] = []
    for sheet in sheets:
        if names and sheet.name not in names:
            continue
        if sheet.hidden and sheet.name not in names:
            if sheet.rows:
                reader.left.append(Left(sheet.name, "", _first_text(sheet), "隐藏的工作表，没有读入"))
            continue
        found += find_blocks(sheet, reader.kind, reader.cells)
    found = [block for block in found if not _explains_another(block.sheet, found, sheets)]
    best = max((block.score for block in found), default=0.0)
    kept = [block for block in found if block.score >= max(3.0, 0.5 * best) and _says_enough(block, reader)]
    others = {block.sheet.name: other for block in kept or found if (other := likelier_kind(block, reader.cells))}
    if others and len(others) == len({block.sheet.name for block in kept or found}):
        reader.problems.append(_other_kind((kept or found)[0], next(iter(others.values())), reader))
        return []
    kept = [block for block in kept if block.sheet.name not in others and not _explains(block, kept)]
    if not kept:
        reader.problems.append(_no_table(sheets, reader))
    return kept


def _explains(block: Block, blocks: Sequence[Block]) -> bool:
    """True for a sheet on its side whose headings are those of another table: a list of that table's columns."""
    own = own_sheet_headings([block])
    return block.sheet.transposed and any(
        not other.sheet.transposed and len(own & own_sheet_headings([other])) * 3 >= len(own) * 2 for other in blocks
    )


def _explains_another(sheet: Sheet, blocks: Sequence[Block], sheets: Sequence[Sheet]) -> bool:
    """True for a sheet of codes: one of its columns lists headings of a table that stands elsewhere."""
    source = next((one for one in sheets if one.name == sheet.name), sheet)
    for other in blocks:
        if other.sheet.name == sheet.name or other.sheet.transposed:
            continue
        row = next((row for row in other.sheet.rows if row.number == other.last), None)
        heads = {squeeze(text).upper() for text in row.texts if squeeze(text)} if row else set()
        for column in (1, 2):
            listed = {squeeze(row.text(column).split()[0]).upper() for row in source.rows if row.text(column).split()}
            if len(heads & listed) >= 2 and len(heads) > 2 and source.rows and not _repeats(source, heads):
                return True
    return False


def _repeats(sheet: Sheet, heads: set[str]) -> bool:
    """True where a sheet has the same heading in a row of its own."""
    return any(sum(squeeze(text).upper() in heads for text in row.texts) >= 3 for row in sheet.rows[:20])


def _other_kind(block: Block, other: Kind, reader: Inquiry) -> Problem:
    """The Problem of a table that is clearly of another kind."""
    wanted = KIND_NAMES[reader.kind]
    as_it_is = do("import", kind=reader.kind, file=reader.source, mapping="")
    return Problem(
        reader.source,
        f"像是{KIND_NAMES[other]}，不像{wanted}，没有导入",
        Remedy(do("import", kind=other, file=reader.source), f"；确是{wanted}的，指明各列，", as_it_is),
        block.sheet.name,
        block.sheet.address(block.last, block.columns[0]),
        code="header.other_kind",
    )


def _says_enough(block: Block, reader: Inquiry) -> bool:
    """True where the columns say what a table of this kind must say; a sheet of codes or a list of sheets does not."""
    sample = [row for _, row in zip(range(SAMPLE), plain_rows(block), strict=False)]
    if not sample and any(True for _ in block.body()):
        return False
    candidates = candidates_of(block.parts, sample, reader.cells)
    dims = find_dimensions(candidates, block.parts, reader.kind, reader.cells)
    plain = [candidate for candidate in candidates if candidate.column not in dims.columns]
    keys = {match.key for match in match_columns(plain, reader.kind, with_margins=False).matches}
    keys |= {one.key for one in dims.rows} | {one.key for one in dims.options} | {_subject_above(block, reader)}
    return all(keys & set(group) for group in VITAL[reader.kind]) or bool(reader.forced)


def _subject_above(block: Block, reader: Inquiry) -> str:
    """For results that stand below a form's head: the subject is said above the table."""
    if reader.kind not in ("results", "draw"):
        return ""
    above = [row for row in block.sheet.rows if row.number < block.first]
    return (
        "subject"
        if any(reader.cells.kinds(text) & {"company", "code"} for row in above[-8:] for text in row.texts)
        else ""
    )


def _first_text(sheet: Sheet) -> str:
    return next((text.strip() for row in sheet.rows for text in row.texts if text.strip()), "")


def _no_table(sheets: Sequence[Sheet], reader: Inquiry) -> Problem:
    required = "、".join(dict.fromkeys(titles(reader.kind)[group[0]] for group in VITAL[reader.kind]))
    names = "、".join(f"“{sheet.name}”" for sheet in sheets if sheet.name)
    where = f"工作表{names}里" if names else "文件里"
    return Problem(
        reader.source,
        f"{where}找不到{KIND_NAMES[reader.kind]}的表头",
        Remedy(f"表头至少应有：{required}；没有表的，", do("blank_table", kind=reader.kind, file="空白表.xlsx")),
        code="header.not_found",
    )


#: rows at each end of a long sheet in which explanations are looked for
_EDGE = 1000


def legend_of(sheets: Sequence[Sheet], blocks: Sequence[Block]) -> Legend:
    """The legend of the whole file: notes beside the tables' data, sheets of codes, filled cells beside words."""
    codes: list[Code] = []
    colours: dict[str, str] = {}
    headings = own_sheet_headings(blocks)
    for sheet in sheets:
        here = [block for block in blocks if block.sheet.name == sheet.name and not block.sheet.transposed]
        edges = sheet.rows if len(sheet.rows) <= 2 * _EDGE else (*sheet.rows[:_EDGE], *sheet.rows[-_EDGE:])
        texts = {(row.number, c): text for row in edges for c, text in enumerate(row.texts, 1) if text.strip()}
        moved = any(block.sheet.name == sheet.name for block in blocks) and not here
        areas = [(block, last_data(block)) for block in here]
        outside = [place for place, text in texts.items() if _outside(place, text, areas)]
        if not here and not moved and len(sheet.rows) < 400:
            codes += codes_in_sheet(sheet, headings)
        codes += codes_in_lines(texts[place] for place in outside)
        colours |= colours_of(sheet.fills, texts, [place for place in sheet.fills if _outside(place, "", areas)])
    return Legend(tuple(codes), colours)


def is_cover(sheet: Sheet) -> bool:
    """A sheet of lines, not of columns: a cover, a page of explanations."""
    cells = [sum(1 for text in row.texts if text.strip()) for row in sheet.rows]
    return len(cells) < 60 and sum(cells) <= 1.4 * max(1, len(cells))


def _outside(place: tuple[int, int], text: str, areas: Sequence[tuple[Block, int]]) -> bool:
    """True for a cell above, below or beside the data of all tables of its sheet, or a sentence between its rows.

    Args:
        areas: the sheet's tables, each with its last row of data.
    """
    row, column = place
    for block, last in areas:
        if block.first <= row <= block.last and column in block.columns:
            return bool(re.search(r"[=＝√]|[:：].*[:：]", text)) and len(text) > 8
        if block.last < row <= last and min(block.columns) <= column <= max(block.columns):
            return len(text) > 15 and bool(NOTE.match(squeeze(text)) or re.search(r"[=＝—]|[:：]", text))
    return True
