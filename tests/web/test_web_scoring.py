"""The sheet of points on the pages: an own sheet brought in without a command, scores with reasons, files through the gate."""

from __future__ import annotations

import html
import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import httpx
import openpyxl
import pytest
from web_site import Site, csrf

ROWS = (
    ("序号", "考核项目", "考核内容", "分值", "评分标准", "印证材料", "责任单位"),
    (1, "组织领导", "成立领导小组", 5, "成立得5分", "文件", "各单位"),
    (2, "公示", "按期公示检查结果", "15分", "按比例计分", "截图", ""),
    (3, "公示", "公示内容规范", "5-10", "视情况", "", ""),
)


@pytest.fixture(scope="module")
def site(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("scoring") / "office"
    subprocess.run(["cp", "-r", example, root], check=True)
    running = Site(root)
    yield running
    running.close()


def own_sheet() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in ROWS:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def told(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return unquote(answer.headers["location"].partition("notice=")[2].partition("&")[0]).replace("+", " ")


@pytest.mark.timeout(240)
def test_an_own_sheet_is_brought_in_filled_in_and_downloaded(site: Site) -> None:
    with site.client("assessor") as client:
        page = client.post(
            "/scoring/import",
            data={"csrf": csrf(client), "identity": "own"},
            files={"file": ("细则.xlsx", own_sheet())},
        )
        assert page.status_code == 200, page.text
        text = html.unescape(page.text)
        assert "分值写的是“5-10”" in text
        address = re.findall(r'action="(/scoring/import/[^"]+)"', page.text)[0]
        form = {"csrf": csrf(client), "name": "本县考核细则"}
        assert "要先回答" in client.post(address, data=form).text
        answered = form | {"r4": "5", "f2.1": "disclosure_in_time"}
        assert "本县考核细则" in told(client.post(address, data=answered))
        shown = html.unescape(client.get("/scoring?year=2026&sheet=own").text)
        assert "本县考核细则" in shown
        assert "待评" in shown
        fields = {"csrf": csrf(client), "year": "2026", "sheet": "own", "unit": "", "item": "1.1", "step": "check"}
        assert client.post("/scoring/set", data=fields | {"points": "9", "reason": "多"}).status_code == 400
        assert client.post("/scoring/set", data=fields | {"points": "nan", "reason": "多"}).status_code == 400
        assert client.post("/scoring/set", data=fields | {"points": "4", "reason": ""}).status_code == 400
        reason = "电话 13900000001 核实，有文件<b>"
        assert "核查 4 分" in told(client.post("/scoring/set", data=fields | {"points": "4", "reason": reason}))
        page = client.get("/scoring?year=2026&sheet=own")
        assert "13900000001" not in page.text
        assert "有文件<b>" not in page.text
        assert "有文件&lt;b&gt;" in page.text
        book = openpyxl.load_workbook(io.BytesIO(client.get("/scoring/file?year=2026&sheet=own&file=xlsx").content))
        assert {row[0]: row[7] for row in book["评分"].iter_rows(min_row=3, values_only=True)}["1.1"] == "4"
        assert client.get("/scoring/file?year=2026&sheet=own&file=docx").content[:2] == b"PK"
        assert client.get("/scoring?year=2026&sheet=../../office").status_code == 404


def test_who_may_not_assess_sees_nothing_of_it(site: Site) -> None:
    with site.client("clerk") as client:
        for path in ("/scoring?year=2026", "/scoring/file?year=2026&file=xlsx"):
            assert client.get(path).status_code == 403
        assert client.post("/scoring/set", data={"csrf": csrf(client)}).status_code == 403


@pytest.mark.timeout(240)
def test_a_pack_is_handed_in_on_the_page_and_the_next_one_goes_beside_it(site: Site) -> None:
    with site.client("assessor") as client:
        fields = {"csrf": csrf(client), "year": "2026", "rendition": "public"}
        assert client.post("/assessment/submit", data=fields).status_code == 404
        site.wait(client, client.post("/assessment/pack", data=fields))
        done = site.wait(client, client.post("/assessment/submit", data=fields | {"to": "市双随机办"}))
        assert "第1次上报（公开版）已定版" in html.unescape(done)
        page = html.unescape(client.get("/assessment?year=2026").text)
        assert "2026年度第1次上报（公开版）" in page
        assert "报市双随机办" in page
        first = site.workspace.path("assessments", "2026年度考核佐证-公开版")
        kept = {path: path.read_bytes() for path in first.rglob("*") if path.is_file()}
        site.wait(client, client.post("/assessment/pack", data=fields))
        assert {path: path.read_bytes() for path in first.rglob("*") if path.is_file()} == kept
        assert first.with_name(f"{first.name}-第2版").is_dir()
