"""Every action has its words on the pages: a link for those who may go there, whom to ask for those who may not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from places import ROOT

from ssj_docs.ground.errors import DataError
from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import ACTIONS, SETTINGS, Remedy, do
from web.access.accounts import User
from web.access.rights import NAVIGATION, PAGES
from web.pages.settings_pages import SECTIONS
from web.request import remedies
from web.request.remedies import PLACES, plainly, said

VIEWS = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "web/pages/views").glob("*.html")))
ROUTES = {page.name: page for page in PAGES}


def user(*roles: str) -> User:
    return User("u", "甲", "", roles, False, True, False, "", "")


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_every_action_is_said_without_a_command(name: str) -> None:
    for given in (None, "departments"):
        every = do(name, **dict.fromkeys(ACTIONS[name].takes, given if name != "set" else "departments"))
        words = plainly(Remedy(every), user("clerk", "archivist", "assessor"))
        assert re.match("到“|请.*到“|请系统管理员在服务器上", words)
        assert not re.search(r"ssj|--|\{|None", words)


@pytest.mark.parametrize("name", sorted(PLACES))
def test_a_place_has_its_page_its_heading_and_its_fields(name: str) -> None:
    place = PLACES[name]
    assert place.title in VIEWS or any(place.title == title for title, *_ in NAVIGATION)
    for address in place.addresses:
        filled = re.sub(r"{\w+}", "x", address).partition("?")[0]
        paths = [re.sub(r"{\w+(:int)?}", "[^/]+", page.path) for page in PAGES if page.method == "GET"]
        assert any(re.fullmatch(path, filled) for path in paths), address
    for label in place.labels.values():
        for quoted in re.findall("“(.+?)”", label):
            assert quoted in VIEWS, label


def test_settings_without_a_page_are_changed_on_the_server() -> None:
    for key in SETTINGS:
        place = remedies.place_of(do("set", key=key))
        assert (place is not None) == (key in SECTIONS)
        if place is not None:
            assert SECTIONS[key].title == SETTINGS[key]


def test_a_link_leads_those_who_may_and_tells_the_others_whom_to_ask() -> None:
    advice = Remedy("改正名称，或", do("set", key="departments"), "，增加该部门")
    assert said(advice, user("sysadmin")) == (
        '改正名称，或到“<a href="/settings/departments">设置</a>”修改设置“成员单位”，增加该部门'
    )
    assert said(advice, user("clerk")) == "改正名称，或请系统管理员到“设置”修改设置“成员单位”，增加该部门"
    again = Remedy(do("draw", task="2026-001", round=2))
    assert said(again, user("clerk")) == '到“<a href="/task/2026-001/draw">随机抽取</a>”抽取，写明“轮次” 2'
    assert 'href="/plan"' in said(Remedy(do("draw", count=5)), user("clerk"))


def test_what_comes_from_outside_stays_text() -> None:
    problem = Problem("<b>.xlsx", "<i>不对</i>", Remedy("见<u>", do("show_case", case='"><script>')))
    for value in (problem, DataError("<script>", Remedy("<script>", do("verify")))):
        told = said(value, user("sysadmin", "clerk"))
        assert not re.search("<(?!/?a[ >])", told) and 'href="' in told, told


def test_an_option_that_no_page_has_is_done_on_the_server() -> None:
    assert plainly(Remedy(do("issue", no_font_check=True))) == "请系统管理员在服务器上编号印发，不核对字体"
    assert Path(ROUTES["receive"].path) == Path("/receive")
