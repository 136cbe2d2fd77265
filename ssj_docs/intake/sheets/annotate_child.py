"""Child process that marks cells in a copy of a workbook from outside; imports nothing of this project.

Arguments: FILE OUT MEMORY_MB SECONDS, with ``[[sheet, cell, severity, text]…]`` on stdin.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from collections.abc import Sequence

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

_FILLS = {"error": PatternFill("solid", fgColor="FFF4B6B6"), "warning": PatternFill("solid", fgColor="FFFFF0B3")}
LIST_SHEET = "问题清单"


def main(source: str, target: str, megabytes: int, seconds: int) -> None:
    """Copy the workbook with the cells of the problems coloured and commented, and a sheet that lists them."""
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    problems: Sequence[Sequence[str]] = json.load(sys.stdin)
    book = openpyxl.load_workbook(source)
    mark(book, problems)
    book.save(target)


def mark(book: openpyxl.Workbook, problems: Sequence[Sequence[str]]) -> None:
    """Colour and comment the cells, red for errors; several problems of a cell share one comment."""
    texts: dict[tuple[str, str], list[Sequence[str]]] = {}
    for problem in problems:
        texts.setdefault((problem[0], problem[1]), []).append(problem)
    for (name, address), found in texts.items():
        if name not in book.sheetnames or not re.fullmatch(r"[A-Z]{1,3}[1-9]\d*", address):
            continue
        cell = book[name][address]
        cell.fill = _FILLS["error" if any(p[2] == "error" for p in found) else "warning"]
        if hasattr(cell, "comment") and type(cell).__name__ != "MergedCell":
            cell.comment = Comment("\n".join(p[3] for p in found), "校核", width=360, height=40 + 40 * len(found))
    name = LIST_SHEET
    while name in book.sheetnames:
        name += "1"
    sheet = book.create_sheet(name)
    for row, values in enumerate([("工作表", "单元格", "性质", "问题"), *problems], 1):
        for column, value in enumerate(values, 1):
            cell = sheet.cell(row, column, {"error": "错误", "warning": "提醒"}.get(value, value))
            cell.data_type = "s"
    sheet.column_dimensions["D"].width = 100


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
