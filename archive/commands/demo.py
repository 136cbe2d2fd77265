"""ssj demo: the whole chain on the example year."""

from __future__ import annotations

from pathlib import Path

import click

from archive.demonstration import run_demo
from ssj_docs.commands.options import Run, command_options


@click.command(
    "demo", help="用虚构的一年数据演示全程：从电子表格到搜出一张扫描页。DIR 缺省为 demo；再次运行不会重复编号。"
)
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path), default=Path("demo"))
@command_options
def demo(run: Run, folder: Path) -> None:
    """Run the chain."""
    done = run_demo(folder, now=run.now, say=run.say)
    run.present(done.as_json(), "\n".join(done.lines()))


COMMANDS = (demo,)
