"""schemathesis over the API's own OpenAPI document, against the running server: no server error, answers as they are told."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from web_site import Site, csrf

from ssj_docs.office.workspace import init_workspace
from web.access.rights import PAGES, Page

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
API = [page for page in PAGES if page.api]
#: so many requests of each operation, the same at each run
EXAMPLES = 15


def bearer(site: Site) -> dict[str, str]:
    with site.client("officer") as client:
        page = client.post("/account/token", data={"csrf": csrf(client), "label": "试验", "days": "7"}).text
    found = re.search(r"ssj_[\w-]{43}", page)
    assert found
    return {"authorization": f"Bearer {found[0]}"}


def hold(site: Site, page: Page) -> None:
    """Ask one operation in all the ways its document allows, and in ways it does not."""
    headers = bearer(site)
    document = httpx.get(f"{site.url}/api/openapi.json", headers=headers, trust_env=False).json()
    modes = (
        list(GenerationMode)
        if "{" in page.path or "query" in str(document["paths"][page.path])
        else [GenerationMode.POSITIVE]
    )
    operation = schemathesis.openapi.from_dict(document)[page.path][page.method]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes)))
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=site.url, headers=headers, checks=CHECKS, timeout=60)

    ask()


@pytest.mark.parametrize("page", [page for page in API if page.name != "api_receive"], ids=lambda page: page.name)
def test_the_api_is_as_its_document_says(site: Site, page: Page) -> None:
    hold(site, page)


def test_receiving_over_the_api_is_as_its_document_says(tmp_path: Path) -> None:
    init_workspace(tmp_path / "office")
    empty = Site(tmp_path / "office")  # what is sent here stays out of the example office
    try:
        hold(empty, next(page for page in API if page.name == "api_receive"))
    finally:
        empty.close()
