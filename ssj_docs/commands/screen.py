"""Tables for people: readable at 80 and at 120 columns, numbers and days never cut, text printed as it is."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

#: what a clerk copies from the screen into the next command or reads as one figure: case and task numbers,
#: document numbers, days, short states
_WHOLE = re.compile(r"\d{4}-\d{3}(-\d{4})?|\d{4}-\d{2}-\d{2}|[^〔\s]{1,12}〔\d{4}〕\d+号|[\d.%-]{1,12}|\S{1,3}")
_FILE_WIDTH = 160


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, lines: bool = False, empty: str = "") -> None:
    """Print a table in the terminal's width; into a file, in a width that cuts nothing short.

    Args:
        columns: titles. rows: texts, printed as they are (``[`` is no markup). lines: a rule between rows.
        empty: what is said where there is no row; without it the header alone is shown.
    """
    filled = [list(row) for row in rows]
    console = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else _FILE_WIDTH, highlight=False)
    if empty and not filled:
        console.print(Text(empty))
        return
    table = Table(show_lines=lines)
    for index, title in enumerate(columns):
        texts = [row[index] for row in filled if row[index]]
        whole = bool(texts) and all(_WHOLE.fullmatch(text) for text in texts)
        width = max(map(cell_len, texts)) if whole else None
        table.add_column(
            Text(title),
            overflow="fold",
            no_wrap=whole and width is not None and width >= cell_len(title),
            min_width=width,
        )
    for row in filled:
        table.add_row(*map(Text, row))
    console.print(table)
