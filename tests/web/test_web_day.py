"""The whole day in one office that starts empty: from the plan's workbook to the evidence pack, the clerk by keyboard alone."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from web_browser import Watched
from web_site import TASK, Site

from archive.demonstration import example_folder
from ssj_docs.office.workspace import init_workspace

WORKBOOKS = dict(
    zip(
        ("plan", "items", "subjects", "inspectors", "draw", "results"),
        sorted(example_folder().glob("0*.xlsx")),
        strict=True,
    )
)
#: what the element that has the focus is called, whether by a label, and how thick its ring is
FOCUSED = """() => { const one = document.activeElement, label = one.labels && one.labels[0];
  return [(one.getAttribute('aria-label') || (label ? label.textContent : one.textContent) || '').trim(), !!label,
          parseFloat(getComputedStyle(one).outlineWidth)]; }"""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An office without a single row; its key is that of the example's signed scans."""
    root = tmp_path_factory.mktemp("day") / "office"
    init_workspace(root, example=True)
    running = Site(root)
    yield running
    running.close()


@pytest.fixture
def day(browser: Browser, empty: Site, tmp_path: Path) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    context.set_default_timeout(120_000)
    expect.set_options(timeout=60_000)
    folder = Path(os.environ.get("SSJ_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    yield Watched(context.new_page(), empty, folder)
    context.close()


def reach(day: Watched, name: str) -> None:
    """Press Tab until this has the focus (of a field, its label begins so), and see that the ring shows."""
    seen: list[str] = []
    for _ in range(250):
        day.page.keyboard.press("Tab")
        said, labelled, ring = day.page.evaluate(FOCUSED)
        seen.append(said[:20])
        if said == name or (labelled and said.startswith(name)):
            assert ring >= 2, name
            return
    raise AssertionError(f"{name} is not reached by Tab: {seen[-60:]}")


def enter(day: Watched, name: str) -> None:
    """Go on by Tab and Enter."""
    reach(day, name)
    with day.page.expect_navigation():
        day.page.keyboard.press("Enter")


def bring(day: Watched, kind: str, go: Callable[[Watched, str], None]) -> None:
    """Take a workbook in (the file itself is chosen for us: its dialogue is the system's)."""
    day.page.goto(f"{day.site.url}/import?kind={kind}")
    day.page.get_by_label("文件").set_input_files(WORKBOOKS[kind])
    go(day, "试读")
    expect(day.page.get_by_role("status").first).to_contain_text("读到")
    go(day, "确认导入")
    expect(day.page.get_by_role("status").first).to_contain_text("导入")


def click(day: Watched, name: str) -> None:
    """Go on by pointing."""
    day.press(day.page.get_by_role("button", name=name))


def test_a_clerk_prepares_the_year_by_keyboard(day: Watched) -> None:
    page = day.page
    day.log_in("clerk")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("跳到正文")
    enter(day, "计划与任务")
    expect(page.locator("main")).to_contain_text("还没有 2026 年的任务")
    for kind in WORKBOOKS:
        bring(day, kind, enter if kind == "plan" else click)
    page.goto(day.site.url + "/plan")
    enter(day, "2026-007")
    enter(day, "试算和抽取")
    reach(day, "或户数")
    page.keyboard.type("3")
    enter(day, "试算")
    expect(page.locator("main")).to_contain_text("应抽 3 户")
    day.looked("draw")
    enter(day, "先公布种子摘要")
    enter(day, "抽取")
    expect(page.get_by_role("status").first).to_contain_text("已抽取 3 户")
    enter(day, "复核")
    expect(page.get_by_role("status").first).to_contain_text("复核通过")
    day.looked()
    page.goto(f"{day.site.url}/task/{TASK}")
    enter(day, "制作全部表单")
    day.finish_job()
    enter(day, "继续")
    with page.expect_download() as download:
        reach(day, "下载全部（zip）")
        page.keyboard.press("Enter")
    with zipfile.ZipFile(download.value.path()) as packed:
        assert len([name for name in packed.namelist() if name.endswith(".pdf")]) > 4
    day.looked()


def test_a_clerk_writes_and_sees_the_page(day: Watched) -> None:
    page = day.page
    day.log_in("clerk")
    enter(day, "发文")
    reach(day, "全文")
    page.keyboard.insert_text(
        "关于做好岁末联合抽查工作的通知\n各成员单位：\n现将有关事项通知如下。\n一、\t提高认识。各部门要重视。\n2026年11月20日"
    )
    enter(day, "按此起草")
    page.get_by_role("img", name="预览第 1 面").wait_for()
    sheet = page.locator(".sheet").first
    expect(sheet).to_have_js_property("complete", True)
    assert sheet.evaluate("picture => picture.naturalWidth") > 500
    before = page.locator("#preview img").first.get_attribute("src")
    reach(day, "正文")
    page.keyboard.press("Control+End")
    page.keyboard.type("二、按期完成。")
    page.wait_for_function(
        "old => { const one = document.querySelector('#preview img'); return one && one.getAttribute('src') !== old; }",
        arg=before,
    )
    expect(page.locator("#preview")).to_contain_text("一、 2 处")
    expect(page.locator("#text:focus")).to_be_visible()
    day.looked("draft")
    page.keyboard.press("Control+Home")
    page.keyboard.type("坏")
    expect(page.locator("#preview .fault")).to_contain_text("说明部分")
    page.keyboard.press("Backspace")
    expect(page.locator("#preview .fault")).to_have_count(0)
    enter(day, "编号印发")
    expect(page.get_by_role("status").first).to_contain_text("〔2026〕1号")
    day.looked("papers")


def test_an_archivist_files_finds_and_an_assessor_proves(day: Watched, tmp_path: Path) -> None:
    page, site = day.page, day.site
    day.log_in("archivist")
    day.press(page.get_by_role("link", name="归档", exact=True))
    letter = tmp_path / "没有码的信.jpg"
    Image.new("L", (620, 877), 255).save(letter, dpi=(75, 75))
    page.get_by_label(re.compile("^文件")).set_input_files(
        [example_folder() / "signed" / f"扫描 {TASK} 记录表.pdf", letter]
    )
    day.press(page.get_by_role("button", name="收件归档"))
    day.finish_job()
    expect(page.locator("main")).to_contain_text("已归档")
    day.press(page.get_by_role("link", name="继续"))
    day.press(page.get_by_role("link", name=re.compile("第 1 页|整份")).first)
    page.get_by_label(re.compile("^归入案卷")).fill(f"{TASK}-0003")
    day.press(page.get_by_role("button", name="归档", exact=True))
    expect(page.get_by_role("status").first).to_contain_text("已归入案卷")
    day.press(page.get_by_role("link", name="保管", exact=True))
    day.press(page.get_by_role("button", name="编档号"))
    expect(page.get_by_role("status").first).to_contain_text("新编档号")
    day.looked("keeping")
    day.be("assessor")
    page.goto(site.url + "/search?q=检查")
    page.locator(".put summary").first.click()
    page.get_by_label("用于").first.fill("签署归档率")
    page.get_by_label("说明").first.fill("签字齐全")
    day.looked("search")
    day.press(page.get_by_role("button", name="列入").first)
    expect(page.get_by_role("status").first).to_contain_text("已列入佐证：签署归档率")
    day.press(page.locator(".hits a").first)
    page.wait_for_load_state("networkidle")
    assert page.locator("svg rect").count() >= 1
    expect(page.locator(".text mark").first).to_have_text("检查")
    day.looked("page")
    day.press(page.get_by_role("link", name="考核", exact=True))
    expect(page.get_by_role("img", name=re.compile("2026 年各项指标"))).to_be_visible()
    day.looked("assessment")
    day.press(page.get_by_role("button", name="制作资料包"))
    day.finish_job()
    day.press(page.get_by_role("link", name="继续"))
    with page.expect_download() as download:
        page.get_by_role("link", name="下载内部版").click()
    with zipfile.ZipFile(download.value.path()) as pack:
        assert [name for name in pack.namelist() if name.endswith("bagit.txt")]
        told = "".join(pack.read(name).decode() for name in pack.namelist() if re.search(r"indicator-\d+\.html$", name))
    assert "签字齐全" in told, "the page put from the hit is in the pack"


@pytest.mark.parametrize(
    ("who", "paths"),
    [
        (
            "clerk",
            (
                "/",
                "/plan",
                "/task/2026-007",
                "/task/2026-007/draw",
                "/task/2026-007/draw/1/1",
                "/papers",
                "/import",
                "/statistics?year=all",
            ),
        ),
        ("assessor", ("/assessment", "/search?q=检查", f"/page/{TASK}-0001/0001/1?q=检查")),
        ("trusted", ("/keeping", "/receive")),
        ("sysadmin", ("/settings", "/settings/office", "/settings/series", "/settings/indicators")),
    ],
)
def test_every_page_fits_phone_and_office_screen(day: Watched, who: str, paths: tuple[str, ...]) -> None:
    page = day.page
    day.be(who)
    for path in paths:
        for width in (390, 1366):
            page.set_viewport_size({"width": width, "height": 844 if width == 390 else 768})
            page.goto(day.site.url + path)
            assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), (path, width)
    assert day.faults == []
