"""Every page there is, opened in a real Chromium by somebody who may: axe-core finds nothing serious, no console error, no
request to another host. A new page that is not opened here, or is not among what has no page of its own, fails.
"""

from __future__ import annotations

from test_web_routes import path_of
from web_browser import Watched
from web_site import PEOPLE

from web.access.rights import PAGES, Page, rights_of

#: GET routes that answer with a file, a picture or a redirect
FILES = frozenset(
    {
        "picture",
        "original",
        "dossier",
        "unfiled_picture",
        "task_zip",
        "annotated",
        "paper_file",
        "preview",
        "statistics_file",
        "pack_file",
        "scoring_file",
        "draw_record",
        "keeping_package",
    }
)
#: pages of what must be made first; the days in test_web_browser and test_web_office open them
MADE_FIRST = frozenset({"setup", "job", "unfiled", "bring_look", "settings_kept"})
SEEN = [page for page in PAGES if page.method == "GET" and not page.api and page.name not in FILES | MADE_FIRST]


def somebody_who_may(page: Page) -> str:
    return next(
        name
        for name, (roles, department, restricted) in PEOPLE.items()
        if not page.right or page.right in rights_of(roles, department=department, restricted=restricted)
    )


def test_what_is_left_out_is_there() -> None:
    assert {page.name for page in PAGES} >= FILES | MADE_FIRST


def test_every_page_is_open_to_everybody_and_quiet(watched: Watched) -> None:
    faults = []
    for page in sorted(SEEN, key=somebody_who_may):
        watched.be(somebody_who_may(page) if page.name != "login" else "")
        answer = watched.page.goto(watched.site.url + path_of(page))
        assert answer is not None
        assert answer.status == 200, (page.name, watched.page.inner_text("main"))
        faults += [f"{page.name}: {fault}" for fault in (*watched.barriers(), *watched.faults)]
        watched.faults.clear()
    assert faults == []


def test_a_failure_is_a_page_as_well(watched: Watched) -> None:
    watched.be("clerk")
    for path, status in (
        ("/nothing", 404),
        ("/users", 403),
        ("/case/2099-001-0001", 404),
        ("/search?q=(", 200),
        ("/draft/none.md", 404),
    ):
        answer = watched.page.goto(watched.site.url + path)
        assert answer is not None
        assert answer.status == status
        assert watched.barriers() == []
    watched.page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/static/icon.svg\">')"
    )
    assert "image-alt" in watched.barriers()[0]
