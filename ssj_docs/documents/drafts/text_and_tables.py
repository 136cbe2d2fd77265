"""Tells tables from text: lines with TABs between cells are rows, as pasted from Excel or Word."""

from __future__ import annotations

import re
from itertools import groupby, pairwise

from ssj_docs.documents.text.wording import parse_body
from ssj_docs.model.document import Block, Table

#: columns of a table from which on its sheet is turned
_WIDE = 9
#: Word puts a TAB between an automatic number and the text: no row
_COUNTED = re.compile(
    r"\s*(?:[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d]+[）)]|\d{1,3}[.．、]|第\S{1,4}[章条])\t+[^\t]*"
)


def split_table(body: str) -> tuple[str, Table | None, str]:
    """Split a text into what is before its table (rows with TAB), the table, and what is after it.

    All cells keep their text; a short row is filled up with empty cells.
    """
    lines = body.splitlines()
    rows = [i for i, line in enumerate(lines) if "\t" in line.strip(" ")]
    if not rows:
        return body, None, ""
    first, last = rows[0], rows[-1]
    table = _table([line for line in lines[first : last + 1] if line.strip()])
    return "\n".join(lines[:first]), table, "\n".join(lines[last + 1 :]).strip()


def has_several(body: str) -> bool:
    """Whether a text holds more than one table: a sentence between rows, or rows of another width after a line of text."""
    lines = [line for line in body.splitlines() if line.strip()]
    rows = [i for i, line in enumerate(lines) if "\t" in line.strip()]
    for above, below in pairwise(rows):
        between = lines[above + 1 : below]
        other = lines[above].count("\t") != lines[below].count("\t")
        if between and (other or any(line.rstrip().endswith("。") for line in between)):
            return True
    return False


def text_and_tables(body: str) -> tuple[Block, ...]:
    """Paragraphs and tables in order; a table is at least two rows that follow each other."""
    blocks: list[Block] = []
    lines = [line for line in body.splitlines() if line.strip()]
    for is_row, group in groupby(lines, key=_is_row):
        run = list(group)
        if is_row and len(run) > 1:
            blocks.append(Block(0, "", table=_table(run)))
        else:
            blocks += parse_body("\n".join(run))
    return tuple(blocks) if any(block.table for block in blocks) else tuple(parse_body(body))


def _is_row(line: str) -> bool:
    cells = [cell for cell in line.strip().split("\t") if cell.strip()]
    return len(cells) > 1 and not _COUNTED.fullmatch(line)


def _table(lines: list[str]) -> Table:
    cells = [[cell.strip() for cell in line.split("\t")] for line in lines]
    width = max(len(row) for row in cells)
    filled = [tuple(row + [""] * (width - len(row))) for row in cells]
    return Table(columns=filled[0], rows=tuple(filled[1:]), landscape=width >= _WIDE)
