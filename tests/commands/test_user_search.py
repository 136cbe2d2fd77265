"""A search narrowed by a name that does not exist says so."""

from __future__ import annotations

from typing import Any

import pytest

from archive.search.query.filters import Filters
from archive.search.search import search_workspace
from ssj_docs.office.workspace import Workspace


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"department": ["没有局"]}, "没有这个部门：没有局"),
        ({"kind": ["没有书"]}, "没有这个文种：没有书"),
        ({"result": ["没有果"]}, "没有这个检查结果：没有果"),
        ({"case": ["2026-999-1"]}, "没有这个案件：2026-999-1"),
    ],
)
def test_an_unknown_name_is_told(filters: dict[str, Any], said: str, workspace: Workspace) -> None:
    result = search_workspace(workspace, "检查", Filters(filters))
    assert result.total == 0
    assert [note for note in result.notes if said in note]


def test_a_known_name_needs_no_remark(workspace: Workspace) -> None:
    office = workspace.office
    filters = Filters(
        {"department": (office.departments[0].name,), "result": (office.results[0].label,), "kind": ("jilubiao",)}
    )
    assert search_workspace(workspace, "检查", filters).notes == ()
