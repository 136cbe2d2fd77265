"""An inbox as it is: files still being written, names of any bytes, what is no file, what is no paper, a defect of ours."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from office import case_id, form_of, make_office, open_office
from paper import join, paper
from PIL import Image
from places import ROOT

from archive.cases import catalogue, receipts
from archive.files.file_names import readable_name
from archive.files.open_writers import _held_by_a_process, being_written
from archive.receiving.inbox import entries
from archive.receiving.receive import receive
from archive.store.opening import store_of
from ssj_docs.office.settings import load_office
from ssj_docs.office.workspace import Workspace

_HOLD = "import sys, time; stream = open(sys.argv[1], 'ab'); print(flush=True); time.sleep(60)"


@pytest.fixture
def office(tmp_path: Path) -> Workspace:
    return make_office(tmp_path / "w", 3)


def form(office: Workspace, number: int) -> bytes:
    return join(form_of(office, number))


def put(office: Workspace, name: str | bytes, data: bytes, age: float = 0.0) -> Path:
    """A file in the inbox, last written so many seconds ago."""
    path = office.root / "inbox" / os.fsdecode(name)
    path.write_bytes(data)
    os.utime(path, (time.time() - age,) * 2)
    return path


def outcomes(office: Workspace) -> dict[str, str]:
    return {report.name: report.outcome for report in receive(office, inbox=True).files}


def test_a_scan_still_being_written_is_left_whole(office: Workspace) -> None:
    data = form(office, 1)
    path = put(office, "scan.pdf", data[: len(data) // 2])
    assert outcomes(office) == {"scan.pdf": "waiting"}
    assert path.read_bytes() == data[: len(data) // 2]
    assert not list((office.root / "archive").glob("receipt-*"))
    with path.open("ab") as stream:
        stream.write(data[len(data) // 2 :])
    report = receive(office, inbox=True)
    assert [one.outcome for one in report.files] == ["filed"]
    assert not path.exists()
    with office.read() as connection:
        assert [item.case for item in catalogue.load_items(connection)] == [case_id(1)]


def test_waiting_is_no_fault(office: Workspace) -> None:
    put(office, "scan.pdf", form(office, 1)[:500])
    report = receive(office, inbox=True)
    assert (report.exit_code, report.totals()["waiting"], report.totals()["failed"]) == (0, 1, 0)
    assert "scan.pdf：这次没有收，下次再看" in report.lines()[0]


def test_half_a_file_that_has_been_quiet_is_kept_as_it_is(office: Workspace) -> None:
    put(office, "scan.pdf", form(office, 1)[:500], age=121)
    assert outcomes(office) == {"scan.pdf": "unfiled"}
    put(office, "again.pdf", form(office, 2)[:500], age=100)
    assert outcomes(office) == {"again.pdf": "waiting"}


def test_the_quiet_time_is_a_setting(office: Workspace) -> None:
    settings = office.root / "office.toml"
    assert load_office(settings).quiet_seconds == 120
    settings.write_text(settings.read_text("utf-8").replace("quiet_seconds = 120", "quiet_seconds = 5"), "utf-8")
    put(office, "scan.pdf", form(office, 1)[:500], age=60)
    assert outcomes(open_office(office.root)) == {"scan.pdf": "unfiled"}


@pytest.mark.skipif(sys.platform != "linux", reason="open files are seen on Linux")
def test_a_file_that_somebody_has_open_for_writing_waits(office: Workspace) -> None:
    path = put(office, "scan.pdf", form(office, 1), age=9999)
    writer = subprocess.Popen([sys.executable, "-c", _HOLD, str(path)], stdout=subprocess.PIPE)
    try:
        assert writer.stdout is not None and writer.stdout.readline()
        assert being_written(path)
        assert _held_by_a_process(path.stat())
        assert outcomes(office) == {"scan.pdf": "waiting"}
    finally:
        writer.kill()
        writer.communicate()
    assert not being_written(path)
    assert not _held_by_a_process(path.stat())
    assert outcomes(office) == {"scan.pdf": "filed"}


def test_whole_files_need_not_wait(tmp_path: Path) -> None:
    Image.new("L", (60, 60), 255).save(tmp_path / "a.jpg")
    Image.new("L", (60, 60), 255).save(tmp_path / "b.png")
    (tmp_path / "c.pdf").write_bytes(paper([(["letter"], "")]))
    whole = {name: (tmp_path / name).read_bytes() for name in ("a.jpg", "b.png", "c.pdf")}
    assert [entry.verdict for entry in entries(tmp_path, 120)] == ["take"] * 3
    for name, data in whole.items():
        (tmp_path / name).write_bytes(data[:-20])
    assert [entry.verdict for entry in entries(tmp_path, 120)] == ["waiting"] * 3
    future = time.time() + 60
    os.utime(tmp_path / "a.jpg", (future, future))
    assert [entry.verdict for entry in entries(tmp_path, 30)] == ["take", "waiting", "waiting"]


def test_what_is_no_paper_is_told_and_left(office: Workspace, tmp_path: Path) -> None:
    inbox = office.root / "inbox"
    told = {
        "Thumbs.db": "系统",
        "desktop.ini": "系统",
        "~$通知.docx": "办公软件",
        "scan.pdf.crdownload": "没有传完",
        "scan.PART": "没有传完",
        "x.tmp": "没有传完",
        ".DS_Store": "隐藏",
    }
    for name in told:
        put(office, name, b"data", age=9999)
    secret = tmp_path / "passwords"
    secret.write_bytes(b"root:x:0:0")
    (inbox / "link.pdf").symlink_to(secret)
    (inbox / "dead.pdf").symlink_to(tmp_path / "nowhere")
    (inbox / "folder").symlink_to(tmp_path)
    os.mkfifo(inbox / "pipe.pdf")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(inbox / "door.pdf"))
    report = receive(office, inbox=True)
    assert {one.name: one.outcome for one in report.files} == dict.fromkeys(
        (*told, "link.pdf", "dead.pdf", "folder", "pipe.pdf", "door.pdf"), "left"
    )
    words = {one.name: one.notices[0].message for one in report.files}
    assert all(word in words[name] for name, word in told.items())
    assert "链接" in words["link.pdf"] and "管道" in words["pipe.pdf"]
    assert report.exit_code == 0
    assert {path.name for path in inbox.iterdir()} >= {"Thumbs.db", "link.pdf", "pipe.pdf"}
    assert b"root:x:0:0" not in b"".join(
        path.read_bytes() for path in (office.root / "archive").rglob("*") if path.is_file()
    )


def test_a_link_put_in_place_of_a_file_is_not_followed(office: Workspace, tmp_path: Path) -> None:
    secret = tmp_path / "passwords"
    secret.write_bytes(b"root:x:0:0")
    link = office.root / "inbox" / "scan.pdf"
    link.symlink_to(secret)
    os.mkfifo(office.root / "inbox" / "pipe.pdf")
    report = receive(office, [link, office.root / "inbox" / "pipe.pdf", office.root / "inbox" / "none.pdf"])
    assert [one.outcome for one in report.files] == ["failed"] * 3
    assert report.exit_code == 3
    assert link.is_symlink() and secret.read_bytes() == b"root:x:0:0"


NAMES = [
    "测试gbk.pdf".encode("gb18030"),
    "e\u0301.pdf".encode(),
    b"a\nb\x1b[31m.pdf",
    "\u202efdp.exe.pdf".encode(),
    b"\xff\xfe.pdf",
    b"x" * 251 + b".pdf",
    "名".encode() * 84 + b".p",
    b" .pdf",
    b"-rf.pdf",
    b"a:b*c?.pdf",
]


def test_any_bytes_are_a_name(office: Workspace) -> None:
    """Each holds another letter; the last in order a good form: all of them are kept, none stops the others."""
    for number, name in enumerate(NAMES):
        put(office, name, paper([([f"letter {number}"], "")]))
    put(office, "zz.pdf", form(office, 1))
    report = receive(office, inbox=True)
    assert sorted(one.outcome for one in report.files) == sorted(["unfiled"] * len(NAMES) + ["filed"])
    assert list((office.root / "inbox").glob("*")) == [office.root / "inbox" / ".receiving"]
    assert json.dumps(report.as_json(), ensure_ascii=False).encode()
    "\n".join(report.lines()).encode()
    names = {one.name for one in report.files}
    assert {"测试gbk.pdf", "é.pdf", "a%0Ab%1B[31m.pdf", "%E2%80%AEfdp.exe.pdf"} <= names
    with office.read() as connection:
        waiting = receipts.unfiled_pages(connection)
    assert {receipt.name for receipt, _ in waiting} == names - {"zz.pdf"}
    for receipt, _ in waiting:
        state = store_of(office).inventory(receipt.object).version().state
        assert any(path.startswith("original/") for path in state)


def test_the_command_takes_any_name_and_tells_the_rest(office: Workspace) -> None:
    put(office, NAMES[0], b"%PDF-1.7 half")
    put(office, NAMES[2], paper([(["letter"], "")]))
    office.close()
    command = [sys.executable, ROOT / "cli.py", "--workspace", office.root, "receive", "--inbox", "--no-read"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "测试gbk.pdf：这次没有收" in done.stdout
    assert "a%0Ab%1B[31m.pdf：已保存，待人工归档" in done.stdout


def test_a_defect_of_ours_costs_one_file_its_turn(office: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    import archive.receiving.receive as module

    real = module.examine

    def examine(workspace: Workspace, path: Path, *rest: object) -> object:
        if b"letter" in path.read_bytes():
            raise ZeroDivisionError("what nobody thought of")
        return real(workspace, path, *rest)

    monkeypatch.setattr(module, "examine", examine)
    put(office, "a.pdf", paper([(["letter"], "")]))
    put(office, "b.pdf", form(office, 1))
    report = receive(office, inbox=True)
    assert {one.name: one.outcome for one in report.files} == {"a.pdf": "failed", "b.pdf": "filed"}
    assert report.exit_code == 1
    notice = report.files[0].notices[0]
    log = Path(notice.remedy.split()[1])
    assert "what nobody thought of" in log.read_text()
    log.unlink()
    again = receive(office, inbox=True)
    assert [one.outcome for one in again.files] == ["failed"], "told once, though it is begun and in the inbox"
    assert (office.root / "inbox" / "a.pdf").is_file()
    monkeypatch.undo()
    final = receive(office, inbox=True)
    assert [one.outcome for one in final.files] == ["unfiled", "known"]
    assert not (office.root / "inbox" / "a.pdf").exists()


def test_a_begun_file_keeps_its_copy_until_it_is_done(office: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The original may be gone by then: the copy is all there is."""
    import archive.receiving.receive as module

    path = put(office, "a.pdf", form(office, 1))
    monkeypatch.setattr(module, "examine", lambda *_: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    assert outcomes(office) == {"a.pdf": "failed"}
    path.unlink()
    assert outcomes(office) == {"a.pdf": "failed"}
    monkeypatch.undo()
    assert outcomes(office) == {"a.pdf": "filed"}


def test_readable_names() -> None:
    assert readable_name("/x/报告 第一页.pdf") == "报告 第一页.pdf"
    assert readable_name(os.fsdecode("报告.pdf".encode("gb18030"))) == "报告.pdf"
    assert readable_name("e\u0301\u3000a\x00\u200b") == "é\u3000a%00%E2%80%8B"
    readable_name(os.fsdecode(b"\xff\xff\x80")).encode()
