"""Somebody with every right on the files alters them and what tells of them: each time `ssj verify` names it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import rmtree

import pytest
from case_office import NOW, stored_path
from certificates import authority
from sqlalchemy import delete, insert, select, update

from archive.cases import catalogue
from archive.cases.case_file import NewItem, add_item
from archive.preservation import register_snapshot
from archive.preservation.adoption import adopt_by_hand
from archive.preservation.fixity import verify
from archive.preservation.opening import open_office
from archive.signatures.check import adopted_trust
from archive.signatures.trust_files import add_trust
from archive.store.opening import store_of
from ssj_docs.database import journal, schema
from ssj_docs.ground.canonical import sha256_of
from ssj_docs.ground.errors import DataError, FixityError
from ssj_docs.office.settings_change import read_settings, save_settings
from ssj_docs.office.workspace import Workspace, open_workspace

CASE, OTHER = "2026-003-0012", "2026-003-0013"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def kept(office: Workspace, paper: Callable[..., NewItem]) -> Workspace:
    """An office with two cases, an issued paper and a received stack, checked twice."""
    data = b"issued paper"
    path = "issued/2026/a.docx"
    (office.root / "issued/2026").mkdir()
    (office.root / path).write_bytes(data)
    stack = b"a stack of scans"
    digest = hashlib.sha256(stack).hexdigest()
    store_of(office).add_version(
        f"received-{digest[:12]}", {"original/stack.pdf": stack}, message="收件", user="x", created=NOW
    )
    with office.transaction() as connection:
        for case, content in ((CASE, b"%PDF signed 1"), (CASE, b"second"), (OTHER, b"third")):
            add_item(office, connection, case, paper(content))
        connection.execute(insert(schema.issued).values(**issued_row(path, data)))
        office.log(connection, "issue", "a-v1", {"path": path, "number": ""}, hashlib.sha256(data).hexdigest())
        connection.execute(
            insert(schema.receipts).values(
                sha256=digest, name="stack.pdf", bytes=len(stack), type="pdf", state="done", options={}, pages=0,
                object=f"received-{digest[:12]}", report={}, who="x", received_at="2026-05-04",
            )
        )  # fmt: skip
        office.log(connection, "receive", "stack.pdf", {}, digest)
    for _ in range(2):
        assert verify(office).sound, verify(office).faults
    return office


def issued_row(path: str, data: bytes) -> dict[str, object]:
    texts = dict.fromkeys(("number", "task", "case", "department", "content_digest", "pdf_path", "pdf_sha256"), "")
    told = {"id": "a-v1", "kind": "tongzhi", "title": "通知", "date": None, "pages": 1, "version": 1, "current": True}
    return texts | told | {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "issued_at": "x"}


def named(office: Workspace) -> str:
    """What another process says of it, in one text."""
    office.close()
    with open_workspace(office.root, today=LATER.date(), now=LATER, who="核验员") as again:
        report = verify(again)
    assert not report.sound
    return "\n".join([*(f"{fault.path}：{fault.fault}" for fault in report.faults), report.journal])


def sql(office: Workspace, *statements: str) -> None:
    """Change rows behind the program's back."""
    office.close()
    with closing(sqlite3.connect(office.root / "ssj.db")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def forge_row(office: Workspace, action: str, subject: str) -> None:
    """Append a well-formed row to the journal: the chain has no key."""
    with office.database.transaction() as connection:
        journal.append(connection, when=NOW, who="甲", action=action, subject=subject)


def replace_paper(office: Workspace, content: bytes) -> None:
    """Exchange an archived file with its inventories, sidecars, sums, records and catalogue row: the store made anew."""
    store = store_of(office)
    with office.read() as connection:
        items = catalogue.load_items(connection, CASE)
    forged = replace(
        items[0],
        files=(replace(items[0].main, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content)),),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    inventory = store.inventory(CASE)
    files = {path: store.read(CASE, path) for path in inventory.version().state if path != "sm3sum.txt"}
    files[forged.main.path] = content
    told = json.loads(files["items/0001/item.json"]) | {"sha256": forged.sha256, "files": forged.as_json()["files"]}
    files["items/0001/item.json"] = json.dumps(told, ensure_ascii=False).encode()
    rmtree(office.root / "archive" / store.name(CASE))
    store.add_version(CASE, files, message="归档", user="王档案", created=NOW)
    with office.database.transaction() as connection:
        for item in (forged, *items[1:]):
            catalogue.update_item(connection, replace(item, version="v1"))


def test_the_file_alone(kept: Workspace) -> None:
    with kept.read() as connection:
        path = stored_path(kept, catalogue.load_item(connection, CASE, "0001"))
    path.write_bytes(b"%PDF forged")
    assert "内容被改动" in named(kept)


def test_the_file_with_its_inventories_and_records_and_catalogue_row(kept: Workspace) -> None:
    replace_paper(kept, b"%PDF forged")
    assert "目录中的 SHA-256 与流水中归档时的不符" in named(kept)


def test_a_file_whose_journal_row_is_rewritten_too(kept: Workspace) -> None:
    replace_paper(kept, b"%PDF forged")
    rewrite_journal(kept, lambda row: row | {"digest": hashlib.sha256(b"%PDF forged").hexdigest()}, "archive")
    assert "与登记快照不符" in named(kept)


def rewrite_journal(
    office: Workspace, change: Callable[[dict[str, object]], dict[str, object]], action: str, subject: str = ""
) -> None:
    """Change the first row of an action, or leave it out, and chain every row anew."""
    done = False
    with office.database.transaction() as connection:
        rows = [
            dict(row) for row in connection.execute(select(schema.journal).order_by(schema.journal.c.id)).mappings()
        ]
        connection.execute(delete(schema.journal))
        previous = journal.GENESIS
        for number, row in enumerate(rows, 1):
            if row["action"] == action and subject in (row["subject"], "") and not done:
                rows[number - 1], done = change(row), True
            body = {key: rows[number - 1][key] for key in ("when", "who", "action", "subject", "detail", "digest")} | {
                "id": number
            }
            digest = sha256_of((previous + journal.canonical_json(body)).encode())
            connection.execute(insert(schema.journal).values(**body, previous=previous, hash=digest))
            previous = digest


def test_the_snapshot_object_deleted(kept: Workspace) -> None:
    rmtree(kept.root / "archive" / store_of(kept).name(register_snapshot.OBJECT))
    (kept.root / "ssj.db.seal").unlink()
    assert "登记快照不见了" in named(kept)
    with pytest.raises(FixityError, match="登记快照不见了"):
        register_snapshot.keep_registers(kept)
    adopt_by_hand(kept, "磁盘损坏，经查登记簿无误")
    assert verify(kept).sound


def test_everything_rewritten_and_the_snapshot_deleted(kept: Workspace) -> None:
    replace_paper(kept, b"%PDF forged")
    rewrite_journal(kept, lambda row: row | {"digest": hashlib.sha256(b"%PDF forged").hexdigest()}, "archive")
    rmtree(kept.root / "archive" / store_of(kept).name(register_snapshot.OBJECT))
    (kept.root / "ssj.db.seal").unlink()
    assert "登记快照不见了" in named(kept)


def test_a_whole_case_taken_out_of_store_and_rows(kept: Workspace) -> None:
    rmtree(kept.root / "archive" / store_of(kept).name(OTHER))
    with kept.database.transaction() as connection:
        connection.execute(delete(schema.archive_items).where(schema.archive_items.c.case == OTHER))
    assert "流水中有归档记录而目录中没有此件" in named(kept)


def test_an_issued_paper_with_its_row(kept: Workspace) -> None:
    (kept.root / "issued/2026/a.docx").write_bytes(b"another")
    with kept.database.transaction() as connection:
        connection.execute(update(schema.issued).values(sha256=hashlib.sha256(b"another").hexdigest()))
    assert "与流水中印发时的不符" in named(kept)


def test_an_issued_paper_removed_with_its_row(kept: Workspace) -> None:
    (kept.root / "issued/2026/a.docx").unlink()
    with kept.database.transaction() as connection:
        connection.execute(delete(schema.issued))
    assert "流水中已印发而成文登记中没有" in named(kept)


@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("forged", ["", "login", "verify.note"])
def test_a_subject_and_a_finding_changed(kept: Workspace, forged: str, counted: bool) -> None:
    """Also after a well-formed row was appended to the journal, and with the counter of changes moved on."""
    statements = ["UPDATE subjects SET name = '别的加油站' WHERE id = 'S12'", "DELETE FROM findings"]
    if counted:
        statements.append("UPDATE table_changes SET changes = changes + 1 WHERE name IN ('subjects', 'findings')")
    sql(kept, *statements)
    if forged:
        forge_row(kept, forged, "甲")
    told = named(kept)
    assert "登记“S12”与登记快照不符" in told and "ssj.db/findings" in told


def test_a_change_adopted_by_the_next_snapshot_is_still_named(kept: Workspace) -> None:
    sql(kept, "UPDATE subjects SET name = '别的加油站' WHERE id = 'S12'")
    forge_row(kept, "login", "甲")
    register_snapshot.keep_registers(kept)
    assert "登记“S12”与登记快照不符" in named(kept)


def test_a_destruction_that_no_order_began(kept: Workspace) -> None:
    with kept.database.transaction() as connection:
        item = replace(catalogue.load_item(connection, CASE, "0001"), state="destroyed")
        catalogue.update_item(connection, item)
    assert "目录称已销毁，流水中没有销毁记录" in named(kept)


def test_a_paper_called_withdrawn_that_nobody_withdrew(kept: Workspace) -> None:
    with kept.database.transaction() as connection:
        item = replace(catalogue.load_item(connection, CASE, "0001"), state="withdrawn")
        catalogue.update_item(connection, item)
    assert "目录中撤出与否与流水不符" in named(kept)


def test_a_received_stack_taken_out_of_the_register(kept: Workspace) -> None:
    sql(kept, "DELETE FROM receipts", "UPDATE table_changes SET changes = changes + 1 WHERE name = 'receipts'")
    forge_row(kept, "login", "甲")
    assert "流水中收到过“stack.pdf”而收件登记中没有" in named(kept)


def test_a_received_stack_exchanged(kept: Workspace) -> None:
    store = store_of(kept)
    name = next(name for name in store.objects() if name.startswith("received-"))
    rmtree(kept.root / "archive" / store.name(name))
    store.add_version(name, {"original/stack.pdf": b"other"}, message="收件", user="x", created=NOW)
    assert "的内容与流水中收到时的 SHA-256 不符" in named(kept)


def test_a_check_that_found_something_taken_out_of_the_history(kept: Workspace) -> None:
    sql(kept, "DELETE FROM fixity_checks WHERE id = 1")
    forge_row(kept, "login", "甲")
    assert "核验历史有 1 条，流水中有 2 条" in named(kept)


def test_the_result_of_a_check_changed(kept: Workspace) -> None:
    sql(kept, "UPDATE fixity_checks SET files = 1 WHERE id = 1")
    forge_row(kept, "login", "甲")
    assert "核验记录与它的摘要不符" in named(kept)


@pytest.mark.parametrize("edit", ["key", "term", "root", "template", "crl"])
def test_settings_edited_by_hand(kept: Workspace, edit: str, tmp_path: Path) -> None:
    root = kept.root
    if edit == "key":
        (root / "ssj.key").write_text("00" * 32)
    if edit == "term":
        text = (root / "office.toml").read_text("utf-8")
        (root / "office.toml").write_text(text.replace("years = 30", "years = 15"), "utf-8")
    if edit == "root":
        (root / "trust" / "root.pem").write_bytes(authority().certificate)
    if edit == "template":
        (root / "templates" / "jilubiao.docx").write_bytes(b"another form")
    if edit == "crl":
        (tmp_path / "root.pem").write_bytes(authority().certificate)
        add_trust(kept, [tmp_path / "root.pem"])
        assert verify(kept).sound
        (root / "trust" / "root.pem").unlink()
    names = {"key": "ssj.key", "term": "office.toml", "root": "trust/root.pem", "template": "templates/jilubiao.docx"}
    told = named(kept)
    assert f"{names.get(edit, 'trust/root.pem')}：" in told and "没有登记" in told


def test_a_root_put_there_by_hand_trusts_nothing_until_it_is_adopted(kept: Workspace, tmp_path: Path) -> None:
    (kept.root / "trust" / "root.pem").write_bytes(authority().certificate)
    assert adopted_trust(kept) == ()
    edits = adopt_by_hand(kept, "信息办 2026-05-04 提供")
    assert [(one.path, one.kind) for one in edits] == [("trust/root.pem", "added")]
    assert [path.name for path in adopted_trust(kept)] == ["root.pem"]
    (tmp_path / "second.pem").write_bytes(authority("第二根").certificate)
    added = add_trust(kept, [tmp_path / "second.pem"])
    assert added[0].holds[0].startswith("证书")
    assert len(adopted_trust(kept)) == 2 and verify(kept).sound
    (tmp_path / "no.pem").write_bytes(b"nothing")
    with pytest.raises(DataError):
        add_trust(kept, [tmp_path / "no.pem"])


def test_an_adoption_tells_the_difference(kept: Workspace) -> None:
    place = kept.root / "office.toml"
    place.write_text(place.read_text("utf-8").replace("years = 30", "years = 15", 1), "utf-8")
    edit = adopt_by_hand(kept, "保管期限表调整")[0]
    assert any(line.startswith("-") and "years = 30" in line for line in edit.difference)
    assert any(line.startswith("+") and "years = 15" in line for line in edit.difference)
    with kept.read() as connection:
        t = schema.journal.c
        detail = connection.execute(select(t.detail).where(t.action == "adopt").order_by(t.id.desc())).scalars().first()
    assert json.loads(str(detail))["reason"] == "保管期限表调整" and "years = 15" in str(detail)
    assert verify(kept).sound


def test_the_pages_change_settings_under_the_chain_but_adopt_no_hand_edit(kept: Workspace) -> None:
    text, mark = read_settings(kept)
    office = save_settings(kept, text.replace("min_inspectors = 2", "min_inspectors = 3"), mark, "规则")
    assert verify(office).sound
    place = kept.root / "office.toml"
    place.write_text(place.read_text("utf-8").replace("years = 30", "years = 15", 1), "utf-8")
    text, mark = read_settings(kept)
    save_settings(kept, text.replace("min_inspectors = 3", "min_inspectors = 2"), mark, "规则")
    assert "office.toml" in named(kept)


def test_an_office_that_has_issued_nothing_edits_freely(office: Workspace) -> None:
    (office.root / "trust" / "root.pem").write_bytes(authority().certificate)
    place = office.root / "office.toml"
    place.write_text(place.read_text("utf-8").replace("years = 30", "years = 15", 1), "utf-8")
    assert verify(office).sound
    assert [path.name for path in adopted_trust(office)] == ["root.pem"]


def test_a_clock_set_back(kept: Workspace) -> None:
    early = NOW - timedelta(days=2000)
    with open_office(kept.root, today=early.date(), now=early, who="甲") as back:
        with pytest.raises(DataError, match="时钟"), back.transaction():
            pass
        assert any("电脑的时钟早于流水最后一行" in fault.fault for fault in verify(back).faults)
    past = replace(kept, now=early)
    with past.transaction() as connection:
        past.log(connection, "receive.read", "甲")
    assert "的时间 2020" in named(kept) and "时钟被拨回" in named(kept)
