"""Log-in, lock-out, sessions, tokens, headers, limits, hostile names and paths, two people at once."""

from __future__ import annotations

import shutil
import socket
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update
from web_site import PASSWORD, Site, csrf, faulty_plan, read_mark

from ssj_docs.database import journal, registers, schema
from ssj_docs.office.workspace import init_workspace
from web.access.headers import POLICY

EVIL = "青禾县<script>alert(1)</script>\"onerror='x'&乙厂"


def log_in(client: httpx.Client, name: str, password: str, **fields: str) -> httpx.Response:
    return client.post("/login", data={"csrf": csrf(client, "/login"), "name": name, "password": password, **fields})


def test_logging_in_and_out(site: Site) -> None:
    site.person("clerk")
    with site.client() as client:
        answer = log_in(client, "clerk", PASSWORD, next="/plan?year=2026")
        assert (answer.status_code, answer.headers["location"]) == (303, "/plan?year=2026")
        cookie = answer.headers["set-cookie"]
        assert "httponly" in cookie.lower()
        assert "samesite=strict" in cookie.lower()
        assert client.get("/plan").status_code == 200
        held = client.cookies["ssj_session"]
        client.post("/logout", data={"csrf": csrf(client)})
        client.cookies.set("ssj_session", held)
        assert client.get("/plan").status_code == 303


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:x", "plan", ""]
)
def test_logging_in_goes_nowhere_else(site: Site, target: str) -> None:
    site.person("clerk")
    with site.client() as client:
        assert log_in(client, "clerk", PASSWORD, next=target).headers["location"] == "/"


def test_a_wrong_password_says_the_same_as_an_unknown_name_and_locks_after_five(site: Site) -> None:
    site.person("nobody")
    with site.client() as client:
        assert log_in(client, "nobody", PASSWORD).status_code == 303  # what was wrong before is forgotten
    with site.client() as client:
        unknown = log_in(client, "not-there", PASSWORD).text
        for _ in range(5):
            answer = log_in(client, "nobody", "wrong-password-1")
            assert answer.status_code == 401
            assert _words(answer.text) == _words(unknown)
        right = log_in(client, "nobody", PASSWORD)
        assert (right.status_code, _words(right.text)) == (401, _words(unknown))
        site.clock.now += timedelta(minutes=16)
        assert log_in(client, "nobody", PASSWORD).status_code == 303
    with site.workspace.read() as connection:
        actions = list(
            connection.execute(select(schema.journal.c.action).where(schema.journal.c.subject == "nobody")).scalars()
        )
    assert actions[-7:] == ["login.failed"] * 4 + ["login.locked", "login.refused", "login"]


def _words(page: str) -> str:
    return page.split('role="alert"')[1].split("</p>", maxsplit=1)[0]


def test_a_session_ends_when_idle_forged_or_switched_off(site: Site) -> None:
    with site.client("clerk") as client:
        good = client.cookies["ssj_session"]
        for forged in (
            good[:-1] + ("0" if good[-1] != "0" else "1"),
            good.split(".")[0],
            "x." + good.split(".")[1],
            "．。",
        ):
            answer = httpx.get(
                site.url + "/plan", headers={"cookie": f"ssj_session={forged}".encode()}, trust_env=False
            )
            assert answer.status_code == 303, forged
        with site.workspace.transaction() as connection:
            connection.execute(update(schema.web_users).where(schema.web_users.c.name == "clerk").values(active=False))
        assert client.get("/plan").status_code == 303
        with site.workspace.transaction() as connection:
            connection.execute(update(schema.web_users).where(schema.web_users.c.name == "clerk").values(active=True))
        assert client.get("/plan").status_code == 200
        site.clock.now += timedelta(minutes=61)
        assert client.get("/plan").status_code == 303
    with site.workspace.read() as connection:
        held = list(connection.execute(select(schema.web_sessions.c.id)).scalars())
    assert good.split(".")[0] not in held


