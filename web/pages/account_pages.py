"""Log-in, first set-up, the user's own account and API tokens."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from ssj_docs.ground.errors import UsageError
from web.access import accounts
from web.access.accounts import User
from web.access.rights import OFFICERS, ROLE_NAMES
from web.request.request import PageRequest

COOKIE = "ssj_session"
#: cookie that the log-in form's CSRF token is bound to while there is no session
SEAL = "ssj_seal"
_WRONG = "用户名或口令不对，或账号已停用。连续输错 5 次锁定 15 分钟。"


def _cookie(response: Response, visit: PageRequest, name: str, value: str) -> Response:
    response.set_cookie(
        name, value, httponly=True, samesite="strict", secure=visit.request.url.scheme == "https", path="/"
    )
    return response


def _sealed(visit: PageRequest, template: str, **values: object) -> Response:
    """Render a form for somebody who is not logged in; its CSRF token is bound to a cookie of its own."""
    seal = secrets.token_urlsafe(24)
    shown = PageRequest(visit.server, visit.request, visit.workspace, None, visit.form, seal)
    status = values.pop("status", 200)
    return _cookie(shown.page(template, int(str(status)), **values), visit, SEAL, seal)


def login(visit: PageRequest) -> Response:
    """The log-in page, or a hint to the set-up while there is no account."""
    if visit.user:
        return RedirectResponse("/", 303)
    return _sealed(visit, "login.html", next=visit.query("next"), wrong="", empty=bool(visit.server.setup))


def login_try(visit: PageRequest) -> Response:
    """Log in; the response does not say what was wrong."""
    user = accounts.check_login(visit.workspace, visit.field("name").strip(), visit.field("password"))
    if user is None:
        return _sealed(
            visit, "login.html", next=visit.field("next"), wrong=_WRONG, status=401, empty=bool(visit.server.setup)
        )
    with visit.workspace.transaction() as connection:
        cookie = accounts.open_session(visit.workspace, connection, user.name)
    response = RedirectResponse(_inside(visit.field("next")), 303)
    response.delete_cookie(SEAL, path="/")
    return _cookie(response, visit, COOKIE, cookie)


def _inside(target: str) -> str:
    """Return a path of this server, or the home page if the given one leads elsewhere."""
    parts = urlsplit(target)
    safe = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return target if safe and target.isprintable() and "\\" not in target else "/"


def logout(visit: PageRequest) -> Response:
    """End the session."""
    with visit.workspace.transaction() as connection:
        accounts.close_session(connection, visit.request.cookies.get(COOKIE, ""))
        visit.workspace.log(connection, "logout", visit.me.name)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


# --- first start --------------------------------------------------------------------------------------------------
def setup(visit: PageRequest) -> Response:
    """The form that creates the three officers. It needs the token that the server printed, and works once."""
    if not _invited(visit, visit.query("token")):
        return visit.page(
            "failed.html",
            404,
            title="没有这一页",
            message="没有这一页，或初始设置已经完成",
            remedy="请登录",
            problems=(),
        )
    return _sealed(visit, "setup.html", token_value=visit.query("token"), officers=_officers())


def setup_try(visit: PageRequest) -> Response:
    """Create 系统管理员, 安全保密员 and 审计员 in one step."""
    server, workspace = visit.server, visit.workspace
    if not _invited(visit, visit.field("token")):
        raise UsageError("初始设置已经完成，或链接不对", "请登录；忘记口令请系统管理员重设")
    with workspace.transaction() as connection:
        if accounts.count_users(connection):
            raise UsageError("初始设置已经完成", "请登录")
        for role in _officers():
            user = User(
                visit.field(f"{role}_name").strip(),
                visit.field(f"{role}_full"),
                "",
                (role,),
                False,
                True,
                False,
                "",
                "",
            )
            accounts.add_user(workspace, connection, user, visit.field(f"{role}_password"), first=True)
    server.setup = ""
    return RedirectResponse("/login", 303)


def _officers() -> dict[str, str]:
    return {role: title for role, title in ROLE_NAMES.items() if role in OFFICERS}


def _invited(visit: PageRequest, token: str) -> bool:
    return bool(visit.server.setup) and hmac.compare_digest(token.encode(), visit.server.setup.encode())


# --- own account --------------------------------------------------------------------------------------------------
def account(visit: PageRequest) -> Response:
    """The user's password and tokens."""
    return _account(visit, "")


def _account(visit: PageRequest, fresh: str) -> Response:
    with visit.workspace.read() as connection:
        tokens = accounts.load_tokens(connection, visit.me.name)
    return visit.page("account.html", tokens=tokens, fresh=fresh)


def password(visit: PageRequest) -> Response:
    """Change the user's password; all sessions end and a new one begins."""
    name = visit.me.name
    if not accounts.right_password(visit.workspace, name, visit.field("old")):
        raise UsageError("原口令不对", "重新输入；忘记口令请系统管理员重设")
    if visit.field("new") != visit.field("again"):
        raise UsageError("两次输入的新口令不同", "重新输入")
    with visit.workspace.transaction() as connection:
        accounts.set_password(visit.workspace, connection, name, visit.field("new"), must_change=False)
        cookie = accounts.open_session(visit.workspace, connection, name)
    return _cookie(RedirectResponse("/account", 303), visit, COOKIE, cookie)


def token(visit: PageRequest) -> Response:
    """Create a token and show it once."""
    days = visit.field("days")
    with visit.workspace.transaction() as connection:
        fresh = accounts.new_token(
            visit.workspace,
            connection,
            visit.me.name,
            visit.field("label"),
            int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else 0,
        )
    return _account(visit, fresh)


def token_revoke(visit: PageRequest) -> Response:
    """Revoke a token."""
    with visit.workspace.transaction() as connection:
        accounts.revoke_token(visit.workspace, connection, visit.me.name, visit.field("token"))
    return visit.go("/account", "令牌已撤销")


HANDLERS: Mapping[str, Callable[[PageRequest], Response]] = {
    "login": login,
    "login_try": login_try,
    "setup": setup,
    "setup_try": setup_try,
    "logout": logout,
    "account": account,
    "password": password,
    "token": token,
    "token_revoke": token_revoke,
}
