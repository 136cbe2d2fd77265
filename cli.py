"""The command line: the group, the shared settings and the one error boundary. No rule lives here."""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

try:
    import click
    from sqlalchemy.exc import OperationalError

    from ssj_docs.commands.chinese import OS_FAILURES, ChineseHelp, in_chinese, usage_remedy
    from ssj_docs.commands.options import IsoDate, Run
    from ssj_docs.ground.errors import DataError, SsjError
    from ssj_docs.ground.library_words import in_chinese as database_words
except ModuleNotFoundError as lacking:
    sys.stderr.write(
        f"这个 Python 里没有程序库 {lacking.name}。请先运行 scripts/setup，再用 .venv/bin/python cli.py 或 .venv/bin/ssj\n"
    )
    sys.exit(4)

#: command → module that holds it, in the order of ``ssj --help``; a module is imported when its command is called,
#: because OCR, signatures and LibreOffice together take seconds to load
COMMANDS = {
    "init": "ssj_docs.commands.workspace",
    "demo": "archive.commands.demo",
    "import": "ssj_docs.commands.intake",
    "plan": "ssj_docs.commands.intake",
    "check": "ssj_docs.commands.intake",
    "draw": "ssj_docs.commands.planning",
    "draft": "ssj_docs.commands.documents",
    "issue": "ssj_docs.commands.documents",
    "numbers": "ssj_docs.commands.numbers",
    "forms": "ssj_docs.commands.documents",
    "stats": "ssj_docs.commands.planning",
    "due": "ssj_docs.commands.planning",
    "next": "ssj_docs.commands.planning",
    "receive": "archive.commands.receive",
    "read": "archive.commands.read",
    "case": "archive.commands.archive",
    "missing": "archive.commands.archive",
    "search": "archive.commands.search",
    "assess": "archive.commands.assessment",
    "pack": "archive.commands.assessment",
    "evidence": "archive.commands.evidence",
    "retention": "archive.commands.keeping",
    "transfer": "archive.commands.keeping",
    "verify": "archive.commands.archive",
    "reindex": "archive.commands.search",
    "rebuild": "archive.commands.preservation",
    "backup": "archive.commands.preservation",
    "restore": "archive.commands.preservation",
    "layout": "ssj_docs.commands.layout",
    "serve": "web.serve",
    "templates": "ssj_docs.commands.templates",
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, or None if there is none of that name."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        commands: Sequence[click.Command] = import_module(module).COMMANDS
        return next(command for command in commands if command.name == cmd_name)


@click.group(
    cls=LazyGroup,
    help="双随机、一公开联合抽查文书与档案：从计划表到归档、检索和年终佐证。",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="ssj-docs", prog_name="ssj", message="%(prog)s %(version)s")
@click.option(
    "--workspace",
    "root",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="SSJ_WORKSPACE",
    help="工作区文件夹，缺省为 SSJ_WORKSPACE 或当前文件夹",
)
@click.option("--json", "as_json", is_flag=True, help="只在标准输出给出一个 JSON 值")
@click.option("--today", type=IsoDate(), default=None, help="按这一天计算，缺省为今天")
@click.pass_context
def ssj(context: click.Context, /, **_shared: Any) -> None:
    """Hold the shared options for the subcommands; when one is over, keep what it changed."""
    context.call_on_close(lambda: _keep(context.obj))


def _keep(run: Run | None) -> None:
    """Keep a snapshot of the registers in the archive, so that it alone can rebuild the database (DESIGN invariant 4)."""
    if run is None or "workspace" not in vars(run) or "engine" not in vars(run.workspace):
        return
    try:
        import_module("archive.preservation.register_snapshot").keep_registers(run.workspace)
    except (SsjError, OSError) as failure:
        run.say(f"操作已经完成，但登记快照没有写入档案库：{failure}。处理后运行 ssj verify 补写。")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; every failure leaves with a Chinese message and the contract's exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    click.Context.formatter_class = ChineseHelp
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        left = ssj.main(args=given, prog_name="ssj", standalone_mode=False)
        if isinstance(left, int) and left:  # outside standalone mode click gives back the code of an Exit
            sys.exit(left)
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("已中止。已完成的部分保留，可以再次运行同一命令继续。", err=True)
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as asked:
        sys.exit(
            _tell(True, "没有写命令", f"用 {asked.ctx.command_path} --help 查看用法", 2, [])
            if as_json
            else _help(asked)
        )
    except click.ClickException as wrong:
        sys.exit(_tell(as_json, in_chinese(wrong), usage_remedy(wrong), 2, []))
    except SsjError as failure:
        problems = failure.problems if isinstance(failure, DataError) else ()
        sys.exit(_tell(as_json, failure.message, failure.remedy, failure.exit_code, problems))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as failure:
        reason = OS_FAILURES.get(failure.errno or 0, failure.strerror or failure)
        told = f"读写文件失败：{reason}" + (f"（{failure.filename}）" if failure.filename else "")
        sys.exit(_tell(as_json, told, "检查磁盘空间、文件是否被占用和文件夹权限，然后再次运行", 3, []))
    except OperationalError as failure:
        told = f"数据库 ssj.db 读写失败：{database_words(failure.orig)}"
        sys.exit(
            _tell(
                as_json,
                told,
                "检查磁盘空间和文件夹权限；若提示 locked，请等另一个操作结束后再试。本次操作没有留下任何改动",
                3,
                [],
            )
        )
    except Exception:
        with tempfile.NamedTemporaryFile(
            "w", prefix="ssj-error-", suffix=".log", delete=False, encoding="utf-8"
        ) as file:
            file.write(traceback.format_exc())
            log = file.name
        sys.exit(_tell(as_json, "程序出错，这是软件的缺陷", f"请把 {log} 交给维护人员；数据没有被改动一半", 1, []))


def _help(asked: click.exceptions.NoArgsIsHelpError) -> int:
    click.echo(asked.format_message(), err=True)
    return 2


def _tell(as_json: bool, message: str, remedy: str, code: int, problems: Sequence[Any]) -> int:
    if as_json:
        click.echo(
            json.dumps(
                {
                    "error": message,
                    "remedy": remedy,
                    "exit_code": code,
                    "problems": [problem.as_json() for problem in problems],
                },
                ensure_ascii=False,
                indent=2,
            )
        )
    for problem in problems:
        click.echo(f"  · {problem}", err=True)
    click.echo(f"{message.rstrip('。')}" + (f"。{remedy}" if remedy else ""), err=True)
    return code


if __name__ == "__main__":
    main()
