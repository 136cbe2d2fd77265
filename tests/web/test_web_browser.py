"""The three users' day in a real Chromium: no console error, no request to another host, readable by everybody."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect
from web_browser import Watched
from web_site import Site, csrf

from archive.demonstration import example_folder


def test_an_archivists_day(watched: Watched, tmp_path: Path) -> None:
    page, site = watched.page, watched.site
    watched.log_in("archivist")
    watched.press(page.get_by_role("link", name="归档", exact=True))
    signed = min((example_folder() / "signed").glob("电子*.pdf"))
    blank = tmp_path / "没有码的信.jpg"
    Image.new("L", (1240, 1754), 255).save(blank)
    with Image.open(blank) as letter:
        letter.paste(0, (200, 200, 900, 240))
        letter.save(blank, dpi=(150, 150))
    page.get_by_label(re.compile("^文件")).set_input_files([signed, blank])
    watched.press(page.get_by_role("button", name="收件归档"))
    watched.finish_job()
    expect(page.locator("main")).to_contain_text("已归档")
    watched.looked()
    watched.press(page.get_by_role("link", name="继续"))
    watched.looked("receive")
    waiting = page.locator("section", has=page.get_by_role("heading", name="没有码的信"))
    watched.press(waiting.get_by_role("link", name=re.compile("第 1 页|整份")).first)
    sheet = page.locator(".sheet").first
    expect(sheet).to_have_js_property("complete", True)
    assert sheet.evaluate("picture => picture.naturalWidth") > 500
    watched.looked("by-hand")
    page.get_by_label(re.compile("^归入案卷")).fill("2026-002-0003")
    watched.press(page.get_by_role("button", name="归档", exact=True))
    expect(page.get_by_role("status").first).to_contain_text("已归入案卷 2026-002-0003")
    watched.press(page.get_by_role("link", name="检索", exact=True))
    page.locator("input[name=q]:focus").wait_for()
    page.keyboard.type("拒绝签字")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_have_text("拒绝签字")
    watched.looked("search")
    watched.press(page.locator(".hits a").first)
    assert page.locator("svg rect").count() >= 1
    page.wait_for_load_state("networkidle")
    watched.looked("page")
    first = page.url
    watched.press(page.get_by_role("link", name=re.compile("下一处")))
    assert page.url.split("?")[0] != first.split("?")[0]
    page.goto(site.url + "/case/2026-002-0003")
    watched.looked("case")
    page.goto(site.url + "/fixity")
    watched.press(page.get_by_role("button", name="现在核验"))
    watched.finish_job()
    expect(page.locator("main")).to_contain_text("全部完好")
    watched.looked()


def test_an_assessors_and_the_officers_day(watched: Watched) -> None:
    page, site = watched.page, watched.site
    watched.log_in("assessor")
    watched.press(page.get_by_role("link", name="考核", exact=True))
    watched.looked("assessment")
    page.get_by_label(re.compile("^用于")).fill("责令改正的都改了吗")
    page.get_by_label("检索词").fill("检查")
    watched.press(page.get_by_role("button", name="检索并列入"))
    page.get_by_role("row", name="责令改正的都改了吗").get_by_role("checkbox").first.check()
    watched.press(page.get_by_role("button", name="采用"))
    expect(page.get_by_role("status").first).to_contain_text("1 页：采用")
    watched.looked()
    watched.press(page.get_by_role("button", name="制作资料包"))
    watched.finish_job()
    watched.press(page.get_by_role("link", name="继续"))
    with page.expect_download() as download:
        page.get_by_role("link", name="下载内部版").click()
    with zipfile.ZipFile(download.value.path()) as pack:
        assert [name for name in pack.namelist() if name.endswith("bagit.txt")]
    answered = page.locator("section", has_text="问：责令改正的都改了吗")
    watched.press(answered.get_by_role("link").first)
    expect(page.locator("h1")).to_contain_text(re.compile("记录表|反馈书|公示表"))
    watched.looked()
    watched.press(page.get_by_role("button", name="退出"))
    for name, paths in (
        ("sysadmin", ("/users", "/backup")),
        ("security", ("/roles",)),
        ("auditor", ("/journal?verify=1",)),
    ):
        watched.log_in(name)
        for path in paths:
            page.goto(site.url + path)
            watched.looked("users" if path == "/users" else "")
        watched.press(page.get_by_role("button", name="退出"))


@pytest.mark.parametrize("width", [390, 768])
def test_pages_fit_a_phone(watched: Watched, width: int) -> None:
    page, site = watched.page, watched.site
    watched.log_in("archivist")
    page.set_viewport_size({"width": width, "height": 844})
    for path in (
        "/",
        "/search?q=检查",
        "/cases",
        "/case/2026-002-0001",
        "/receive",
        "/plan",
        "/papers",
        "/statistics",
        "/page/2026-002-0001/0001/1",
    ):
        page.goto(site.url + path)
        assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), path
        watched.looked("phone" if path.startswith("/search") and width == 390 else "")


def test_pages_work_by_keyboard_with_focus_to_be_seen(watched: Watched) -> None:
    page = watched.page
    watched.log_in("clerk")
    page.goto(watched.site.url + "/plan")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("跳到正文")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#content"
    for _ in range(4):
        page.keyboard.press("Tab")
        width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        assert width >= 2, page.evaluate("document.activeElement.outerHTML")


def test_a_logged_in_page_sends_a_token_with_every_form(site: Site) -> None:
    for name, paths in (
        ("clerk", ("/", "/account", "/papers", "/import", "/task/2026-007", "/draft/tongzhi-2026.md")),
        ("archivist", ("/receive", "/fixity")),
        ("sysadmin", ("/users", "/backup")),
        ("security", ("/roles",)),
    ):
        with site.client(name) as client:
            token = csrf(client)
            for path in paths:
                forms = re.findall(r'<form[^>]*method="post".*?</form>', client.get(path).text, re.DOTALL)
                assert forms, path
                assert all(f'value="{token}"' in form for form in forms), path
