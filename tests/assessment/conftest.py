"""The example year with its signed copies received, made once; tests that change something get a copy of their own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pikepdf
import pytest
from assessed_office import Office
from places import NOW
from sqlalchemy import update

from archive.assessment.assessment import assess
from archive.assessment.pack.evidence_pack import make_pack
from archive.cases.catalogue import load_items
from archive.demonstration import EXAMPLE_TODAY, EXAMPLE_YEAR, example_folder, open_example
from archive.receiving.mending import decide
from archive.receiving.receive import receive
from archive.text.read_and_index import read_and_index
from ssj_docs.database.schema import page_texts
from ssj_docs.office.workspace import Workspace, open_workspace

#: a table of the whole task 002, as the archivist files it
PUBLISHED = "抽查结果公示表 青禾县瑞丰达石油销售有限公司加油站 未发现问题 青禾县恒泰达加油站 未发现问题"
_READ = 3
#: the one form that came back without any signature (examples/make_signed.py)
UNSIGNED = "2026-004-0003"


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    folder = tmp_path_factory.mktemp("assessed")
    workspace = open_example(folder / "office", now=NOW)
    receive(
        workspace,
        sorted(path for path in (example_folder() / "signed").glob("*.pdf") if not path.name.startswith("公示")),
    )
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(folder / "公示表.pdf")
    receive(workspace, [folder / "公示表.pdf"], case="2026-002", kind="gongshibiao")
    read_and_index(workspace, limit=_READ)
    with workspace.transaction() as connection:
        connection.execute(
            update(page_texts)
            .where(page_texts.c.case == "2026-002")
            .values(
                state="done",
                origin="text",
                text=PUBLISHED,
                width=595,
                height=842,
                note="",
                boxes=[[word, 60.0, 80.0 + 20 * n, 360.0, 92.0 + 20 * n] for n, word in enumerate(PUBLISHED.split())],
            )
        )
    _decide(workspace)
    assessment = assess(workspace, EXAMPLE_YEAR)
    packs = {}
    for rendition in ("restricted", "internal", "public"):
        packs[rendition] = folder / rendition
        make_pack(workspace, assessment, packs[rendition], rendition=rendition, pdf=rendition == "restricted")
    return Office(workspace, assessment, packs)


def _decide(workspace: Workspace) -> None:
    """The forms were not issued here, so nobody but the archivist can tell which copies are signed."""
    with workspace.read() as connection:
        copies = [item for item in load_items(connection) if item.kind == "jilubiao"]
    for item in copies:
        decide(workspace, item.case, item.item, signed=item.case != UNSIGNED, why="看过原件")


@pytest.fixture
def copied(office: Office, tmp_path: Path) -> Workspace:
    shutil.copytree(office.workspace.root, tmp_path / "copy")
    return open_workspace(tmp_path / "copy", today=EXAMPLE_TODAY, now=NOW, who="考核员")
