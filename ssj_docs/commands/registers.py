"""ssj list: the registers as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from ssj_docs.commands.options import Run, command_options
from ssj_docs.commands.screen import show_table
from ssj_docs.facts.register_rows import REGISTERS, Register, Row, matching, register_rows
from ssj_docs.ground.personal_data import holds_restricted, without_restricted_in

_HELP = """登记簿：列出检查对象（subjects）、执法检查人员（inspectors）、抽查事项（items）、案件（cases）或检查结果（results）。

加 --json 给出全部登记项；检查对象的电话等个人信息只在那里，每次列出都记入流水。执法检查人员的手机号码和身份证号不列出。
"""
#: register → the columns on the screen: key, title
_SHOWN: dict[Register, Sequence[tuple[str, str]]] = {
    "subjects": (
        ("id", "编号"), ("name", "名称"), ("district", "行政区划"), ("industry", "行业"), ("grade", "等级"), ("status", "状态"),
    ),
    "inspectors": (
        ("id", "执法证号"), ("name", "姓名"), ("department", "单位"), ("post", "职务"), ("valid_until", "有效期至"), ("status", "状态"),
    ),
    "items": (("id", "编号"), ("department", "部门"), ("field", "领域"), ("name", "抽查事项"), ("category", "类别")),
    "cases": (
        ("case", "案件"), ("task_name", "任务"), ("subject", "检查对象"), ("inspectors", "检查人员"), ("drawn", "抽取日期"),
    ),
    "results": (
        ("case", "案件"), ("subject", "检查对象"), ("department", "部门"), ("item", "事项"), ("labels", "结果"),
        ("handling_label", "处理"), ("inspected", "检查日期"),
    ),
}  # fmt: skip


@click.command("list", help=_HELP)
@click.argument("register", type=click.Choice(list(REGISTERS)))
@click.option("--year", type=click.IntRange(2000, 2100), help="只列这一年任务的案件、检查结果")
@click.option("--task", default="", help="只列这个任务的案件、检查结果")
@click.option("--find", "words", default="", help="只列含有这些词的行，几个词用空格分开")
@command_options
def list_command(run: Run, register: Register, year: int | None, task: str, words: str) -> None:
    """List a register."""
    if (year or task) and register not in ("cases", "results"):
        run.say(f"{REGISTERS[register]}不分年度和任务，列出全部。")
    with run.workspace.read() as connection:
        rows = register_rows(connection, run.workspace.office, register, year=year, task=task)
    rows = matching(rows, words)
    if run.json and register == "subjects":
        _note_look(run, rows)
    run.present(rows, lambda: _show(register, rows))


def _note_look(run: Run, rows: Sequence[Row]) -> None:
    """A journal row for giving out the personal data of subjects."""
    looked = [row["id"] for row in rows if holds_restricted(f"{row['phone']} {row['address']}")]
    if looked:
        with run.workspace.transaction() as connection:
            run.workspace.log(connection, "restricted.look", "subjects", {"rows": len(looked), "reason": "ssj list"})


def _show(register: Register, rows: Sequence[Row]) -> None:
    columns = _SHOWN[register]
    shown = [[_text(without_restricted_in(row[key])) for key, _ in columns] for row in rows]
    show_table([title for _, title in columns], shown, empty=f"没有{REGISTERS[register]}。")


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(one["name"] or one["certificate"] if isinstance(one, dict) else str(one) for one in value)
    return str(value if value is not None else "")


COMMANDS = (list_command,)
