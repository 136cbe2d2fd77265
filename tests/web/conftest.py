"""The example office with one task's signed scans, and a server over it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from web_browser import CHROMIUM, QUIET, Watched
from web_site import TASK, Clock, Site

from archive.demonstration import example_folder, open_example
from archive.receiving.receive import receive
from archive.text.read_and_index import read_and_index
from ssj_docs.documents.batch import convert_issued, form_orders
from ssj_docs.documents.drafts.draft_texts import make_draft
from ssj_docs.documents.issue import issue_draft, issue_forms


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With ``SSJ_WEB_EXAMPLE=FOLDER`` a copy of a workspace that was made before, to try things out quickly."""
    root = tmp_path_factory.mktemp("web") / "office"
    if made_before := os.environ.get("SSJ_WEB_EXAMPLE"):
        shutil.copytree(made_before, root)
        return root
    workspace = open_example(root, now=Clock().now)
    issue_draft(workspace, make_draft(workspace, "tongzhi", year=2026)[0])
    made = list(issue_forms(workspace, form_orders(workspace, TASK)))
    convert_issued(workspace, [one for one in made if one.document.kind == "jilubiao"])
    receive(workspace, [example_folder() / "signed" / f"扫描 {TASK} 记录表.pdf"])
    read_and_index(workspace)
    workspace.close()
    return root


@pytest.fixture(scope="session")
def site(example: Path) -> Iterator[Site]:
    running = Site(example)
    yield running
    running.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert Path(CHROMIUM).is_file(), "Chromium is missing: run scripts/system-packages"
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield running
        running.close()


@pytest.fixture
def watched(browser: Browser, site: Site, tmp_path: Path) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    context.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    folder = Path(os.environ.get("SSJ_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    yield Watched(context.new_page(), site, folder)
    context.close()
