"""Commands draw, due, next and stats."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Any

import click

from ssj_docs.commands.options import Run, command_options
from ssj_docs.commands.remedies import said
from ssj_docs.commands.screen import show_table
from ssj_docs.database import registers
from ssj_docs.documents.statistics_files import load_records, write_statistics
from ssj_docs.facts.case_facts import load_facts
from ssj_docs.facts.statistics import Statistics, Unit, statistics
from ssj_docs.ground.errors import FixityError
from ssj_docs.ground.problems import Problem, has_errors
from ssj_docs.model.case import EVENTS
from ssj_docs.planning.case_state import STATES, CaseOutcome, outcomes
from ssj_docs.planning.dates.due_dates import Due, not_started
from ssj_docs.planning.dates.due_dates import due as due_rows
from ssj_docs.planning.dates.workdays import MAY_MOVE
from ssj_docs.planning.draw.algorithm import Seed
from ssj_docs.planning.draw.drawing import DrawOutcome, Promise, commit_draw, make_draw, preview, verify_file
from ssj_docs.planning.draw.pool import DrawOptions
from ssj_docs.planning.draw.public_value import Grade, grade, public_value


class _DefaultGroup(click.Group):
    """A group whose first argument may be a task id: ``ssj draw 2026-003`` is ``ssj draw run 2026-003``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert the default command if none is named."""
        named = next((arg for arg in args if arg in self.commands), None)
        if named is not None:
            args.remove(named)
            args = [named, *args]
        elif not args or args[0] not in ctx.help_option_names:
            args = ["run", *args]
        return super().parse_args(ctx, args)


def _decimal(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    text = (value or "").strip().rstrip("%％")
    if value is None:
        return None
    if not text.replace(".", "", 1).isdecimal() or not text.isascii() or not 0 < float(text) <= 100:
        raise click.BadParameter(f"“{value}”不是 0 到 100 之间的百分数")
    return text


def _draw_options(function: Any) -> Any:
    for option in reversed(
        (
            click.option(
                "--ratio",
                "percent",
                callback=_decimal,
                metavar="百分数",
                help="抽取比例，如 3 表示百分之三；缺省按计划",
            ),
            click.option("--count", type=click.IntRange(1), metavar="户数", help="抽取户数；缺省按计划"),
            click.option(
                "--grade", metavar="等级", help="只抽这个风险等级或分组，比例按 office.toml，计划的比例更高时按计划"
            ),
            click.option("--by-grade", is_flag=True, help="各等级按各自比例一并抽取"),
            click.option(
                "--where",
                "conditions",
                multiple=True,
                metavar="条件",
                help="限定对象，如 行业=餐饮、经营范围~烟花；可多次",
            ),
            click.option("--stratify/--no-stratify", default=None, help="是否按行政区划分层；缺省：不定向分层"),
            click.option(
                "--round",
                "round_",
                type=click.IntRange(1),
                default=1,
                metavar="轮次",
                help="本年第几轮抽查，缺省第 1 轮",
            ),
            click.option("--over-cap", default="", metavar="理由", help="不受年度次数上限限制的理由，写入记录"),
            click.option("--objects-only", is_flag=True, help="只抽对象，不抽人员"),
        )
    ):
        function = option(function)
    return function


def _options(values: dict[str, Any]) -> DrawOptions:
    return DrawOptions(round=values.pop("round_"), **values)


_WITNESS = click.option(
    "--witness",
    default="",
    prompt="见证口令",
    prompt_required=False,
    hide_input=True,
    metavar="[口令]",
    help="见证人的口令：承诺时封存种子，抽取时打开；只写 --witness 则另行输入",
)


@click.group(
    "draw",
    cls=_DefaultGroup,
    help="随机抽取：ssj draw 任务编号；先公布种子摘要 ssj draw commit；复核 ssj draw verify。",
)
def draw() -> None:
    """The commands of the draw."""


@draw.command("run", help="抽取一个任务的对象，再抽取执法检查人员，写出任何人都能复核的记录。")
@click.argument("task", metavar="任务编号")
@click.option("--seed", metavar="HEX", default="", help="十六进制种子；缺省用已公布的，没有则自动产生")
@click.option(
    "--public", default="", metavar="公开数", help="承诺时约定、公布摘要后才产生的公开数（如彩票开奖号码），与种子合用"
)
@_WITNESS
@click.option("--redraw", default="", metavar="原因", help="重抽的原因，记入流水")
@click.option("--dry-run", is_flag=True, help="只看名录、条件和各层户数，不抽取")
@_draw_options
@command_options
def run_(
    run: Run, task: str, *, seed: str, public: str, witness: str, redraw: str, dry_run: bool, **values: Any
) -> None:
    """Draw a task."""
    if dry_run:
        sizes = preview(run.workspace, task, _options(values))
        run.present(sizes, lambda: _show_preview(sizes))
        return
    made = make_draw(
        run.workspace,
        task,
        _options(values),
        Seed(seed, public),
        fresh_seed=secrets.token_hex(32),
        redraw=redraw,
        witness=witness,
    )
    run.present(_draw_json(made), lambda: _show_draw(made))


def _show_preview(sizes: dict[str, Any]) -> None:
    click.echo(
        f"{sizes['task']['id']} {sizes['task']['name']}：名录 {sizes['pool_count']} 户，可抽 {sizes['eligible']} 户，"
        f"应抽 {sizes['to_draw']} 户；可派 {sizes['inspectors']} 人。没有抽取，也没有写任何文件。"
    )
    keys = ("group", "stratum", "size", "eligible", "quota")
    show_table(("组", "层", "户数", "可抽", "应抽"), ([str(quota[key]) for key in keys] for quota in sizes["quotas"]))
    for note in sizes["notes"]:
        click.echo(f"提示：{note}")


def _draw_json(made: DrawOutcome) -> dict[str, Any]:
    kept = ("task", "round", "attempt", "algorithm", "seed", "public", "commitment", "pool_count", "pool_sha256")
    return {
        **{key: made.record[key] for key in kept},
        "drawn": len(made.cases),
        "record": made.path,
        "sha256": made.sha256,
        "notes": list(made.notes),
        "cases": made.record["result"]["cases"],
        "quotas": made.record["result"]["quotas"],
    }


def _show_draw(made: DrawOutcome) -> None:
    task = made.record["task"]
    click.echo(f"{task['id']} {task['name']}：名录 {made.record['pool_count']} 户，抽取 {len(made.cases)} 户")
    names = {line.split("\t")[0]: line.split("\t")[1] for line in made.record["pool"]["lines"]}
    people = {line.split("\t")[0]: line.split("\t")[1] for line in made.record["inspectors"]["lines"]}
    show_table(
        ("抽取序号", "案件", "检查对象", "执法检查人员"),
        (
            (str(case.serial), case.id, names[case.subject], "、".join(people[i] for i in case.inspectors))
            for case in made.cases[:50]
        ),
    )
    if len(made.cases) > 50:
        click.echo(f"……其余 {len(made.cases) - 50} 户见记录")
    for note in made.notes:
        click.echo(f"提示：{note}")
    click.echo(f"记录：{made.path}（SHA-256 {made.sha256}）；复核：ssj draw verify {made.path}")


@draw.command("commit", help="抽取之前公布种子摘要：名录、参数、种子就此固定，种子到抽取时才公开。")
@click.argument("task", metavar="任务编号")
@click.option("--seed", metavar="HEX", default="", help="十六进制种子，缺省自动产生")
@click.option("--reason", default="", metavar="原因", help="已公布过而要重新公布的原因")
@click.option("--public-name", default="", metavar="名称", help="约定并入的公开数是哪一种，如 福彩3D开奖号码")
@click.option("--public-day", default="", metavar="日期", help="哪一天的，须在承诺以后，如 2026-03-05")
@click.option("--public-form", default="", metavar="写法", help="怎样写，0 代表一位数字，如 000、0000.00")
@_WITNESS
@_draw_options
@command_options
def commit(run: Run, task: str, *, seed: str, reason: str, witness: str, **values: Any) -> None:
    """Publish a commitment."""
    public = [values.pop(f"public_{part}") for part in ("name", "day", "form")]
    promise = Promise(public_value(*public, today=run.now.date()), witness, bool(seed), reason)
    made = commit_draw(run.workspace, task, _options(values), seed or secrets.token_hex(32), promise)
    agreed = promise.public.told() if promise.public else "没有约定（知道种子的人事先能算出结果）"
    run.present(
        made,
        f"请公布：任务 {task} 种子摘要 {made['seed_sha256']}，名录 {made['pool_count']} 户，"
        f"摘要 {made['pool_sha256']}，抽取 {made['to_draw']} 户，公开数：{agreed}\n承诺书：{made['path']}；随后用 ssj draw {task} 抽取",
    )


@draw.command("verify", help="只凭抽取记录重新抽一遍，核对对象、人员、名录和种子；不需要工作区。")
@click.argument("record", metavar="记录文件", type=click.Path(path_type=Path))
@command_options
def verify(run: Run, record: Path) -> None:
    """Repeat a draw from its record."""
    here = run.workspace if (run.root / "office.toml").is_file() else None
    body, problems = verify_file(record if record.exists() or not here else here.root / record, here)
    ok = not has_errors(problems)
    cases = body["result"]["cases"] if ok else []
    graded = grade(body) if ok else Grade("none", ())
    run.present(
        {"ok": ok, "drawn": len(cases), "problems": [p.as_json() for p in problems], "grade": graded.as_json()},
        lambda: _tell(record.name, body, problems, ok),
    )
    if not ok:
        sys.exit(FixityError.exit_code)


def _tell(name: str, body: dict[str, Any], problems: list[Problem], ok: bool) -> None:
    for problem in problems:
        click.echo(f"  · {problem.told(said)}")
    if ok:
        drawn = len(body["result"]["cases"])
        click.echo(f"复核通过：从 {body['pool_count']} 户中重新抽取，{drawn} 户及其执法检查人员与记录一致")
        remarks = grade(body).remarks
        for remark in remarks:
            click.echo(f"  · {remark}")
        click.echo("这次抽取事先无人能左右。" if not remarks else "以上各点限制了这次抽取的证明力。")
    else:
        click.echo(f"{name}：复核不通过")


@click.command("due", help="到期提醒：哪些事项临期或逾期，从哪件事起算，依据哪一条。")
@click.option("--within", type=click.IntRange(0), metavar="天数", help="只看逾期的和这些天内到期的")
@click.option("--year", type=int, metavar="年", help="只看这一年的任务")
@click.option("--task", metavar="任务编号", help="只看这个任务")
@click.option("--all", "everything", is_flag=True, help="连同已完成的一并列出（--json 总是列出）")
@command_options
def due(run: Run, within: int | None, year: int | None, task: str | None, everything: bool) -> None:
    """List what is due or late."""
    with run.workspace.read() as connection:
        facts = load_facts(connection, run.workspace.kinds, task=task, year=year)
    rows = due_rows(*facts, run.workspace.office, run.today, within=within)
    problems = not_started(*facts, run.workspace.office)
    run.present([row.as_json() for row in rows], lambda: _show_due(rows, everything))
    for problem in problems:
        run.say(f"  · {problem.told(said)}")


_STATES = {"late": "逾期", "open": "未到期", "done": "已完成"}


def _show_due(rows: list[Due], everything: bool) -> None:
    lines = []
    shown = [row for row in rows if everything or row.state != "done"]
    for row in shown:
        day = row.due.isoformat() + ("（暂定）" if row.provisional else "")
        both = f"日历日 {row.due_calendar}，工作日 {row.due_workday}" if row.due_calendar else ""
        unsure = row.provisional or row.workday_provisional or MAY_MOVE in row.source
        remarks = (both, row.note, row.source if unsure else "")
        lines.append(
            (
                row.case,
                _STATES[row.state],
                day,
                row.act,
                f"{EVENTS[row.event]} {row.event_date}",
                "、".join(row.departments),
                row.clause,
                "；".join(part for part in remarks if part),
            )
        )
    show_table(("案件", "状态", "到期", "事项", "起算", "单位", "依据", "备注"), lines, empty="没有要办的事项。")
    counts = {state: sum(row.state == state for row in rows) for state in _STATES}
    click.echo("，".join(f"{title} {counts[state]} 项" for state, title in _STATES.items()))


@click.command("next", help="下一步：每个案件现在的状态，按事实应办什么、用哪种文书、何时到期。只是提议，由人决定。")
@click.option("--year", type=int, metavar="年", help="只看这一年的任务")
@click.option("--task", metavar="任务编号", help="只看这个任务")
@click.option("--state", type=click.Choice(list(STATES.values())), help="只看这个状态")
@command_options
def next_(run: Run, year: int | None, task: str | None, state: str | None) -> None:
    """Show the state of cases and the next steps."""
    with run.workspace.read() as connection:
        facts = load_facts(connection, run.workspace.kinds, task=task, year=year)
        tasks = registers.load_tasks(connection, year)
    rows = [
        row
        for row in outcomes(*facts, run.workspace.office, run.today, kinds=run.workspace.kinds, tasks=tasks)
        if state in (None, row.title)
    ]
    run.present([row.as_json() for row in rows], lambda: _show_next(rows))


def _show_next(rows: list[CaseOutcome]) -> None:
    lines = []
    for row in rows:
        for step in row.proposals:
            day = (step.due.isoformat() if step.due else "") + ("（暂定）" if step.provisional else "")
            lines.append(
                (row.case, row.title, step.title, step.reason, step.kind, "、".join(step.departments), day, step.clause)
            )
    show_table(("案件", "状态", "应办", "缘由", "文书", "单位", "到期", "依据"), lines, empty="没有待办的步骤。")
    click.echo("，".join(f"{title} {sum(row.state == state for row in rows)} 户" for state, title in STATES.items()))


@click.command("stats", help="统计表和汇总表：写出 Word 和 Excel 到 issued/stats/，同一数据给出 JSON。")
@click.option("--task", default="", metavar="任务编号", help="只统计这个任务")
@click.option("--year", type=int, metavar="年", help="只统计这一年的任务")
@click.option("--unit", type=click.Choice(["户", "户次"]), default="户", help="汇总表按户还是按户次")
@click.option("--public", is_flag=True, help="公开版：不含电话")
@click.option("--no-files", is_flag=True, help="只给出数字，不写文件")
@command_options
def stats(run: Run, *, task: str, year: int | None, unit: Unit, public: bool, no_files: bool) -> None:
    """Count results and write both tables."""
    with run.workspace.read() as connection:
        records, scope = load_records(connection, run.workspace.kinds, task=task, year=year)
    made = statistics(records, run.workspace.office, unit, public=public)
    files = [] if no_files else write_statistics(run.workspace, made, scope, public=public)
    run.present({**made.as_json(), "files": files}, lambda: _show_stats(made, files))


def _show_stats(made: Statistics, files: list[str]) -> None:
    lines = [
        made.columns,
        *((row.name, str(row.inspected), *map(str, (*row.results, *row.handlings))) for row in made.by_department),
    ]
    if len(lines) <= len(
        made.columns
    ):  # fourteen long titles side by side are unreadable: transpose the table if there are few rows
        lines = list(zip(*lines, strict=True))
    show_table(lines[0], lines[1:])
    click.echo("，".join(f"{name} {number}" for name, number in made.totals.items()))
    for note in (*made.notes, *(f"已写出 {path}" for path in files)):
        click.echo(note)


COMMANDS: tuple[click.Command, ...] = (draw, due, next_, stats)
