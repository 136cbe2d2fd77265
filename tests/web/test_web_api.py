"""The HTTP API: tokens, the contract's JSON, an OpenAPI document that says what is there, no input that breaks it."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web_site import Site, csrf, faulty_plan

from archive.demonstration import example_folder
from web.access.rights import PAGES

API = [page for page in PAGES if page.api]


def bearer(site: Site, name: str) -> httpx.Client:
    with site.client(name) as client:
        page = client.post("/account/token", data={"csrf": csrf(client), "label": "统计", "days": "7"}).text
    found = re.search(r"ssj_[\w-]{43}", page)
    assert found
    return httpx.Client(base_url=site.url, timeout=60, headers={"authorization": f"Bearer {found[0]}"}, trust_env=False)


def test_a_token_has_the_rights_of_its_user_and_can_be_withdrawn(site: Site) -> None:
    with bearer(site, "assessor") as client:
        assert client.get("/api/search?q=检查").json()["total"] > 0
        assert client.get("/api/assess?year=2026").json()["year"] == 2026
        assert client.post("/api/receive").status_code == 403
        assert client.get("/plan").status_code == 303
        client.headers["authorization"] = "Bearer ssj_wrong"
        assert client.get("/api/search?q=检查").status_code == 401
    with site.client("assessor") as page:
        tokens = re.findall(r'name="token" value="(\w{64})"', page.get("/account").text)
        for token in tokens:
            page.post("/account/token/revoke", data={"csrf": csrf(page), "token": token})
        assert 'name="token"' not in page.get("/account").text


def test_answers_are_the_contracts_json(site: Site, ssj: object) -> None:
    root = site.workspace.root
    with bearer(site, "clerk") as client:
        for path, arguments in (
            ("/api/plan?year=2026", ["plan", "show", "--year", "2026"]),
            ("/api/numbers", ["numbers"]),
            ("/api/missing?year=2026", ["missing", "--year", "2026"]),
            ("/api/case/2026-002-0001", ["case", "show", "2026-002-0001"]),
        ):
            code, told = ssj(*arguments, "--workspace", root, "--today", "2026-11-20")  # type: ignore[operator]
            assert code == 0
            assert client.get(path).json() == told, path


def test_an_error_says_what_to_do_in_words_and_as_an_action(site: Site) -> None:
    with bearer(site, "assessor") as client:
        error = client.get("/api/assess?year=2031").json()["error"]
    assert error["remedy"] == "先导入抽查计划表"
    assert error["actions"] == [{"action": "import", "arguments": {"kind": "plan"}}]


def test_an_import_over_the_api_lists_every_problem(site: Site) -> None:
    plan = example_folder() / "01-抽查计划表.xlsx"
    with bearer(site, "clerk") as client:
        good = client.post("/api/import/plan?year=2026&dry_run=1", files={"file": (plan.name, plan.read_bytes())})
        assert (good.status_code, good.json()["rows"]) == (200, 7)
        bad = client.post("/api/import/plan?year=2031", files={"file": ("计划.xlsx", faulty_plan())})
        assert bad.status_code == 422
        assert "没有的部门" in [problem["value"] for problem in bad.json()["problems"]]
        assert client.post("/api/import/plan", files={"file": ("x.exe", b"MZ")}).status_code == 400


def test_openapi_says_what_is_there(site: Site) -> None:
    with bearer(site, "clerk") as client:
        told = client.get("/api/openapi.json").json()
    assert {(method.upper(), path) for path, methods in told["paths"].items() for method in methods} == {
        (page.method, page.path) for page in API
    }
    for methods in told["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert {"200", "401", "403"} <= set(operation["responses"])


def test_no_input_gives_a_server_error(site: Site) -> None:
    told = json.loads(json.dumps([(page.name, page.path) for page in API if page.method == "GET"]))
    with bearer(site, "assessor") as client:
        parameters = {
            name: [
                p["name"]
                for p in client.get("/api/openapi.json").json()["paths"][path]["get"]["parameters"]
                if p["in"] == "query"
            ]
            for name, path in told
        }
        odd = st.one_of(
            st.text(max_size=40),
            st.integers().map(str),
            st.sampled_from(["2026", "(", '"', "年度:", "部门:应急 -", "~", "\x00", "0", "-1", "٣"]),
        )

        @settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.sampled_from(told), st.data())
        def ask(page: tuple[str, str], data: st.DataObject) -> None:
            query = {
                name: data.draw(odd)
                for name in data.draw(st.lists(st.sampled_from(parameters[page[0]] or ["x"]), unique=True))
            }
            path = page[1].replace("{case}", quote(data.draw(odd).encode("utf-8", "replace"), safe="") or "x")
            answer = client.get(path, params={k: v.encode("utf-8", "replace").decode() for k, v in query.items()})
            assert answer.status_code < 500, (answer.url, answer.text)
            if answer.headers["content-type"].startswith("application/json") and answer.status_code >= 400:
                assert answer.json()["error"]["message"]

        ask()