def test_a_first_password_must_be_changed_before_anything_else(site: Site) -> None:
    with site.client("sysadmin") as admin:
        fields = {
            "csrf": csrf(admin),
            "name": "newcomer",
            "full_name": "<b>新人</b>",
            "department": "",
            "password": "first-password",
        }
        assert admin.post("/users", data=fields).status_code == 303
        assert admin.post("/users", data=fields | {"name": "weak", "password": "1111111111"}).status_code == 400
        assert admin.post("/users", data=fields | {"name": "odd/name"}).status_code == 400
        assert admin.post("/users/sysadmin", data={"csrf": csrf(admin), "do": "off"}).status_code == 400
    with site.client("security") as officer:
        token = csrf(officer)
        read = read_mark(officer, "/roles", "newcomer")
        assert (
            officer.post(
                "/roles/newcomer", data={"csrf": token, "read": read, "role": ["clerk", "auditor"]}
            ).status_code
            == 400
        )
        assert officer.post("/roles/security", data={"csrf": token, "role": "clerk"}).status_code == 400
        assert officer.post("/roles/newcomer", data={"csrf": token, "read": read, "role": "clerk"}).status_code == 303
        assert "<b>新人</b>" not in officer.get("/roles").text
    with site.client() as client:
        assert log_in(client, "newcomer", "first-password").status_code == 303
        assert client.get("/plan").headers["location"] == "/account"
        fields = {"csrf": csrf(client), "old": "first-password", "new": "my-own-long-one", "again": "my-own-long-one"}
        assert client.post("/account/password", data=fields | {"old": "no"}).status_code == 400
        assert client.post("/account/password", data=fields).status_code == 303
        assert client.get("/plan").status_code == 200


def test_the_set_up_link_works_once(tmp_path: Path) -> None:
    init_workspace(tmp_path / "office")
    fresh = Site(tmp_path / "office")
    try:
        with fresh.client() as client:
            assert client.get("/setup?token=guess").status_code == 404
            address = f"/setup?token={fresh.setup_token}"
            fields = {"token": fresh.setup_token}
            for role, name in (("sysadmin", "guan"), ("security", "mi"), ("auditor", "shen")):
                fields |= {f"{role}_name": name, f"{role}_full": name, f"{role}_password": PASSWORD}
            wrong = client.post(
                "/setup", data=fields | {"csrf": csrf(client, address), "mi": "", "auditor_name": "guan"}
            )
            assert wrong.status_code == 400
            done = client.post("/setup", data=fields | {"csrf": csrf(client, address)})
            assert (done.status_code, done.headers["location"]) == (303, "/login")
            assert client.get(address).status_code == 404
            assert client.post("/setup", data=fields | {"csrf": csrf(client, "/login")}).status_code == 400
            assert log_in(client, "guan", PASSWORD).status_code == 303
            assert client.get("/users").status_code == 200
    finally:
        fresh.close()


def test_headers_forbid_scripts_frames_and_other_hosts(site: Site) -> None:
    with site.client("clerk") as client:
        for path in ("/", "/static/style.css", "/nothing", "/api/plan", "/login"):
            headers = client.get(path).headers
            assert headers["content-security-policy"] == POLICY
            assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
            assert ("no-store" in headers["cache-control"]) != path.startswith("/static/")
            assert "server" not in headers
        assert "unsafe" not in POLICY
        assert "script-src 'self'; " in POLICY
        assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_nothing_listens_on_other_addresses(site: Site) -> None:
    host = site.listener.servers[0].sockets[0].getsockname()[0]
    assert host == "127.0.0.1"
    with socket.socket() as other, pytest.raises(OSError):
        other.connect(("127.0.0.2", int(site.url.rsplit(":", 1)[1])))


