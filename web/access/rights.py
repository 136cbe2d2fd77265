"""Roles, rights and routes, as data that the application and its tests both read.

三员分立 (GB/T 39784): 系统管理员 creates accounts but assigns no roles, 安全保密员 assigns roles but sees no papers, 审计员
reads the journal. None of the three may hold another role.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

_MIB = 1024 * 1024
SMALL = _MIB
WORKBOOK = 32 * _MIB
STACK = 512 * _MIB

ROLE_NAMES: Mapping[str, str] = {
    "clerk": "文书",
    "archivist": "档案员",
    "assessor": "考核员",
    "sysadmin": "系统管理员",
    "security": "安全保密员",
    "auditor": "审计员",
}
#: the three separated officers
OFFICERS = frozenset({"sysadmin", "security", "auditor"})

_EVERYONE = frozenset({"home", "account"})
_READING = frozenset({"search", "cases", "plan.read", "statistics"})
ROLE_RIGHTS: Mapping[str, frozenset[str]] = {
    "clerk": _EVERYONE | _READING | {"plan.write", "papers.read", "papers.write"},
    "archivist": _EVERYONE | _READING | {"papers.read", "receive", "dossier", "keeping", "fixity"},
    "assessor": _EVERYONE | _READING | {"papers.read", "dossier", "assessment"},
    "sysadmin": _EVERYONE | {"users", "settings", "fixity", "backup"},
    "security": _EVERYONE | {"roles"},
    "auditor": _EVERYONE | {"journal"},
}
#: rights over the whole office, not given to users of a single department
OFFICE_WIDE = frozenset({"plan.write", "papers.read", "papers.write", "receive", "keeping", "assessment", "fixity"})


def rights_of(roles: Iterable[str], *, department: str, restricted: bool) -> frozenset[str]:
    """Return the rights of a user.

    Args:
        roles: keys of `ROLE_NAMES`.
        department: empty for the whole office.
        restricted: whether the user may see personal data.
    """
    held = frozenset[str]().union(*(ROLE_RIGHTS.get(role, frozenset()) for role in roles), _EVERYONE)
    if department:
        held -= OFFICE_WIDE
    return held | {"restricted"} if restricted and "cases" in held else held


def role_fault(roles: Iterable[str]) -> str:
    """Explain why these roles cannot be held together, or return an empty string."""
    held = set(roles)
    unknown = held - set(ROLE_NAMES)
    if unknown:
        return f"没有“{'、'.join(sorted(unknown))}”这个角色"
    if held & OFFICERS and len(held) > 1:
        return "系统管理员、安全保密员、审计员须由不同的人担任，也不得兼任其他角色"
    return ""


@dataclass(frozen=True)
class Page:
    """One route.

    Attributes:
        name: the name of the handler.
        method: the HTTP method.
        path: the path, in Starlette's syntax.
        right: the right required; empty for everybody.
        limit: the maximum size of the request body in bytes.
        api: whether it answers JSON and accepts bearer tokens.
        summary: a description for OpenAPI.
        own: whether it shows text that is the user's to write, as it is.
    """

    name: str
    method: Literal["GET", "POST"]
    path: str
    right: str
    limit: int = SMALL
    api: bool = False
    summary: str = ""
    own: bool = False


PAGES: tuple[Page, ...] = (
    Page("login", "GET", "/login", ""),
    Page("login_try", "POST", "/login", ""),
    Page("setup", "GET", "/setup", ""),
    Page("setup_try", "POST", "/setup", ""),
    Page("logout", "POST", "/logout", "account"),
    Page("account", "GET", "/account", "account"),
    Page("password", "POST", "/account/password", "account"),
    Page("token", "POST", "/account/token", "account"),
    Page("token_revoke", "POST", "/account/token/revoke", "account"),
    Page("home", "GET", "/", "home"),
    Page("job", "GET", "/job/{job}", "home"),
    Page("search", "GET", "/search", "search"),
    Page("page", "GET", "/page/{case}/{item}/{page:int}", "cases"),
    Page("picture", "GET", "/picture/{case}/{item}/{page:int}", "cases"),
    Page("original", "GET", "/original/{case}/{item}", "cases"),
    Page("cases", "GET", "/cases", "cases"),
    Page("case", "GET", "/case/{case}", "cases"),
    Page("dossier", "GET", "/case/{case}/dossier", "dossier"),
    Page("people", "POST", "/case/{case}/people", "restricted"),
    Page("receive", "GET", "/receive", "receive"),
    Page("upload", "POST", "/receive", "receive", STACK),
    Page("read_on", "POST", "/receive/read", "receive"),
    Page("unfiled", "GET", "/unfiled/{receipt}/{page:int}", "receive"),
    Page("unfiled_picture", "GET", "/unfiled/{receipt}/{page:int}/picture", "receive"),
    Page("by_hand", "POST", "/unfiled/{receipt}", "receive"),
    Page("set_aside", "POST", "/unfiled/{receipt}/reject", "receive"),
    Page("mend", "POST", "/case/{case}/items/{item}", "receive"),
    Page("plan", "GET", "/plan", "plan.read"),
    Page("register", "GET", "/registers/{register}", "plan.read"),
    Page("entry", "GET", "/registers/{register}/entry", "plan.read"),
    Page("entry_change", "POST", "/registers/{register}/entry", "plan.write"),
    Page("task", "GET", "/task/{task}", "plan.read"),
    Page("task_zip", "GET", "/task/{task}/zip", "papers.read"),
    Page("draw_page", "GET", "/task/{task}/draw", "plan.read"),
    Page("draw_record", "GET", "/task/{task}/draw/{round:int}/{attempt:int}", "plan.read"),
    Page("draw", "POST", "/task/{task}/draw", "plan.write"),
    Page("forms", "POST", "/task/{task}/forms", "papers.write"),
    Page("bring", "GET", "/import", "plan.write"),
    Page("bring_try", "POST", "/import", "plan.write", WORKBOOK),
    Page("bring_look", "GET", "/import/{upload}", "plan.write"),
    Page("bring_again", "POST", "/import/{upload}", "plan.write"),
    Page("annotated", "GET", "/import/{upload}/annotated", "plan.write"),
    Page("papers", "GET", "/papers", "papers.read"),
    Page("paper_file", "GET", "/papers/file", "papers.read"),
    Page("draft_new", "POST", "/drafts", "papers.write"),
    Page("draft_paste", "POST", "/drafts/paste", "papers.write", 4 * _MIB),
    Page("draft", "GET", "/draft/{name}", "papers.write"),
    Page("draft_do", "POST", "/draft/{name}", "papers.write", 4 * _MIB),
    Page("draft_preview", "POST", "/draft/{name}/preview", "papers.write", 4 * _MIB),
    Page("preview", "GET", "/preview/{preview}/{page:int}", "papers.write"),
    Page("number_void", "POST", "/papers/void", "papers.write"),
    Page("number_record", "POST", "/papers/record", "papers.write"),
    Page("statistics", "GET", "/statistics", "statistics"),
    Page("statistics_file", "GET", "/statistics/file", "statistics"),
    Page("assessment", "GET", "/assessment", "assessment"),
    Page("evidence_add", "POST", "/assessment/evidence", "assessment"),
    Page("evidence_put", "POST", "/assessment/evidence/page", "assessment"),
    Page("evidence_choose", "POST", "/assessment/choose", "assessment"),
    Page("pack_make", "POST", "/assessment/pack", "assessment"),
    Page("pack_submit", "POST", "/assessment/submit", "assessment"),
    Page("pack_file", "GET", "/assessment/pack", "assessment"),
    Page("scoring", "GET", "/scoring", "assessment"),
    Page("scoring_set", "POST", "/scoring/set", "assessment"),
    Page("scoring_file", "GET", "/scoring/file", "assessment"),
    Page("scoring_bring", "POST", "/scoring/import", "assessment", WORKBOOK),
    Page("scoring_save", "POST", "/scoring/import/{upload}", "assessment"),
    Page("users", "GET", "/users", "users"),
    Page("user_new", "POST", "/users", "users"),
    Page("user_change", "POST", "/users/{name}", "users"),
    Page("roles", "GET", "/roles", "roles"),
    Page("role_change", "POST", "/roles/{name}", "roles"),
    Page("journal", "GET", "/journal", "journal"),
    Page("keeping", "GET", "/keeping", "keeping"),
    Page("keeping_number", "POST", "/keeping/number", "keeping"),
    Page("keeping_list", "POST", "/keeping/list", "keeping"),
    Page("keeping_destroy", "POST", "/keeping/destroy", "keeping", WORKBOOK),
    Page("keeping_transfer", "POST", "/keeping/transfer", "keeping"),
    Page("keeping_package", "GET", "/keeping/package", "keeping"),
    Page("settings", "GET", "/settings", "settings", own=True),
    Page("settings_section", "GET", "/settings/{section}", "settings", own=True),
    Page("settings_save", "POST", "/settings/{section}", "settings", own=True),
    Page("settings_kept", "GET", "/settings/kept/{name}", "settings", own=True),
    Page("settings_restore", "POST", "/settings/kept/{name}", "settings", own=True),
    Page("fixity", "GET", "/fixity", "fixity"),
    Page("fixity_run", "POST", "/fixity", "fixity"),
    Page("backup", "GET", "/backup", "backup"),
    Page("backup_run", "POST", "/backup", "backup"),
    Page("api_openapi", "GET", "/api/openapi.json", "home", api=True, summary="本接口的 OpenAPI 文档"),
    Page("api_search", "GET", "/api/search", "search", api=True, summary="检索归档的页（ssj search）"),
    Page("api_case", "GET", "/api/case/{case}", "cases", api=True, summary="一个案卷（ssj case show）"),
    Page("api_due", "GET", "/api/due", "cases", api=True, summary="到期和逾期事项（ssj due）"),
    Page("api_missing", "GET", "/api/missing", "cases", api=True, summary="应有文书及其状态（ssj missing）"),
    Page("api_plan", "GET", "/api/plan", "plan.read", api=True, summary="抽查任务（ssj plan show）"),
    Page("api_numbers", "GET", "/api/numbers", "papers.read", api=True, summary="发文字号登记簿（ssj numbers）"),
    Page("api_stats", "GET", "/api/stats", "statistics", api=True, summary="统计表和汇总表（ssj stats）"),
    Page("api_assess", "GET", "/api/assess", "assessment", api=True, summary="考核指标（ssj assess）"),
    Page(
        "api_import", "POST", "/api/import/{kind}", "plan.write", WORKBOOK, api=True, summary="导入表格（ssj import）"
    ),
    Page("api_receive", "POST", "/api/receive", "receive", STACK, api=True, summary="收件归档（ssj receive）"),
)

#: (title, path, right) of the navigation, in the order of the work
NAVIGATION: tuple[tuple[str, str, str], ...] = (
    ("首页", "/", "home"),
    ("计划与任务", "/plan", "plan.read"),
    ("登记簿", "/registers/subjects", "plan.read"),
    ("发文", "/papers", "papers.read"),
    ("案件", "/cases", "cases"),
    ("归档", "/receive", "receive"),
    ("保管", "/keeping", "keeping"),
    ("检索", "/search", "search"),
    ("考核", "/assessment", "assessment"),
    ("统计", "/statistics", "statistics"),
    ("账号", "/users", "users"),
    ("授权", "/roles", "roles"),
    ("设置", "/settings", "settings"),
    ("流水", "/journal", "journal"),
    ("核验", "/fixity", "fixity"),
    ("备份", "/backup", "backup"),
)
