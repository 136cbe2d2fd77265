"""The four-property check and the transfer bag."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import bagit
import pikepdf
import pytest
from case_office import stored_path

from archive.cases.case_file import NewItem, add_item
from archive.preservation.fixity import verify
from archive.preservation.four_properties import check_case
from archive.preservation.transfer import transfer
from archive.store.opening import store_of
from ssj_docs.ground.errors import FixityError, NotFoundError, UsageError
from ssj_docs.office.workspace import Workspace

CASE = "2026-003-0012"


def real_pdf(pages: int = 1, script: bool = False) -> bytes:
    pdf, out = pikepdf.Pdf.new(), io.BytesIO()
    for _ in range(pages):
        pdf.add_blank_page()
    if script:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def verdicts(office: Workspace, **changes: object) -> dict[tuple[str, str], str]:
    return {(c.code, c.subject): c.verdict for c in check_case(office, CASE, **changes).checks}


def test_a_sound_item(office: Workspace, paper: Callable[..., NewItem], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")  # no virus scanner
    with office.transaction() as connection:
        add_item(office, connection, CASE, paper(real_pdf(2), verdict="undetermined"))
    report = check_case(office, CASE, "intake")
    found = {(c.code, c.subject): c.verdict for c in report.checks}
    one = f"{CASE}/0001"
    assert {key: verdict for key, verdict in found.items() if verdict != "passed"} == {
        ("ZS-02", one): "not_run",
        ("ZS-04", one): "not_run",
        ("WZ-05", CASE): "not_applicable",
        ("AQ-01", CASE): "not_run",
    }
    kept = json.loads(store_of(office).read(CASE, "checks/20260504T093000-intake.json"))
    assert kept["verdict"] == report.verdict == "not_run" and len(kept["checks"]) == len(report.checks)
    assert verify(office).sound


def test_what_is_wrong_is_said(office: Workspace, paper: Callable[..., NewItem]) -> None:
    with office.transaction() as connection:
        add_item(office, connection, CASE, paper(real_pdf(1), verdict="failed"))
        add_item(office, connection, CASE, paper(real_pdf(3, script=True), date=date(2030, 1, 1), number="乱写"))
        add_item(office, connection, CASE, paper(b"no pdf", files={"a.exe": b"MZ"}, date=None))
        add_item(office, connection, CASE, paper(b"%PDF-1.7 broken", title="坏"))
    found = verdicts(office, keep=False)
    assert found["ZS-02", f"{CASE}/0001"] == "failed"
    assert found["WZ-04", f"{CASE}/0001"] == "failed"  # two pages recorded, one in the file
    assert found["ZS-03", f"{CASE}/0002"] == "failed"
    assert found["AQ-04", f"{CASE}/0002"] == "failed"
    assert found["KY-02", f"{CASE}/0003"] == "failed"
    assert found["KY-03", f"{CASE}/0003"] == "not_run"
    assert found["WZ-03", f"{CASE}/0003"] == "failed"
    assert found["KY-03", f"{CASE}/0004"] == "failed"
    assert store_of(office).inventory(CASE).head == "v4"


def test_altered_content_fails_and_nothing_reads_as_a_pass(office: Workspace, paper: Callable[..., NewItem]) -> None:
    with office.transaction() as connection:
        item = add_item(office, connection, CASE, paper(real_pdf(2)))
    stored_path(office, item).write_bytes(real_pdf(3))
    found = verdicts(office, keep=False)
    assert found["ZS-01", CASE] == "failed"
    assert found["ZS-05", CASE] == found["WZ-01", CASE] == "not_run"
    with pytest.raises(FixityError):
        transfer(office, [CASE], office.root / "bag")
    assert not (office.root / "bag").exists()


def test_the_bag_is_valid_by_the_standard_tool(
    office: Workspace, paper: Callable[..., NewItem], tmp_path: Path
) -> None:
    with office.transaction() as connection:
        item = add_item(office, connection, CASE, paper(real_pdf(2), title="=cmd|记录表"))
    report = transfer(office, [CASE], tmp_path / "移交")
    bag = bagit.Bag(str(tmp_path / "移交"))
    assert bag.validate()
    assert (report.cases, report.items) == (1, 1)
    data = tmp_path / "移交/data"
    assert (data / "案卷" / CASE / item.main.path).read_bytes() == real_pdf(2)
    rows = list(csv.reader((data / "移交目录.csv").read_text("utf-8-sig").splitlines()))
    assert rows[1][6] == "'=cmd|记录表" and rows[1][11] == item.sha256
    assert (data / "案卷" / CASE / "checks/20260504T093000-transfer.json").is_file()
    assert "四性检测" in (data / "移交信息.xml").read_text()
    assert "尚未编档号" in report.open_points[CASE] and "通过：" not in report.open_points[CASE].replace("不通过：", "")
    (data / "案卷" / CASE / item.main.path).write_bytes(real_pdf(1))
    assert not bagit.Bag(str(tmp_path / "移交")).is_valid()
    with pytest.raises(UsageError):
        transfer(office, [CASE], tmp_path / "移交")
    with pytest.raises(NotFoundError):
        transfer(office, ["2026-003-9999"], tmp_path / "x")
    assert not [p for p in tmp_path.iterdir() if p.name.endswith(".part")]
