"""Tables on a terminal: readable at 80 and 120 columns, without truncating numbers and dates."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

#: values that people copy from the screen or read as one: case and task numbers,
#: document numbers, days, short states
_WHOLE = re.compile(r"\d{4}-\d{3}(-\d{4})?|\d{4}-\d{2}-\d{2}|[^〔\s]{1,12}〔\d{4}〕\d+号|[\d.%-]{1,12}|\S{1,3}")
_FILE_WIDTH = 160


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, lines: bool = False, empty: str = "") -> None:
    """Print a table in the terminal's width; in a file, wide enough to show everything.

    Args:
        columns: titles.
        rows: texts, printed literally (``[`` is not markup).
        lines: a line between rows.
        empty: the message if there are no rows; without it only the header is printed.
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
