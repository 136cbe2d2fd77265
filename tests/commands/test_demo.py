"""The demo as a new user runs it: the whole chain twice over, with nothing but Python on the path, and with LibreOffice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from places import NOW, ROOT

from archive.demonstration import example_folder, open_example
from ssj_docs.documents.batch import form_orders
from ssj_docs.documents.forms.page_code import PageCode, decode
from ssj_docs.documents.issue import issue_forms


def demo(folder: Path, path: str | None = None) -> dict[str, Any]:
    environment = {"PATH": path} if path is not None else None
    done = subprocess.run(
        [sys.executable, ROOT / "cli.py", "demo", folder, "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    value: dict[str, Any] = json.loads(done.stdout)
    return value


@pytest.mark.timeout(1200)
def test_the_demo_without_libreoffice_says_so_and_repeats_safely(tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    first = demo(tmp_path / "office", str(empty))
    assert any("LibreOffice" in told for told in first["left_out"])
    assert first["hit"]["origin"] == "ocr"
    assert "签字" in first["hit"]["snippet"]
    assert (tmp_path / "office" / first["hit"]["path"]).is_file()
    again = demo(tmp_path / "office", str(empty))
    assert again["numbers"] == first["numbers"] == ["青双随机办〔2026〕1号"]
    assert again["hit"] == first["hit"]
    steps = dict(again["steps"])
    assert "本次新制作 0 件" in steps["印发"]
    assert steps["识别文字"].startswith("0 页")
    assert "问题 0 处，流水完好" in steps["核验"]
    assert [p.name for p in (tmp_path / "office" / "assessments").iterdir()] == ["2026年度考核佐证-原件版"]


@pytest.mark.timeout(1200)
def test_the_demo_with_libreoffice_confirms_the_scans(tmp_path: Path) -> None:
    done = demo(tmp_path / "office")
    assert done["left_out"] == []
    assert done["hit"]["origin"] == "issued"  # the scan was held against the page that was issued
    assert "失败 0 页，与原发文字不符 0 页" in dict(done["steps"])["识别文字"]
    assert "问题 0 处" in dict(done["steps"])["核验"]


def test_the_signed_copies_belong_to_the_forms_made_today(tmp_path: Path) -> None:
    """If a form's data change, examples/make_signed.py has to be run again."""
    import zxingcpp
    from pypdfium2 import PdfDocument

    workspace = open_example(tmp_path / "office", now=NOW)
    made = {
        one.document.case: one.document
        for one in issue_forms(workspace, form_orders(workspace, "2026-001", ["jilubiao"]))
    }
    found = set()
    with PdfDocument(next((example_folder() / "signed").glob("扫描 2026-001*"))) as pdf:
        for page in pdf:
            for code in zxingcpp.read_barcodes(page.render(scale=150 / 72).to_pil()):
                read = decode(code.text, workspace.key, workspace.office.code)
                assert isinstance(read, PageCode)
                assert made[read.subject].content_digest[:8].upper() == read.digest
                assert made[read.subject].pages == read.pages
                found.add(read.subject)
    assert len(found) == 8
