"""A Chromium whose every page is checked: accessible, no error, no request to another host.

With ``SSJ_PICTURES=FOLDER`` pictures of the pages are kept there; those of the documentation: scripts/web_pictures.py.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from web_site import PASSWORD, Site

from web.app import COOKIE

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Axe()
#: what a person who cannot see, point or tell colours apart would stumble over
ACCESSIBLE = r"""
() => {
  const faults = [], say = (what, node) => faults.push(what + ': ' + (node.outerHTML || '').slice(0, 120));
  const shown = node => node.getClientRects().length > 0 && getComputedStyle(node).visibility !== 'hidden';
  if (!document.documentElement.lang) faults.push('no lang');
  if (!document.title.trim()) faults.push('no title');
  if (document.querySelectorAll('main').length !== 1) faults.push('not one main');
  if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
  const ids = [...document.querySelectorAll('[id]')].map(node => node.id);
  ids.filter((id, at) => ids.indexOf(id) !== at).forEach(id => faults.push('double id ' + id));
  document.querySelectorAll('input:not([type=hidden]), select, textarea').forEach(node => {
    if (!node.labels.length && !node.getAttribute('aria-label')) say('no label', node); });
  document.querySelectorAll('img').forEach(node => { if (!node.alt) say('no alt', node); });
  document.querySelectorAll('svg[role=img]').forEach(node => { if (!node.getAttribute('aria-label') &&
    !(node.getAttribute('aria-labelledby') || '').split(' ').every(id => id && document.getElementById(id))) say('no label', node); });
  document.querySelectorAll('a, button').forEach(node => {
    if (!(node.textContent.trim() || node.getAttribute('aria-label'))) say('no name', node); });
  document.querySelectorAll('table').forEach(node => { if (!node.querySelector('th')) say('no heading', node); });
  let level = 0;
  document.querySelectorAll('h1, h2, h3, h4').forEach(node => {
    if (+node.tagName[1] > level + 1) say('heading skips', node); level = +node.tagName[1]; });
  const number = text => text.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [.2126, .7152, .0722][at], 0);
  const ground = node => { for (; node; node = node.parentElement) {
    const colour = number(getComputedStyle(node).backgroundColor); if (colour[3] !== 0) return colour; } return [255, 255, 255]; };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) { const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !shown(node) || node.closest('option, .skip')) continue;
    const style = getComputedStyle(node), pair = [light(number(style.color)), light(ground(node))].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700);
    if ((pair[0] + .05) / (pair[1] + .05) < (large ? 3 : 4.5)) say('contrast', node); }
  return faults;
}
"""


class Watched:
    """A page whose errors and requests are watched."""

    def __init__(self, page: Page, site: Site, folder: Path) -> None:
        self.page, self.site, self.folder = page, site, folder
        self.faults: list[str] = []
        page.on(
            "console",
            lambda message: self.faults.append(message.text) if message.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self._host(request.url))

    def _host(self, url: str) -> None:
        if urlsplit(url).netloc != urlsplit(self.site.url).netloc:
            self.faults.append(f"request to {url}")

    def log_in(self, name: str) -> None:
        """By keyboard alone."""
        self.site.person(name)
        self.page.goto(self.site.url + "/")
        self.page.locator("#name:focus").wait_for()
        self.page.keyboard.type(name)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(PASSWORD)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        expect(self.page.locator("h1")).to_have_text("首页")

    def be(self, name: str) -> None:
        """Somebody else's session, or nobody's."""
        self.page.context.clear_cookies()
        if name:
            with self.site.client(name) as client:
                self.page.context.add_cookies([{"name": COOKIE, "value": client.cookies[COOKIE], "url": self.site.url}])

    def looked(self, name: str = "") -> None:
        """The page is accessible and made no error; keep a picture."""
        assert self.page.evaluate(ACCESSIBLE) == [], self.page.url
        assert self.barriers() == [], self.page.url
        assert self.faults == [], self.page.url
        if name:
            target = self.folder / f"{name}.png"
            self.page.screenshot(path=target)
            _smaller(target)

    def barriers(self) -> list[str]:
        """What axe-core finds serious or critical."""
        found = AXE.run(self.page, options={"resultTypes": ["violations"]}).response["violations"]
        return [
            f"{one['id']}: {one['help']}: {node['html'][:160]}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]

    def press(self, where: Locator) -> None:
        """Click what leads to another page, and wait for that page."""
        with self.page.expect_navigation():
            where.click()

    def finish_job(self) -> None:
        """Wait for the page of a job to say that it is over."""
        self.page.get_by_role("link", name="继续").wait_for()


def _smaller(path: Path) -> None:
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
