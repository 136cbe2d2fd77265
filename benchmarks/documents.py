"""Record forms, workbooks and PDF side by side in one run: medians, and ratios to the usual ways.

    .venv/bin/python benchmarks/documents.py [--rounds 15] [--word] [--node] [--pdf 60] [--memory 10000] [--sheet 10000]

Every round makes a few forms in each way, one way after the other, so that a slow phase of the machine strikes all
alike; ratios are of the medians. Times of forms are processor time, so that what else runs counts for none;
tables and PDF are measured by the clock. ``--node`` installs docxtemplater and carbone with npm into a temporary folder.
"""

from __future__ import annotations

import argparse
import copy
import io
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import segno
import xlsxwriter
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import Environment, StrictUndefined

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "shared")]

from forms_data import record  # noqa: E402

from ssj_docs.documents.forms.forms import form_context, make_form, page_count  # noqa: E402
from ssj_docs.documents.pdf.convert import convert_to_pdf, soffice  # noqa: E402
from ssj_docs.documents.sheets.workbooks import SheetColumn, TableSheet, write_table_workbook  # noqa: E402
from ssj_docs.documents.templates.render import CompiledTemplate  # noqa: E402
from ssj_docs.facts.list_columns import LIST_COLUMNS  # noqa: E402
from ssj_docs.ground.external_tool import RunningProgram  # noqa: E402
from ssj_docs.office.paper_kinds import load_kinds  # noqa: E402


def _as_saved_by_word(template: bytes) -> bytes:
    """The form in a document with all the parts and styles that Word gives every file (here python-docx's)."""
    source, document = Document(io.BytesIO(template)), Document()
    styles = document.styles.element
    known = {style.get(qn("w:styleId")) for style in styles}
    styles.extend([copy.deepcopy(style) for style in source.styles.element if style.get(qn("w:styleId")) not in known])
    section = document.sections[0]
    section.header.paragraphs[0].text = "案件编号：{{ case_number }}"
    section.footer.paragraphs[0].text = "第 页"
    body, setup = document.element.body, document.element.body.sectPr
    for name in ("w:pgSz", "w:pgMar"):
        setup.remove(setup.find(qn(name)))
        setup.append(copy.deepcopy(source.element.body.sectPr.find(qn(name))))
    for element in source.element.body[:-1]:
        body.insert(len(body) - 1, copy.deepcopy(element))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


_FOLDER = tempfile.TemporaryDirectory()
KIND = load_kinds()["jilubiao"]
TEMPLATE = KIND.template_bytes()
if "--word" in sys.argv:
    TEMPLATE = _as_saved_by_word(TEMPLATE)
    (Path(_FOLDER.name) / KIND.template).write_bytes(TEMPLATE)
    KIND = replace(KIND, folder=Path(_FOLDER.name))


def form(number: int) -> dict[str, object]:
    """One form: 12 items in 2 departments; name and case differ."""
    return record(subject_name=f"青禾县第{number}号精密铸造有限责任公司", case_number=f"2026-003-{number:04d}")


def codes(number: int, pages: int) -> list[str]:
    return [f"SSJ1*QHX*2026-003-{number:04d}*JLB*1*{page}.{pages}*0A1B2C3D*ABCDEFGHIJ" for page in range(1, pages + 1)]


def naive(number: int) -> bytes:
    """docxtpl as its documentation shows it: open, render, save."""
    document = DocxTemplate(io.BytesIO(TEMPLATE))
    document.render(form_context(KIND, form(number)), autoescape=True)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


PAGES = page_count(KIND, form(1))


def _with_qr_places() -> bytes:
    document = Document(io.BytesIO(TEMPLATE))
    for page in range(1, PAGES + 1):
        document.add_paragraph("{{ code%d }}" % page)  # noqa: UP031
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


QR_TEMPLATE = _with_qr_places()


def naive_qr(number: int) -> bytes:
    document = DocxTemplate(io.BytesIO(QR_TEMPLATE))
    context = form_context(KIND, form(number))
    for page, text in enumerate(codes(number, PAGES), 1):
        picture = io.BytesIO()
        segno.make_qr(text, error="m").save(picture, kind="png", scale=8)
        picture.seek(0)
        context[f"code{page}"] = InlineImage(document, picture, width=Mm(20))
    document.render(context, autoescape=True)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


class Limit:
    """What is left when nothing is checked: a plain Jinja template, all parts zipped at level 1."""

    def __init__(self) -> None:
        environment = Environment(autoescape=True, undefined=StrictUndefined)
        compiled = CompiledTemplate(TEMPLATE)
        self._templates = {part: environment.from_string(source) for part, source in compiled.sources.items()}
        with zipfile.ZipFile(io.BytesIO(TEMPLATE)) as archive:
            self._parts = {name: archive.read(name) for name in archive.namelist()}

    def __call__(self, number: int) -> bytes:
        context = form(number)
        for group in context["groups"]:  # type: ignore[attr-defined]
            for item in group["items"]:
                item.setdefault("result", "")
                item.setdefault("inspectors", "")
        for name in KIND.optional:
            if "[]" not in name:
                context.setdefault(name, "")
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, content in self._parts.items():
                template = self._templates.get(name)
                data = template.render(context) if template else content
                archive.writestr(name, data)
        return out.getvalue()


