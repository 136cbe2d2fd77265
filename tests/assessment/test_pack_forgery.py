"""Forged packs, every digest made anew: each forgery is named by its file, with the archive at hand and mostly without."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bagit
import pikepdf
import pytest
from assessed_office import Office
from PIL import ImageDraw
from pypdfium2 import PdfDocument

from archive.assessment.pack.contents import read_data, shown_files
from archive.assessment.pack.verification import verify_pack

Forgery = Callable[[Path], str]


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def replace_part(path: Path, part: str, old: str, new: str) -> None:
    """Change text in a part of a package, also in a workbook inside a document."""
    out = io.BytesIO()
    changed = 0
    with zipfile.ZipFile(path) as held, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for info in held.infolist():
            data = held.read(info.filename)
            if re.fullmatch(part, info.filename) and old.encode() in data and not changed:
                data = data.replace(old.encode(), new.encode(), 1)
                changed += 1
            made.writestr(info, data)
    assert changed, (part, old)
    path.write_bytes(out.getvalue())


def told(data: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((data / "assessment.json").read_text("utf-8"))
    return value


def tell(data: Path, value: dict[str, Any]) -> None:
    (data / "assessment.json").write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")


def everything_anew(data: Path, value: dict[str, Any]) -> None:
    """A forger with this program: changed data, and every page and paper made anew from it."""
    tell(data, value)
    for name, made in shown_files(read_data(value), None).items():
        (data / name).write_bytes(made)


def unmet(value: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return next((i, u) for i in value["indicators"] for u in i["units"] if not u["met"])


def html_index(data: Path) -> str:
    value = told(data)["indicators"][0]
    replace_in(
        data / "index.html",
        f">{value['numerator']}/{value['denominator']} ",
        f">{value['denominator']}/{value['denominator']} ",
    )
    return "data/index.html"


def html_indicator(data: Path) -> str:
    replace_in(data / "indicator-01.html", "未达标", "达标")
    return "data/indicator-01.html"


def html_bar(data: Path) -> str:
    replace_in(data / "index.html", '<rect class="bar', '<rect style="width:100px" class="bar')
    return "data/index.html"


def html_link(data: Path) -> str:
    text = (data / "indicator-01.html").read_text("utf-8")
    first, second = list(dict.fromkeys(re.findall(r'href="(pages/[^"]+)"', text)))[:2]
    replace_in(data / "indicator-01.html", first, second)
    return "data/indicator-01.html"


def report_prose(data: Path) -> str:
    replace_part(data / "考核报告.docx", "word/document.xml", "未达标", "达　标")
    return "data/考核报告.docx"


def report_table(data: Path) -> str:
    replace_part(data / "考核报告.docx", "word/document.xml", "不评定", "达标")
    return "data/考核报告.docx"


def report_chart(data: Path) -> str:
    with zipfile.ZipFile(data / "考核报告.docx") as held:
        part = next(n for n in held.namelist() if re.fullmatch(r"word/charts/chart\d+\.xml", n))
        value = re.search(r"<c:v>(\d+(?:\.\d+)?)</c:v></c:pt></c:numCache>", held.read(part).decode())
    assert value
    replace_part(data / "考核报告.docx", re.escape(part), value[0], value[0].replace(value[1], "99.9"))
    return "data/考核报告.docx"


def report_chart_workbook(data: Path) -> str:
    with zipfile.ZipFile(data / "考核报告.docx") as held:
        part = next(n for n in held.namelist() if n.startswith("word/embeddings/"))
        inner = Path(data.parent / "inner.xlsx")
        inner.write_bytes(held.read(part))
        replace_part(inner, r"xl/worksheets/sheet1\.xml", "<v>", "<v>9")
        parts = {n: held.read(n) for n in held.namelist()} | {part: inner.read_bytes()}
    inner.unlink()
    with zipfile.ZipFile(data / "考核报告.docx", "w") as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return "data/考核报告.docx"


def report_pdf(data: Path) -> str:
    """Another report altogether, printed from a forged Word file: here a page is left out."""
    with pikepdf.open(data / "考核报告.pdf", allow_overwriting_input=True) as pdf:
        del pdf.pages[0]
        pdf.save(data / "考核报告.pdf")
    return "data/考核报告.pdf"


def workbook_value(data: Path) -> str:
    replace_part(data / "考核数据.xlsx", r"xl/worksheets/sheet1\.xml", "<v>", "<v>1")
    return "data/考核数据.xlsx"


def workbook_units(data: Path) -> str:
    replace_part(data / "考核数据.xlsx", r"xl/(sharedStrings|worksheets/sheet\d+)\.xml", ">否<", ">是<")
    return "data/考核数据.xlsx"


def catalogue_digest(data: Path) -> str:
    sha256 = told(data)["catalogue"][0]["sha256"]
    replace_part(data / "证据目录.docx", "word/document.xml", sha256[:16], "0" * 16)
    return "data/证据目录.docx"


def json_numerator(data: Path) -> str:
    value = told(data)
    value["indicators"][0]["numerator"] += 1
    tell(data, value)
    return "data/assessment.json"


def json_met(data: Path) -> str:
    value = told(data)
    one = next(i for i in value["indicators"] if i["met"] is False)
    one["met"] = True
    everything_anew(data, value)
    return "data/assessment.json"


def page_swapped(data: Path) -> str:
    """Another paper's page under the name of a cited one (not the same form of another company by chance)."""
    first, *rest = sorted((data / "pages").iterdir())
    shutil.copyfile(rest[-1], first)
    return f"data/pages/{first.name}"


