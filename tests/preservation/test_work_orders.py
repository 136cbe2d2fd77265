"""Destroying and numbering as work orders: cut off at every step they are finished by the next run, and never told as damage."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import ocfl
import pytest
from cutting import EVERY, cut_at
from places import ROOT
from sqlalchemy import select

from archive.cases import case_file, catalogue
from archive.cases.case_file import NewItem, add_item
from archive.preservation.destruction import Approval, appraisal_list, destroy
from archive.preservation.fixity import verify
from archive.preservation.rebuild import rebuild
from archive.preservation.retention import appraisal, number_items
from archive.store.opening import store_of
from ssj_docs.database.schema import destructions, journal
from ssj_docs.ground.errors import DataError, FixityError
from ssj_docs.ground.remedies import do
from ssj_docs.office import work_orders
from ssj_docs.office.workspace import Workspace, open_workspace

CASE, OTHER = "2026-003-0012", "2026-003-0013"
TODAY = datetime.fromisoformat("2026-05-05T09:00:00+08:00")
LATE = datetime.fromisoformat("2057-01-05T09:00:00+08:00")
WANTED = {(CASE, "0001"), (OTHER, "0001")}


def opened(root: Path) -> Workspace:
    """As the next process sees it, in 2057."""
    return open_workspace(root, today=LATE.date(), now=LATE, who="王档案")


@pytest.fixture
def template(office: Workspace, paper: Callable[..., NewItem], tmp_path: Path) -> Path:
    """Two cases: in the first an item that stays."""
    with office.transaction() as connection:
        add_item(office, connection, CASE, paper(b"record twelve", date=date(2026, 4, 9)))
        add_item(office, connection, CASE, paper(b"photograph", title="照片", files={"p.jpg": b"photograph"}))
        add_item(office, connection, OTHER, paper(b"record thirteen", date=date(2026, 4, 2)))
    office.close()
    return office.root


@pytest.fixture
def signed(template: Path, tmp_path: Path) -> tuple[Path, Approval]:
    """A list that says 销毁 of the first item of each case, and its approval."""
    office = opened(template)
    rows = list(csv.reader(io.StringIO(appraisal_list(appraisal(office)).decode("utf-8-sig"))))
    office.close()
    for row in rows[1:]:
        row[-1] = "销毁" if (row[0], row[1]) in WANTED else "保留"
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    (tmp_path / "清单.csv").write_text(out.getvalue(), "utf-8-sig")
    (tmp_path / "批准.pdf").write_bytes(b"signed")
    return tmp_path / "清单.csv", Approval("销2", tmp_path / "批准.pdf", ("甲", "乙"), "期满")


def bytes_left(root: Path) -> set[bytes]:
    return {
        data
        for path in (root / "archive").rglob("*")
        if path.is_file() and (data := path.read_bytes()) in (b"record twelve", b"record thirteen", b"photograph")
    }


def photograph(root: Path) -> Path:
    """Where the item that stays lies."""
    (place,) = (path for path in (root / "archive" / CASE).rglob("p.jpg") if path.is_file())
    return place


def told(office: Workspace, action: str) -> list[str]:
    with office.read() as connection:
        query = select(journal.c.subject).where(journal.c.action == action).order_by(journal.c.id)
        return list(connection.execute(query).scalars())


def register(office: Workspace) -> dict[tuple[str, str], str]:
    with office.read() as connection:
        return {(row.case, row.item): row.destroyed_at for row in connection.execute(select(destructions))}


def assert_no_false_alarm(office: Workspace) -> None:
    report = verify(office)
    assert report.sound, report.faults
    with office.read() as connection:
        assert bool(report.begun.told()) == bool(work_orders.begun(connection))
    storage = ocfl.StorageRoot(root=str(office.root / "archive"))
    assert storage.validate() and not storage.errors, storage.errors


def assert_destroyed(office: Workspace) -> None:
    assert bytes_left(office.root) == {b"photograph"}
    with office.read() as connection:
        states = {(item.case, item.item): item.state for item in catalogue.load_items(connection)}
    assert {place for place, state in states.items() if state == "destroyed"} == WANTED
    assert register(office).keys() == WANTED and all(register(office).values())
    assert sorted(told(office, "destroy")) == [f"{CASE}/0001", f"{OTHER}/0001"]
    assert (told(office, "destroy.begin"), told(office, "destroy.end")) == (["销2"], ["销2"])
    assert_no_false_alarm(office)
    with office.read() as connection:
        assert work_orders.begun(connection) == []


def test_a_destruction_cut_off_at_any_step_is_finished(
    template: Path, signed: tuple[Path, Approval], tmp_path: Path
) -> None:
    step, finished, seen = 1 - EVERY, False, set()
    while not finished:
        step += EVERY
        root = tmp_path / "cut"
        shutil.copytree(template, root)
        finished = cut_at(step, lambda root=root: destroy(opened(root), *signed))  # type: ignore[misc]
        office = opened(root)
        began = told(office, "destroy.begin") == ["销2"]
        if not began:
            assert len(bytes_left(root)) == 3 and register(office) == {}
        assert register(office).keys() == (WANTED if began else set())
        seen.add((began, len(bytes_left(root))))
        assert_no_false_alarm(office)
        if told(office, "destroy.end"):
            with pytest.raises(DataError, match="没有销毁任何文件"):
                destroy(office, *signed)
        else:
            done = destroy(office, *signed)
            assert {(item.case, item.item) for item in done} == WANTED
            assert {item.state for item in done} == {"destroyed"}
        assert_destroyed(office)
        office.close()
        shutil.rmtree(root)
    assert step > 40
    assert seen == {(False, 3), (True, 3), (True, 2), (True, 1)}


def test_a_damaged_case_file_stops_a_destruction_before_the_first_byte(
    template: Path, signed: tuple[Path, Approval]
) -> None:
    office = opened(template)
    inventory = template / "archive" / OTHER / "inventory.json"
    whole = inventory.read_bytes()
    inventory.write_bytes(whole + b" ")
    with pytest.raises(FixityError, match="没有销毁任何文件") as caught:
        destroy(office, *signed)
    assert OTHER in caught.value.message
    assert len(bytes_left(template)) == 3
    assert (register(office), told(office, "destroy.begin"), told(office, "destroy")) == ({}, [], [])
    inventory.write_bytes(whole)
    content = photograph(template)
    content.write_bytes(b"photogranh")
    with pytest.raises(FixityError):
        destroy(office, *signed)
    content.write_bytes(b"photograph")
    destroy(office, *signed)
    assert_destroyed(office)


def test_what_gets_damaged_meanwhile_is_finished_after_repair(
    template: Path, signed: tuple[Path, Approval], monkeypatch: pytest.MonkeyPatch
) -> None:
    import archive.preservation.destruction as module

    office = opened(template)
    content = photograph(template)
    real = module.keep_registers

    def damage_then_keep(workspace: Workspace) -> str:
        content.write_bytes(b"photogranh")
        return real(workspace)

    monkeypatch.setattr(module, "keep_registers", damage_then_keep)
    with pytest.raises(FixityError) as caught:
        destroy(office, *signed)
    assert do("destroy") in caught.value.remedy.actions
    assert told(office, "destroy") == [f"{OTHER}/0001"]
    report = verify(office)
    assert [fault.path for fault in report.faults] == [content.relative_to(template).as_posix()]
    assert "销2" in report.begun.told()[0].line()
    content.write_bytes(b"photograph")
    monkeypatch.undo()
    destroy(office, *signed)
    assert_destroyed(office)


def test_another_list_finishes_what_was_begun_first(
    template: Path, signed: tuple[Path, Approval], tmp_path: Path
) -> None:
    step = 60
    while cut_at(step, lambda: destroy(opened(template), *signed)):
        raise AssertionError("not cut off")
    office = opened(template)
    assert told(office, "destroy.begin") and not told(office, "destroy.end")
    listing, approval = signed
    other = tmp_path / "清单3.csv"
    lines = listing.read_text("utf-8-sig").splitlines()
    photograph = [line.replace("保留", "销毁") for line in lines[1:] if "照片" in line]
    other.write_text("\n".join([lines[0], *photograph]) + "\n", "utf-8-sig")
    done = destroy(office, other, replace(approval, number="销3"))
    assert len(done) == 3
    assert bytes_left(template) == set()
    assert told(office, "destroy.end") == ["销2", "销3"]
    assert verify(office).sound


def test_a_rebuilt_database_knows_the_destruction_that_was_begun(
    template: Path, signed: tuple[Path, Approval], tmp_path: Path
) -> None:
    root, step = tmp_path / "cut", 70
    shutil.copytree(template, root)
    while len(bytes_left(root)) == 3:
        shutil.rmtree(root)
        shutil.copytree(template, root)
        step += 5
        assert not cut_at(step, lambda: destroy(opened(root), *signed))
    for path in root.glob("ssj.db*"):
        path.unlink()
    rebuild(opened(root))
    office = opened(root)
    assert register(office).keys() == WANTED
    assert_no_false_alarm(office)
    assert "销2" in verify(office).begun.told()[0].line()
    destroy(office, *signed)
    assert_destroyed(office)


def test_numbering_cut_off_at_any_step_is_finished(template: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(template, whole)
    expected = {(item.case, item.item): item.archive_number for item in number_items(opened(whole))}
    assert len(expected) == 3
    step, finished, waited = 1 - EVERY, False, 0
    while not finished:
        step += EVERY
        root = tmp_path / "cut"
        shutil.copytree(template, root)
        finished = cut_at(step, lambda root=root: number_items(opened(root)))  # type: ignore[misc]
        office = opened(root)
        assert_no_false_alarm(office)
        waited += bool(verify(office).begun.told())
        done = {(item.case, item.item): item.archive_number for item in number_items(office)}
        assert done in ({}, expected)
        with office.read() as connection:
            listed = {(item.case, item.item): item.archive_number for item in catalogue.load_items(connection)}
        stored = [item for case in (CASE, OTHER) for item in case_file.stored_items(store_of(office), case)]
        assert listed == expected == {(item.case, item.item): item.archive_number for item in stored}
        assert len(told(office, "archive_number")) == 3
        assert verify(office).begun.told() == []
        office.close()
        shutil.rmtree(root)
    assert waited > 20 // EVERY


def test_begun_work_explains_nothing_but_its_own_change(template: Path) -> None:
    office = opened(template)
    with office.transaction() as connection:
        plan = {"changes": {f"{CASE}/0001": {"archive_number": "A-1"}}}
        order = work_orders.begin(office, connection, "archive_number", "1 件", plan)
        item = catalogue.load_item(connection, CASE, "0001")
        catalogue.update_item(connection, replace(item, archive_number="A-1", title="另一份"))
    assert [fault.fault for fault in verify(office).faults] == ["目录与档案中的记录不符"]
    with office.transaction() as connection:
        catalogue.update_item(connection, replace(item, archive_number="A-1"))
    assert verify(office).sound
    work_orders.carry_out(office, order, ())
    assert not verify(office).sound


def test_verify_tells_begun_work_in_words_and_as_json(template: Path, ssj: Callable[..., tuple[int, dict]]) -> None:
    today = replace(opened(template), now=TODAY)  # the command has the clock of this machine
    with today.transaction() as connection:
        work_orders.begin(today, connection, "destroy", "销2", {"changes": {}})
    today.close()
    code, value = ssj("--workspace", template, "verify")
    assert (code, value["faults"]) == (0, [])
    assert value["begun"] == [
        {
            "action": "销毁",
            "subject": "销2",
            "since": TODAY.isoformat(timespec="seconds"),
            "who": "王档案",
            "remedy": "再按签批的清单销毁，没有办完的先办完",
            "actions": [{"action": "destroy", "arguments": {}}],
        }
    ]
    shown = subprocess.run(
        [sys.executable, ROOT / "cli.py", "--workspace", template, "verify"], capture_output=True, text=True, check=True
    ).stdout
    assert "有未办完的操作：销毁（销2，2026-05-05 09:00 由 王档案 开始）。这不是损坏" in shown
    assert "ssj retention destroy" in shown and "全部完好" in shown
