"""A copy of an imported workbook with the faulty cells marked and commented (``--annotate``)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import openpyxl

from ssj_docs.ground.child_process import LACKING, clean_environment, lacking_library, python_child
from ssj_docs.ground.errors import DataError, UsageError
from ssj_docs.ground.problems import Problem
from ssj_docs.intake.sheets import annotate_child
from ssj_docs.intake.sheets.workbook import MEMORY_MB, SECONDS, read_workbook


def annotate(source: Path, target: Path, problems: Sequence[Problem]) -> None:
    """Write the annotated copy; the source is only read. A source that is no .xlsx comes out as a plain .xlsx.

    Raises:
        UsageError: the target exists or is no .xlsx.
        DataError: the source cannot be copied within the limits.
    """
    if target.exists() or target.suffix.lower() != ".xlsx":
        raise UsageError(f"{target} 已存在或不是 .xlsx，没有写入", "请换一个 .xlsx 文件名")
    marks = [
        [
            problem.sheet,
            problem.cell,
            problem.severity,
            problem.message + (f"（{problem.remedy}）" if problem.remedy else ""),
        ]
        for problem in problems
    ]
    with source.open("rb") as stream:
        zipped = stream.read(4) == b"PK\x03\x04"
    if not zipped:
        _plain_copy(source, target, marks)
        return
    limits = (str(MEMORY_MB * 2), str(SECONDS))
    command = python_child(annotate_child.__name__, str(source.resolve()), str(target.resolve()), *limits)
    try:
        done = subprocess.run(
            command,
            input=json.dumps(marks).encode(),
            capture_output=True,
            timeout=SECONDS * 2,
            check=False,
            env=clean_environment(),
        )
    except subprocess.TimeoutExpired as error:
        raise DataError(f"{source.name}：批注副本写得太久，已停止", "请拆成几个文件") from error
    if done.returncode == LACKING:
        raise lacking_library("写批注副本", done.stderr)
    if done.returncode:
        target.unlink(missing_ok=True)
        raise DataError(f"{source.name}：写不出批注副本", "请用表格软件另存为 .xlsx 后再试")


def _plain_copy(source: Path, target: Path, marks: Sequence[Sequence[str]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for number, sheet in enumerate(read_workbook(source), 1):
        name = sheet.name or f"数据{number}"
        copy = book.create_sheet(name)
        for row in sheet.rows:
            for column, text in enumerate(row.texts, 1):
                if text:
                    copy.cell(row.number, column, text).data_type = "s"
        marks = [[name if mark[0] == sheet.name else mark[0], *mark[1:]] for mark in marks]
    annotate_child.mark(book, marks)
    book.save(target)
