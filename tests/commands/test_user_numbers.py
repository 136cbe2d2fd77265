"""Numbers a clerk backfills: only in a series of the office."""

from __future__ import annotations

from ssj_docs.documents.numbers import number_ledger
from ssj_docs.office.workspace import Workspace


def test_a_number_of_an_unknown_series_is_not_recorded(ssj, workspace: Workspace) -> None:
    wish = ["--workspace", workspace.root, "numbers", "record"]
    done, answer = ssj(*wish, "没有代字〔2026〕3号", "--title", "旧文")
    assert done == answer["exit_code"] == 7
    known = workspace.office.series[0].code
    assert "没有代字" in answer["error"]
    assert known in answer["error"] + answer["remedy"]
    assert ssj(*wish, f"{known}〔2026〕3号", "--title", "旧文")[0] == 0
    with workspace.read() as connection:
        assert [row.number for row in number_ledger.register(connection)] == [f"{known}〔2026〕3号"]
