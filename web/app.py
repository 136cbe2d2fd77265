"""The application: routing, authentication, rights, limits and error handling around the handlers."""

from __future__ import annotations

import hmac
import secrets
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Message

from ssj_docs.ground.errors import SsjError
from ssj_docs.ground.library_words import in_chinese
from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import Advice, actions_json
from ssj_docs.office.workspace import open_workspace
from web.access.accounts import User, count_users, session_user, token_user
from web.access.headers import SecureHeaders
from web.access.renditions import Cleared, ClearedFile
from web.access.rights import PAGES, Page
from web.api import api
from web.pages import (
    account_pages,
    assessment_pages,
    case_pages,
    draw_pages,
    home_pages,
    import_pages,
    keeping_pages,
    paper_pages,
    plan_pages,
    receiving_pages,
    register_pages,
    scoring_pages,
    search_pages,
    settings_pages,
    system_pages,
)
from web.request.request import PageRequest
from web.request.server import Server

Clock = Callable[[], datetime]
Handler = Callable[[PageRequest], Response]
COOKIE = account_pages.COOKIE
#: maximum size in bytes of a field that is not a file, because fields are held in memory
_LONGEST_FIELD = 4 * 1024 * 1024
#: HTTP status by the exit code of a failure
STATUS = {2: 400, 3: 422, 4: 503, 5: 500, 6: 409, 7: 404}

HANDLERS: Mapping[str, Handler] = {
    **account_pages.HANDLERS,
    **api.HANDLERS,
    **assessment_pages.HANDLERS,
    **case_pages.HANDLERS,
    **draw_pages.HANDLERS,
    **home_pages.HANDLERS,
    **import_pages.HANDLERS,
    **keeping_pages.HANDLERS,
    **paper_pages.HANDLERS,
    **plan_pages.HANDLERS,
    **receiving_pages.HANDLERS,
    **register_pages.HANDLERS,
    **scoring_pages.HANDLERS,
    **search_pages.HANDLERS,
    **settings_pages.HANDLERS,
    **system_pages.HANDLERS,
}


