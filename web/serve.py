"""ssj serve: the web pages."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click
import uvicorn

from ssj_docs.commands.options import Run, command_options
from web.access import accounts
from web.access.rights import OFFICERS
from web.app import make_app

#: seconds after which a Python thread yields to others. A page that reads the database waits for one such interval per row
#: while another thread calculates the year's figures; with the default of 5 ms the delay is noticeable
_SWITCH_INTERVAL = 0.0005


@click.command("serve", help="启动网页。缺省只在本机（127.0.0.1）可用；第一次启动时给出一次性的设置链接。")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址；0.0.0.0 为本机所有网络地址")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="端口")
@click.option("--name", "names", multiple=True, help="访问时用的主机名（可多次）；缺省只认本机名和监听地址")
@click.option("--backups", type=click.Path(path_type=Path, file_okay=False), help="备份文件夹，缺省在工作区旁边")
@command_options
def serve(run: Run, host: str, port: int, names: tuple[str, ...], backups: Path | None) -> None:
    """Run the server until it is stopped."""
    hosts = ("*",) if host in ("0.0.0.0", "::") and not names else ("127.0.0.1", "localhost", host, *names)  # noqa: S104
    today = run.today if run.today != run.now.date() else None
    app = make_app(run.root, lambda: datetime.now().astimezone(), today=today, hosts=hosts, backups=backups)
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
    run.say(f"网页：http://{shown}:{port}/  （按 Ctrl+C 停止）")
    if app.state.server.setup:
        run.say(f"初始设置（只能用一次）：http://{shown}:{port}/setup?token={app.state.server.setup}")
    sys.setswitchinterval(_SWITCH_INTERVAL)
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=10,
    )


@click.command("recover", help="在机器上恢复账号：给出新的初始口令，启用并解锁；全部管理人员都进不去时用。记入流水。")
@click.argument("name", metavar="用户名")
@click.option(
    "--role", type=click.Choice(sorted(OFFICERS)), default=None, help="没有在用的这一管理角色时，交给这个账号"
)
@command_options
def recover(run: Run, name: str, role: str | None) -> None:
    """Give an account back to its owner, at the machine."""
    password = accounts.recover(run.workspace, name, role or "")
    run.present({"name": name, "password": password}, f"账号 {name} 的初始口令：{password}（登录后须改；已记入流水）")


COMMANDS = (serve, recover)
