"""Actions in the words of the pages: where to go, as a link for those who may."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from ssj_docs.ground.errors import SsjError
from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import ACTIONS, Action, Advice, Remedy
from web.access.accounts import User
from web.access.rights import PAGES, ROLE_NAMES, ROLE_RIGHTS


@dataclass(frozen=True)
class Place:
    """Where an action is done.

    Attributes:
        route: of `web.access.rights.PAGES`, whose right it takes. title: what stands on the page or leads to it.
        addresses: with the arguments that they take; the first whose arguments are known is gone to.
        labels: what the page's fields are called, by argument.
    """

    route: str
    title: str
    addresses: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict)


_DRAW = Place(
    "draw_page",
    "随机抽取",
    ("/task/{task}/draw", "/plan"),
    {
        "ratio": "“比例”",
        "count": "“户数”",
        "grade": "“只抽一个等级”",
        "where": "“限定对象”",
        "round": "“轮次”",
        "redraw": "重抽的原因",
        "reason": "重新公布的原因",
        "objects_only": "选“只抽对象，不抽人员”",
    },
)
_TABLE = {"task": "“任务”", "year": "“年度”", "mapping": "各列“读作”"}
_DRAFT = {"kind": "“文种”", "task": "“任务编号”", "case": "“案件编号”", "year": "“年度”"}
_NUMBERS = Place("papers", "发文字号登记簿", ("/papers",), {"reason": "“原因”"})
_RECEIVING = Place("receive", "归档", ("/receive",), {"case": "“归入案卷”", "kind": "文书种类", "pages": "“页码”"})
_CASE = Place("case", "案件", ("/case/{case}", "/cases"))
_EVIDENCE = Place("assessment", "考核", ("/assessment",), {"target": "“用于”", "query": "“检索词”"})
_KEEPING = Place("keeping", "保管", ("/keeping",), {"number": "“清册号”", "reason": "“原因”"})
#: action → where; what is not here is done on the server
PLACES: Mapping[str, Place] = {
    "set": Place("settings_section", "设置", ("/settings/{key}",)),
    "show_tasks": Place("plan", "计划与任务", ("/plan",)),
    "import": Place("bring", "导入表格", ("/import?kind={kind}", "/import"), _TABLE),
    "draw": _DRAW,
    "commit_draw": _DRAW,
    "draft": Place("draft_new", "新拟稿", ("/papers",), _DRAFT),
    "issue": Place("draft_do", "发文", ("/papers",), {"reason": "“理由”"}),
    "forms": Place("task", "制作全部表单", ("/task/{task}", "/plan")),
    "show_numbers": _NUMBERS,
    "void_number": _NUMBERS,
    "statistics": Place("statistics", "统计", ("/statistics",), {"task": "“任务”"}),
    "receive": Place("receive", "归档", ("/receive",)),
    "receive_again": Place("receive", "归档", ("/receive",)),
    "show_unfiled": _RECEIVING,
    "file_by_hand": _RECEIVING,
    "read": _RECEIVING,
    "show_case": _CASE,
    "check_case": _CASE,
    "list_pages": Place("search", "检索", ("/search?case={case}", "/search")),
    "search_options": Place("search", "检索", ("/search",)),
    "verify": Place("fixity", "核验", ("/fixity",)),
    "add_evidence": _EVIDENCE,
    "show_evidence": _EVIDENCE,
    "number_items": _KEEPING,
    "list_expired": _KEEPING,
    "destroy": _KEEPING,
}
#: parts of the settings that have no page
_ON_THE_SERVER = frozenset({"results", "handlings", "rules.ratios"})
#: what a page does not ask for, because it is chosen there
_CHOSEN = frozenset({"approval", "draft", "file", "folder", "list", "receipt"})
_RIGHTS = {page.name: page.right for page in PAGES}


def said(value: object, user: User | None) -> Markup:
    """A remedy, a problem or a failure in the words of the pages; texts stay as they are."""
    if isinstance(value, Remedy):
        return Markup("").join(_phrase(part, user) if isinstance(part, Action) else part for part in value.parts)
    if isinstance(value, Problem):
        return escape(value.fault) + (Markup("（{}）").format(said(value.remedy, user)) if value.remedy else "")
    if isinstance(value, SsjError):
        return Markup("{}。{}").format(value.message.rstrip("。"), said(value.remedy, user))
    return escape(value)


@pass_context
def said_to_user(context: Context, value: object) -> Markup:
    """`said` as a filter: to the user of the page."""
    return said(value, context["user"])


def plainly(advice: Advice, user: User | None = None) -> str:
    """A remedy in the words of the pages, without links."""
    return said(advice, user).striptags()


def place_of(action: Action) -> Place | None:
    """Where an action is done; None if it, or something that it asks for, is not on the pages."""
    place = PLACES.get(action.name)
    if place is None or action.values.get("key") in _ON_THE_SERVER:
        return None
    told = re.findall(r"{(\w+)}", "".join((ACTIONS[action.name].said, *place.addresses)))
    return place if set(action.values) <= {*place.labels, *_CHOSEN, *told} else None


def _phrase(action: Action, user: User | None) -> Markup:
    place = place_of(action)
    if place is None:
        return escape(f"请系统管理员在服务器上{action}")
    what = action.title + action.conditions(place.labels)
    right = _RIGHTS[place.route]
    if user is not None and right in user.rights:
        return Markup('到“<a href="{}">{}</a>”{}').format(_address(place, action), place.title, what)
    roles = [ROLE_NAMES[role] for role, rights in ROLE_RIGHTS.items() if right in rights]
    asked = f"请{'、'.join(roles)}" if len(roles) == 1 else ""
    return escape(f"{asked}到“{place.title}”{what}")


def _address(place: Place, action: Action) -> str:
    values = {name: quote(str(value), safe="") for name, value in action.arguments if value is not None}
    known = (address for address in place.addresses if set(re.findall(r"{(\w+)}", address)) <= set(values))
    return next(known).format(**values)
