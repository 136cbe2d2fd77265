"""What a pack shows, made from its data alone: the report, the workbooks, the catalogue and the pages.

The same data gives the same bytes, so that a pack is checked by making these files again (`verification`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from archive.assessment.assessment import Assessment
from archive.assessment.evidence_finder import Proof
from archive.assessment.pack.html import Shown, html_pages
from archive.assessment.papers import (
    PUBLIC_COLUMNS,
    Letterhead,
    catalogue_docx,
    catalogue_rows,
    indicator_rows,
    report_docx,
    workbook,
)
from archive.assessment.recorded import recorded
from ssj_docs.documents.sheets.workbooks import SheetColumn, TableSheet, write_table_workbook

Rendition = Literal["restricted", "internal", "public"]
RENDITIONS: Mapping[str, str] = {"restricted": "原件版", "internal": "内部版", "public": "公开版"}
REPORT = "考核报告.docx"
DATA = "assessment.json"


@dataclass(frozen=True)
class PackData:
    """The data of a pack.

    Attributes:
        cited: the file of each cited page, by case, item and page.
        entries: the catalogue of evidence: number, case, item, title, sha256, href.
        pdf: whether the report is there as PDF too.
    """

    assessment: Assessment
    letterhead: Letterhead
    rendition: Rendition
    before: Mapping[int, Mapping[str, float | None]]
    cited: Mapping[tuple[str, str, int], str]
    entries: Sequence[Mapping[str, Any]]
    pdf: bool = False

    def as_json(self) -> dict[str, Any]:
        """What ``assessment.json`` says besides the assessment; `read_data` reads it back."""
        return {
            "before": {str(past): dict(values) for past, values in self.before.items()},
            "rendition": self.rendition,
            "office": asdict(self.letterhead),
            "cited": [{"case": c, "item": i, "page": p, "file": name} for (c, i, p), name in self.cited.items()],
            "catalogue": [dict(entry) for entry in self.entries],
            "pdf": self.pdf,
        }


def read_data(told: Mapping[str, Any]) -> PackData:
    """The data of a pack from its ``assessment.json``. Raises: KeyError, TypeError, ValueError, IndexError."""
    office = told["office"]
    if told["rendition"] not in RENDITIONS:
        raise ValueError(told["rendition"])
    return PackData(
        recorded(told),
        Letterhead(office["name"], office["red_header"], tuple(office["signature"])),
        told["rendition"],
        {int(past): dict(values) for past, values in told["before"].items()},
        {(one["case"], one["item"], int(one["page"])): str(one["file"]) for one in told["cited"]},
        told["catalogue"],
        bool(told["pdf"]),
    )


def shown_files(data: PackData, templates: Path | None) -> dict[str, bytes]:
    """Every file that shows the data, by name. ``templates``: the office's own, for the frame of its papers."""
    assessment, public = data.assessment, data.rendition == "public"
    made = {
        "style.css": (resources.files("templates") / "pack" / "style.css").read_bytes(),
        REPORT: report_docx(assessment, data.letterhead, templates, data.before, public=public),
    }
    if public:
        columns = tuple(SheetColumn(c, 16.0) for c in PUBLIC_COLUMNS)
        rows = [row[: len(PUBLIC_COLUMNS)] for row in indicator_rows(assessment.indicators)]
        sheet = TableSheet("指标", f"{assessment.year}年度考核指标", columns, rows)
        made["考核数据.xlsx"] = write_table_workbook([sheet])
    else:
        made["考核数据.xlsx"] = workbook(assessment, data.before)
        made["证据目录.xlsx"] = catalogue_rows(assessment.year, data.entries)
        made["证据目录.docx"] = catalogue_docx(assessment, data.letterhead, templates, data.entries)
    names = [name for name in made if name != "style.css"] + ([Path(REPORT).stem + ".pdf"] if data.pdf else [])
    shown = Shown(data.letterhead.name, data.rendition, data.before, _by_proof(data), data.entries, names)
    return made | {name: text.encode() for name, text in html_pages(assessment, shown).items()}


def _by_proof(data: PackData) -> dict[Proof, str]:
    return {
        proof: name
        for proof in data.assessment.cited
        if (name := data.cited.get((proof.case, proof.item, proof.page), ""))
    }
