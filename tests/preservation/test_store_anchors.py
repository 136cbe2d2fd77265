"""What was kept outside shows what an insider rewrote whole: a backup, a second copy, a receipt, a code on paper."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from shutil import copytree, rmtree

import pytest
from case_office import NOW, stored_path
from sqlalchemy import delete
from test_store_tampering import CASE, OTHER, kept, replace_paper, rewrite_journal, sql

from archive.cases import catalogue
from archive.cases.case_file import NewItem, add_item
from archive.preservation import anchors, register_snapshot
from archive.preservation.against import outside
from archive.preservation.anchors import merkle_root, parse_code, write_receipt
from archive.preservation.backup import backup
from archive.preservation.fixity import verify
from archive.preservation.second_copy import copy
from archive.store.opening import store_of
from ssj_docs.database import schema
from ssj_docs.ground.errors import DataError, UsageError
from ssj_docs.office.workspace import Workspace, open_workspace

__all__ = ["kept"]


@pytest.fixture
def outsides(kept: Workspace, tmp_path: Path) -> dict[str, str]:
    """The same moment as backup, copy, receipt and code."""
    made = backup(kept, tmp_path / "b.tar")
    copied = copy(kept, tmp_path / "second", progress=lambda names: names)
    report = verify(kept)
    assert report.sound and report.anchor is not None
    told = {"objects": report.objects, "files": report.files, "bytes": report.bytes, "sound": True}
    page = write_receipt(kept, report.anchor, tmp_path / "r.json", told)
    assert report.anchor.code in page.read_text("utf-8") and "签名" in page.read_text("utf-8")
    assert made.code and copied.code
    given = {"backup": tmp_path / "b.tar", "copy": tmp_path / "second", "receipt": tmp_path / "r.json"}
    return {name: str(path) for name, path in given.items()} | {"code": report.anchor.code}


def told_against(office: Workspace, given: str) -> list[str]:
    office.close()
    later = NOW + timedelta(hours=2)
    with open_workspace(office.root, today=later.date(), now=later, who="核验员") as again, outside(given) as held:
        return [f"{fault.path}：{fault.fault}" for fault in verify(again, held=held).faults]


def start_anew(office: Workspace) -> None:
    """The insider's last step: a fresh snapshot that agrees with everything."""
    rmtree(office.root / "archive" / store_of(office).name(register_snapshot.OBJECT))
    (office.root / "ssj.db.seal").unlink(missing_ok=True)
    rewrite_journal(office, lambda row: row | {"action": "login", "subject": "甲"}, "registers.begin")
    register_snapshot.keep_registers(office)


