"""A file received before is held against the stored bytes: damaged ones are mended, and a last good copy is not removed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import ocfl
import pytest
from office import case_id, form_of, make_office
from paper import join, paper
from sqlalchemy import select

from archive.cases import catalogue
from archive.cases.case_file import read_item
from archive.preservation.destruction import Approval, appraisal_list, destroy
from archive.preservation.fixity import verify
from archive.preservation.retention import appraisal
from archive.receiving.receive import receive
from archive.receiving.report import FileReport
from archive.store.opening import store_of
from ssj_docs.database.schema import journal
from ssj_docs.ground.remedies import do
from ssj_docs.office.workspace import Workspace

CASE = case_id(1)


@pytest.fixture
def office(tmp_path: Path) -> Workspace:
    return make_office(tmp_path / "w", 2)


def arrive(office: Workspace, data: bytes, name: str = "原件.pdf", *, anew: bool = False) -> FileReport:
    (office.root / "inbox" / name).write_bytes(data)
    (report,) = receive(office, inbox=True, anew=anew).files
    return report


def waits(office: Workspace) -> list[str]:
    return [path.name for path in (office.root / "inbox").iterdir() if path.name != ".receiving"]


def lying(office: Workspace, object_id: str, beginning: str) -> Path:
    store = store_of(office)
    (path,) = (path for path in store.inventory(object_id).version().state if path.startswith(beginning))
    return office.root / "archive" / store.location(object_id, path)


def logged(office: Workspace, action: str) -> list[tuple[str, str]]:
    with office.read() as connection:
        rows = connection.execute(select(journal.c.subject, journal.c.digest).where(journal.c.action == action))
        return [(row.subject, row.digest) for row in rows]


def assert_whole(office: Workspace) -> None:
    assert verify(office).sound, verify(office).faults
    storage = ocfl.StorageRoot(root=str(office.root / "archive"))
    assert storage.validate() and not storage.errors, storage.errors


@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
def test_a_damaged_item_is_mended_from_the_arrival(office: Workspace, damage: str) -> None:
    data = join(form_of(office, 1))
    first = arrive(office, data)
    assert first.outcome == "filed"
    place = lying(office, CASE, "items/0001/原件")
    if damage == "flipped":
        place.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    elif damage == "cut":
        place.write_bytes(data[:100])
    else:
        place.unlink()
    assert not verify(office).sound
    report = arrive(office, data)
    assert (report.outcome, waits(office)) == ("known", [])
    assert [notice.code for notice in report.notices] == ["known", "mended"]
    assert f"案卷 {CASE} 第 0001 件" in report.notices[1].message
    assert place.read_bytes() == data
    assert [subject for subject, _ in logged(office, "mend")] == [f"{CASE}/items/0001/原件.pdf"]
    assert logged(office, "mend")[0][1] == report.sha256
    assert_whole(office)
    assert [notice.code for notice in arrive(office, data).notices] == ["known"]


def test_a_damaged_stack_is_mended_from_the_arrival(office: Workspace) -> None:
    data = join([*form_of(office, 2), *form_of(office, 1), paper([(["letter"], "")])])
    first = arrive(office, data, "stack.pdf")
    assert first.outcome == "partly"
    lying(office, first.kept, "original/").write_bytes(b"%PDF- other")
    report = arrive(office, data, "again.pdf")
    assert (report.outcome, [notice.code for notice in report.notices]) == ("known", ["known", "mended"])
    assert [form.case for form in report.items] == [form.case for form in first.items]
    assert_whole(office)


def test_where_nothing_can_be_mended_the_arrival_stays(office: Workspace) -> None:
    data = join(form_of(office, 1))
    arrive(office, data)
    shutil.rmtree(office.root / "archive" / CASE)
    report = arrive(office, data)
    assert (report.outcome, waits(office)) == ("failed", ["原件.pdf"])
    assert [notice.code for notice in report.notices] == ["gone", "lost"]
    assert do("receive", file="", anew=True) in report.notices[0].remedy.actions
    assert list((office.root / "inbox" / ".receiving").iterdir()) == [office.root / "inbox" / ".receiving" / ".lock"]
    report = arrive(office, data, anew=True)
    assert (report.outcome, waits(office)) == ("filed", [])
    with office.read() as connection:
        item = catalogue.load_item(connection, CASE, report.items[0].item)
    assert read_item(office, item) == data


def test_an_altered_inventory_leaves_the_arrival(office: Workspace) -> None:
    data = join(form_of(office, 1))
    arrive(office, data)
    inventory = office.root / "archive" / CASE / "inventory.json"
    whole = inventory.read_bytes()
    inventory.write_bytes(whole + b" ")
    assert arrive(office, data).outcome == "failed"
    assert waits(office) == ["原件.pdf"]
    inventory.write_bytes(whole)
    assert arrive(office, data).outcome == "known"
    assert waits(office) == []


def test_after_destruction_the_arrival_is_not_swallowed(office: Workspace, tmp_path: Path) -> None:
    data = join(form_of(office, 1))
    arrive(office, data)
    late = replace(office, today=date(2060, 1, 5), now=datetime.fromisoformat("2060-01-05T09:00:00+08:00"))
    listing, signed = tmp_path / "清单.csv", tmp_path / "批准.pdf"
    listing.write_bytes(appraisal_list(appraisal(late), {(CASE, "0001"): "销毁"}))
    signed.write_bytes(b"signed")
    destroy(late, listing, Approval("销2", signed, ("甲", "乙"), "期满"))
    report = arrive(late, data)
    assert (report.outcome, waits(office)) == ("failed", ["原件.pdf"])
    assert [notice.code for notice in report.notices] == ["gone", "destroyed"]
    report = arrive(late, data, anew=True)
    assert (report.outcome, waits(office)) == ("filed", [])
    with late.read() as connection:
        states = [(item.item, item.state) for item in catalogue.load_items(connection, CASE)]
        item = catalogue.load_item(connection, CASE, "0002")
    assert states == [("0001", "destroyed"), ("0002", "filed")]
    assert read_item(late, item) == data
    assert_whole(late)
    assert arrive(late, data).outcome == "known"
    assert json.dumps(report.as_json(), default=str)


def test_anew_takes_nothing_twice_that_is_sound(office: Workspace) -> None:
    data = join(form_of(office, 1))
    arrive(office, data)
    assert arrive(office, data, anew=True).outcome == "known"
    with office.read() as connection:
        assert len(catalogue.load_items(connection, CASE)) == 1


def test_being_cut_off_while_receiving_anew_files_it_once(office: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    import archive.receiving.receive as module

    data = join(form_of(office, 1))
    arrive(office, data)
    shutil.rmtree(office.root / "archive" / CASE)

    def power_cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_finish", power_cut)
    with pytest.raises(KeyboardInterrupt):
        arrive(office, data, anew=True)
    monkeypatch.undo()
    assert [report.outcome for report in receive(office, inbox=True).files] == ["filed", "known"]
    with office.read() as connection:
        assert [item.item for item in catalogue.load_items(connection, CASE)] == ["0001", "0002"]
