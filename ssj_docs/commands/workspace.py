"""ssj init."""

from __future__ import annotations

from pathlib import Path

import click

from ssj_docs.commands.options import Run, command_options
from ssj_docs.office.workspace import init_workspace


@click.command("init", help="在 DIR 建立工作区：文件夹、带说明的 office.toml、数据库和密钥。已有的不会改动。")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@command_options
def init(run: Run, folder: Path) -> None:
    """Make a workspace."""
    made = init_workspace(folder)
    told = (
        f"已在 {folder} 建立：{'、'.join(made)}\n下一步：按说明修改 office.toml，然后导入计划表。"
        if made
        else f"{folder} 已是工作区，没有改动。"
    )
    run.present({"workspace": str(folder), "made": made}, told)


COMMANDS = (init,)
