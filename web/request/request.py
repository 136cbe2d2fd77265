"""One request as a handler sees it: who asks, in which workspace, with which form; and the desk all requests share."""

from __future__ import annotations

import hashlib
import queue
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ssj_docs.database import registers
from ssj_docs.documents.issue import Issued
from ssj_docs.ground.errors import NotFoundError, UsageError
from ssj_docs.model.plan import InspectionTask
from ssj_docs.office.workspace import Workspace
from web.access.accounts import User, sign
from web.access.rights import NAVIGATION, ROLE_NAMES
from web.cache.open_indexes import Searching
from web.cache.pictures import Pictures
from web.cache.previews import Previews
from web.cache.year_cache import Mark, Remembered, mark_of
from web.request.remedies import said_to_user
from web.worker.jobs import Jobs
from web.worker.worker import BackRoom, Tidier


@dataclass
class Desk:
    """What all requests of one server share.

    Attributes:
        workspace: opened once; each request gets it on its own day and for its own user. backups: folder for backups.
        clock: gives the moment. today: the day to count by, None: the clock's.
        setup: the one-time token of the first start, empty once there are accounts.
        staging: folder for uploads that are being looked at. uploads: what lies in it, by id.
    """

    workspace: Workspace
    clock: Callable[[], datetime]
    today: date | None
    backups: Path
    setup: str = ""
    jobs: Jobs = field(init=False)
    pictures: Pictures = field(default_factory=Pictures)
    previews: Previews = field(init=False)
    remembered: Remembered = field(default_factory=Remembered)
    searching: Searching = field(init=False)
    to_print: queue.SimpleQueue[Issued] = field(default_factory=queue.SimpleQueue)
    reading: BackRoom = field(default_factory=BackRoom)
    _keeping: BackRoom = field(default_factory=BackRoom)
    staging: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(prefix="ssj-web-")
    )
    uploads: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.previews = Previews(self.pictures)
        self.jobs, self.searching = Jobs(), Searching(self._keeping)
        self._tidiers = [
            Tidier(self._keeping, do, lambda: self.at_this_moment("ssj serve")) for do in ("index", "snapshot")
        ]
        self.workspace = self.workspace.heard_by(*self._tidiers)

    def at_this_moment(self, who: str) -> Workspace:
        """The workspace now, for a user."""
        now = self.clock()
        return self.workspace.at(today=self.today or now.date(), now=now, who=who)

    def start(self) -> None:
        """Begin to look after index and snapshot."""
        for tidier in self._tidiers:
            tidier.start()

    @property
    def room(self) -> Path:
        """The staging folder."""
        return Path(self.staging.name)

    def close(self) -> None:
        """Let go of threads, children and files."""
        self.reading.close()
        self.jobs.close()
        self.workspace.close()
        self._keeping.close()
        self.searching.close()
        self.previews.close()
        self.remembered.close()
        self.pictures.close()
        self.staging.cleanup()


def make_templates() -> Environment:
    """Jinja with autoescape everywhere; a missing value is an error."""
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
#: pages that belong to a section of another address
_SECTIONS = {
    "/task": "/plan",
    "/import": "/plan",
    "/draft": "/papers",
    "/case": "/cases",
    "/page": "/search",
    "/unfiled": "/receive",
}


def _section(path: str) -> str:
    first = "/" + path.strip("/").split("/")[0]
    return _SECTIONS.get(first, first)


