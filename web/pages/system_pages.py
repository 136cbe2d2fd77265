"""系统: accounts, roles, journal, fixity and backup, each for the officer responsible."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import String, cast, func, or_, select
from starlette.responses import Response

from archive.preservation import fixity as checks
from archive.preservation.backup import backup as write_backup
from ssj_docs.database import journal as chain
from ssj_docs.database.schema import journal as journal_table
from ssj_docs.ground.errors import ChangedMeanwhileError, UsageError
from web.access import accounts
from web.access.accounts import User
from web.access.rights import ROLE_NAMES
from web.request.remedies import plainly
from web.request.request import PageRequest, digest_of_text
from web.worker.jobs import Job

PER_PAGE = 100


def users(request: PageRequest) -> Response:
    """The accounts, for the officer who creates them."""
    with request.workspace.read() as connection:
        held = accounts.load_users(connection)
    return request.page("users.html", users=held, departments=request.workspace.office.departments)


def user_new(request: PageRequest) -> Response:
    """Create an account without roles; 安全保密员 assigns them."""
    department = request.field("department")
    if department and request.workspace.office.department(department) is None:
        raise UsageError("没有这个部门", "从列表中选择")
    user = User(request.field("name").strip(), request.field("full_name"), department, (), False, True, True, "", "")
    with request.workspace.transaction() as connection:
        accounts.add_user(request.workspace, connection, user, request.field("password"))
    return request.go("/users", f"已建立账号 {user.name}，请安全保密员授予角色")


def user_change(request: PageRequest) -> Response:
    """Enable, disable or unlock an account, or set a new first password together with another officer."""
    name, what = request.path("name"), request.field("do")
    if name == request.me.name:
        raise UsageError("不能改自己的账号", "请在“我的账号”里改口令")
    if what == "password":
        accounts.reset_password(
            request.workspace,
            name,
            request.field("password"),
            by=request.me.name,
            second=request.field("second"),
            second_password=request.field("second_password"),
        )
        return request.go("/users", f"账号 {name} 的口令已重设，登录后须改")
    with request.workspace.transaction() as connection:
        if what == "unlock":
            accounts.unlock(request.workspace, connection, name)
        elif what in ("on", "off"):
            accounts.set_active(request.workspace, connection, name, what == "on")
        else:
            raise UsageError("没有说明要做什么", "回到账号页面重新操作")
    return request.go("/users", f"账号 {name} 已更改")


def roles(request: PageRequest) -> Response:
    """Who holds which role."""
    with request.workspace.read() as connection:
        held = accounts.load_users(connection)
    return request.page("roles.html", users=held, roles=ROLE_NAMES, held_as=_held_as)


def _held_as(user: User) -> str:
    """A text of a user's roles when they were read, to notice changes."""
    return digest_of_text(f"{sorted(user.roles)} {user.restricted}")


def role_change(request: PageRequest) -> Response:
    """Assign roles and the right to see personal data."""
    name = request.path("name")
    if name == request.me.name:
        raise UsageError("不能给自己授权", "请另一位安全保密员办理")
    with request.workspace.transaction() as connection:
        if request.field("read") != _held_as(accounts.load_user(connection, name)):
            raise ChangedMeanwhileError(
                f"您打开之后，别人改了 {name} 的角色，这里没有改动", "重新打开授权页面，看清现在的角色再改"
            )
        accounts.set_roles(
            request.workspace, connection, name, request.fields("role"), request.field("restricted") == "1"
        )
    return request.go("/roles", f"{name} 的角色已更改")


def journal(request: PageRequest) -> Response:
    """The journal, newest first, with filters for user, text and action."""
    word, page = request.query("q"), max(1, request.whole("page") or 1)
    t = journal_table.c
    query = select(journal_table)
    if word:
        query = query.where(
            or_(
                *(
                    cast(column, String).contains(word, autoescape=True)
                    for column in (t.who, t.action, t.subject, t.when)
                )
            )
        )
    with request.workspace.read() as connection:
        total = int(connection.execute(select(func.count()).select_from(query.subquery())).scalar() or 0)
        rows = (
            connection.execute(query.order_by(t.id.desc()).limit(PER_PAGE).offset((page - 1) * PER_PAGE))
            .mappings()
            .all()
        )
        verdict = chain.verify(connection) if request.query("verify") == "1" else None
    return request.page(
        "journal.html", rows=rows, total=total, q=word, page_number=page, pages=-(-total // PER_PAGE), verdict=verdict
    )


def fixity(request: PageRequest) -> Response:
    """The history of fixity checks."""
    with request.workspace.read() as connection:
        history = checks.history(connection)
    return request.page("fixity.html", history=list(reversed(history))[:50])


def fixity_run(request: PageRequest) -> Response:
    """Verify everything in the background."""
    workspace = request.workspace

    def work(job: Job) -> list[str]:
        def progress(folders: object) -> object:
            held = list(folders)  # type: ignore[call-overload]
            for done, folder in enumerate(held):
                job.tell(done, len(held), "核验")
                yield folder

        report = checks.verify(workspace, progress=progress)  # type: ignore[arg-type]
        head = f"案卷 {report.objects} 个，文件 {report.files} 个；流水{'完好' if report.journal == 'intact' else '：' + report.journal}。"
        return [
            head,
            *(f"✗ {fault.path}：{fault.fault}" for fault in report.faults),
            *(f"○ {begun.line(plainly)}" for begun in report.begun.told()),
            "全部完好。" if report.sound else "发现问题：请保护现场，勿再写入，从最近的备份恢复。",
        ]

    job = request.server.jobs.start(request.me.name, "核验", "/fixity", work)
    return request.go(f"/job/{job.id}")


def backup(request: PageRequest) -> Response:
    """The existing backups. They contain everything, so the pages do not offer them for download."""
    folder = request.server.backups
    files = sorted(folder.glob("*.tar.gz"), reverse=True) if folder.is_dir() else []
    return request.page("backup.html", folder=folder.name, files=[(f.name, f.stat().st_size) for f in files[:50]])


def backup_run(request: PageRequest) -> Response:
    """Write a backup in the background."""
    workspace, folder = request.workspace, request.server.backups

    def work(_job: Job) -> list[str]:
        folder.mkdir(mode=0o700, exist_ok=True)
        made = write_backup(workspace, folder / f"ssj-{workspace.now:%Y%m%d-%H%M%S}.tar.gz")
        return [
            f"已备份 {made.files} 个文件，{made.bytes} 字节：{made.path.name}",
            f"SHA-256 {made.sha256}（请抄记在案）",
        ]

    job = request.server.jobs.start(request.me.name, "备份", "/backup", work)
    return request.go(f"/job/{job.id}")


HANDLERS: Mapping[str, Callable[[PageRequest], Response]] = {
    "users": users,
    "user_new": user_new,
    "user_change": user_change,
    "roles": roles,
    "role_change": role_change,
    "journal": journal,
    "fixity": fixity,
    "fixity_run": fixity_run,
    "backup": backup,
    "backup_run": backup_run,
}
