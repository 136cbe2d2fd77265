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


def client_address(request: PageRequest) -> str:
    """The address of the client, as the server sees it; a proxy must be known to the server to be looked through."""
    return request.http.client.host if request.http.client else ""


def _cookie(response: Response, request: PageRequest, name: str, value: str) -> Response:
    response.set_cookie(
        name, value, httponly=True, samesite="strict", secure=request.http.url.scheme == "https", path="/"
    )
    return response


def _sealed(request: PageRequest, template: str, **values: object) -> Response:
    """Render a form for somebody who is not logged in; its CSRF token is bound to a cookie of its own."""
    seal = secrets.token_urlsafe(24)
    shown = PageRequest(request.server, request.http, request.workspace, None, request.form, seal)
    status = values.pop("status", 200)
    return _cookie(shown.page(template, int(str(status)), **values), request, SEAL, seal)


def login(request: PageRequest) -> Response:
    """The log-in page, or a hint to the set-up while there is no account."""
    if request.user:
        return RedirectResponse("/", 303)
    return _sealed(request, "login.html", next=request.query("next"), wrong="", empty=bool(request.server.setup))


def login_try(request: PageRequest) -> Response:
    """Log in; the response does not say what was wrong."""
    user = accounts.check_login(
        request.workspace, request.field("name").strip(), request.field("password"), client_address(request)
    )
    if user is None:
        return _sealed(
            request,
            "login.html",
            next=request.field("next"),
            wrong=_WRONG,
            status=401,
            empty=bool(request.server.setup),
        )
    with request.workspace.transaction() as connection:
        cookie = accounts.open_session(request.workspace, connection, user.name)
    response = RedirectResponse(_inside(request.field("next")), 303)
    response.delete_cookie(SEAL, path="/")
    return _cookie(response, request, COOKIE, cookie)


def _inside(target: str) -> str:
    """Return a path of this server, or the home page if the given one leads elsewhere."""
    parts = urlsplit(target)
    safe = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return target if safe and target.isprintable() and "\\" not in target else "/"


def logout(request: PageRequest) -> Response:
    """End the session."""
    with request.workspace.transaction() as connection:
        accounts.close_session(connection, request.http.cookies.get(COOKIE, ""))
        request.workspace.log(connection, "logout", request.me.name)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


# --- first start --------------------------------------------------------------------------------------------------
def setup(request: PageRequest) -> Response:
    """The form that creates the three officers. It needs the token that the server printed, and works once."""
    if not _invited(request, request.query("token")):
        return request.page(
            "failed.html",
            404,
            title="没有这一页",
            message="没有这一页，或初始设置已经完成",
            remedy="请登录",
            problems=(),
        )
    return _sealed(request, "setup.html", token_value=request.query("token"), officers=_officers())


def setup_try(request: PageRequest) -> Response:
    """Create 系统管理员, 安全保密员 and 审计员 in one step."""
    server, workspace = request.server, request.workspace
    if not _invited(request, request.field("token")):
        raise UsageError("初始设置已经完成，或链接不对", "请登录；忘记口令请系统管理员会同另一名管理人员重设")
    with workspace.transaction() as connection:
        if accounts.count_users(connection):
            raise UsageError("初始设置已经完成", "请登录")
        for role in _officers():
            user = User(
                request.field(f"{role}_name").strip(),
                request.field(f"{role}_full"),
                "",
                (role,),
                False,
                True,
                False,
                "",
                "",
            )
            accounts.add_user(workspace, connection, user, request.field(f"{role}_password"), first=True)
    server.setup = ""
    return RedirectResponse("/login", 303)


def _officers() -> dict[str, str]:
    return {role: title for role, title in ROLE_NAMES.items() if role in OFFICERS}


def _invited(request: PageRequest, token: str) -> bool:
    return bool(request.server.setup) and hmac.compare_digest(token.encode(), request.server.setup.encode())


# --- own account --------------------------------------------------------------------------------------------------
def account(request: PageRequest) -> Response:
    """The user's password and tokens."""
    return _account(request, "")


def _account(request: PageRequest, fresh: str) -> Response:
    with request.workspace.read() as connection:
        tokens = accounts.load_tokens(connection, request.me.name)
    return request.page("account.html", tokens=tokens, fresh=fresh)


def password(request: PageRequest) -> Response:
    """Change the user's password; all sessions end and a new one begins."""
    name = request.me.name
    if not accounts.right_password(request.workspace, name, request.field("old"), client_address(request)):
        raise UsageError("原口令不对", "重新输入；忘记口令请系统管理员会同另一名管理人员重设")
    if request.field("new") != request.field("again"):
        raise UsageError("两次输入的新口令不同", "重新输入")
    with request.workspace.transaction() as connection:
        accounts.set_password(request.workspace, connection, name, request.field("new"), must_change=False)
        cookie = accounts.open_session(request.workspace, connection, name)
    return _cookie(RedirectResponse("/account", 303), request, COOKIE, cookie)


def token(request: PageRequest) -> Response:
    """Create a token and show it once."""
    days = request.field("days")
    with request.workspace.transaction() as connection:
        fresh = accounts.new_token(
            request.workspace,
            connection,
            request.me.name,
            request.field("label"),
            int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else 0,
        )
    return _account(request, fresh)


def token_revoke(request: PageRequest) -> Response:
    """Revoke a token."""
    with request.workspace.transaction() as connection:
        accounts.revoke_token(request.workspace, connection, request.me.name, request.field("token"))
    return request.go("/account", "令牌已撤销")


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
