"""Who leads and who joins, where a plan says it in other ways than in two columns: role columns, marks, headed items."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from ssj_docs.intake.values.department_names import DepartmentNames, split_names
from ssj_docs.intake.values.folding import squeeze
from ssj_docs.intake.values.item_list import split_items

Role = Literal["initiators", "partners"]

_LEADS = re.compile(r"牵头|发起|主办|主责|组织")
_JOINS = re.compile(r"配合|协同|参与|协办|联合|参加|共同")
#: ``公安局：`` at the start of a cell, a line or a clause heads the items of that department.
_HEAD = re.compile(r"(?:^|(?<=[\n。；;]))[ \u3000]*([^：:\n。；;0-9（）()]{2,16})[:：]")


def read_role(text: str) -> Role | None:
    """``initiators`` or ``partners`` for 牵头, 发起部门, 配合, 参与单位 …; None where the text is neither or both."""
    body = squeeze(text)
    leads, joins = bool(_LEADS.search(body)), bool(_JOINS.search(body))
    if leads == joins:
        return None
    return "initiators" if leads else "partners"


def marked_names(text: str, role: Role | None) -> list[tuple[str, Role | None]]:
    """The names of one cell with their roles: ``公安局（牵头）、卫健委``, ``牵头：公安局；配合：卫健委``.

    Args:
        role: what the row says for all of them. A cell in which one name is marked as leading makes the others join.
    """
    found: list[tuple[str, Role | None]] = []
    headed: Role | None = None
    for piece in split_names(text):
        head = re.match(r"\s*(牵头|发起|主办|配合|协同|参与|协办)(?:部门|单位)?[:：]", piece)
        headed = read_role(head[1]) if head else headed
        part = piece[head.end() :] if head else piece
        mark = re.search(r"[（(\[【]([^（）()\[\]【】]{2,8})[)）\]】]\s*$", part)
        own = read_role(mark[1]) if mark else None
        name = part[: mark.start()] if mark and own else part
        if name.strip():
            found.append((name.strip(), own or headed or role))
    if any(own == "initiators" for _, own in found):
        return [(name, own or "partners") for name, own in found]
    return found


def headed_items(
    text: str, names: DepartmentNames, initiators: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Items of the initiators and of the others, where each department heads its own in one cell; None elsewhere."""
    heads = [(match, names.canonical(match[1])) for match in _HEAD.finditer(text)]
    known = [(match, name) for match, name in heads if name]
    if not known or text[: known[0][0].start()].strip():
        return None
    ends = [match.start() for match, _ in known[1:]] + [len(text)]
    mine: list[str] = []
    others: list[str] = []
    for (match, name), end in zip(known, ends, strict=True):
        (mine if name in initiators else others).extend(split_items(text[match.end() : end].strip()))
    return tuple(dict.fromkeys(mine)), tuple(dict.fromkeys(others))
