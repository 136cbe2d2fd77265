"""The lines between the two ``---`` of a draft, read as YAML with a clerk's habits: nothing that was written is lost.

A value is the rest of its line, whatever is in it: ``#``, a colon, a number. The colon may be full-width. A name that stands
twice is a fault. Lists, nested items, quoted texts and blocks (``|``) are YAML as ever.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from ssj_docs.ground.errors import DataError
from ssj_docs.ground.problems import Problem

_ITEM = re.compile(r"^(\s*(?:-\s+)?)([^\s:：#'\"\-][^\s:：]*)\s*(:(?=\s|$)|：)\s*(.*)$")
_PLAIN = re.compile(r"^(\s*-\s+)(.*)$")
#: begins a value that is YAML's own: quoted, list, mapping, block, anchor, tag
_YAML = tuple("'\"[{|>&*!")
_NOTHING = ("null", "~")
_LONGEST_NAME = 12
_INDENT = re.compile(r"\s*")


def read_front(text: str, source: str, names: Mapping[str, str]) -> dict[str, Any]:
    """Read the front matter.

    Args:
        text: the lines between the ``---``; the first is line 2 of the draft.
        source: file name, for problems.
        names: Chinese name → key; both are understood.

    Raises: DataError with the line if it cannot be read, or names something twice.
    """
    known = {*names, *names.values()}
    try:
        data = yaml.load(_quoted(text, known), _loader(names))  # noqa: S506 - a SafeLoader
    except _TwiceError as error:
        problem = Problem(
            source,
            f"前面第 {error.first} 行已经写了“{error.name}”",
            "两处并成一处：几个机关写在同一行，用逗号或顿号隔开",
            cell=f"第 {error.line} 行",
            field=error.name,
            code="draft.twice",
        )
        raise DataError(str(problem), problems=[problem]) from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: an impossible date such as 2026-02-30
        raise _unreadable(source, error) from error
    return data or {}


def _unreadable(source: str, error: Exception) -> DataError:
    mark = getattr(error, "problem_mark", None)
    place = f"第 {mark.line + 2} 行" if mark else ""
    told, remedy = ("说明部分里有日期不在日历上", "日期写作 2026-03-05，并核对当月有没有这一天")
    if isinstance(error, yaml.YAMLError):
        told, remedy = ("说明部分写法有误", "每行写“名称: 内容”，内容以引号、括号开头时整个加引号")
    problem = Problem(source, told, remedy, cell=place, code="draft.yaml")
    return DataError(str(problem), problems=[problem])


def _quoted(text: str, known: set[str]) -> str:
    """The lines with a half-width colon after each known name, and quotes around each value on its line."""
    lines = text.splitlines()
    made: list[str] = []
    block: int | None = None  # the indent of the name whose block of text goes on
    for place, line in enumerate(lines):
        indent = _INDENT.match(line).end()  # type: ignore[union-attr]
        if block is not None and (not line.strip() or indent > block):
            made.append(line)
            continue
        block = None
        item = _ITEM.match(line)
        if item and (item[2] in known or (not indent and len(item[2]) <= _LONGEST_NAME)):
            value = item[4].rstrip()
            if value.startswith(("|", ">")):
                block = len(item[1]) if item[1].strip() else indent
            goes_on = _goes_on(lines, place + 1, indent)
            made.append(f"{item[1]}{item[2]}: {value if goes_on else _value(value)}")
        elif (plain := _PLAIN.match(line)) and not item:
            made.append(f"{plain[1]}{_value(plain[2].rstrip())}")
        else:
            made.append(line)
    return "\n".join(made)


def _goes_on(lines: list[str], place: int, indent: int) -> bool:
    """Whether the next line continues a value that YAML folds: deeper, and neither a list item nor a comment."""
    if place >= len(lines) or not lines[place].strip():
        return False
    following = lines[place]
    return (
        _INDENT.match(following).end() > indent  # type: ignore[union-attr]
        and not following.lstrip().startswith(("-", "#"))
        and not _ITEM.match(following)
    )


def _value(value: str) -> str:
    return value if not value or value in _NOTHING or value.startswith(_YAML) else json.dumps(value, ensure_ascii=False)


class _TwiceError(Exception):
    """A name stands twice: on ``first`` and again on ``line``."""

    def __init__(self, name: str, first: int, line: int) -> None:
        super().__init__(name)
        self.name, self.first, self.line = name, first, line


def _loader(names: Mapping[str, str]) -> type[yaml.SafeLoader]:
    """A safe loader that refuses a name given twice, in Chinese or English."""

    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            seen: dict[str, int] = {}
            for key, _ in node.value:
                line = key.start_mark.line + 2
                name = names.get(str(key.value), str(key.value))
                if name in seen:
                    raise _TwiceError(str(key.value), seen[name], line)
                seen[name] = line
            return super().construct_mapping(node, deep)

    return Loader
