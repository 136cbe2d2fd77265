"""The command line: the group, the shared settings and the one error boundary. No rule lives here."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

try:
    import click

    from ssj_docs.commands.chinese import OS_FAILURES, ChineseHelp, in_chinese, usage_remedy
    from ssj_docs.commands.iso_date import IsoDate
    from ssj_docs.commands.remedies import said
    from ssj_docs.ground.canonical import plain_json
    from ssj_docs.ground.defects import kept_traceback
    from ssj_docs.ground.errors import MissingProgramError, SsjError
    from ssj_docs.ground.remedies import Advice, actions_json
except ModuleNotFoundError as lacking:
    sys.stderr.write(
        f"这个 Python 里没有程序库 {lacking.name}。请先运行 scripts/setup，再用 .venv/bin/python cli.py 或 .venv/bin/ssj\n"
    )
    sys.exit(4)

if TYPE_CHECKING:
    from ssj_docs.office.workspace import Workspace


class Listed(NamedTuple):
    """A command in the list of commands: the module that holds it, and the first sentence of its help."""

    module: str
    help: str


#: in the order of ``ssj --help``; a module is imported when its command is called, because OCR, signatures and LibreOffice
#: together take seconds to load
COMMANDS = {
    "init": Listed("ssj_docs.commands.workspace", "在 DIR 建立工作区：文件夹、带说明的 office.toml、数据库和密钥"),
    "demo": Listed("archive.commands.demo", "用虚构的一年数据演示全程：从电子表格到搜出一张扫描页"),
    "import": Listed("ssj_docs.commands.intake", "导入表格（.xlsx、.xls、.csv）"),
    "recipes": Listed("ssj_docs.commands.recipes", "读法：按来源记住的表格读法"),
    "list": Listed(
        "ssj_docs.commands.registers",
        "登记簿：列出检查对象（subjects）、执法检查人员（inspectors）、抽查事项（items）、案件（cases）或检查结果（results）",
    ),
    "plan": Listed("ssj_docs.commands.intake", "年度抽查计划"),
    "check": Listed(
        "ssj_docs.commands.intake",
        "按 office.toml 的规则检查计划和抽取：比例、上限、时间、重复、人员；每一处都写明依据",
    ),
    "draw": Listed(
        "ssj_docs.commands.planning",
        "随机抽取：ssj draw 任务编号；先公布种子摘要 ssj draw commit；复核 ssj draw verify",
    ),
    "draft": Listed("ssj_docs.commands.documents", "按数据写出可以修改的拟稿，放在 drafts/"),
    "issue": Listed(
        "ssj_docs.commands.documents",
        "编号并印发：给出拟稿文件（可多个），或给出文种代号加 --task、--case 或 --year 由数据制作",
    ),
    "numbers": Listed("ssj_docs.commands.numbers", "发文字号登记簿：查看、作废（void）、补登（record）"),
    "forms": Listed(
        "ssj_docs.commands.documents", "制作一个任务的全部表单：告知书、带二维码的记录表、人员信息表、抽取名单"
    ),
    "stats": Listed(
        "ssj_docs.commands.planning", "统计表和汇总表：写出 Word 和 Excel 到 issued/stats/，同一数据给出 JSON"
    ),
    "due": Listed("ssj_docs.commands.planning", "到期提醒：哪些事项临期或逾期，从哪件事起算，依据哪一条"),
    "next": Listed("ssj_docs.commands.planning", "下一步：每个案件现在的状态，按事实应办什么、用哪种文书、何时到期"),
    "receive": Listed(
        "archive.commands.receive", "收件归档：按页上的二维码把签署件归入各自案卷；也可用 --case 和 --kind 指明"
    ),
    "read": Listed("archive.commands.read", "识别归档页面的文字并编入索引；可随时中断，再次运行从停下处继续"),
    "case": Listed(
        "archive.commands.archive",
        "案卷：查看（show）、合成一卷（dossier）、四性检测（check）、认定签署（decide）、改归（move）、撤出（withdraw）",
    ),
    "missing": Listed("archive.commands.archive", "逐案列出应有的文书：在卷、未签署、未归档、不可读、逾期"),
    "search": Listed(
        "archive.commands.search", "在归档的每一页里查找 QUERY 的原样字句（从一个字起），并给出所在案卷、件和页"
    ),
    "assess": Listed(
        "archive.commands.assessment", "年度考核：逐项给出指标的值、是否达标、佐证页和缺少的材料，并制作佐证资料包"
    ),
    "pack": Listed(
        "archive.commands.assessment", "佐证资料包：核验（verify）、上报定版（submit）、查看各版（versions）"
    ),
    "score": Listed(
        "archive.commands.scoring", "按考核细则评分：公式项由登记簿和档案计算，其余由人评定；写出评分表（Word、Excel）"
    ),
    "scoring": Listed(
        "archive.commands.scoring", "考核细则：列出（list）、导入本办的评分表（import）、人工评分和申诉（set）"
    ),
    "evidence": Listed(
        "archive.commands.evidence",
        "按词取证：为指标或问题保存检索（add），逐页采用（pick）或不用（drop），再次检索（run）",
    ),
    "retention": Listed(
        "archive.commands.keeping", "档号与保管期限：编档号（number）、到期清单（list）、按批准的清单销毁（destroy）"
    ),
    "transfer": Listed("archive.commands.keeping", "制作移交包（BagIt）：案卷、目录、元数据和四性检测报告"),
    "verify": Listed(
        "archive.commands.archive", "核验档案、成文、登记簿、流水和数据库是否完好；有一处不符即以退出码 5 结束"
    ),
    "adopt": Listed(
        "archive.commands.trust",
        "接受手工改动：把 office.toml、模板、密钥和 trust/ 现在的样子连同差别和原因记入流水",
    ),
    "trust": Listed("archive.commands.trust", "信任的证书和吊销列表：加入（add）、列出（list）"),
    "reindex": Listed("archive.commands.search", "重建检索索引：在旁边建好再换上，其间检索照常"),
    "rebuild": Listed("archive.commands.preservation", "只凭档案重建数据库；原数据库改名保留"),
    "backup": Listed(
        "archive.commands.preservation", "把整个工作区备份成一个新文件（.tar 或 .tar.gz），不影响他人使用"
    ),
    "copy": Listed(
        "archive.commands.preservation",
        "第二份：把工作区增量抄到另一处的文件夹；以后再运行只抄新的，与副本不同的档案不覆盖而报出来",
    ),
    "restore": Listed("archive.commands.preservation", "把备份恢复到一个新文件夹，逐个文件核对摘要"),
    "layout": Listed(
        "ssj_docs.commands.layout", "按 GB/T 9704-2012 逐项测量一份 PDF 公文的版式（毫米），列出偏差和条款"
    ),
    "serve": Listed("web.serve", "启动网页"),
    "recover": Listed("web.serve", "在机器上恢复账号：给出新的初始口令，启用并解锁；全部管理人员都进不去时用"),
    "templates": Listed("ssj_docs.commands.templates", "文书模板：列出、检查、导出为本单位模板的底稿"),
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, or None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        try:
            commands: Sequence[click.Command] = import_module(COMMANDS[cmd_name].module).COMMANDS
        except ModuleNotFoundError as lacking:
            raise MissingProgramError(
                f"命令 {cmd_name} 要用的程序库 {lacking.name} 没有装",
                "请运行 scripts/setup；用 pip 安装的，请在单独的环境里装 ssj-docs[archive]",
            ) from lacking
        return next(command for command in commands if command.name == cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of commands, from the table: click would import every module to ask for its help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, listed.help) for name, listed in COMMANDS.items()])


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
    """Hold the shared options for the subcommands, and the way they open a workspace."""
    context.obj = _open


def _open(root: Path, **moment: Any) -> Workspace:
    """Open the workspace of a command, which is closed when the command is over."""
    workspace: Workspace = import_module("archive.commands.opening").open_for_command(root, **moment)
    return workspace


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
        sys.exit(_tell(as_json, failure.message, failure.remedy, failure.exit_code, failure.problems))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as failure:
        reason = OS_FAILURES.get(failure.errno or 0, failure.strerror or failure)
        told = f"读写文件失败：{reason}" + (f"（{failure.filename}）" if failure.filename else "")
        sys.exit(_tell(as_json, told, "检查磁盘空间、文件是否被占用和文件夹权限，然后再次运行", 3, []))
    except Exception:
        remedy = f"请把 {kept_traceback()} 交给维护人员；数据没有被改动一半"
        sys.exit(_tell(as_json, "程序出错，这是软件的缺陷", remedy, 1, []))


def _help(asked: click.exceptions.NoArgsIsHelpError) -> int:
    click.echo(asked.format_message(), err=True)
    return 2


def _tell(as_json: bool, message: str, remedy: Advice, code: int, problems: Sequence[Any]) -> int:
    if as_json:
        click.echo(
            plain_json(
                {
                    "error": message,
                    "remedy": remedy,
                    "actions": actions_json(remedy),
                    "exit_code": code,
                    "problems": [problem.as_json() for problem in problems],
                },
                said,
            )
        )
    for problem in problems:
        click.echo(f"  · {problem.told(said)}", err=True)
    click.echo(f"{message.rstrip('。')}" + (f"。{said(remedy)}" if remedy else ""), err=True)
    return code


if __name__ == "__main__":
    main()
