"""A passing trouble is not a property of the file: it is kept whole, tried again, and given up only after several tries."""

import errno
import os
from pathlib import Path

import pytest
from office import case_id, form_of, make_office, open_office
from paper import join
from sqlalchemy import select

from archive.cases import catalogue, receipts
from archive.files.limited_child import ChildResult, LimitedChildren, Limits
from archive.receiving import page_reading
from archive.receiving.receive import TRIES, receive
from ssj_docs.database.schema import journal as journal_table


@pytest.fixture
def scan(tmp_path):
    """An office with one signed form in its inbox."""
    office = make_office(tmp_path / "w", 1)
    path = office.root / "inbox" / "scan.pdf"
    path.write_bytes(join(form_of(office, 1)))
    return office, path


def too_busy(monkeypatch):
    """A machine on which a child gets no time: real children, a real limit, far too low."""

    def hurried(**given):
        return Limits(**{**given, "wall": 0.0})

    monkeypatch.setattr(page_reading, "Limits", hurried)


def items(office):
    with office.read() as connection:
        return [item.case for item in catalogue.load_items(connection)]


def test_a_busy_machine_is_tried_again_by_the_next_run(scan, monkeypatch):
    office, path = scan
    too_busy(monkeypatch)
    (failed,) = receive(office, inbox=True).files
    assert (failed.outcome, items(office)) == ("failed", [])
    assert "机器太忙" in failed.notices[0].message and "第 1 次" in failed.notices[0].message
    assert path.is_file()
    monkeypatch.undo()
    office = open_office(office.root)
    assert [file.outcome for file in receive(office, inbox=True).files] == ["filed", "known"]
    assert items(office) == [case_id(1)]
    assert not path.exists()
    with office.read() as connection:
        assert receipts.staged_receipts(connection) == []
        verbs = [row.action for row in connection.execute(select(journal_table))]
    assert verbs.count("receive.again") == 1


def test_given_up_after_several_tries_and_read_when_asked(scan, monkeypatch):
    office, path = scan
    too_busy(monkeypatch)
    for _ in range(TRIES):
        report = receive(office, inbox=True)
    assert report.files[0].outcome == "unfiled"
    assert not path.exists()
    receive(office)
    monkeypatch.undo()
    assert receive(office).files == ()
    (read,) = receive(office, retry=True).files
    assert (read.outcome, items(office)) == ("filed", [case_id(1)])
    with office.read() as connection:
        assert receipts.unfiled_pages(connection) == []
        assert receipts.given_up(connection) == []
    assert receive(office, retry=True).files == ()


def test_what_the_system_says_is_told_from_what_the_file_does(tmp_path):
    with LimitedChildren() as children:
        gone = children.run("split", {"path": str(tmp_path / "none.pdf"), "parts": []})
        assert (gone.ending, gone.passing, children.passing_trouble()) == ("error", "", "")
        late = children.run("examine", {"path": str(tmp_path / "none.pdf")}, Limits(wall=0.0))
        assert late.ending == "time" and late.passing
        assert children.passing_trouble() == late.passing
        assert children.passing_trouble() == ""
    for number in (errno.ENOSPC, errno.EIO, errno.EDQUOT):
        assert ChildResult(({"error": os.strerror(number), "errno": number},), "error").passing
    assert not ChildResult((), "time", "SIGXCPU").passing
    assert not ChildResult((), "memory").passing
    assert not ChildResult(({"error": "…", "errno": errno.ENOENT},), "error").passing


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is a device of Linux")
def test_a_full_disk_is_told_through_the_library_that_writes(scan):
    _, path = scan
    with LimitedChildren() as children:
        full = children.run("split", {"path": str(path), "parts": [{"file": "/dev/full", "pages": [0], "turns": [0]}]})
    assert (full.ending, full.passing) == ("error", "磁盘已满")
    assert path.is_file()
