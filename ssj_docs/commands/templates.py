"""``ssj templates``: list, check and export the templates of documents."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ssj_docs.commands.options import Run, command_options
from ssj_docs.commands.remedies import said
from ssj_docs.documents.templates.check import TemplateReport, check_templates, export_template
from ssj_docs.ground.errors import DataError
from ssj_docs.office.paper_kinds import load_kinds


@click.group("templates", help="文书模板：列出、检查、导出为本单位模板的底稿")
def templates() -> None:
    """The commands for templates."""


@templates.command("list", help="列出每种文书及其模板")
@command_options
def list_templates(run: Run) -> None:
    """Show the catalogue."""
    kinds = load_kinds(_own(run)).values()
    rows = [{"kind": k.id, "title": k.title, "template": k.template, "code": k.code, "per": k.per} for k in kinds]
    run.present(rows, "\n".join(f"{row['kind']:16}{row['template']:28}{row['title']}" for row in rows))


@templates.command("check", help="核对模板里的字段与文书目录是否相符；不写文书代号则检查全部")
@click.argument("kinds", nargs=-1, metavar="[文书代号]…")
@command_options
def check(run: Run, kinds: tuple[str, ...]) -> None:
    """Check templates; exit code 3 if one has an error."""
    reports = check_templates(_own(run), kinds)
    run.present(
        [
            {"template": r.name, "kind": r.kind, "own": r.own, "problems": [p.as_json() for p in r.problems]}
            for r in reports
        ],
        "\n".join(_report(report) for report in reports),
    )
    bad = [problem for report in reports for problem in report.problems if problem.severity == "error"]
    if bad:
        run.say(f"模板有 {len(bad)} 处错误，请按上面的提示改正后再用。")
        sys.exit(DataError.exit_code)  # the result is printed already: --json prints one value


@templates.command("export", help="把随程序提供的模板复制到工作区的 templates 文件夹，供修改")
@click.argument("kind", metavar="文书代号")
@click.option(
    "--rendition",
    default="restricted",
    type=click.Choice(["restricted", "internal", "public"]),
    help="版本：restricted 原件、internal 内部流转版、public 公开版",
)
@command_options
def export(run: Run, kind: str, rendition: str) -> None:
    """Copy a shipped template into the workspace."""
    path = export_template(load_kinds().find(kind), run.workspace.root / "templates", rendition)
    run.present({"path": str(path)}, f"已导出 {path}，可用 Word 或 WPS 修改；改后运行 ssj templates check。")


def _own(run: Run) -> Path | None:
    folder = run.root / "templates"
    return folder if folder.is_dir() else None


def _report(report: TemplateReport) -> str:
    mark = "（本单位）" if report.own else ""
    lines = [f"  {'错误' if p.severity == 'error' else '提醒'}：{p.message}{said(p.remedy)}" for p in report.problems]
    return "\n".join([f"{report.name}{mark}：{'有问题' if lines else '相符'}", *lines])


COMMANDS: tuple[click.Command, ...] = (templates,)
