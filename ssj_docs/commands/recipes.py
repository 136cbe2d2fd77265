"""ssj recipes: how the tables of each sender were read."""

from __future__ import annotations

import click

from ssj_docs.commands.options import Run, command_options
from ssj_docs.commands.screen import show_table
from ssj_docs.intake import recipes as kept
from ssj_docs.intake.recipes import Recipe
from ssj_docs.intake.sheets.columns import KIND_NAMES
from ssj_docs.intake.tables.facts import titles


@click.group("recipes", help="读法：按来源记住的表格读法。列出（list）、查看（show）、忘记（forget）。")
def recipes() -> None:
    """Hold the subcommands."""


@recipes.command("list", help="列出记住的读法。")
@command_options
def list_recipes(run: Run) -> None:
    """All recipes, the newest first."""
    with run.workspace.read() as connection:
        found = kept.load_recipes(connection)
    rows = [(one.id, one.sender, KIND_NAMES[one.kind], one.at[:10], one.who) for one in found]  # type: ignore[index]
    run.present(
        [one.as_json() for one in found],
        lambda: show_table(("编号", "来源", "表", "日期", "谁定的"), rows, empty="还没有记住的读法。"),
    )


@recipes.command("show", help="查看一种读法：哪一列是什么，问过什么、怎么答的。")
@click.argument("identity", metavar="编号")
@command_options
def show(run: Run, identity: str) -> None:
    """One recipe."""
    with run.workspace.read() as connection:
        found = kept.find_recipe(connection, identity)
    run.present(found.as_json(), "\n".join(_lines(found)))


def _lines(recipe: Recipe) -> list[str]:
    names = {**titles(recipe.kind), "-": "不读"}
    lines = [f"{recipe.id} {recipe.told}", f"表头：{'、'.join(recipe.header)}"]
    lines += [f"“{heading}”列：{names.get(key, key)}" for heading, key in recipe.columns.items()]
    lines += [f"{names.get(question.split(':')[0], question)}：{answer}" for question, answer in recipe.answers.items()]
    return [*lines, *([f"工作表：{'、'.join(recipe.sheets)}"] if recipe.sheets else [])]


@recipes.command("forget", help="忘记一种读法，流水记一行；以后再遇到时重新认、重新问。")
@click.argument("identity", metavar="编号")
@command_options
def forget(run: Run, identity: str) -> None:
    """Remove a recipe."""
    found = kept.forget(run.workspace, identity)
    run.present(found.as_json(), f"已忘记 {found.sender} 的这种读法")


COMMANDS = (recipes,)
