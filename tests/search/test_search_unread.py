"""Pages without text are told, so that "not found" is not taken for "not there"."""

from __future__ import annotations

import pytest
from search_office import Enter, Ssj

from archive.search.query.filters import Filters
from archive.search.search import search_workspace
from ssj_docs.office.workspace import Workspace

CASE = "2026-003-0001"


@pytest.mark.parametrize("engine", ["tantivy", "whoosh"])
def test_pages_without_text_are_counted_and_listed(office: Workspace, enter_texts: Enter, engine: str) -> None:
    result = search_workspace(office, "住所", engine=engine)
    # the notice has not been read yet
    assert (result.unread, result.as_json()["unread"]) == (1, 1)
    assert "另有 1 页没有读出文字" in result.unread_shown
    (hit,) = search_workspace(office, "未读出:是", engine=engine).hits
    assert (hit.record.kind, hit.record.text) == ("zeling", "")
    enter_texts(office, CASE, "0001", ["住所", " \n "], at="7")
    assert search_workspace(office, "住所", engine=engine).unread == 2
    enter_texts(office, CASE, "0002", ["责令改正"], at="8")
    assert search_workspace(office, "住所", engine=engine).unread == 1


def test_with_the_filters_and_rights_of_the_search(office: Workspace) -> None:
    assert search_workspace(office, "住所", Filters({"kind": ["jilubiao"]})).unread == 0
    assert search_workspace(office, "住所", Filters(viewer="别的局")).unread == 0
    assert search_workspace(office, "住所", Filters(viewer=office.office.departments[0].name)).unread == 1
    assert search_workspace(office, "部门:应急").unread == 0


def test_the_command_gives_the_number(office: Workspace, ssj: Ssj) -> None:
    code, told = ssj("search", "住所", "--json", "--workspace", str(office.root))
    assert (code, told["total"], told["unread"]) == (0, 1, 1)
