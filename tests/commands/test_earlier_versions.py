"""Workspaces that earlier versions made: opened by the present one they are whole and give the answers they gave then.

``tests/data/workspace-VERSION.tar.xz`` was made by the commands of that version on the example office: its plan, registers,
draw and results of two tasks, two numbered papers and one without a number, the record forms of task 2026-002 as PDF, one
signed scan received and read. ``…expected.json`` holds what the commands of that version said of a copy, in this order.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from places import ROOT

import cli

DATA = ROOT / "tests" / "data"
VERSIONS = sorted(p.name.removeprefix("workspace-").removesuffix(".tar.xz") for p in DATA.glob("workspace-*.tar.xz"))


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def office(version: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of that version's workspace."""
    folder = tmp_path_factory.mktemp("office")
    with tarfile.open(DATA / f"workspace-{version}.tar.xz") as packed:
        packed.extractall(folder, filter="data")
    return folder


def answer(office: Path, command: list[str]) -> Any:
    out = io.StringIO()
    with redirect_stdout(out):
        cli.main(["--json", "--workspace", str(office), "--today", "2026-11-20", *command])
    return json.loads(out.getvalue())


def differences(now: Any, then: Any, where: str = "$") -> Iterator[str]:
    """Where the answer of then is not told now; objects may have gained keys."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key, value in then.items():
            yield from differences(now[key], value, f"{where}.{key}") if key in now else [f"{where}.{key}: gone"]
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for place, (one, other) in enumerate(zip(now, then, strict=True)):
            yield from differences(one, other, f"{where}[{place}]")
    elif now != then:
        yield f"{where}: {then!r} → {now!r}"


def test_the_answers_are_those_of_the_version_that_made_it(version: str, office: Path) -> None:
    told = json.loads((DATA / f"workspace-{version}.expected.json").read_text("utf-8"))
    assert {one["command"][0] for one in told} >= {"verify", "numbers", "plan", "case", "search", "missing"}
    for one in told:
        assert not list(differences(answer(office, one["command"]), one["answer"])), one["command"]


def test_it_is_whole_after_the_present_version_has_written_to_it(office: Path) -> None:
    before = len(answer(office, ["numbers"]))
    paper = next((office / "drafts").glob("tongbao-*.md"))
    (paper.with_name("又一份.md")).write_text(paper.read_text("utf-8").replace("2026年度", "二〇二六年度", 1), "utf-8")
    cli.main(["--workspace", str(office), "--today", "2026-11-20", "issue", str(paper.with_name("又一份.md"))])
    assert len(answer(office, ["numbers"])) == before + 1
    report = answer(office, ["verify"])
    assert report["faults"] == []
    assert report["journal"] == "intact"


def test_a_difference_is_found() -> None:
    then = {"rows": [{"a": 1}, {"b": 2}]}
    assert not list(differences({"rows": [{"a": 1, "new": 0}, {"b": 2}], "more": 1}, then))
    assert list(differences({"rows": [{"a": 1}]}, then))
    assert list(differences({"rows": [{"a": 1}, {"b": 3}]}, then))
    assert list(differences({"rows": [{"a": 1}, {}]}, then))