def page_retouched(data: Path) -> str:
    """A cited page drawn anew as a picture with a few letters painted over."""
    page = sorted((data / "pages").iterdir())[0]
    with PdfDocument(page.read_bytes()) as document:
        picture = document[0].render(scale=3).to_pil().convert("RGB")
    ImageDraw.Draw(picture).rectangle((400, 700, 520, 730), fill=(200, 30, 30))
    picture.save(page, "PDF", resolution=216)
    return f"data/pages/{page.name}"


def page_removed(data: Path) -> str:
    page = sorted((data / "pages").iterdir())[2]
    page.unlink()
    return f"data/pages/{page.name}"


def evidence_removed(data: Path) -> str:
    paper = sorted((data / "evidence").iterdir())[1]
    paper.unlink()
    return f"data/evidence/{paper.name}"


def evidence_replaced(data: Path) -> str:
    first, second = sorted((data / "evidence").iterdir())[:2]
    shutil.copyfile(second, first)
    return f"data/evidence/{first.name}"


def file_added(data: Path) -> str:
    (data / "补充说明.docx").write_bytes((data / "考核报告.docx").read_bytes())
    return "data/补充说明.docx"


def unit_met_and_all_anew(data: Path) -> str:
    """A unit judged otherwise, counted right, and everything made anew from it: only the registers know."""
    value = told(data)
    indicator, unit = unmet(value)
    unit["met"] = True
    indicator["numerator"] += 1
    indicator["value"] = round(100 * indicator["numerator"] / indicator["denominator"], 2)
    if indicator["target"] is not None:
        indicator["met"] = indicator["value"] >= indicator["target"]
    everything_anew(data, value)
    return "data/assessment.json"


def unit_left_out_and_all_anew(data: Path) -> str:
    value = told(data)
    indicator, unit = unmet(value)
    indicator["units"].remove(unit)
    indicator["denominator"] -= 1
    indicator["value"] = round(100 * indicator["numerator"] / indicator["denominator"], 2)
    indicator["met"] = None if indicator["target"] is None else indicator["value"] >= indicator["target"]
    everything_anew(data, value)
    return "data/assessment.json"


def work_and_all_anew(data: Path) -> str:
    value = told(data)
    value["work"]["figures"]["inspected"] += 1
    everything_anew(data, value)
    return "data/assessment.json"


