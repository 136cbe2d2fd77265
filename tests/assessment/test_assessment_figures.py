"""Every numerator and denominator counted again from the raw workbooks, in a simpler way; one figure everywhere."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import openpyxl
import pypdfium2 as pdfium
import pytest
from assessed_office import Office
from lxml import etree, html
from raw_year import CLEAN, Raw, recount, rows
from sqlalchemy import select

from archive.assessment.papers import shown
from ssj_docs.database.schema import page_texts

EXPECTED = 13


def recount_archive(root: Path, raw: Raw) -> dict[str, tuple[int, int]]:
    """Case files that hold a record form decided to be signed, seen in the folders; every one came in months late."""
    names = list(raw.plan)
    ids = {f"2026-{names.index(task) + 1:03d}-{number:04d}" for task, number in raw.results}
    held = {
        path.name
        for path in (root / "archive").glob("2026-*")
        if re.search(r'"signed":\s*true', "".join(newest(path, "jilubiao")))
    }
    assert len(held) > 25
    return {
        "signed_archived": (len(ids & held), len(ids)),
        "papers_complete": (0, len(ids)),
        "signed_in_time": (0, len(ids)),
    }


def newest(case: Path, kind: str) -> list[str]:
    """The last written records of the items of a kind in a case file."""
    found: dict[str, str] = {}
    for version in sorted(case.glob("v*"), key=lambda folder: int(folder.name[1:])):
        found |= {path.parent.name: path.read_text("utf-8") for path in version.rglob("item.json")}
    return [text for text in found.values() if f'"{kind}"' in text]


def recount_floors(raw: Raw) -> tuple[int, int]:
    """Grades A to D with the default floors, and the groups by tag, of the register of subjects."""
    import tomllib

    rules = tomllib.loads((Path(__file__).resolve().parents[2] / "templates" / "office.toml").read_text("utf-8"))[
        "rules"
    ]
    codes = {code for _, _, code in raw.drawn}
    judged = []
    for rule in rules["ratios"]:
        pool = [
            row["统一社会信用代码"]
            for row in rows("03")
            if rule["group"] == row["风险等级"] or rule["group"] in re.split("[、,，;；]", row["标签"] or "")
        ]
        if pool and rule.get("low") is not None:
            judged.append(100 * len(codes & set(pool)) / len(pool) >= rule["low"])
    return sum(judged), len(judged)


def test_every_numerator_and_denominator_as_counted_from_the_raw_workbooks(office: Office) -> None:
    raw = Raw()
    expected = recount(raw) | recount_archive(office.workspace.root, raw) | {"ratio_floors": recount_floors(raw)}
    found = {r.indicator.id: (r.numerator, r.denominator) for r in office.assessment.indicators}
    assert found == expected
    assert len(found) == EXPECTED


def words_of(docx: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(docx)) as package:
        return "".join(etree.fromstring(package.read("word/document.xml")).itertext())


def test_prose_table_workbook_pages_and_json_say_the_same(office: Office) -> None:
    folder = office.packs["restricted"] / "data"
    told = json.loads((folder / "assessment.json").read_text("utf-8"))["indicators"]
    prose = words_of((folder / "考核报告.docx").read_bytes())
    sheet = list(openpyxl.load_workbook(folder / "考核数据.xlsx")["指标"].iter_rows(min_row=3, values_only=True))
    page = html.fromstring((folder / "index.html").read_bytes()).findall(".//table")[0].findall(".//tr")[1:]
    for one, cells, line, result in zip(told, sheet, page, office.assessment.indicators, strict=True):
        value = shown(one["value"])
        assert f"{one['name']}为{value}（{one['numerator']}/{one['denominator']}{one['unit']}）" in prose
        assert cells[:5] == (one["name"], one["unit"], one["numerator"], one["denominator"], one["value"])
        assert cells[7:9] == (len(one["evidence"]), len(one["missing"]))
        seen = [" ".join(cell.text_content().split()) for cell in line.findall("td")]
        assert seen[:3] == [one["name"], value, f"{one['numerator']}/{one['denominator']} {one['unit']}"]
        assert seen[-2:] == [f"{len(one['evidence'])} 页", f"{len(one['missing'])} 项"]
        assert one["numerator"] == sum(unit["met"] for unit in one["units"]) == sum(u.met for u in result.units)
        detail = list(
            openpyxl.load_workbook(folder / "考核数据.xlsx")["逐项情况"].iter_rows(min_row=3, values_only=True)
        )
        mine = [row for row in detail if row[0] == one["name"]]
        assert (sum(row[2] == "是" for row in mine), len(mine)) == (one["numerator"], one["denominator"])
    judged = [one for one in told if one["met"] is not None]
    assert f"可以评定的{len(judged)}项，达标{sum(one['met'] for one in judged)}项" in prose


def charts_of(docx: Path) -> list[tuple[str, list[str], dict[str, list[float | None]]]]:
    """Each chart of a Word file as it is drawn: (title, labels, values by series), with the workbook behind it equal."""
    space = {
        "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    }
    found = []
    with zipfile.ZipFile(docx) as package:
        text = package.read("word/document.xml").decode("utf-8")
        numbers = [int(n) for n in re.findall(r'r:id="rIdChart(\d+)"', text)]
        assert len(numbers) == sum(name.startswith("word/charts/chart") for name in package.namelist())
        for number in numbers:
            root = etree.fromstring(package.read(f"word/charts/chart{number}.xml"))
            title = "".join(root.xpath("c:chart/c:title//a:t/text()", namespaces=space))
            labels, series = [], {}
            for one in root.iterfind(".//c:ser", space):
                (name,) = one.xpath("c:tx//c:v/text()", namespaces=space)
                labels = one.xpath("c:cat//c:v/text()", namespaces=space)
                points = {
                    int(p.get("idx")): float(p.findtext("c:v", namespaces=space))
                    for p in one.iterfind("c:val//c:pt", space)
                }
                series[name] = [points.get(place) for place in range(len(labels))]
            book = openpyxl.load_workbook(io.BytesIO(package.read(f"word/embeddings/chart{number}.xlsx"))).active
            rows = list(book.iter_rows(min_row=2, values_only=True))
            assert [[row[0], *row[1:]] for row in rows[1:]] == [
                list(row) for row in zip(labels, *series.values(), strict=True)
            ]
            assert list(rows[0][1:]) == list(series)
            found.append((title, labels, series))
    return found


@pytest.mark.parametrize("rendition", ["restricted", "public"])
def test_the_charts_of_the_report_show_the_figures_of_json_prose_and_workbook(office: Office, rendition: str) -> None:
    folder = office.packs[rendition] / "data"
    told = json.loads((folder / "assessment.json").read_text("utf-8"))
    charts = charts_of(folder / "考核报告.docx")
    prose = words_of((folder / "考核报告.docx").read_bytes())
    assert [title for title, _, _ in charts] == [
        "图1　各项指标的结果与目标（%）",
        "图2　各部门检查情况（户次）",
        "图3　各月检查情况（户次）",
        "图4　各任务检查情况（户次）",
    ]
    _, names, values = charts[0]
    assert names == [one["name"] for one in told["indicators"]]
    assert values == {
        "结果": [one["value"] for one in told["indicators"]],
        "目标": [one["target"] for one in told["indicators"]],
    }
    for (_, labels, series), group in zip(charts[1:], ("departments", "months", "tasks"), strict=True):
        rows = told["work"][group]
        assert labels == [row["name"] for row in rows]
        assert series["检查"] == [row["inspected"] for row in rows]
        assert series["发现问题"] == [row["problems"] for row in rows]
        for row in rows:
            assert (f"{row['name']}检查{row['inspected']}户次" if group != "tasks" else f"“{row['name']}”") in prose
    assert charts[3][2]["抽取"] == [row["drawn"] for row in told["work"]["tasks"]]
    if rendition == "restricted":
        book = openpyxl.load_workbook(folder / "考核数据.xlsx")
        for number, (title, labels, series) in enumerate(charts, 1):
            rows = list(book[f"图{number}"].iter_rows(values_only=True))
            assert rows[0][0] == title
            assert [list(row) for row in rows[2:]] == [list(row) for row in zip(labels, *series.values(), strict=True)]
            assert len(book[f"图{number}"]._charts) == 1


def test_the_report_leaves_no_hole_and_shows_its_charts(office: Office) -> None:
    """Every page of the text but the last is filled to within four lines; the signature has text; charts are drawn."""
    with pdfium.PdfDocument(office.packs["restricted"] / "data" / "考核报告.pdf") as pdf:
        pages = [page.get_textpage() for page in pdf]
        texts = ["".join(page.get_text_bounded().split()) for page in pages]
        last = next(number for number, text in enumerate(texts) if "附件1" in text) - 1
        for page in pages[:last]:
            rows = [page.get_rect(n) for n in range(page.count_rects())]
            assert (
                min(bottom for _, bottom, _, _ in rows if bottom > 95) < 99 + 5 * 29.6
            )  # the page number stands below
        assert "特此报告。附件：1.考核指标一览表" in texts[last]
        drawn = "".join(texts[last:])
        for title, labels, _ in charts_of(office.packs["restricted"] / "data" / "考核报告.docx"):
            assert title.replace("　", "") in drawn
            assert all(label in drawn for label in labels)
        chart = next(number for number, text in enumerate(texts) if "图1各项指标" in text)
        grey = np.asarray(pdf[chart].render(scale=1, grayscale=True).to_pil())
        assert (np.abs(grey.astype(int) - 0x40) < 6).sum() > 5000  # the bars


def test_the_work_of_the_year_as_counted_from_the_raw_workbooks(office: Office) -> None:
    raw, work = Raw(), office.assessment.work
    troubled = {
        case: {d for d, group in held.items() if any(row["检查结果"] not in CLEAN for row in group)}
        for case, held in raw.results.items()
    }
    for row in work.departments:
        mine = [case for case, held in raw.results.items() if row.name in held]
        assert (row.inspected, row.problems) == (len(mine), sum(row.name in troubled[case] for case in mine)), row.name
    months: Counter[str] = Counter()
    for case, held in raw.results.items():
        months[f"{max(raw.on(case, d, '检查日期') for d in held).month}月"] += 1
    assert {row.name: row.inspected for row in work.months} == dict(months)
    for row in work.tasks:
        drawn = [(task, serial) for task, serial, _ in raw.drawn if task == row.name]
        mine = [case for case in drawn if raw.results.get(case)]
        assert (row.drawn, row.inspected, row.problems) == (
            len(drawn),
            len(mine),
            sum(bool(troubled[case]) for case in mine),
        ), row.name
    for group in (work.months, work.tasks):  # 户次: each once; departments share cases
        assert sum(row.inspected for row in group) == work.figures.inspected == len(raw.results)


def test_a_paper_proves_only_what_it_shows(office: Office) -> None:
    by = {r.indicator.id: r for r in office.assessment.indicators}
    published = [u for u in by["disclosure_rate"].units if any(p.kind == "gongshibiao" for p in u.proofs)]
    assert [u.key for u in published] == ["2026-002-0001", "2026-002-0002"]
    page = next(p for p in published[0].proofs if p.kind == "gongshibiao")
    assert (page.case, page.page, page.words) == ("2026-002", 1, "青禾县瑞丰达石油销售有限公司加油站")
    # a 反馈书 goes to the company and publishes nothing; a record form handles nothing
    kinds = {i: {p.kind for p in by[i].proofs} for i in by}
    assert "fankui" not in kinds["disclosure_rate"] | kinds["disclosure_in_time"]
    assert {p.kind for u in by["handling_rate"].units for p in u.proofs} == {"jilubiao"}
    assert all(
        any(lack.what in ("没有归档处理文书", "没有归档移交函或函告") for lack in u.lacks)
        for u in by["handling_rate"].units
        if u.met
    )
    for result in by.values():
        assert len(set(result.proofs)) == len(result.proofs)


@pytest.mark.parametrize("rendition", ["restricted", "internal"])
def test_every_cited_page_is_there_once(office: Office, rendition: str) -> None:
    """The internal rendition leaves out pages whose words were not read: nobody knows what would have to be covered."""
    folder = office.packs[rendition] / "data"
    told = json.loads((folder / "assessment.json").read_text("utf-8"))["indicators"]
    cited = {(p["case"], p["item"], p["page"]) for one in told for p in one["evidence"]}
    cited |= {(k["case"], k["item"], k["page"]) for one in told for k in one["missing"] if k["item"]}
    with office.workspace.read() as connection:
        t = page_texts.c
        read = {tuple(row) for row in connection.execute(select(t.case, t.item, t.page).where(t.state == "done"))}
    assert cited & read
    assert cited - read
    names = {path.stem.split("-", 1)[1] for path in (folder / "pages").iterdir()}
    assert names == {
        f"{case}-{item}-第{page}页" for case, item, page in cited & (read if rendition == "internal" else cited)
    }
