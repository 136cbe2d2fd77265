"""ssj score, ssj scoring: the year by a sheet of points."""

from __future__ import annotations

from pathlib import Path

import click

from archive.assessment.scoring.decisions import STEPS, Given, Step, decide
from archive.assessment.scoring.files import points_text, sheet_docx, sheet_workbook
from archive.assessment.scoring.score import ScoredSheet, ranking
from archive.assessment.scoring.score import score as score_year
from archive.assessment.scoring.sheet import KINDS, load_sheet, sheet_files
from archive.assessment.scoring.table_import import read_scoring_table, save_sheet
from archive.files.durable_files import write_durably
from ssj_docs.commands.options import Run, command_options
from ssj_docs.documents.numbers.issued_files import safe_name
from ssj_docs.ground.errors import DataError, UsageError

_SHEET = click.option("--sheet", default="", help="考核细则的代号或名称，缺省为本办的细则")
_UNIT = click.option("--unit", default="", help="被考核的部门，缺省为全办")


@click.command("score", help="按考核细则评分：公式项由登记簿和档案计算，其余由人评定；写出评分表（Word、Excel）。")
@click.argument("year", type=int)
@_SHEET
@_UNIT
@click.option("--rank", is_flag=True, help="计划所列的各部门逐个评分，按总分排列")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="把评分表写到这个文件夹")
@command_options
def score(run: Run, year: int, sheet: str, unit: str, rank: bool, out: Path | None) -> None:
    """Score a year."""
    workspace, chosen = run.workspace, load_sheet(run.workspace, sheet)
    made = ranking(workspace, year, chosen) if rank else [score_year(workspace, year, chosen, unit)]
    files = [str(path) for one in made for path in _write(run, one, out)] if out else []
    told = [line for one in made for line in ([one.text()] if rank else _lines(one))]
    value = {"ranking": [one.as_json() for one in made]} if rank else made[0].as_json()
    run.present(value | {"files": files}, "\n".join([*told, *files]))


def _lines(one: ScoredSheet) -> list[str]:
    told = [one.text()]
    for line in one.lines:
        full = f"/{line.item.points:g}" if line.item.kind == "item" else f" {KINDS[line.item.kind]}"
        told.append(
            f"  {line.item.id} {line.item.name}：{points_text(line)}{full}　{line.why}；佐证 {len(line.proofs)} 页"
        )
    return told


def _write(run: Run, one: ScoredSheet, folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    name = safe_name(f"{one.year}年度{one.sheet.name}{f'-{one.unit}' if one.unit else ''}")
    made = {
        folder / f"{name}.xlsx": sheet_workbook(one),
        folder / f"{name}.docx": sheet_docx(one, run.workspace.office, run.workspace.templates),
    }
    for path, data in made.items():
        path.unlink(missing_ok=True)
        write_durably(path, data)
    return list(made)


@click.group("scoring", help="考核细则：列出（list）、导入本办的评分表（import）、人工评分和申诉（set）。")
def scoring() -> None:
    """Hold the commands of sheets."""


@scoring.command("list", help="列出可用的考核细则：随附的和本办的。")
@command_options
def scoring_list(run: Run) -> None:
    """Sheets that can be used."""
    sheets = [load_sheet(run.workspace, name) for name in sheet_files(run.workspace)]
    value = [{"id": s.id, "name": s.name, "about": s.about, "total": s.total, "items": len(s.items)} for s in sheets]
    run.present(value, "\n".join(f"{s.id}　{s.name}（{s.total:g} 分，{len(s.items)} 项）　{s.about}" for s in sheets))


@scoring.command(
    "import",
    help="导入本办的考核细则（xlsx、xls、csv 或 docx 里的评分表）。分值不清楚的行先问；能由登记簿计分的项另行提示，"
    "不回答则由人评定。回答用 --answer 问题=回答，可多次。",
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--id", "identity", default="own", show_default=True, help="代号，作文件名用：小写字母、数字、-、_")
@click.option("--name", default="", help="细则名称，缺省取表上的标题")
@click.option("--answer", "answers", multiple=True, help="问题=回答，如 r12=5、r13=skip、f2.1=plan_completion")
@click.option("--dry-run", is_flag=True, help="只看读出的内容和问题，不写入")
@command_options
def scoring_import(run: Run, file: Path, identity: str, name: str, answers: tuple[str, ...], dry_run: bool) -> None:
    """Import a sheet of points."""
    if any("=" not in one for one in answers):
        raise UsageError("--answer 要写成 问题=回答", "如 --answer r12=5")
    read = read_scoring_table(file, name, dict(one.split("=", 1) for one in answers))
    path = None if dry_run or read.questions else save_sheet(run.workspace, read, identity)
    told = [f"《{read.name}》读出 {len(read.items)} 项" + (f"，已写入 {path}" if path else "，没有写入")]
    told += [
        f"  {i.id} {i.group}　{i.name[:40]}　{i.points:g} 分　{KINDS[i.kind]}{'　公式 ' + i.score if i.score else ''}"
        for i in read.items
    ]
    told += [f"  ？{q.id}：{q.question}（{' / '.join(q.choices)}）" for q in (*read.questions, *read.offers)]
    told += [f"  － {line}" for line in read.left]
    run.present(read.as_json() | {"path": str(path) if path else None}, "\n".join(told))
    if read.questions:
        raise SystemExit(DataError.exit_code)


@scoring.command(
    "set",
    help="给一项评分：自评（self）、核查（check）、申诉（objection）、终评（final）；评分人、时间和理由记入流水。",
)
@click.argument("year", type=int)
@click.argument("item")
@click.argument("points", type=float, required=False)
@click.option("--reason", required=True, help="理由、依据或材料")
@click.option("--step", type=click.Choice(list(STEPS)), default="check", show_default=True, help="步骤")
@_SHEET
@_UNIT
@command_options
def scoring_set(
    run: Run, year: int, item: str, points: float | None, reason: str, step: Step, sheet: str, unit: str
) -> None:  # fmt: skip
    """Give points to an item."""
    made = decide(run.workspace, year, load_sheet(run.workspace, sheet), Given(item, step, points, reason), unit)
    run.present(made.as_json(), f"第 {item} 项{made.told()}")


COMMANDS = (score, scoring)
