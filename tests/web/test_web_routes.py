"""Every route for every role: allowed or refused as the table says; a refusal tells nothing."""

from __future__ import annotations

import re

import httpx
import pytest
from web_site import PEOPLE, Site, csrf

from ssj_docs.database import registers
from web.access.rights import NAVIGATION, PAGES, ROLE_NAMES, ROLE_RIGHTS, Page, rights_of, role_fault
from web.app import HANDLERS

CASE, ITEM = "2026-002-0001", "0001"
_REAL = {
    "case": CASE,
    "item": ITEM,
    "page": "1",
    "task": "2026-002",
    "round": "1",
    "attempt": "1",
    "name": "tongzhi-2026.md",
    "kind": "plan",
    "register": "subjects",
    "section": "office",
}
_NONE = {
    "case": "2026-999-0001",
    "item": "9999",
    "page": "1",
    "task": "2026-999",
    "name": "nobody-at-all",
    "kind": "none",
    "register": "none",
    "upload": "none",
    "receipt": "abcdef0123",
    "job": "none",
    "preview": "none",
    "section": "none",
}


def path_of(page: Page) -> str:
    """The page's address: real things to look at, things that do not exist to act on."""
    values = _NONE | (_REAL if page.method == "GET" else {})
    return re.sub(r"\{(\w+)(?::int)?\}", lambda match: values[match[1]], page.path)


def ask(client: httpx.Client, page: Page, token: str) -> httpx.Response:
    if page.method == "GET":
        return client.get(path_of(page))
    return client.post(path_of(page), data={"csrf": token})


def test_the_table_and_the_handlers_are_the_same() -> None:
    assert set(HANDLERS) == {page.name for page in PAGES}
    assert len({(page.method, page.path) for page in PAGES}) == len(PAGES)
    assert {right for _, _, right in NAVIGATION} <= set().union(*ROLE_RIGHTS.values())


@pytest.mark.parametrize("name", PEOPLE)
def test_every_route_is_allowed_or_refused_as_the_table_says(site: Site, name: str) -> None:
    roles, department, restricted = PEOPLE[name]
    rights = rights_of(roles, department=department, restricted=restricted)
    secrets = _secrets(site)
    with site.client(name) as client:
        token = csrf(client)
        for page in PAGES:
            if page.name in ("logout", "login", "login_try"):
                continue
            answer = ask(client, page, token)
            if page.right and page.right not in rights:
                assert answer.status_code == 403, page
                assert not [secret for secret in secrets if secret in answer.text], page
            else:
                assert answer.status_code not in (401, 403, 500), (page, answer.text)


def test_nobody_gets_in_without_a_session(site: Site) -> None:
    secrets = _secrets(site)
    with site.client() as client:
        for page in PAGES:
            answer = ask(client, page, "0" * 64)
            if page.right:
                assert (answer.status_code, answer.headers.get("location", "")[:6]) == (
                    (401, "") if page.api else (303, "/login")
                ), page
            assert not [secret for secret in secrets if secret in answer.text], page


def test_every_post_needs_the_token_of_the_session(site: Site) -> None:
    with site.client("clerk") as other:
        foreign = csrf(other)
    for name in ("clerk", "archivist", "sysadmin", "security"):
        roles, department, restricted = PEOPLE[name]
        rights = rights_of(roles, department=department, restricted=restricted)
        with site.client(name) as client:
            for page in (page for page in PAGES if page.method == "POST" and page.right in rights):
                for fields in ({}, {"csrf": "0" * 64}, {"csrf": foreign}):
                    assert client.post(path_of(page), data=fields).status_code == 403, page
            token = csrf(client)
            for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}):
                answer = client.post("/account/token", data={"csrf": token, "label": "x", "days": "1"}, headers=headers)
                assert answer.status_code == 403


def test_a_department_sees_its_own_cases_only(site: Site) -> None:
    with site.workspace.read() as connection:
        tasks = registers.load_tasks(connection, 2026)
    mine = {task.id for task in tasks if "消防救援大队" in task.departments}
    assert mine
    assert mine != {task.id for task in tasks}
    other = next(task.id for task in tasks if task.id not in mine)
    with site.client("fire") as client:
        for path in (
            f"/task/{other}",
            f"/case/{other}-0001",
            f"/page/{other}-0001/0001/1",
            f"/picture/{other}-0001/0001/1",
            f"/original/{other}-0001/0001",
            f"/statistics/file?file=sum.xlsx&task={other}",
            f"/api/case/{other}-0001",
        ):
            real, made_up = client.get(path), client.get(path.replace(other, "2099-001"))
            assert (real.status_code, real.text) == (404, made_up.text.replace("2099-001", other)), path
        for path, key in (
            ("/api/plan", "id"),
            ("/api/due", "case"),
            ("/api/missing", "task"),
            ("/api/search?q=检查&limit=500", ""),
        ):
            value = client.get(path).json()
            rows = value["hits"] if isinstance(value, dict) else value
            assert rows if key else True
            assert {row[key or "task"][:8] for row in rows} <= mine, path
        assert client.get(f"/api/search?q=检查&task={other}").json()["total"] == 0
        for path in ("/", "/cases", "/plan", "/search?q=检查", "/statistics"):
            shown = client.get(path).text
            assert client.get(path).status_code == 200
            assert not [task.id for task in tasks if task.id not in mine and task.id in shown], path


def test_the_three_officers_are_separate() -> None:
    assert role_fault(["sysadmin", "auditor"])
    assert role_fault(["security", "clerk"])
    assert role_fault(["boss"])
    assert not role_fault(["clerk", "archivist"])
    papers = {"search", "cases", "papers.read", "restricted", "receive"}
    for officer in ("sysadmin", "security", "auditor"):
        assert officer in ROLE_NAMES
        assert not rights_of([officer], department="", restricted=True) & papers


def _secrets(site: Site) -> list[str]:
    """Names that no refused page may show."""
    with site.workspace.read() as connection:
        names = [s.name for s in registers.load_subjects(connection)] + [
            i.name for i in registers.load_inspectors(connection)
        ]
        tasks = registers.load_tasks(connection)
    return [*names, *(task.name for task in tasks), *(task.id for task in tasks), "青双随机办〔"]