def ours(number: int) -> bytes:
    return make_form(KIND, form(number))


def ours_qr(number: int) -> bytes:
    return make_form(KIND, form(number), codes=codes(number, PAGES))


def race(ways: dict[str, Callable[[int], bytes]], rounds: int) -> dict[str, float]:
    """Median milliseconds of processor time a form of each way; rounds are interleaved."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way(0)
    for turn in range(rounds):
        for name, way in ways.items():
            many = 3 if "docxtpl" in name else 30
            began = time.process_time()
            for number in range(many):
                way(turn * many + number)
            times[name].append((time.process_time() - began) / many * 1000)
    return {name: statistics.median(values) for name, values in times.items()}


NODE = r"""
const fs = require('fs'), PizZip = require('pizzip'), Docxtemplater = require('docxtemplater'), carbone = require('carbone');
const data = JSON.parse(fs.readFileSync('data.json')), times = {docxtemplater: [], carbone: []};
const source = fs.readFileSync('docxtemplater.docx');
const used = () => { const u = process.cpuUsage(); return u.user + u.system; };
function one() {
  const doc = new Docxtemplater(new PizZip(source), {paragraphLoop: true, linebreaks: true, delimiters: {start: '{{', end: '}}'}});
  doc.render(data);
  return doc.getZip().generate({type: 'nodebuffer', compression: 'DEFLATE', compressionOptions: {level: 1}});
}
const two = () => new Promise((done, fail) => carbone.render('carbone.docx', data, (e, r) => e ? fail(e) : done(r)));
(async () => {
  fs.writeFileSync('out1.docx', one()); fs.writeFileSync('out2.docx', await two());
  for (let r = 0; r < 9; r++) {
    let t = used(); for (let i = 0; i < 10; i++) one();
    times.docxtemplater.push((used() - t) / 1e4);
    t = used(); for (let i = 0; i < 10; i++) await two();
    times.carbone.push((used() - t) / 1e4);
  }
  const median = a => a.sort((x, y) => x - y)[a.length >> 1];
  console.log(JSON.stringify({docxtemplater: median(times.docxtemplater), carbone: median(times.carbone)}));
  process.exit(0);
})();
"""


def node_ways() -> dict[str, float]:
    """docxtemplater and carbone on the same form, each with its own tags; {} if node is not there."""
    if not (shutil.which("node") and shutil.which("npm")):
        print("没有 node 或 npm，略去 docxtemplater 与 carbone", file=sys.stderr)
        return {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        packages = ["docxtemplater@3", "pizzip@3", "carbone@3"]
        subprocess.run(["npm", "install", "--silent", *packages], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        context = form_context(KIND, form(1))
        items = [item | {"department": group["department"]} for group in context["groups"] for item in group["items"]]
        (folder / "data.json").write_text(json.dumps(context | {"items": items}, ensure_ascii=False))
        loop = ("{{#groups}}{{#items}}{{department}}", "{{inspectors}}{{/items}}{{/groups}}")
        _translate(folder / "docxtemplater.docx", "{{%s}}", loop, "{{%s}}")
        loop = ("{d.items[i].department}", "{d.items[i].inspectors}")
        _translate(folder / "carbone.docx", "{d.%s}", loop, "{d.items[i].%s}")
        (folder / "run.js").write_text(NODE)
        done = subprocess.run(["node", "run.js"], cwd=folder, capture_output=True, text=True, check=True)
        for file in ("out1.docx", "out2.docx"):
            text = "".join(
                node.text or "" for node in Document(folder / file).element.iter() if node.tag.endswith("}t")
            )
            assert "应急预案和演练记录" in text and "第1号精密铸造" in text, f"{file} 没有填好"
        return dict(json.loads(done.stdout))


def _translate(path: Path, field: str, ends: tuple[str, str], item: str) -> None:
    """Our template with another engine's tags: the loops become what that engine repeats rows by."""
    document = Document(io.BytesIO(TEMPLATE))
    for paragraph in [*document.element.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p")]:
        texts = [node for node in paragraph.iter() if node.tag.endswith("}t")]
        whole = "".join(node.text or "" for node in texts)
        if "{%" not in whole and "{{" not in whole:
            continue
        if "{%tr" in whole:
            row = paragraph.getparent().getparent()
            row.getparent().remove(row)
            continue
        if "results" in whole:
            whole = "检查结果分为八种"
        for name in ("name", "result"):
            whole = whole.replace("{{ item.%s }}" % name, item % name)  # noqa: UP031
        whole = whole.replace("{% vm %}{{ group.department }}", ends[0]).replace("{{ item.inspectors }}", ends[1])
        for name in KIND.fields:
            whole = whole.replace("{{ %s }}" % name, field % name)  # noqa: UP031
        texts[0].text = whole
        for node in texts[1:]:
            node.text = ""
    if "[i]" in item:
        row = next(row for table in document.tables for row in table._tbl.tr_lst if "[i]" in "".join(row.itertext()))
        following = copy.deepcopy(row)
        for node in following.iter():
            if node.tag.endswith("}t") and node.text:
                node.text = node.text.replace("[i]", "[i+1]")
        row.addnext(following)
    document.save(path)


def memory(count: int) -> tuple[float, float]:
    """Peak memory in MB after the first hundred forms with codes, and after ``count``."""
    for number in range(100):
        ours_qr(number)
    early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for number in range(100, count):
        ours_qr(number)
    return early, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def pdf(count: int) -> dict[str, float]:
    """Seconds a form by the clock, and of processor time with all children: one soffice call a form, and our batches.

    Of the slow way only 30 calls are made, some before each 200 forms of ours, so that both meet the same load.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [folder / f"记录表{number}.docx" for number in range(count)]
        for number, path in enumerate(files):
            path.write_bytes(ours_qr(number))
        single: list[tuple[float, float]] = []
        batches: list[tuple[float, float]] = []
        share = 200
        calls = -(-30 // -(-count // share))
        for start in range(0, count, share):
            single += [_timed(lambda path=path: _one_call(path, folder)) for path in files[start : start + calls]]
            batches.append(_timed(lambda start=start: convert_to_pdf(files[: start + share], folder / "out")))
        return {
            "single": statistics.median(seconds for seconds, _ in single),
            "single cpu": statistics.median(used for _, used in single),
            "ours": sum(seconds for seconds, _ in batches) / count,
            "ours cpu": sum(used for _, used in batches) / count,
            "calls": len(single),
        }


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of processor time, children counted."""
    clock, used = time.perf_counter(), _processor()
    work()
    return time.perf_counter() - clock, _processor() - used


def _processor() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def _one_call(path: Path, folder: Path) -> None:
    words = [str(soffice()), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
    words += ["--convert-to", "pdf", "--outdir", str(folder), str(path)]
    with RunningProgram(words, folder / "log") as running:
        running.wait(lambda: True)


def sheet(rows: int) -> dict[str, float]:
    """Seconds for a table of 13 columns: plain XlsxWriter and ours, medians of five."""
    data = [[f"内容{i}-{j}" for j in range(len(LIST_COLUMNS))] for i in range(rows)]

    def plain() -> None:
        book = xlsxwriter.Workbook(io.BytesIO(), {"in_memory": True})
        paper, style = book.add_worksheet(), book.add_format({"border": 1, "text_wrap": True, "font_name": "仿宋"})
        for index, row in enumerate(data):
            for column, value in enumerate(row):
                paper.write_string(index, column, value, style)
        book.close()

    columns = tuple(SheetColumn(one.title, one.width) for one in LIST_COLUMNS)

    def made() -> None:
        write_table_workbook([TableSheet("统计表", "统计表", columns, data)])

    times: dict[str, list[float]] = {"plain": [], "ours": []}
    for _ in range(5):
        for name, way in (("plain", plain), ("ours", made)):
            began = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--node", action="store_true")
    parser.add_argument("--word", action="store_true", help="the template as Word saves it, with all its styles")
    parser.add_argument("--pdf", type=int, default=0)
    parser.add_argument("--memory", type=int, default=0)
    parser.add_argument("--sheet", type=int, default=0)
    chosen = parser.parse_args()
    ways: dict[str, Callable[[int], bytes]] = {
        "docxtpl, naive": naive,
        "docxtpl, naive, QR": naive_qr,
        "plain jinja2 and zip (limit)": Limit(),
        "ours": ours,
        "ours, paged, QR": ours_qr,
    }
    medians = race(ways, chosen.rounds)
    if chosen.node:
        medians |= node_ways()
    base, base_qr = medians["docxtpl, naive"], medians["docxtpl, naive, QR"]
    print("| way | ms a form | forms/s | times naive |\n|---|---|---|---|")
    for name, value in medians.items():
        against = base_qr if "QR" in name else base
        print(f"| {name} | {value:.2f} | {1000 / value:,.0f} | {against / value:.1f} |")
    print(f"\nshare of the limit: {medians['plain jinja2 and zip (limit)'] / medians['ours']:.2f}")
    if chosen.memory:
        early, late = memory(chosen.memory)
        print(f"peak memory with codes: {early:.0f} MB after 100 forms, {late:.0f} MB after {chosen.memory}")
    if chosen.sheet:
        seconds = sheet(chosen.sheet)
        ratio = seconds["ours"] / seconds["plain"]
        print(f"plan table, {chosen.sheet} rows: {seconds['ours']:.2f} s, {ratio:.2f} × plain XlsxWriter")
    if chosen.pdf:
        seconds = pdf(chosen.pdf)
        single, batch = seconds["single"], seconds["ours"]
        used, used_single = seconds["ours cpu"], seconds["single cpu"]
        print(
            f"PDF, {chosen.pdf} forms: {batch:.3f} s each; one soffice call a form (median of {seconds['calls']:.0f}) "
            f"{single:.2f} s; {single / batch:.1f} ×; processor time {used:.3f} and {used_single:.2f} s, "
            f"{used_single / used:.1f} ×"
        )


if __name__ == "__main__":
    main()