@dataclass(frozen=True)
class Visit:
    """One request.

    Attributes:
        workspace: of this user at this moment. user: None before log-in. form: fields of a POST.
        seal: what CSRF tokens are bound to (the session cookie, or a cookie of the log-in page).
    """

    desk: Desk
    request: Request
    workspace: Workspace
    user: User | None
    form: FormData
    seal: str

    @property
    def me(self) -> User:
        """The user of a page that needs one."""
        assert self.user is not None
        return self.user

    def can(self, right: str) -> bool:
        """True if the user holds the right."""
        return self.user is not None and right in self.user.rights

    # --- what was asked ---------------------------------------------------------------------------------------------
    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def number(self, name: str) -> int:
        """A whole number of the path."""
        return int(self.request.path_params[name])

    def query(self, name: str) -> str:
        """A parameter of the address, empty if it is not there."""
        return self.request.query_params.get(name, "").strip()

    def queries(self, name: str) -> list[str]:
        """All values of a parameter."""
        return [value for value in self.request.query_params.getlist(name) if value.strip()]

    def field(self, name: str) -> str:
        """A field of the form, empty if it is not there."""
        value = self.form.get(name, "")
        return value.replace("\r\n", "\n") if isinstance(value, str) else ""

    def fields(self, name: str) -> list[str]:
        """All values of a field."""
        return [value for value in self.form.getlist(name) if isinstance(value, str) and value]

    def files(self, name: str) -> list[UploadFile]:
        """The files of a field, those without a name or content left out."""
        return [f for f in self.form.getlist(name) if isinstance(f, UploadFile) and f.filename]

    def year(self) -> int:
        """The year asked for, or this one. Raises: UsageError."""
        return self.year_asked() or self.workspace.today.year

    def year_asked(self) -> int | None:
        """The year of the address, None if it is not there. Raises: UsageError."""
        year = self.whole("year")
        if year is not None and not 1000 <= year <= 9999:
            raise UsageError(f"没有 {year} 年", "写四位数字")
        return year

    def whole(self, name: str) -> int | None:
        """A whole number of the address, None if it is not there. Raises: UsageError."""
        text = self.query(name)
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) < 8):
            raise UsageError(f"“{text[:20]}”不是数字", "检查地址中的参数")
        return int(text)

    # --- what may be seen -------------------------------------------------------------------------------------------
    @cached_property
    def tasks(self) -> list[InspectionTask]:
        """The tasks of all years that the user may see: all, or those of the own department."""

        def make() -> list[InspectionTask]:
            with self.workspace.read() as connection:
                return registers.load_tasks(connection)

        mine = self.user.department if self.user else ""
        tasks = self.desk.remembered.get("tasks", self.mark, make)
        return [task for task in tasks if not mine or mine in task.departments]

    @cached_property
    def mark(self) -> Mark:
        """The state of the database when this request first asked."""
        with self.workspace.read() as connection:
            return mark_of(connection)

    def require(self, case: str) -> str:
        """The task of a case (or task) that the user may see.

        Raises: NotFoundError in the same words whether it does not exist or is not for this user.
        """
        for task in self.tasks:
            if case == task.id or (case.startswith(f"{task.id}-") and self._is_case(case)):
                return task.id
        raise NotFoundError("没有这个案件或任务，或者您无权查看", "检查编号；跨部门的案件请向办公室申请")

    def _is_case(self, case: str) -> bool:
        with self.workspace.read() as connection:
            registers.load_case(connection, case)
        return True

    # --- answers ----------------------------------------------------------------------------------------------------
    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """Render a page."""
        shared = {
            "visit": self,
            "user": self.user,
            "office": self.workspace.office,
            "today": self.workspace.today,
            "csrf": self.csrf,
            "role_names": ROLE_NAMES,
            "navigation": [(title, path) for title, path, right in NAVIGATION if self.can(right)],
            "here": _section(self.request.url.path),
            "jobs": self.desk.jobs.of(self.user.name) if self.user else [],
            "notice": self._notice(),
        }
        return HTMLResponse(TEMPLATES.get_template(template).render(shared | values), status)

    def go(self, path: str, notice: str = "") -> Response:
        """Go to another page after a POST, with a word of what was done."""
        target = self.request.url.replace(path=path.partition("?")[0], query=path.partition("?")[2])
        if notice:
            target = target.include_query_params(notice=notice, seal=self._notice_seal(notice))
        return RedirectResponse(f"{target.path}?{target.query}" if target.query else target.path, 303)

    def _notice(self) -> str:
        """The word of what was done; only one that we wrote ourselves, so that no link can put words in our mouth."""
        told = self.query("notice")
        return told if told and self.query("seal") == self._notice_seal(told) else ""

    def _notice_seal(self, notice: str) -> str:
        return sign(self.workspace.key, "notice", f"{self.seal}/{notice}")[:16]

    @cached_property
    def csrf(self) -> str:
        """The token that every form of this session carries."""
        return sign(self.workspace.key, "csrf", self.seal)

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """Document kind → Chinese name."""
        return {kind.id: kind.title for kind in self.workspace.kinds.values()}


def digest_of_text(text: str) -> str:
    """What a text was when it was read, for telling whether somebody else changed it since."""
    return hashlib.sha256(text.encode()).hexdigest()
