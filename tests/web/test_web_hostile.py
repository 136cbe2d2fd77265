"""What somebody who means harm, or only works at the same time, can send: names, headers, bombs, tokens, late forms."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
import openpyxl
import pytest
from sqlalchemy import delete, select, update
from starlette.routing import Mount, Route
from test_web_every_page import SEEN, somebody_who_may
from test_web_routes import path_of
from web_site import PASSWORD, Site, csrf, faulty_plan, read_mark

from archive.demonstration import example_folder
from archive.preservation.register_snapshot import journal_head, kept_head
from archive.store.opening import store_of
from ssj_docs.database import schema
from web.access.renditions import saved
from web.access.rights import PAGES

EVIL = "<script>alert(1)</script>\"onerror='x'&"


def test_every_route_of_the_application_is_in_the_table(site: Site) -> None:
    routes = [route for route in site.app.routes if not isinstance(route, Mount)]
    assert all(isinstance(route, Route) for route in routes)
    assert {(method, route.path) for route in routes for method in route.methods - {"HEAD"}} == {  # type: ignore[attr-defined]
        (page.method, page.path) for page in PAGES
    }
    assert [route.path for route in site.app.routes if isinstance(route, Mount)] == ["/static"]  # type: ignore[attr-defined]


@contextmanager
def hostile_names(site: Site) -> Iterator[None]:
    """Every name in the registers is a script, until the end."""
    columns = [
        schema.subjects.c.name,
        schema.subjects.c.address,
        schema.inspectors.c.name,
        schema.tasks.c.name,
        schema.archive_items.c.title,
        schema.issued.c.title,
        schema.numbers.c.title,
        schema.case_events.c.note,
        schema.findings.c.note,
    ]
    kept = {}
    with site.workspace.transaction() as connection:
        for column in columns:
            keys = list(column.table.primary_key)
            kept[column] = connection.execute(
                select(column.label("was"), *(key.label(f"k{n}") for n, key in enumerate(keys)))
            ).all()
            connection.execute(update(column.table).values({column: EVIL + column}))
    try:
        yield
    finally:
        with site.workspace.transaction() as connection:
            for column, rows in kept.items():
                for was, *values in rows:
                    where = [key == value for key, value in zip(column.table.primary_key, values, strict=True)]
                    connection.execute(update(column.table).where(*where).values({column: was}))


def test_names_are_text_on_every_page(site: Site) -> None:
    shown = 0
    with hostile_names(site):
        for page in SEEN:
            with site.client(somebody_who_may(page)) as client:
                answer = client.get(path_of(page))
            assert "<script>alert" not in answer.text, page.name
            assert "\"onerror='x'" not in answer.text, page.name
            shown += "&lt;script&gt;alert" in answer.text
    assert shown > 8


@pytest.mark.parametrize(
    "name",
    [
        'a"\r\nset-cookie: x=y; "b.pdf',
        "名\u2028字;filename=x.exe",
        "../../x.pdf",
        "\x00\x7f.pdf",
        "",
        "啊" * 300 + ".pdf",
    ],
)
def test_the_name_of_a_download_stays_in_its_header(name: str) -> None:
    header = saved(b"", name).headers["content-disposition"]
    assert re.fullmatch(r"attachment; filename\*=UTF-8''[\w.%~-]+", header, re.ASCII)


def test_a_bearer_header_does_not_stand_for_the_token_of_a_form(site: Site) -> None:
    with site.client("clerk") as client:
        fields = {"label": "x", "days": "1"}
        assert client.post("/account/token", data=fields, headers={"authorization": "Bearer ssj_x"}).status_code == 403
        assert client.post("/api/import/plan", files={"file": ("x.xlsx", b"x")}).status_code == 403


def test_tokens_and_sessions_are_not_in_the_database(site: Site) -> None:
    with site.client("clerk") as client:
        page = client.post("/account/token", data={"csrf": csrf(client), "label": "库", "days": "7"}).text
        held = client.cookies["ssj_session"].split(".")[0]
    token = re.findall(r"ssj_[\w-]{43}", page)[0]
    with site.workspace.read() as connection:
        rows = [row for table in schema.metadata.tables.values() for row in connection.execute(select(table))]
    told = "\n".join(map(repr, rows))
    assert "库" in told
    assert token not in told
    assert held not in told
    assert PASSWORD not in told


def log_in(client: httpx.Client, name: str, **headers: str) -> httpx.Response:
    fields = {"csrf": csrf(client, "/login"), "name": name, "password": PASSWORD}
    return client.post("/login", data=fields, headers=headers)


def test_a_session_is_new_at_log_in_and_safe_behind_https(site: Site) -> None:
    site.person("clerk")
    with site.client() as client:
        client.cookies.set("ssj_session", "chosen.by-somebody", domain="127.0.0.1")
        cookie = log_in(client, "clerk", **{"x-forwarded-proto": "https"}).headers["set-cookie"]
    assert "chosen" not in cookie
    assert "secure" in cookie.lower()


def test_guessing_the_password_in_a_session_locks_and_ends_it(site: Site) -> None:
    site.person("nobody")
    with site.client() as client:
        assert log_in(client, "nobody").status_code == 303, "so that this address is known"
        fields = {"csrf": csrf(client), "new": "another-long-one", "again": "another-long-one"}
        for _ in range(5):
            assert client.post("/account/password", data=fields | {"old": "a-wrong-guess"}).status_code == 400
        assert client.get("/account").status_code == 303
        assert log_in(client, "nobody").status_code == 401
    site.clock.now += timedelta(minutes=16)


def bomb() -> bytes:
    """A workbook whose sheet unfolds to three thousand megabytes, by what it says of itself."""
    book, made = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["序号", "任务名"])
    book.save(made)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/more.xml", b" " * 1_000_000)
        packed.filelist[-1].file_size = 3_000_000_000
    return made.getvalue()


def test_what_unfolds_without_end_is_refused(site: Site) -> None:
    with site.client("clerk") as client, site.client("archivist") as archivist:
        answer = client.post(
            "/import", data={"csrf": csrf(client), "kind": "plan"}, files={"file": ("计划.xlsx", bomb())}
        )
        assert "展开" in answer.text
        field = {"csrf": csrf(archivist), "read": "x" * (5 * 1024 * 1024)}
        answer = archivist.post("/receive", data=field, files={"files": ("a.pdf", b"%PDF-1.4")})
        assert answer.status_code == 400
        assert client.get("/").status_code == 200


def test_roles_that_somebody_changed_meanwhile_are_not_overwritten(site: Site) -> None:
    site.person("nobody")
    with site.client("security") as one, site.client("security") as two:
        read = read_mark(one, "/roles", "nobody")
        fields = {"csrf": csrf(two), "read": read, "restricted": "1", "role": "clerk"}
        assert two.post("/roles/nobody", data=fields).status_code == 303
        late = one.post("/roles/nobody", data={"csrf": csrf(one), "read": read, "role": "assessor"})
        assert (late.status_code, "别人改了" in late.text) == (409, True)
        fields = {"csrf": csrf(two), "read": read_mark(two, "/roles", "nobody")}
        assert two.post("/roles/nobody", data=fields).status_code == 303


def plan_for(year: int) -> bytes:
    """The example's plan with the times of another year."""
    book, made = openpyxl.load_workbook(example_folder() / "01-抽查计划表.xlsx"), io.BytesIO()
    for row in book.worksheets[0].iter_rows():
        for cell in row:
            if isinstance(cell.value, str):
                cell.value = cell.value.replace("2026", str(year))
    book.save(made)
    return made.getvalue()