def test_company_names_are_text_everywhere(site: Site) -> None:
    with site.workspace.transaction() as connection:
        case = registers.load_case(connection, "2026-002-0002")
        before = registers.load_subject(connection, case.subject).name
        connection.execute(update(schema.subjects).where(schema.subjects.c.id == case.subject).values(name=EVIL))
    try:
        with site.client("clerk") as clerk, site.client("archivist") as archivist, site.client("assessor") as assessor:
            for client, path in (
                (clerk, "/cases"),
                (clerk, "/case/2026-002-0002"),
                (clerk, "/task/2026-002"),
                (clerk, "/statistics"),
                (clerk, "/"),
                (archivist, "/receive"),
                (assessor, "/assessment"),
                (clerk, "/search?case=2026-002-0002"),
                (clerk, "/page/2026-002-0002/0001/1"),
                (clerk, "/search?q=" + "<script>alert(1)</script>"),
                (clerk, '/cases?q="><script>alert(1)</script>'),
                (clerk, "/?notice=<script>alert(1)</script>"),
                (clerk, "/papers?q=<script>alert(1)</script>"),
            ):
                answer = client.get(path)
                assert answer.status_code == 200, path
                assert "<script" not in answer.text.lower(), path
                assert "onerror='x'" not in answer.text, path
            assert "&lt;script&gt;" in clerk.get("/cases").text
    finally:
        with site.workspace.transaction() as connection:
            connection.execute(update(schema.subjects).where(schema.subjects.c.id == case.subject).values(name=before))


PATHS = [
    "../ssj.key",
    "..%2fssj.key",
    "%2e%2e%2fssj.key",
    "....//ssj.key",
    "/etc/passwd",
    "..\\ssj.key",
    "office.toml",
    "%00",
]


@pytest.mark.parametrize("odd", PATHS)
def test_no_path_leads_out(site: Site, odd: str) -> None:
    key = (site.workspace.root / "ssj.key").read_text().strip()
    with site.client("clerk") as client, site.client("archivist") as archivist:
        token = csrf(client)
        answers = [
            client.get(f"/draft/{odd}"),
            client.get("/papers/file", params={"id": odd}),
            client.get(f"/static/{odd}"),
            client.get("/statistics/file", params={"file": odd}),
            client.get(f"/preview/{odd}/1"),
            client.get(f"/case/{odd}"),
            client.get(f"/original/{odd}/0001"),
            client.get(f"/original/2026-002-0001/{odd}"),
            client.post(f"/draft/{odd}", data={"csrf": token, "text": "x", "do": "save"}),
            client.post("/drafts", data={"csrf": token, "kind": odd, "task": odd, "case": odd}),
            archivist.get(f"/unfiled/{odd}/1/picture"),
            client.get(f"/import/{odd}/annotated"),
        ]
        for answer in answers:
            assert answer.status_code in (400, 404, 405, 422), (answer.url, answer.status_code)
            assert key not in answer.text


@pytest.mark.parametrize(
    "name", ["../../evil.pdf", "..\\..\\evil.pdf", "/tmp/evil.pdf", ".evil.pdf", "a\nb.pdf", "CON.pdf"]
)
def test_an_upload_stays_in_the_inbox(site: Site, name: str) -> None:
    outside = set(site.workspace.root.parent.iterdir())
    with site.client("archivist") as client:
        answer = client.post(
            "/receive", data={"csrf": csrf(client)}, files={"files": (name, b"%PDF-1.4 broken", "application/pdf")}
        )
        words = site.wait(client, answer)
    assert "evil" in words or "b.pdf" in words or "CON" in words
    assert set(site.workspace.root.parent.iterdir()) == outside
    assert not Path("/tmp/evil.pdf").exists()


