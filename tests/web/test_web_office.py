"""What office people do on the pages: write and preview, draw, put evidence, look at charts, keep and change settings."""

from __future__ import annotations

import html
import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from places import ROOT
from sqlalchemy import delete, select, update
from web_site import Site, csrf, faulty_plan

from ssj_docs.database import schema


@pytest.fixture(scope="module")
def site(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server of its own over a copy: what is drawn, destroyed and set here is nobody else's.

    The copy is made by another process: to close ssj.db here would give up SQLite's locks of the server over the original.
    """
    root = tmp_path_factory.mktemp("office") / "office"
    subprocess.run(["cp", "-r", example, root], check=True)
    running = Site(root)
    yield running
    running.close()


PAPER = (
    "青禾县双随机办文件\r\n青双随机办〔2026〕9号\r\n关于做好某项联合抽查工作的通知\r\n各成员单位：\r\n一、\t提高认识\r\n正文一段。\r\n"
    "2026年11月18日\r\n"
)


def notice(answer: httpx.Response) -> str:
    """What a redirect tells."""
    assert answer.status_code == 303, answer.text
    return unquote(answer.headers["location"].partition("notice=")[2].partition("&")[0]).replace("+", " ")


def paste(client: httpx.Client, text: str = PAPER) -> str:
    """A draft made of a pasted paper; its address."""
    answer = client.post("/drafts/paste", data={"csrf": csrf(client), "kind": "tongzhi", "text": text})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


# --- 发文 -------------------------------------------------------------------------------------------------------------
def test_a_draft_is_previewed_as_it_stands_and_nothing_is_saved(site: Site) -> None:
    with site.client("clerk") as client, site.client("clerk") as other:
        address = paste(client)
        page = html.unescape(client.get(address).text)
        assert "一、提高认识" in page
        assert '<script src="/static/draft.js" defer></script>' in page
        text = page.split('rows="30">')[1].split("</textarea>")[0]
        first = client.post(f"{address}/preview", data={"csrf": csrf(client), "text": text + "另起一段。"})
        assert first.headers["x-preview"] == "done"
        assert "版式符合" in first.text
        pictures = re.findall(r'src="(/preview/[^"]+)"', first.text)
        assert client.get(pictures[0]).content[:3] == b"\xff\xd8\xff"
        again = client.post(f"{address}/preview", data={"csrf": csrf(client), "text": text + "另起一段。"})
        assert re.findall(r'src="(/preview/[^"]+)"', again.text) == pictures, "the same text is not laid out twice"
        assert "另起一段" not in client.get(address).text
        wrong = client.post(
            f"{address}/preview", data={"csrf": csrf(client), "text": "---\n标题: 甲\n怪: 乙\n---\n正文"}
        )
        assert "第 3 行" in wrong.text
        other.cookies.clear()
        assert other.get(pictures[0]).status_code == 303
    with site.client("trusted") as stranger:
        assert stranger.get(pictures[0]).status_code == 403


def test_without_libreoffice_the_text_is_laid_out_and_said_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSJ_SOFFICE", "/nowhere/soffice")
    with site.client("clerk") as client:
        address = paste(client, PAPER.replace("某项", "无转换程序的"))
        text = html.unescape(client.get(address).text).split('rows="30">')[1].split("</textarea>")[0]
        shown = client.post(f"{address}/preview", data={"csrf": csrf(client), "text": text}).text
        assert "不存在或不能执行" in shown
        assert '<p class="level1"><b>一、提高认识</b></p>' in shown
        page = client.post(
            address,
            data={
                "csrf": csrf(client),
                "text": text,
                "do": "preview",
                "read": client.get(address).text.split('name="read" value="')[1][:64],
            },
        )
        assert '<p class="level1">' in page.text, "the button does the same without a script"


def test_a_queue_of_previews_ends_somewhere(site: Site) -> None:
    with site.client("clerk") as client:
        address = paste(client, PAPER.replace("某项", "排队的"))
        queue = site.server.previews._queue
        held = [queue.acquire(blocking=False) for _ in range(9)]
        try:
            answer = client.post(
                f"{address}/preview", data={"csrf": csrf(client), "text": "---\n标题: 关于某事的通知\n---\n正文。"}
            )
        finally:
            for one in held:
                if one:
                    queue.release()
    assert (answer.headers["x-preview"], "正在为别人排版" in answer.text) == ("busy", True)


def test_bad_pastes_are_told(site: Site) -> None:
    with site.client("clerk") as client:
        for fields, words in (
            ({"kind": "tongzhi", "text": " "}, "没有粘贴文字"),
            ({"kind": "x", "text": "甲"}, "没有选择文种"),
        ):
            answer = client.post("/drafts/paste", data={"csrf": csrf(client)} | fields)
            assert answer.status_code in (400, 422)
            assert words in answer.text


# --- 计划与任务 -------------------------------------------------------------------------------------------------------
def test_a_draw_is_tried_committed_drawn_redrawn_and_repeated(site: Site) -> None:
    place = "/task/2026-007/draw"
    with site.client("clerk") as client:
        token = csrf(client)

        def press(do: str, **fields: str) -> httpx.Response:
            return client.post(place, data={"csrf": token, "do": do} | fields)

        tried = press("preview", count="3")
        assert (tried.status_code, "应抽 <b>3</b> 户" in tried.text) == (200, True)
        for fields, words in (
            ({"percent": "三"}, "不是 0 到 100"),
            ({"count": "-1"}, "不是正整数"),
            ({"stratify": "x"}, "没有这种分层办法"),
            ({"percent": "3", "count": "3"}, "只能给一个"),
            ({"conditions": "怪"}, "条件"),
        ):
            wrong = press("draw", **fields)
            assert (wrong.status_code, words in wrong.text) == (422, True), fields
        with site.workspace.read() as connection:
            assert not connection.execute(select(schema.draws).where(schema.draws.c.task == "2026-007")).all()
        told = notice(press("commit"))
        with site.workspace.read() as connection:
            secret = connection.execute(select(schema.draws.c.seed).where(schema.draws.c.task == "2026-007")).scalar()
        page = client.get(place).text
        assert "种子摘要" in told
        assert secret not in told
        assert secret not in page
        assert "已抽取 4 户" in notice(press("draw"))
        assert press("draw").status_code == 422
        assert "已抽取 4 户" in notice(press("draw", reason="名录有更正"))
        assert "名录有更正" in client.get(place).text
        assert "复核通过" in client.get(f"{place}/1/1").text
        assert secret.startswith("sealed:")
        record = json.loads(client.get(f"{place}/1/1?file=record").content)
        assert record["seed"] in client.get(f"{place}/1/1").text
        assert "没有约定公开数" in client.get(f"{place}/1/1").text
        assert json.loads(client.get(f"{place}/1/2?file=record").content)["reason"] == "名录有更正"
        assert client.get(f"{place}/9/9").status_code == 404
    with site.client("assessor") as reader:
        assert '<form class="box" method="post"' not in reader.get(place).text


def test_an_import_with_problems_waits_on_the_home_page(site: Site) -> None:
    with site.client("clerk") as client, site.client("trusted") as other:
        fields = {"csrf": csrf(client), "kind": "plan", "year": "2031", "task": ""}
        client.post("/import", data=fields, files={"file": ("坏计划.xlsx", faulty_plan())})
        home = client.get("/").text
        link = re.search(r'href="(/import/[^"]+)">坏计划.xlsx</a>（年度计划|href="(/import/[^"]+)">坏计划.xlsx', home)
        assert link
        assert "处错误，没有导入" in home
        assert "没有的部门" in client.get(link[1] or link[2]).text
        assert "坏计划" not in other.get("/").text


def test_a_question_of_a_table_is_answered_on_the_page(site: Site) -> None:
    listed = "序号,事项名称,检查方式\n1,台账记录检查,现场检查\n2,健康证明检查,书面检查\n".encode()
    with site.client("clerk") as client:
        fields = {"csrf": csrf(client), "kind": "items", "year": "", "task": ""}
        asked = client.post("/import", data=fields, files={"file": ("清单.csv", listed)})
        assert "1 个问题要回答" in asked.text
        assert "各行的部门是哪个" in asked.text
        assert "确认导入" not in asked.text
        (address,) = set(re.findall(r'action="(/import/[^"]+)"', asked.text))
        answer = {"csrf": csrf(client), "do": "answers", "answer_1": "公安局"}
        again = client.post(address, data=answer)
        assert "确认导入" in again.text
        done = client.post(address, data={"csrf": csrf(client), "do": "import"})
        assert done.status_code == 303


def test_a_failure_links_to_where_it_is_mended(site: Site) -> None:
    with site.client("officer") as client, site.client("assessor") as other:
        assert (
            '先到“<a href="/import?kind=plan">导入表格</a>”导入抽查计划表' in client.get("/assessment?year=2031").text
        )
        assert "先请文书到“导入表格”导入抽查计划表" in other.get("/assessment?year=2031").text


# --- 检索 and 考核 ----------------------------------------------------------------------------------------------------
def test_a_page_is_put_among_the_evidence_straight_from_a_hit(site: Site) -> None:
    place = {"case": "2026-002-0001", "item": "0001", "page": "1", "query": "检查", "back": "/search?q=检查"}
    with site.client("assessor") as client:
        assert "列入佐证" in client.get("/search?q=检查").text
        put = client.post(
            "/assessment/evidence/page", data={"csrf": csrf(client), "target": "结果公示率", "note": "第一页"} | place
        )
        assert put.headers["location"].startswith("/search?")
        assert "佐证：结果公示率" in client.get("/search?q=检查&case=2026-002-0001").text
        assert "佐证：结果公示率" in client.get("/page/2026-002-0001/0001/1").text
        asked = client.post(
            "/assessment/evidence/page",
            data={"csrf": csrf(client), "target": "签字齐全吗"} | place | {"back": "//evil.example/"},
        )
        assert asked.headers["location"].startswith("/page/2026-002-0001/0001/1?")
        assert "问：签字齐全吗" in client.get("/assessment?year=2026").text
        for wrong, code in (
            ({"target": " "}, 400),
            ({"page": "99"}, 404),
            ({"page": "x"}, 400),
            ({"item": "9999"}, 404),
        ):
            answer = client.post(
                "/assessment/evidence/page", data={"csrf": csrf(client), "target": "x"} | place | wrong
            )
            assert answer.status_code == code, wrong
    with site.client("clerk") as client:
        assert "列入佐证" not in client.get("/search?q=检查").text
    with site.workspace.transaction() as connection:
        row = (
            connection.execute(
                select(schema.evidence_selections).where(schema.evidence_selections.c.target == "disclosure_rate")
            )
            .mappings()
            .one()
        )
        assert (row["state"], row["note"], row["query"]) == ("picked", "第一页", "检查")
        connection.execute(delete(schema.evidence_selections))


def test_words_are_marked_on_the_text_of_a_page(site: Site) -> None:
    with site.client("archivist") as client:
        page = client.get("/page/2026-002-0001/0001/1?q=检查结果").text
        assert "<mark>检查结果</mark>" in page
        assert "<mark>" not in client.get("/page/2026-002-0001/0001/1").text


@pytest.mark.parametrize("path", ["/assessment?year=2026", "/statistics?year=2026", "/statistics?year=all"])
def test_charts_say_what_they_show(site: Site, path: str) -> None:
    with site.client("assessor") as client:
        page = client.get(path).text
    charts = re.findall(r"<svg viewBox=\"0 0 720.*?</svg>", page, re.DOTALL)
    assert charts
    for chart in charts:
        title, told = re.search(r'aria-labelledby="(\S+) (\S+)"', chart).groups()  # type: ignore[union-attr]
        assert f'<title id="{title}">' in chart
        words = chart.split(f'<desc id="{told}">')[1].split("</desc>")[0]
        assert len(re.findall(r"<g>", chart)) == len(words.split("；")), "the description tells every bar"
        assert "style=" not in chart
    if "all" in path:
        assert "按年度" in page


# --- 系统 -------------------------------------------------------------------------------------------------------------
def test_settings_are_changed_checked_kept_and_brought_back(site: Site) -> None:
    with site.client("sysadmin") as client, site.client("sysadmin") as late:

        def fields(page: str) -> dict[str, str]:
            found = dict(re.findall(r'<input id="([^"]+)" name="[^"]+" value="([^"]*)"', page))
            found |= dict.fromkeys(re.findall(r'name="([^"]+)" type="checkbox" value="1" checked', page), "1")
            for name, body in re.findall(r'<select id="([^"]+)".*?>(.*?)</select>', page, re.DOTALL):
                found[name] = (re.findall(r'value="([^"]*)" selected', body) or [""])[0]
            hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
            return {name: html.unescape(value) for name, value in (found | hidden).items()}

        old = fields(client.get("/settings/indicators").text)
        stale = fields(late.get("/settings/indicators").text) | {"1.target": "50"}
        assert "不是数字" in client.post("/settings/indicators", data=old | {"1.target": "九十"}).text
        assert "不是数字" in client.post("/settings/indicators", data=old | {"1.target": "nan"}).text
        assert "已保存" in notice(client.post("/settings/indicators", data=old | {"1.target": "95"}))
        assert [one.target for one in site.server.workspace.office.indicators][:2] == [100.0, 95.0]
        clash = late.post("/settings/indicators", data=stale)
        assert (clash.status_code, "别人改了设置" in clash.text) == (409, True)
        wrong = client.post("/settings/series", data=fields(client.get("/settings/series").text) | {"0.drop": "1"})
        assert (wrong.status_code, "已经编过号" in wrong.text) == (422, True)
        odd = client.post(
            "/settings/departments",
            data=fields(client.get("/settings/departments").text) | {"new.code": "x", "new.name": "乙"},
        )
        assert "新的一行代码（departments.33.code）“x”" in odd.text
        assert 'value="乙"' in odd.text
        assert (
            client.post(
                "/settings/archive", data=fields(client.get("/settings/archive").text) | {"0.number": "{bad}"}
            ).status_code
            == 422
        )
        kept = re.findall(r'href="(/settings/kept/[^"]+)"', client.get("/settings").text)
        back = client.get(kept[0]).text
        assert "+target = 100.0" in back
        assert "已恢复" in notice(client.post(kept[0], data=fields(back)))
        assert site.server.workspace.office.indicators[1].target == 100.0
        assert client.get("/settings/kept/..%2foffice.toml").status_code == 404
        assert client.get("/settings/holidays").status_code == 404
    with site.workspace.read() as connection:
        rows = connection.execute(
            select(schema.journal.c.subject).where(schema.journal.c.action == "settings.change")
        ).scalars()
        assert [row.split(" ")[0] for row in rows] == ["考核指标", "恢复"]


def test_what_is_due_is_destroyed_by_a_signed_list_only(site: Site) -> None:
    with site.workspace.transaction() as connection:
        t = schema.archive_items.c
        row = connection.execute(
            select(t.case, t.item, t.date).where(t.state == "filed").order_by(t.case.desc()).limit(1)
        ).one()
        mine = (t.case == row.case, t.item == row.item)
        connection.execute(update(schema.archive_items).where(*mine).values(date=date(2001, 3, 1), retention="D10"))
    with site.client("archivist") as client:
        page = client.get("/keeping").text
        assert "待鉴定（1 件）" in page
        name = f"{row.case}/{row.item}"
        assert client.post("/keeping/list", data={"csrf": csrf(client), name: "扔掉"}).status_code == 400
        listing = client.post("/keeping/list", data={"csrf": csrf(client), name: "销毁"}).content
        assert "销毁" in listing.decode("utf-8-sig").splitlines()[1]
        fields = {
            "csrf": csrf(client),
            "number": "2026-1",
            "first": "甲",
            "second": "乙",
            "reason": "期满",
            "sure": "1",
        }
        files = {"list": ("清单.csv", listing), "paper": ("批准.pdf", b"%PDF-1.4 signed")}
        for wrong, words in (({"sure": ""}, "不能恢复"), ({"second": "甲"}, "两人"), ({"number": " "}, "清册号")):
            answer = client.post("/keeping/destroy", data=fields | wrong, files=files)
            assert (answer.status_code, words in answer.text) == (400, True), wrong
        bad = client.post(
            "/keeping/destroy",
            data=fields,
            files=files | {"list": ("清单.csv", re.sub(rb"[0-9a-f]{64}", b"0" * 64, listing))},
        )
        assert (bad.status_code, "摘要" in bad.text or "SHA-256" in bad.text) == (422, True)
        assert (
            client.post("/keeping/destroy", data=fields, files=files | {"paper": ("批准.exe", b"MZ")}).status_code
            == 400
        )
        assert "已按清册 2026-1 销毁 1 件" in notice(client.post("/keeping/destroy", data=fields, files=files))
        assert "2026-1" in client.get("/keeping").text
    assert not list(site.server.staging_folder.rglob("*批准*"))


def test_a_package_for_hand_over_by_right_only(site: Site) -> None:
    with site.client("archivist") as client:
        assert client.post("/keeping/transfer", data={"csrf": csrf(client), "scope": "2026"}).status_code == 400
    with site.client("trusted") as client:
        assert client.post("/keeping/transfer", data={"csrf": csrf(client)}).status_code == 400
        assert client.post("/keeping/transfer", data={"csrf": csrf(client), "scope": "1999"}).status_code == 404
        assert "新编档号" in notice(client.post("/keeping/number", data={"csrf": csrf(client)}))
        said = site.wait(
            client, client.post("/keeping/transfer", data={"csrf": csrf(client), "cases": "2026-002-0001"})
        )
        assert "案卷 1 个" in said
        link = re.search(r'href="(/keeping/package[^"]+)"', client.get("/keeping").text)
        assert link
        with zipfile.ZipFile(BytesIO(client.get(html.unescape(link[1])).content)) as packed:
            assert [name for name in packed.namelist() if name.endswith("移交目录.csv")]
    with site.client("archivist") as client:
        assert client.get(html.unescape(link[1])).status_code == 400


# --- the office's own kinds of paper ----------------------------------------------------------------------------------
def test_a_letter_added_by_files_is_on_the_pages_at_once(site: Site) -> None:
    page = (ROOT / "docs" / "own-papers.md").read_text(encoding="utf-8")
    written = dict(re.findall(r"写入 `([^`]+)`：\n\n```\w*\n(.*?)```", page, re.DOTALL))
    with site.client("clerk") as clerk, site.client("archivist") as archivist:
        assert "约谈函" not in clerk.get("/papers").text
        before = archivist.get("/cases?year=2026").text
        for name, text in written.items():
            path = site.workspace.path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        try:
            assert '<option value="yuetanhan">约谈函（要写案件编号）</option>' in clerk.get("/papers").text
            asked = {"csrf": csrf(clerk), "kind": "yuetanhan", "case": "2026-001-0005", "task": "", "year": ""}
            made = clerk.post("/drafts", data=asked)
            assert made.headers["location"] == "/draft/yuetanhan-2026-001-0005.md"
            assert "关于约谈青禾县盛达建材有限公司的函" in html.unescape(clerk.get(made.headers["location"]).text)
            after = archivist.get("/cases?year=2026").text
            assert ("现场检查照片表" in before, "现场检查照片表" in after) == (False, True)  # lacking from now on
        finally:
            for name in written:
                site.workspace.path(name).unlink()
        assert "约谈函" not in clerk.get("/papers").text
