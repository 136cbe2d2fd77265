"""One request as a handler sees it: the user, the workspace, the parameters and the form."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ssj_docs.database import registers
from ssj_docs.ground.errors import NotFoundError, UsageError
from ssj_docs.ground.personal_data import without_restricted
from ssj_docs.model.plan import InspectionTask
from ssj_docs.office.workspace import Workspace
from web.access.accounts import User, sign
from web.access.renditions import Gate
from web.access.rights import NAVIGATION, ROLE_NAMES
from web.cache.year_cache import DatabaseState, state_of
from web.request.remedies import said_to_user
from web.request.server import Server


def make_templates() -> Environment:
    """The Jinja environment of the pages: escapes everything, and fails on a missing value."""
    environment = Environment(
        loader=PackageLoader("web", "pages/views"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["day"] = lambda value: value.isoformat() if isinstance(value, date) else (value or "")
    environment.filters["said"] = said_to_user
    environment.filters["moment"] = lambda text: str(text).replace("T", " ")[:16]
    return environment


TEMPLATES = make_templates()
#: pages shown under another section of the navigation
_SECTIONS = {
    "/task": "/plan",
    "/import": "/plan",
    "/registers": "/registers/subjects",
    "/draft": "/papers",
    "/case": "/cases",
    "/page": "/search",
    "/unfiled": "/receive",
    "/scoring": "/assessment",
}


def _section(path: str) -> str:
    first = "/" + path.strip("/").split("/")[0]
    return _SECTIONS.get(first, first)


@dataclass(frozen=True)
class PageRequest:
    """One request, as handlers get it.

    Attributes:
        http: the request as Starlette gives it.
        workspace: opened for this user at this moment.
        user: who is logged in, or None.
        form: the fields of a POST.
        seal: the cookie that CSRF tokens are bound to: the session's, or the log-in page's own.
        own: see `web.access.renditions.Gate`.
    """

    server: Server
    http: Request
    workspace: Workspace
    user: User | None
    form: FormData
    seal: str
    own: bool = False

    @property
    def me(self) -> User:
        """The user who is logged in; only for pages that require one."""
        assert self.user is not None
        return self.user

    def can(self, right: str) -> bool:
        """Whether the user holds a right."""
        return self.user is not None and right in self.user.rights

    # --- parameters and form ------------------------------------------------------------------------------------------
    def path(self, name: str) -> str:
        """A parameter of the path."""
        return str(self.http.path_params[name])

    def number(self, name: str) -> int:
        """A parameter of the path, as a number."""
        return int(self.http.path_params[name])

    def query(self, name: str) -> str:
        """A query parameter, or an empty string."""
        return self.http.query_params.get(name, "").strip()

    def queries(self, name: str) -> list[str]:
        """All values of a query parameter."""
        return [value for value in self.http.query_params.getlist(name) if value.strip()]

    def field(self, name: str) -> str:
        """A field of the form, or an empty string."""
        value = self.form.get(name, "")
        return value.replace("\r\n", "\n") if isinstance(value, str) else ""

    def fields(self, name: str) -> list[str]:
        """All values of a form field."""
        return [value for value in self.form.getlist(name) if isinstance(value, str) and value]

    def files(self, name: str) -> list[UploadFile]:
        """The files uploaded in a form field."""
        return [f for f in self.form.getlist(name) if isinstance(f, UploadFile) and f.filename]

    def year(self) -> int:
        """The requested year, or the current one. Raises: UsageError."""
        return self.year_asked() or self.workspace.today.year

    def year_asked(self) -> int | None:
        """The requested year, or None. Raises: UsageError."""
        year = self.whole("year")
        if year is not None and not 1000 <= year <= 9999:
            raise UsageError(f"没有 {year} 年", "写四位数字")
        return year

    def whole(self, name: str) -> int | None:
        """A query parameter as a number, or None. Raises: UsageError."""
        text = self.query(name)
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) < 8):
            raise UsageError(f"“{text[:20]}”不是数字", "检查地址中的参数")
        return int(text)

    # --- permissions -------------------------------------------------------------------------------------------
    @cached_property
    def tasks(self) -> list[InspectionTask]:
        """The tasks of all years that the user may see: every task, or those of the user's department."""

        def make() -> list[InspectionTask]:
            with self.workspace.read() as connection:
                return registers.load_tasks(connection)

        mine = self.user.department if self.user else ""
        tasks = self.server.year_cache.get("tasks", self.database_state, make)
        return [task for task in tasks if not mine or mine in task.departments]

    @cached_property
    def database_state(self) -> DatabaseState:
        """The state of the database, read once for this request."""
        with self.workspace.read() as connection:
            return state_of(connection)

    def require(self, case: str) -> str:
        """Return the task of a case (or the task itself) if the user may see it.

        Raises: NotFoundError, with the same message whether it does not exist or is forbidden.
        """
        for task in self.tasks:
            if case == task.id or (case.startswith(f"{task.id}-") and self._is_case(case)):
                return task.id
        raise NotFoundError("没有这个案件或任务，或者您无权查看", "检查编号；跨部门的案件请向办公室申请")

    def _is_case(self, case: str) -> bool:
        with self.workspace.read() as connection:
            registers.load_case(connection, case)
        return True

    @cached_property
    def gate(self) -> Gate:
        """What every answer goes through."""
        return Gate(self.workspace, self.user, self.server, self.http.url.path, self.own)

    # --- answers ----------------------------------------------------------------------------------------------------
    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """Render a page."""
        shared = {
            "request": self,
            "user": self.user,
            "office": self.workspace.office,
            "today": self.workspace.today,
            "csrf": self.csrf,
            "role_names": ROLE_NAMES,
            "navigation": [(title, path) for title, path, right in NAVIGATION if self.can(right)],
            "here": _section(self.http.url.path),
            "jobs": self.server.jobs.of(self.user.name) if self.user else [],
            "notice": self._notice(),
        }
        return self.gate.page(TEMPLATES.get_template(template).render(shared | values), status)

    def go(self, path: str, notice: str = "") -> Response:
        """Redirect after a POST, with a notice to show on the next page."""
        notice = without_restricted(notice)
        target = self.http.url.replace(path=path.partition("?")[0], query=path.partition("?")[2])
        if notice:
            target = target.include_query_params(notice=notice, seal=self._notice_seal(notice))
        return RedirectResponse(f"{target.path}?{target.query}" if target.query else target.path, 303)

    def _notice(self) -> str:
        """The notice in the address; only a signed one, so that a link from outside cannot show its own text."""
        notice = self.query("notice")
        return notice if notice and self.query("seal") == self._notice_seal(notice) else ""

    def _notice_seal(self, notice: str) -> str:
        return sign(self.workspace.key, "notice", f"{self.seal}/{notice}")[:16]

    @cached_property
    def csrf(self) -> str:
        """The CSRF token of this session's forms."""
        return sign(self.workspace.key, "csrf", self.seal)

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """Document kind → Chinese name."""
        return {kind.id: kind.title for kind in self.workspace.kinds.values()}


def digest_of_text(text: str) -> str:
    """Digest of a text, to notice whether somebody else changed it since it was read."""
    return hashlib.sha256(text.encode()).hexdigest()
