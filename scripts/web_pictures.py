"""The pictures of docs/web.md: a copy of a demo workspace is served and looked at with Debian's Chromium.

.venv/bin/ssj demo DEMO && .venv/bin/python scripts/web_pictures.py DEMO
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "web")]

from web_browser import CHROMIUM, QUIET  # noqa: E402
from web_site import Site  # noqa: E402

from archive.demonstration import example_folder  # noqa: E402
from web.app import COOKIE  # noqa: E402

TARGET = ROOT / "docs" / "pictures" / "web"
DRAWN = "document.querySelector('.sheet').naturalWidth > 500"


def keep(page: Page, name: str) -> None:
    """Take the picture, small."""
    path = TARGET / f"{name}.png"
    page.screenshot(path=path)
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def press(where: Locator) -> None:
    """Click and wait for the page that follows."""
    with where.page.expect_navigation():
        where.click()


def clerk(page: Page, url: str, room: Path) -> None:
    """Import with a fault, home, task, draw, draft, figures, case."""
    book = openpyxl.load_workbook(example_folder() / "06-检查结果.xlsx")
    book.active.cell(6, 8).value = "二〇二六年四月"
    book.save(room / "检查结果（有错）.xlsx")
    page.goto(f"{url}/import?kind=results")
    page.get_by_label("文件").set_input_files(room / "检查结果（有错）.xlsx")
    press(page.get_by_role("button", name="试读"))
    keep(page, "import")
    for name, path in (("home", "/"), ("task", "/task/2026-002"), ("case", "/case/2026-002-0001")):
        page.goto(url + path)
        keep(page, name)
    page.goto(f"{url}/task/2026-007/draw")
    page.get_by_label("或户数").fill("3")
    press(page.get_by_role("button", name="试算"))
    keep(page, "draw")
    page.goto(f"{url}/papers")
    page.get_by_label("文种").first.select_option("tongbao")
    press(page.get_by_role("button", name="按数据起草"))
    page.locator("#preview img").first.wait_for()
    page.wait_for_function(DRAWN)
    keep(page, "draft")
    page.goto(f"{url}/statistics")
    page.evaluate("document.querySelector('.chart').scrollIntoView(); scrollBy(0, -70)")
    keep(page, "statistics")


def archivist(page: Page, url: str, room: Path) -> None:
    """Receiving, filing by hand, keeping."""
    letter = Image.new("L", (1240, 1754), 255)
    letter.paste(0, (200, 200, 900, 240))
    letter.save(room / "没有码的信.jpg", dpi=(150, 150))
    page.goto(f"{url}/receive")
    page.get_by_label("文件").set_input_files(room / "没有码的信.jpg")
    press(page.get_by_role("button", name="收件归档"))
    page.get_by_role("link", name="继续").wait_for()
    page.goto(f"{url}/receive")
    keep(page, "receive")
    press(page.locator('a[href^="/unfiled/"]').first)
    page.wait_for_function(DRAWN)
    keep(page, "by-hand")
    page.goto(f"{url}/keeping")
    press(page.get_by_role("button", name="编档号"))
    keep(page, "keeping")


def assessor(page: Page, url: str, _room: Path) -> None:
    """Search, a page, assessment; on a phone too."""
    page.goto(f"{url}/search?q=登记住所")
    page.locator(".put summary").first.click()
    page.get_by_label("用于").first.fill("签署归档率")
    keep(page, "search")
    press(page.get_by_role("button", name="列入").first)
    press(page.locator(".hits a").first)
    page.wait_for_load_state("networkidle")
    keep(page, "page")
    page.goto(f"{url}/assessment")
    keep(page, "assessment")
    page.set_viewport_size({"width": 390, "height": 844})
    for name, path in (("phone-search", "/search?q=检查"), ("phone-assessment", "/assessment")):
        page.goto(url + path)
        keep(page, name)


def sysadmin(page: Page, url: str, _room: Path) -> None:
    """Settings."""
    page.goto(f"{url}/settings/series")
    keep(page, "settings")


def main(demo: Path) -> None:
    """Take all pictures anew."""
    visits: dict[str, Callable[[Page, str, Path], None]] = {
        "clerk": clerk,
        "assessor": assessor,
        "sysadmin": sysadmin,
        "archivist": archivist,
    }
    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        room = Path(name)
        site = Site(Path(shutil.copytree(demo, room / "office")))
        browser: Browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        try:
            for who, look in visits.items():
                context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
                with site.client(who) as client:
                    context.add_cookies([{"name": COOKIE, "value": client.cookies[COOKIE], "url": site.url}])
                look(context.new_page(), site.url, room)
                context.close()
        finally:
            browser.close()
            site.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
