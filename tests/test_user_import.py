"""Importing with wishes that cannot be met: said before anything is imported."""

from __future__ import annotations

import pytest
from places import ROOT

from ssj_docs import registers
from ssj_docs.problems import Problem
from ssj_docs.workspace import Workspace

SUBJECTS = ROOT / "examples" / "qinghe" / "03-检查对象名录.xlsx"


@pytest.mark.parametrize(("wish", "code"), [
    (["--annotate", "/没有/批注.xlsx"], 7), (["--save-mapping", "/没有/列.toml"], 7),
    (["--annotate", "批注.xlsx", str(SUBJECTS)], 2),
])  # fmt: skip
def test_nothing_comes_in_when_the_copy_cannot_be_written(wish: list[str], code: int, ssj, workspace: Workspace) -> None:
    done, answer = ssj("--workspace", workspace.root, "import", "subjects", SUBJECTS, *wish)
    assert done == answer["exit_code"] == code
    with workspace.read() as connection:
        assert registers.load_subjects(connection) == []


def test_a_long_value_of_several_lines_is_told_on_one_line() -> None:
    told = str(Problem("表.xlsx", "不一致", value="第一行\n第二行" * 30))
    assert "\n" not in told
    assert len(told) < 100
    assert "……" in told
