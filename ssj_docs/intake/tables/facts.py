"""What each kind of table can say: the facts, the words by which headings name them, the values that they may hold.

A heading is a compound (发起 + 部门, 检查 + 时间 + 起): its words speak for a fact or against it. Words carry weights; a new
office's heading is understood from the same words in another order. What a column holds weighs as much as its heading.
The words and weights stand in ``facts.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from ssj_docs.intake.sheets.columns import COLUMNS, KINDS, Kind
from ssj_docs.intake.values.folding import squeeze


@dataclass(frozen=True)
class Fact:
    """One fact of a kind of table.

    Attributes:
        key: name in code, as in `sheets.columns`. words: word of a heading → weight, below 0 speaks against it.
        values: kind of value (`contents`) → weight of a column full of it, below 0 where it cannot be that.
        many: several columns may say it (检查人员1, 检查人员2). needs: one of these words must stand in the heading.
    """

    key: str
    words: Mapping[str, float]
    values: Mapping[str, float] = field(default_factory=dict)
    many: bool = False
    needs: tuple[str, ...] = ()


def _weights(text: str) -> dict[str, float]:
    """``发起4 配合-4`` → {"发起": 4.0, "配合": -4.0}."""
    found: dict[str, float] = {}
    for part in text.split():
        head = part.rstrip("0123456789.-")
        found[head] = float(part[len(head) :])
    return found


def _fact(key: str, section: Mapping[str, object]) -> Fact:
    return Fact(
        key,
        {word.upper(): weight for word, weight in _weights(str(section["words"])).items()},
        _weights(str(section.get("values", ""))),
        bool(section.get("many", False)),
        tuple(str(section.get("needs", "")).upper().split()),
    )


def _load() -> dict[Kind, tuple[Fact, ...]]:
    raw = tomllib.loads((resources.files("ssj_docs.intake.tables") / "facts.toml").read_text("utf-8"))
    return {
        kind: (
            *(_fact(key, section) for key, section in raw[kind].items()),
            *(Fact(column.key, {column.title.upper(): 5.0}) for column in COLUMNS[kind] if column.key not in raw[kind]),
        )
        for kind in KINDS
    }


FACTS: Mapping[Kind, tuple[Fact, ...]] = _load()
#: a table is of its kind only where one of each group is said, by a column or by what stands around the table
VITAL: Mapping[Kind, tuple[tuple[str, ...], ...]] = {
    "plan": (("name", "items", "object"),),
    "items": (("name", "sub"),),
    "subjects": (("name",),),
    "inspectors": (("name",),),
    "draw": (("subject", "credit_code", "registration"),),
    "results": (
        ("case", "serial", "subject", "credit_code", "registration"),
        ("result", "handling", "note", "inspected"),
    ),
}


#: (fact, facts that stand in for it): without it no row can be kept, so it is asked for where the file is silent
NEEDED: Mapping[Kind, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "plan": (("initiators", ("departments",)),),
    "items": (("department", ("level",)),),
    "subjects": (),
    "inspectors": (("department", ()),),
    "draw": (("task", ()),),
    "results": (("department", ("case",)),),
}


@cache
def titles(kind: Kind) -> Mapping[str, str]:
    """Key → official heading."""
    return {
        **{column.key: column.title for column in COLUMNS[kind]},
        "leader": "组长",
        "ratio_form": "比例或户数",
        "recused": "回避人员",
        "replacement": "替换人员",
        "contact": "联系人",
        "major": "主项",
        "sub": "子项",
    }


@cache
def exact_names(kind: Kind) -> Mapping[str, str]:
    """Official heading or a documented other name, folded → key."""
    found: dict[str, str] = {}
    for column in COLUMNS[kind]:
        found.setdefault(column.title.removesuffix("2").upper(), column.key)
    return found


@cache
def other_names(kind: Kind) -> Mapping[str, str]:
    """Documented other names of headings, upper case → key."""
    found: dict[str, str] = {}
    for column in COLUMNS[kind]:
        for name in column.aliases:
            found.setdefault(squeeze(name).upper(), column.key)
    return found
