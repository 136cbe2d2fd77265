"""Edits office.toml value by value as text, so that comments, order and blank lines are kept.

The result is checked: a text that `tomllib` does not read back as intended is refused.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ssj_docs.ground.errors import DataError

_HEAD = re.compile(r"^\s*(\[\[?)\s*([\w.]+)\s*\]\]?\s*(?:#.*)?$")


@dataclass
class _Block:
    """A table as written: its name ('' before the first), whether it is one of several, and its lines with the heading."""

    name: str
    many: bool
    lines: list[str] = field(default_factory=list)


def change_table(text: str, table: str, values: Mapping[str, Any]) -> str:
    """Change values in ``[table]``; None removes a key.

    Raises: DataError if the text is written in a way that cannot be edited.
    """
    wanted = tomllib.loads(text)
    wanted[table] = _merged(wanted.get(table, {}), values)
    blocks = _blocks(text)
    block = next((one for one in blocks if one.name == table and not one.many), None)
    if block is None:
        block = _Block(table, False, ["", f"[{table}]"])
        blocks.append(block)
    for key, value in values.items():
        _set(block, key, value)
    return _checked(blocks, wanted, table)


def change_rows(text: str, table: str, rows: Sequence[tuple[int | None, Mapping[str, Any]]]) -> str:
    """Arrange the ``[[table]]`` rows in this order; those not listed are removed.

    Args:
        rows: index of the row in the old text (from 0) with the values to change, or None and all values of a new row.
    """
    wanted = tomllib.loads(text)
    old = wanted.get(table, [])
    wanted[table] = [_merged(old[place] if place is not None else {}, values) for place, values in rows]
    blocks = _blocks(text)
    mine = [block for block in blocks if block.many and block.name == table]
    kept = {place: values for place, values in rows if place is not None}
    for place, block in enumerate(mine):
        if place not in kept:
            block.lines = _comments_behind(block.lines)
        for key, value in kept.get(place, {}).items():
            _set(block, key, value)
    at = blocks.index(mine[-1]) + 1 if mine else len(blocks)
    for values in (values for place, values in rows if place is None):
        lines = [
            f"[[{table}]]",
            *(f"{key} = {_written(value)}" for key, value in values.items() if value is not None),
            "",
        ]
        before = blocks[at - 1].lines
        behind = _comments_behind(before)
        if behind:  # a comment there speaks of the table that follows
            before[-len(behind) :] = []
            lines += behind
        if before and before[-1].strip():
            before.append("")
        blocks.insert(at, _Block(table, True, lines))
        at += 1
    if not wanted[table]:
        del wanted[table]
    return _checked(blocks, wanted, table)


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**old, **new}.items() if value is not None}


def _checked(blocks: Sequence[_Block], wanted: Mapping[str, Any], table: str) -> str:
    text = "\n".join(line for block in blocks for line in block.lines).rstrip("\n") + "\n"
    try:
        same = tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        same = False
    if not same:
        raise DataError(f"设置的 [{table}] 写法特殊，不能在这里改", "请系统管理员在服务器上用编辑器修改这一部分")
    return text


def _blocks(text: str) -> list[_Block]:
    blocks = [_Block("", False)]
    for line in text.split("\n"):
        head = _HEAD.match(line)
        if head:
            blocks.append(_Block(head[2], head[1] == "[["))
        blocks[-1].lines.append(line)
    return blocks


def _comments_behind(lines: Sequence[str]) -> list[str]:
    """Comment lines at the end of a block that belong to the following block."""
    count = 0
    for line in reversed(lines):
        if line.strip() and not line.lstrip().startswith("#"):
            break
        count += 1
    behind = list(lines[len(lines) - count :])
    while behind and not behind[0].strip():
        behind.pop(0)
    return behind


def _set(block: _Block, key: str, value: Any) -> None:
    start = next((n for n, line in enumerate(block.lines) if re.match(rf'\s*"?{re.escape(key)}"?\s*=', line)), None)
    if start is None:
        if value is not None:
            end = len(block.lines)
            while end > 1 and (not block.lines[end - 1].strip() or block.lines[end - 1].lstrip().startswith("#")):
                end -= 1
            block.lines.insert(end, f"{key} = {_written(value)}")
        return
    end, old = _extent(block.lines, start)
    if old == value and type(old) is type(value):
        return
    comment = _comment(block.lines[end - 1]) if end - start == 1 else ""
    head = block.lines[start].split("=")[0]
    block.lines[start:end] = [] if value is None else [f"{head.rstrip()} = {_written(value)}{comment}"]


def _extent(lines: Sequence[str], start: int) -> tuple[int, Any]:
    """The end of a value, and the value."""
    for end in range(start + 1, len(lines) + 1):
        try:
            return end, next(iter(tomllib.loads("\n".join(lines[start:end])).values()))
        except tomllib.TOMLDecodeError:
            continue
    return start + 1, None


def _comment(line: str) -> str:
    """The comment after a value of one line, with the blanks before it."""
    for place in (n for n, character in enumerate(line) if character == "#"):
        try:
            tomllib.loads(line[:place])
        except tomllib.TOMLDecodeError:
            continue
        return line[len(line[:place].rstrip()) :]
    return ""


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
