"""Recipes: what was decided about a sender's table is kept by the fingerprint of its header and used the next time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, select

from ssj_docs.database import registers
from ssj_docs.database.schema import recipes
from ssj_docs.ground.canonical import sha256_of
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.ground.personal_data import without_restricted_in
from ssj_docs.intake.sheets.columns import KIND_NAMES, Kind
from ssj_docs.intake.sheets.workbook import Sheet, column_letters
from ssj_docs.intake.tables.facts import NEEDED
from ssj_docs.intake.tables.table import DataTable
from ssj_docs.intake.values.folding import squeeze
from ssj_docs.office.workspace import Workspace

#: rows of a sheet in which a known header is looked for
_TOP = 40
_DATES = re.compile(r"[\d年月日季度第份上下半.,_()（）【】\[\]\s-]+|副本|最新|定稿|汇总")


@dataclass(frozen=True)
class Recipe:
    """What was decided about tables of one sender with one header.

    Attributes:
        header: its texts. columns: heading → key, ``-`` for one that is not read. answers: question (its topic and ``*``
            where the cell does not matter) → choice. sheets: to be read. who, at: decided it last.
    """

    sender: str
    kind: str
    fingerprint: str
    header: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    sheets: tuple[str, ...] = ()
    who: str = ""
    at: str = ""

    @property
    def id(self) -> str:
        """What `ssj recipes show` and ``forget`` take."""
        return self.fingerprint[:8]

    @property
    def told(self) -> str:
        """One sentence for the report."""
        return f"按上次的读法：{self.sender}的{KIND_NAMES[self.kind]}（{self.at[:10]} {self.who} 定）"  # type: ignore[index]

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return {"id": self.id, **asdict(self), "header": list(self.header), "sheets": list(self.sheets)}


def sender_of(path: Path) -> str:
    """The sender as a file's name tells it, without digits and dates."""
    return _DATES.sub("", path.stem)[:60] or "未写来源"


def load_recipes(connection: Connection, kind: str = "") -> list[Recipe]:
    """Recipes of a kind, or all, the newest first."""
    query = select(recipes).order_by(recipes.c.at.desc(), recipes.c.fingerprint)
    rows = connection.execute(query.where(recipes.c.kind == kind) if kind else query).mappings()
    return [Recipe(**{**row, "header": tuple(row["header"]), "sheets": tuple(row["sheets"])}) for row in rows]


def find_recipe(connection: Connection, identity: str) -> Recipe:
    """The recipe of this id. Raises: NotFoundError."""
    found = next((one for one in load_recipes(connection) if one.id == identity), None)
    if found is None:
        raise NotFoundError(f"没有编号为 {identity} 的读法", "请先列出记住的读法，核对编号")
    return found


def fitting(known: Sequence[Recipe], sender: str, sheets: Sequence[Sheet]) -> Recipe | None:
    """The newest recipe of this sender whose whole header stands at the top of a sheet."""
    mine = [one for one in known if one.sender == sender]
    if not mine:
        return None
    tops = [{squeeze(text) for row in sheet.rows[:_TOP] for text in row.texts} for sheet in sheets]
    return next((one for one in mine if any(set(one.header) <= top for top in tops)), None)


def forget(workspace: Workspace, identity: str) -> Recipe:
    """Remove a recipe, with a journal row. Raises: NotFoundError."""
    with workspace.transaction() as connection:
        found = find_recipe(connection, identity)
        connection.execute(
            delete(recipes).where(
                recipes.c.sender == found.sender,
                recipes.c.kind == found.kind,
                recipes.c.fingerprint == found.fingerprint,
            )
        )
        workspace.log(connection, "recipe.forget", found.sender, {"kind": found.kind, "id": found.id})
    return found


def keep(
    workspace: Workspace,
    connection: Connection,
    tables: Sequence[DataTable],
    sender: str,
    decided: tuple[Mapping[str, str], Mapping[str, str], Sequence[str]],
) -> Recipe | None:
    """Keep what was decided, with a journal row; None where nothing was.

    Args:
        decided: columns (heading or letters → key), answers (question → choice), sheets.
    """
    columns, answers, sheets = decided
    table = tables[0]
    named = {**_by_heading(columns, table), **_answered_columns(answers, table)}
    general = _general(answers, table.kind)
    if not (named or general or sheets):
        return None
    header = tuple(
        dict.fromkeys(
            squeeze(text)
            for row in table.sheet.rows
            if table.first_row <= row.number <= table.last_row
            for text in row.texts
            if text.strip()
        )
    )
    made = Recipe(
        sender, table.kind, sha256_of(list(header)), header, named, general, tuple(sheets), workspace.who,
        workspace.now.isoformat(timespec="seconds"),
    )  # fmt: skip
    made = without_restricted_in(made)
    before = [one for one in load_recipes(connection, table.kind) if (one.sender, one.id) == (made.sender, made.id)]
    same = before and (before[0].columns, before[0].answers, before[0].sheets) == (named, general, tuple(sheets))
    if not same:
        row = {**asdict(made), "header": list(header), "sheets": list(sheets)}
        registers.save_rows(connection, recipes, [row])
        detail: dict[str, object] = {"kind": made.kind, "id": made.id, "columns": dict(named), "answers": dict(general)}
        workspace.log(connection, "recipe.keep", sender, detail)
    return made


def _by_heading(columns: Mapping[str, str], table: DataTable) -> dict[str, str]:
    """Columns by their headings where those are their own, else by letters."""
    heads = {column_letters(column): squeeze(label) for column, label in table.heads.items()}
    often = list(heads.values())
    return {
        heads[name] if name in heads and heads[name] and often.count(heads[name]) == 1 else name: key
        for name, key in columns.items()
    }


def _answered_columns(answers: Mapping[str, str], table: DataTable) -> dict[str, str]:
    """Answers that say what a column is, or which column says a fact, as columns."""
    if table.sheet.transposed:
        return {}
    found = {}
    facts = {match.key for match in table.matches}
    for identity, answer in answers.items():
        topic, letters = identity.split(":")[0], identity.rpartition(":")[2].rstrip("0123456789")
        if topic == "column":
            found[letters] = answer
        elif topic in facts and re.fullmatch("[A-Z]{1,3}", answer):
            found[answer] = topic
    return _by_heading(found, table)


def _general(answers: Mapping[str, str], kind: Kind) -> dict[str, str]:
    """Answers that hold for the next table too: facts that no cell says, wherever the table stands."""
    asked = {key for key, _ in NEEDED[kind]}
    found = {}
    for identity, answer in answers.items():
        topic = identity.split(":")[0]
        if topic in asked and not re.fullmatch("[A-Z]{1,3}", answer):
            found[f"{topic}:*"] = answer
        elif topic == "said":
            found[identity] = answer
    return found