def make_app(
    root: Path,
    clock: Clock,
    *,
    today: date | None = None,
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost"),
    backups: Path | None = None,
) -> Starlette:
    """Create the application for a workspace.

    Args:
        clock: returns the current time, with its offset.
        today: the date to calculate with, or None for the clock's.
        hosts: host names to answer to.
        backups: the folder for backups, by default beside the workspace.

    Raises: NotFoundError if ``root`` is no workspace; DataError if office.toml is invalid.
    """
    now = clock()
    workspace = open_workspace(root, today=today or now.date(), now=now, who="")
    server = Server(workspace, clock, today, backups or root.resolve().with_name(root.resolve().name + "-backups"))
    with workspace.read() as connection:
        if not count_users(connection):
            server.setup = secrets.token_urlsafe(24)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        server.start()
        yield
        await run_in_threadpool(server.close)

    routes = [Route(page.path, _endpoint(page, HANDLERS[page.name], server), methods=[page.method]) for page in PAGES]
    static = Mount("/static", StaticFiles(packages=[("web", "static")]))
    app = Starlette(
        routes=[*routes, static],
        lifespan=lifespan,
        exception_handlers={HTTPException: _http_error(server)},
        middleware=[
            Middleware(SecureHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
        ],
    )
    app.state.server = server
    return app


def _endpoint(page: Page, handler: Handler, server: Server) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a handler: authenticate, check rights and form, then call it in a thread."""

    async def endpoint(request: Request) -> Response:
        anonymous = server.at_this_moment("")
        blank = PageRequest(server, request, anonymous, None, FormData(), request.cookies.get(account_pages.SEAL, ""))
        try:
            user, seal = await run_in_threadpool(_who, page, blank)
            refusal = _refusal(page, blank, user)
            if refusal is not None:
                return refusal
            form = await _form(request, page) if page.method == "POST" else FormData()
        except SsjError as failure:
            return failed(page, blank, failure)
        try:
            workspace = anonymous.at(today=anonymous.today, now=anonymous.now, who=user.name if user else "-")
            return await run_in_threadpool(
                _answer, page, handler, PageRequest(server, request, workspace, user, form, seal, page.own)
            )
        finally:
            await form.close()

    return endpoint


def _who(page: Page, blank: PageRequest) -> tuple[User | None, str]:
    """Return the user, from a bearer token (API only) or the session cookie, and the value that CSRF tokens are bound to."""
    scheme, _, token = blank.http.headers.get("authorization", "").partition(" ")
    if page.api and scheme.lower() == "bearer":
        return token_user(blank.workspace, token.strip()), ""
    cookie = blank.http.cookies.get(COOKIE, "")
    user = session_user(blank.workspace, cookie) if cookie else None
    return user, cookie if user else blank.seal


def _refusal(page: Page, blank: PageRequest, user: User | None) -> Response | None:
    """Return a response that refuses the request without revealing what exists, or None to continue."""
    http = blank.http
    if page.right and user is None:
        if page.api:
            return _api_error(blank, 401, "没有登录，或令牌无效", "在“我的账号”里生成令牌，放进 Authorization: Bearer")
        back = quote(http.url.path + (f"?{http.url.query}" if http.url.query else ""), safe="")
        return RedirectResponse(f"/login?next={back}" if page.method == "GET" else "/login", 303)
    if page.right and user is not None and page.right not in user.rights:
        if user.must_change:
            return RedirectResponse("/account", 303)
        return refused(page, blank, user)
    if page.method == "POST" and not _same_origin(http):
        return refused(page, blank, user)
    return None


def _same_origin(request: Request) -> bool:
    """Return False if the browser says that the request was sent by another site."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


async def _form(request: Request, page: Page) -> FormData:
    """Parse the form as a stream, up to the page's size limit."""
    if (
        not request.headers.get("content-length", "0").isdecimal()
        or int(request.headers.get("content-length", "0")) > page.limit
    ):
        raise TooLargeError(page.limit)
    seen = 0
    receive = request.receive

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > page.limit:
            raise TooLargeError(page.limit)
        return message

    limited = Request(request.scope, counted)
    try:
        return await limited.form(max_files=200, max_fields=400, max_part_size=min(page.limit, _LONGEST_FIELD))
    except HTTPException as fault:
        raise BadFormError from fault


class TooLargeError(SsjError):
    """The request body is larger than the page accepts."""

    exit_code = 2

    def __init__(self, limit: int) -> None:
        super().__init__(f"上传的内容太大，这里最多 {limit // 1048576} MB", "请分成几份，或拷到工作区的 inbox 文件夹")


class BadFormError(SsjError):
    """The form cannot be parsed."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__("提交的内容不完整或写法不对", "请重新提交")


def _answer(page: Page, handler: Handler, request: PageRequest) -> Response:
    """Call the handler and turn failures into Chinese messages; unexpected exceptions are reported as defects."""
    by_token = page.api and request.http.headers.get("authorization", "").lower().startswith("bearer ")
    if page.method == "POST" and not by_token:
        given = request.field("csrf") or request.http.headers.get("x-csrf-token", "")
        if not request.seal or not hmac.compare_digest(given.encode(), request.csrf.encode()):
            return refused(page, request, request.user)
    try:
        return _passed(handler(request))
    except SsjError as failure:
        return failed(page, request, failure)
    except OperationalError as failure:
        told = SsjError(
            f"数据库读写失败：{in_chinese(failure.orig)}", "检查磁盘空间和权限，稍后再试；本次操作没有留下改动"
        )
        told.exit_code = 4
        return failed(page, request, told)
    except OSError as failure:
        told = SsjError(f"读写文件失败：{failure.strerror}", "检查磁盘空间和文件夹权限，然后再试")
        told.exit_code = 4
        return failed(page, request, told)
    except Exception:
        traceback.print_exc()
        return failed(
            page,
            request,
            SsjError("程序出错，这是软件的缺陷", "数据没有被改动一半；请把服务窗口里的出错信息交给维护人员"),
        )


def _passed(answer: Response) -> Response:
    """Make sure that a response passed the gate. A redirect holds nothing."""
    if not isinstance(answer, Cleared | ClearedFile | RedirectResponse):
        raise AssertionError(f"a response that did not pass the gate: {type(answer).__name__}")
    return answer


def failed(page: Page, request: PageRequest, failure: SsjError) -> Response:
    """Render a failure as a page or as JSON."""
    status = 413 if isinstance(failure, TooLargeError) else STATUS.get(failure.exit_code, 500)
    if page.api:
        return _api_error(request, status, failure.message, failure.remedy, failure.exit_code, failure.problems)
    return request.page(
        "failed.html",
        status,
        title="没有完成",
        message=failure.message,
        remedy=failure.remedy,
        problems=failure.problems,
    )


def refused(page: Page, request: PageRequest, user: User | None) -> Response:
    """The same response to every forbidden request."""
    if page.api:
        return _api_error(request, 403, "没有这项权限", "请向安全保密员申请")
    shown = PageRequest(
        request.server, request.http, request.workspace, user, FormData(), request.http.cookies.get(COOKIE, "")
    )
    return shown.page(
        "failed.html",
        403,
        title="没有这项权限",
        message="您的角色不能使用这一页，或页面已过期",
        remedy="请返回首页重新进入；需要权限请向安全保密员申请",
        problems=(),
    )


def _api_error(
    request: PageRequest, status: int, message: str, remedy: Advice, code: int = 2, problems: Sequence[Problem] = ()
) -> Response:
    told = {
        "message": message,
        "remedy": remedy,
        "actions": actions_json(remedy),
        "exit_code": code,
        "problems": [problem.as_json() for problem in problems],
    }
    return request.gate.json({"error": told}, status)


def _http_error(server: Server) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Handle 404 and 405. Nobody is logged in here, so the page reveals nothing."""

    async def handle(request: Request, fault: Exception) -> Response:
        status = fault.status_code if isinstance(fault, HTTPException) else 500
        blank = PageRequest(server, request, server.workspace, None, FormData(), "")
        if request.url.path.startswith("/api/"):
            return _api_error(blank, status, "没有这个接口", "见 /api/openapi.json")
        return blank.page(
            "failed.html", status, title="没有这一页", message="没有这一页", remedy="请从首页进入", problems=()
        )

    return handle