def test_an_import_is_not_made_over_what_somebody_imported_meanwhile(site: Site) -> None:
    plan = plan_for(2032)
    with site.client("clerk") as one, site.client("clerk") as two:
        looked = []
        for client in (one, two):
            page = client.post(
                "/import",
                data={"csrf": csrf(client), "kind": "plan", "year": "2032"},
                files={"file": ("计划.xlsx", plan)},
            )
            looked.append(page.text.split('action="/import/')[1].split('"')[0])
        assert two.post(f"/import/{looked[1]}", data={"csrf": csrf(two), "do": "import"}).status_code == 303
        late = one.post(f"/import/{looked[0]}", data={"csrf": csrf(one), "do": "import"})
        assert (late.status_code, "别人改了" in late.text) == (409, True)
        assert one.get(f"/import/{looked[0]}").status_code == 200
    with site.workspace.transaction() as connection:
        connection.execute(delete(schema.tasks).where(schema.tasks.c.year == 2032))


def test_evidence_that_somebody_chose_meanwhile_stays_chosen(site: Site) -> None:
    with site.client("assessor") as one, site.client("assessor") as two:
        token = csrf(one)
        fields = {"csrf": token, "year": "2026", "target": "两人同时挑选", "query": "检查"}
        assert one.post("/assessment/evidence", data=fields).status_code == 303
        row = one.get("/assessment?year=2026").text.split("两人同时挑选")[1]
        chosen = re.findall(r'name="id" value="(\d+:found)"', one.get("/assessment?year=2026").text)[-1]
        assert row
        done = two.post("/assessment/choose", data={"csrf": csrf(two), "year": "2026", "id": chosen, "state": "picked"})
        assert done.status_code == 303
        late = one.post("/assessment/choose", data={"csrf": token, "year": "2026", "id": chosen, "state": "dropped"})
        assert (late.status_code, "别人已挑选过" in late.text) == (409, True)


def test_a_page_that_was_not_read_yet_is_shown_by_its_kind(site: Site) -> None:
    item, text = schema.archive_items, schema.page_texts
    here = (item.c.case == "2026-002-0002", item.c.item == "0001")
    page = (text.c.case == "2026-002-0002", text.c.item == "0001", text.c.page == 1)
    with site.workspace.transaction() as connection:
        connection.execute(update(item).where(*here).values(kind="renyuanxinxi"))
        connection.execute(update(text).where(*page).values(state="queued"))
    try:
        with site.client("archivist") as client, site.client("trusted") as trusted:
            assert client.get("/picture/2026-002-0002/0001/1").status_code == 400
            assert client.get("/original/2026-002-0002/0001").status_code == 400
            assert "/picture/" not in client.get("/page/2026-002-0002/0001/1").text
            assert trusted.get("/picture/2026-002-0002/0001/1").status_code == 200
    finally:
        with site.workspace.transaction() as connection:
            connection.execute(update(item).where(*here).values(kind="jilubiao"))
            connection.execute(update(text).where(*page).values(state="done"))


def test_what_was_done_on_the_pages_is_soon_in_the_snapshot(site: Site) -> None:
    with site.client("clerk") as client:
        client.post(
            "/import",
            data={"csrf": csrf(client), "kind": "plan", "year": "2031"},
            files={"file": ("计划.xlsx", faulty_plan())},
        )
        client.post("/logout", data={"csrf": csrf(client)})
    store = store_of(site.workspace)
    for _ in range(600):
        with site.workspace.read() as connection:
            if kept_head(store) == journal_head(connection):
                return
        time.sleep(0.1)
    raise AssertionError("the snapshot was not renewed")