def test_uploads_are_limited_and_checked(site: Site) -> None:
    with site.client("archivist") as client, site.client("clerk") as clerk:
        token = csrf(client)
        wrong = client.post("/receive", data={"csrf": token}, files={"files": ("page.html", b"<script>", "text/html")})
        assert wrong.status_code == 400
        big = b"x" * (33 * 1024 * 1024)
        answer = clerk.post("/import", data={"csrf": csrf(clerk), "kind": "plan"}, files={"file": ("计划.xlsx", big)})
        assert answer.status_code == 413
        assert "32 MB" in answer.text

        def chunks() -> object:
            yield b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n'
            for _ in range(34):
                yield b"x" * 1024 * 1024

        streamed = clerk.post("/import", content=chunks(), headers={"content-type": "multipart/form-data; boundary=x"})  # type: ignore[arg-type]
        assert streamed.status_code == 413
        for body, kind in (
            (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
            (b"\xff\xfe", "multipart/form-data"),
            (b"a" * 10, "text/plain"),
        ):
            answer = clerk.post("/import", content=body, headers={"content-type": kind})
            assert answer.status_code in (400, 403), answer.text
    assert not [path for path in (site.workspace.root / "inbox").iterdir() if path.suffix == ".html"]


def test_an_import_is_looked_at_first(site: Site) -> None:
    with site.client("clerk") as client, site.client("trusted") as other:
        fields = {"csrf": csrf(client), "kind": "plan", "year": "2031", "task": ""}
        page = client.post("/import", data=fields, files={"file": ("计划.xlsx", faulty_plan())})
        assert page.status_code == 200
        assert "没有的部门" in page.text
        assert "<i>试</i>" not in page.text
        staged = page.text.split('action="/import/')[1].split('"')[0]
        assert client.get(f"/import/{staged}/annotated").content[:2] == b"PK"
        assert other.get(f"/import/{staged}/annotated").status_code == 403
        again = client.post(
            f"/import/{staged}",
            data={"csrf": csrf(client), "do": "answers", "as_B": "name", "as_C": "items", "as_D": "object"},
        )
        assert again.status_code == 200
    with site.workspace.read() as connection:
        assert registers.load_tasks(connection, 2031) == []


def test_two_people_never_overwrite_each_other(site: Site) -> None:
    draft = site.workspace.path("drafts", "两人.md")
    shutil.copy(site.workspace.path("drafts", "tongzhi-2026.md"), draft)
    with site.client("clerk") as one, site.client("clerk") as two:
        read = [client.get("/draft/两人.md").text.split('name="read" value="')[1][:64] for client in (one, two)]
        text = draft.read_text("utf-8")
        save = {"csrf": csrf(one), "do": "save"}
        assert one.post("/draft/两人.md", data=save | {"read": read[0], "text": text + "甲的话\n"}).status_code == 200
        late = two.post(
            "/draft/两人.md", data={"csrf": csrf(two), "do": "save", "read": read[1], "text": text + "乙的话\n"}
        )
        assert late.status_code == 409
        assert "甲的话" in late.text
        assert "乙的话" in late.text
        assert "乙的话" not in draft.read_text("utf-8")
        merged = late.text.split('name="read" value="')[1][:64]
        assert (
            two.post(
                "/draft/两人.md", data={"csrf": csrf(two), "do": "save", "read": merged, "text": text + "甲乙\n"}
            ).status_code
            == 200
        )
        assert draft.read_text("utf-8").endswith("甲乙\n")


def test_personal_data_by_right_and_with_a_row_in_the_journal(site: Site) -> None:
    path = "/case/2026-002-0001/people"
    with site.workspace.read() as connection:
        held = {i.id: i for i in registers.load_inspectors(connection)}
        people = [held[one] for one in registers.load_case(connection, "2026-002-0001").inspectors]
        secret_paper = connection.execute(
            select(schema.issued.c.id).where(
                schema.issued.c.kind == "renyuanxinxi", schema.issued.c.id.startswith("renyuanxinxi-2026-002")
            )
        ).scalar()
    with site.client("archivist") as client:
        assert client.post(path, data={"csrf": csrf(client), "reason": "x"}).status_code == 403
        assert client.get("/papers/file", params={"id": secret_paper}).status_code == 400
        assert people[0].id_number not in client.get("/case/2026-002-0001").text
    rows = _looks(site)
    with site.client("trusted") as client:
        token = csrf(client)
        assert people[0].id_number not in client.post(path, data={"csrf": token, "reason": " "}).text
        assert _looks(site) == rows
        assert people[0].id_number in client.post(path, data={"csrf": token, "reason": "核对回避"}).text
        assert client.get("/papers/file", params={"id": secret_paper}).content[:2] == b"PK"
    assert _looks(site) == rows + 2
    with site.workspace.read() as connection:
        assert journal.verify(connection).state == "intact"
        details = "".join(connection.execute(select(schema.journal.c.detail)).scalars())
    assert not [one for one in people if one.id_number in details or one.phone in details]


def _looks(site: Site) -> int:
    with site.workspace.read() as connection:
        return len(
            connection.execute(select(schema.journal.c.id).where(schema.journal.c.action == "restricted.look")).all()
        )
