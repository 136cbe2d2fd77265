"""档号 frozen once given; what is due; destruction by a signed-off list only, leaving the record."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import ocfl
import pytest

from archive.cases import case_file, catalogue
from archive.cases.case_file import NewItem, add_item
from archive.cases.case_view import show_case
from archive.preservation.destruction import Approval, appraisal_list, destroy
from archive.preservation.fixity import verify
from archive.preservation.retention import appraisal, checked_template, number_items
from archive.store.ocfl import OcflStore
from archive.store.opening import store_of
from ssj_docs.ground.errors import DataError, NotFoundError, UsageError
from ssj_docs.office.workspace import Workspace

CASE, OTHER = "2026-003-0012", "2026-003-0013"


def assert_valid(root: Path) -> None:
    storage = ocfl.StorageRoot(root=str(root))
    assert storage.validate() and storage.good_objects == storage.num_objects and not storage.errors, storage.errors


@pytest.fixture
def filed(office: Workspace, paper: Callable[..., NewItem]) -> Workspace:
    with office.transaction() as connection:
        add_item(
            office,
            connection,
            CASE,
            paper(b"record twelve", department=office.office.departments[0].name, date=date(2026, 4, 9)),
        )
        add_item(office, connection, CASE, paper(b"photograph", title="照片", files={"p.jpg": b"photograph"}))
        add_item(office, connection, OTHER, paper(b"record thirteen", date=date(2026, 4, 2)))
    return office


def test_numbers_are_given_in_order_and_frozen(filed: Workspace, paper: Callable[..., NewItem]) -> None:
    given = {(i.case, i.item): i.archive_number for i in number_items(filed)}
    assert given[OTHER, "0001"] == f"0001-WS·2026-D30-{filed.office.code}-0001"
    assert given[CASE, "0002"] == f"0001-WS·2026-D30-{filed.office.code}-0002"
    assert given[CASE, "0001"] == f"0001-WS·2026-D30-{filed.office.departments[0].code}-0001"
    assert number_items(filed) == []
    with filed.transaction() as connection:
        add_item(filed, connection, OTHER, paper(b"late", date=date(2026, 1, 1)))
    later = number_items(replace(filed, office=replace(filed.office, fonds="9999")))
    assert [i.archive_number for i in later] == [f"9999-WS·2026-D30-{filed.office.code}-0003"]
    with filed.read() as connection:
        assert {(i.case, i.item): i.archive_number for i in catalogue.load_items(connection)}.items() >= given.items()
    assert case_file.stored_items(store_of(filed), CASE)[0].archive_number == given[CASE, "0001"]
    assert verify(filed).sound


def test_the_middle_dot_is_one_code_point() -> None:
    for dot in "．.•・":
        assert checked_template(f"{{fonds}}-WS{dot}{{year}}-{{serial}}") == "{fonds}-WS·{year}-{serial}"
    for wrong in ("{fonds}-{year}", "{serial}-{unknown}", "{serial", "{serial.__class__}"):
        with pytest.raises(DataError):
            checked_template(wrong)


def test_what_is_due_for_appraisal(filed: Workspace) -> None:
    assert appraisal(filed) == []
    assert appraisal(replace(filed, today=date(2056, 12, 31))) == []
    rows = appraisal(replace(filed, today=date(2057, 1, 1)))
    assert [(r.item.case, r.item.item, r.last_year) for r in rows] == [
        (CASE, "0001", 2056),
        (CASE, "0002", 2056),
        (OTHER, "0001", 2056),
    ]


def _signed(office: Workspace, folder: Path, opinions: dict[str, str]) -> tuple[Path, Approval]:
    rows = list(csv.reader(io.StringIO(appraisal_list(appraisal(office)).decode("utf-8-sig"))))
    for row in rows[1:]:
        row[-1] = opinions.get(f"{row[0]}/{row[1]}", "保留")
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    (folder / "清单.csv").write_text(out.getvalue(), "utf-8-sig")
    (folder / "批准.pdf").write_bytes(b"signed")
    return folder / "清单.csv", Approval("2057-1", folder / "批准.pdf", ("甲", "乙"), "保管期满，无继续保存价值")


def test_destruction_leaves_the_record_and_nothing_else(filed: Workspace, tmp_path: Path) -> None:
    late = replace(filed, today=date(2057, 1, 1), now=datetime.fromisoformat("2057-01-01T09:00:00+08:00"))
    listing, approval = _signed(late, tmp_path, {f"{CASE}/0001": "销毁"})
    done = destroy(late, listing, approval)
    assert [(i.case, i.item) for i in done] == [(CASE, "0001")]
    everything = [p for p in (filed.root / "archive").rglob("*") if p.is_file()]
    assert not [p for p in everything if p.read_bytes() == b"record twelve"]
    assert [p for p in everything if p.read_bytes() == b"photograph"]
    with pytest.raises(NotFoundError):
        case_file.read_item(late, done[0])
    shown = show_case(late, CASE)
    assert [item["state"] for item in shown.items] == ["destroyed", "filed"]
    assert store_of(late).read("destruction-2057-1", "批准件.pdf") == b"signed"
    assert_valid(filed.root / "archive")
    report = verify(late)
    assert report.sound, report.faults
    with pytest.raises(DataError):
        destroy(late, listing, approval)


def test_what_stops_a_destruction(filed: Workspace, tmp_path: Path) -> None:
    late = replace(filed, today=date(2057, 1, 1))
    listing, approval = _signed(late, tmp_path, {f"{CASE}/0001": "销毁", f"{CASE}/0002": "也许"})
    for wrong in (
        replace(approval, approved_by=("甲", "甲")),
        replace(approval, reason=" "),
        replace(approval, paper=tmp_path / "none.pdf"),
    ):
        with pytest.raises(UsageError):
            destroy(late, listing, wrong)
    with pytest.raises(DataError) as caught:
        destroy(late, listing, approval)
    assert [p.cell for p in caught.value.problems] == ["第 3 行"]
    listing, approval = _signed(late, tmp_path, {f"{CASE}/0001": "销毁"})
    with pytest.raises(DataError):  # not due in 2026
        destroy(filed, listing, approval)
    listing.write_text(listing.read_text("utf-8-sig").replace("题名", "标题"), "utf-8-sig")
    with pytest.raises(DataError, match="缺少栏目"):
        destroy(late, listing, approval)
    with filed.read() as connection:
        assert all(i.state == "filed" for i in catalogue.load_items(connection))


def _crash_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    count = 0

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            nonlocal count
            count += 1
            if count == step:
                os._exit(9)
            return real(*args, **kwargs)

        return call

    for module, name in ((os, "fsync"), (Path, "rename"), (Path, "replace")):
        monkeypatch.setattr(module, name, counted(getattr(module, name)))


def test_crash_at_every_step_of_a_purge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, outcomes, step, finished = datetime.fromisoformat("2026-05-04T09:00:00+08:00"), set(), 0, False
    while not finished:
        step += 1
        root = tmp_path / f"a{step}"
        store = OcflStore(root)
        store.add_version("c", {"a": b"1", "b": b"2"}, message="m", user="u", created=now)
        pid = os.fork()
        if pid == 0:
            _crash_at(monkeypatch, step)
            store.purge("c", {"a"}, {"record": b"gone"}, message="销毁", user="u", created=now)
            os._exit(0)
        finished = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        again = OcflStore(root)
        outcomes.add(tuple(sorted(set(again.inventory("c").version().state) - {"sm3sum.txt"})))
        assert not (root / "extensions/ssj-staging").exists()
        assert_valid(root)
    assert outcomes == {("a", "b"), ("b", "record")}