KINDS = ["backup", "copy", "receipt", "code"]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_altered_and_work_going_on(
    kept: Workspace, outsides: dict[str, str], kind: str, paper: Callable[..., NewItem]
) -> None:
    with kept.transaction() as connection:
        add_item(kept, connection, CASE, paper(b"one more"))
    assert told_against(kept, outsides[kind]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_exchanged_and_everything_rewritten(kept: Workspace, outsides: dict[str, str], kind: str) -> None:
    replace_paper(kept, b"%PDF forged")
    with kept.read() as connection:
        digest = catalogue.load_item(connection, CASE, "0001").sha256
    rewrite_journal(kept, lambda row: row | {"digest": digest}, "archive")
    start_anew(kept)
    kept.close()
    later = NOW + timedelta(hours=2)
    with open_workspace(kept.root, today=later.date(), now=later, who="核验员") as again:
        assert verify(again).sound, "without anything from outside it is not to be seen"
    told = told_against(kept, outsides[kind])
    assert any("被改写" in line for line in told), told


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_case_taken_out_everywhere(kept: Workspace, outsides: dict[str, str], kind: str) -> None:
    rmtree(kept.root / "archive" / store_of(kept).name(OTHER))
    with kept.database.transaction() as connection:
        connection.execute(delete(schema.archive_items).where(schema.archive_items.c.case == OTHER))
    rewrite_journal(kept, lambda row: row | {"action": "login", "subject": "甲"}, "archive", subject=f"{OTHER}/0001")
    start_anew(kept)
    told = told_against(kept, outsides[kind])
    assert any("被改写" in line for line in told), told
    assert any("当时在档案中，现在没有" in line for line in told), told


@pytest.mark.parametrize("kind", KINDS)
def test_an_issued_paper_and_every_trace_of_it_removed(kept: Workspace, outsides: dict[str, str], kind: str) -> None:
    (kept.root / "issued/2026/a.docx").unlink()
    with kept.database.transaction() as connection:
        connection.execute(delete(schema.issued))
    rewrite_journal(kept, lambda row: row | {"action": "login", "subject": "甲", "detail": "{}"}, "issue")
    start_anew(kept)
    assert any("被改写" in line for line in told_against(kept, outsides[kind]))


@pytest.mark.parametrize("kind", KINDS)
def test_the_office_set_back_to_an_earlier_day(
    kept: Workspace, tmp_path: Path, kind: str, paper: Callable[..., NewItem], request: pytest.FixtureRequest
) -> None:
    kept.close()
    copytree(kept.root, tmp_path / "earlier")
    with kept.transaction() as connection:
        add_item(kept, connection, CASE, paper(b"to be forgotten"))
    given = request.getfixturevalue("outsides")[kind]
    kept.close()
    rmtree(kept.root)
    copytree(tmp_path / "earlier", kept.root)
    assert any("流水没有第" in line or "被改写" in line for line in told_against(kept, given))


@pytest.mark.parametrize("kind", ["backup", "copy"])
def test_register_rows_changed_and_the_snapshot_made_anew(kept: Workspace, outsides: dict[str, str], kind: str) -> None:
    sql(kept, "UPDATE subjects SET name = '别的加油站' WHERE id = 'S12'")
    start_anew_quietly(kept)
    assert any("登记“S12”与" in line for line in told_against(kept, outsides[kind]))


def start_anew_quietly(office: Workspace) -> None:
    """A fresh snapshot, with the row on its beginning left where it is."""
    rmtree(office.root / "archive" / store_of(office).name(register_snapshot.OBJECT))
    (office.root / "ssj.db.seal").unlink(missing_ok=True)
    register_snapshot.begin_again(office)


def test_the_list_of_the_moment_removed(kept: Workspace, outsides: dict[str, str]) -> None:
    rmtree(kept.root / anchors.FOLDER)
    assert any("档案清单不见了" in line for line in told_against(kept, outsides["code"]))


def test_a_miscopied_code_is_no_accusation(outsides: dict[str, str]) -> None:
    code = outsides["code"]
    row, letters = parse_code(code)
    assert parse_code(code.lower().replace("0", "o").replace("1", "l")) == (row, letters)
    wrong = code[:-8] + ("2" if code[-8] != "2" else "3") + code[-7:]
    with pytest.raises(UsageError, match="抄写"):
        parse_code(wrong)
    with pytest.raises(UsageError):
        parse_code("没有这个文件.tar")


def test_an_altered_receipt_is_no_evidence(outsides: dict[str, str]) -> None:
    path = Path(outsides["receipt"])
    told = json.loads(path.read_bytes())
    told["leaves"].pop(CASE)
    path.write_text(json.dumps(told), "utf-8")
    with pytest.raises(DataError, match="被改动"), outside(str(path)):
        pass


def test_the_root_of_a_tree_is_that_of_its_leaves() -> None:
    leaves = {f"c{n}": ("v1", f"{n:064x}") for n in range(7)}
    assert merkle_root(leaves) == merkle_root(dict(reversed(leaves.items())))
    assert len({merkle_root(dict(list(leaves.items())[:n])) for n in range(8)}) == 8


def test_a_second_copy_takes_only_what_is_new_and_carries_no_damage_over(
    kept: Workspace, tmp_path: Path, paper: Callable[..., NewItem]
) -> None:
    target = tmp_path / "second"
    first = copy(kept, target, progress=lambda names: names)
    assert first.copied == first.files and not first.differing
    with kept.transaction() as connection:
        add_item(kept, connection, CASE, paper(b"one more"))
        item = catalogue.load_item(connection, CASE, "0001")
    place = stored_path(kept, item)
    name = place.relative_to(kept.root).as_posix()
    place.write_bytes(b"%PDF forged!!")
    (kept.root / "drafts/a.md").write_text("草稿")
    second = copy(kept, target, progress=lambda names: names)
    assert second.differing == (name,) and (target / name).read_bytes() == b"%PDF signed 1"
    assert second.copied < first.copied and second.kept > 10
    (kept.root / "drafts/a.md").unlink()
    third = copy(kept, target, progress=lambda names: names)
    assert third.removed >= 1 and (target / "removed/drafts/a.md").read_text() == "草稿"
    with pytest.raises(UsageError):
        copy(kept, kept.root / "inside", progress=lambda names: names)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/x").write_text("x")
    with pytest.raises(UsageError):
        copy(kept, tmp_path / "full", progress=lambda names: names)