def evidence_left_out_and_all_anew(data: Path) -> str:
    value = told(data)
    entry = value["catalogue"][1]
    (data / entry["href"]).unlink()
    entry["href"] = ""
    everything_anew(data, value)
    return f"{entry['case']}/{entry['item']}"


def page_left_out_and_all_anew(data: Path) -> str:
    value = told(data)
    one = value["cited"].pop(3)
    (data / one["file"]).unlink()
    everything_anew(data, value)
    return f"{one['case']}/{one['item']}"


#: what the pack itself shows, so that an assessor without the archive finds it too; together where each has a file of its own
BY_ITSELF: tuple[tuple[Forgery, ...], ...] = (
    (
        html_index,
        html_indicator,
        report_prose,
        report_pdf,
        workbook_value,
        catalogue_digest,
        page_swapped,
        page_removed,
        evidence_removed,
        file_added,
    ),
    (html_bar, html_link, report_table, workbook_units, page_retouched),
    (report_chart, json_numerator),
    (report_chart_workbook, evidence_replaced),
    (json_met,),
)
#: changed data with every page and paper made anew from it: only archive and registers know better
WITH_THE_OFFICE: tuple[tuple[Forgery, ...], ...] = (
    (unit_met_and_all_anew, evidence_left_out_and_all_anew),
    (unit_left_out_and_all_anew, page_left_out_and_all_anew),
    (work_and_all_anew,),
)


def forged(office: Office, target: Path, forgeries: tuple[Forgery, ...]) -> set[str]:
    """A copy of the pack with forgeries, every digest made anew; returns what has to be named."""
    shutil.copytree(office.packs["restricted"], target)
    named = {forgery(target / "data") for forgery in forgeries}
    assert len(named) == len(forgeries)
    bagit.Bag(str(target)).save(manifests=True)
    bagit.Bag(str(target)).validate()
    return named


def names(forgeries: tuple[Forgery, ...]) -> str:
    return forgeries[0].__name__


@pytest.mark.timeout(240)
@pytest.mark.parametrize("forgeries", BY_ITSELF, ids=names)
def test_forgeries_are_named_by_the_pack_itself(office: Office, tmp_path: Path, forgeries: tuple[Forgery, ...]) -> None:
    named = forged(office, tmp_path / "pack", forgeries)
    accused = {fault.path for fault in verify_pack(tmp_path / "pack")}
    assert named <= accused
    if evidence_replaced in forgeries:  # the pages of the paper that was replaced are not its pages any more
        accused = {path for path in accused if not path.startswith("data/pages/")}
    assert accused == named


@pytest.mark.timeout(240)
@pytest.mark.parametrize("forgeries", WITH_THE_OFFICE, ids=names)
def test_forgeries_that_agree_with_themselves_are_named_by_archive_and_registers(
    office: Office, tmp_path: Path, forgeries: tuple[Forgery, ...]
) -> None:
    named = forged(office, tmp_path / "pack", forgeries)
    assert named <= {fault.path for fault in verify_pack(tmp_path / "pack", office.workspace)}


def test_twenty_forgeries_and_more_are_tried() -> None:
    assert len({forgery for group in (*BY_ITSELF, *WITH_THE_OFFICE) for forgery in group}) == 25


def test_a_public_pack_is_held_against_the_registers(office: Office, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(office.packs["public"], pack)
    value = told(pack / "data")
    one = next(i for i in value["indicators"] if i["numerator"] < i["denominator"])
    one["numerator"] += 1
    one["value"] = round(100 * one["numerator"] / one["denominator"], 2)
    one["met"] = None if one["target"] is None else one["value"] >= one["target"]
    everything_anew(pack / "data", value)
    bagit.Bag(str(pack)).save(manifests=True)
    assert verify_pack(pack) == []
    faults = verify_pack(pack, office.workspace)
    assert {fault.path for fault in faults} == {"data/assessment.json"}
    assert any(one["name"] in fault.fault for fault in faults)
