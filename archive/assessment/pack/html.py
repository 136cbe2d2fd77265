"""The HTML pages of an evidence pack: an index, and one page for each indicator and each question of the assessor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from archive.assessment.assessment import Assessment, IndicatorResult, met_word
from archive.assessment.evidence_finder import Proof
from archive.assessment.measure_register import MEASURES
from archive.assessment.papers import shown
from archive.assessment.selections import Question
from archive.assessment.year_work import WorkRow, YearWork
from ssj_docs.documents.text.figure_texts import paragraphs
from ssj_docs.model.office import Indicator

#: notes for readers of a rendition
_REMARKS = {
    "restricted": "本版含材料全文和个人信息，限有权查阅的人员使用。",
    "internal": "本版只收引用的页，手机号、身份证号已涂黑；还没有识别文字的页无法遮盖，只列名称。",
    "public": "本版只有指标数字，不含案件和材料。",
}


@dataclass(frozen=True)
class Shown:
    """What the pages show besides the assessment.

    Attributes:
        office: the office's name.
        before: values of earlier years.
        cited: the file of each cited page.
        entries: the catalogue of evidence.
        files: names of the documents beside the pages.
    """

    office: str

    rendition: str
    before: Mapping[int, Mapping[str, float | None]]
    cited: Mapping[Proof, str]
    entries: Sequence[Mapping[str, Any]]
    files: Sequence[str]


def html_pages(assessment: Assessment, more: Shown) -> dict[str, str]:
    """Text by file name: index.html and, unless the rendition is public, a page for each indicator and question."""
    environment = ImmutableSandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True
    )
    source = resources.files("templates") / "pack"
    public = more.rendition == "public"
    names = {u.key: u.label for r in assessment.indicators for u in r.units if u.cases == (u.key,)}
    indicators = [
        _indicator(n, r, more, names) | {"cutoff": (r.indicator.cutoff or assessment.cutoff).isoformat()}
        for n, r in enumerate(assessment.indicators, 1)
    ]
    asked = [] if public else [_question(n, q, more) for n, q in enumerate(assessment.questions, 1)]
    values = {
        "title": f"{assessment.year}年度考核佐证资料包",
        "office": more.office,
        "cutoff": assessment.cutoff.isoformat(),
        "public": public,
        "remark": _REMARKS[more.rendition],
        "years": list(more.before),
        "work": _work(assessment.work),
        "work_text": paragraphs(assessment.work.figures, f"{assessment.year}年度")["overview"],
        "indicators": indicators,
        "questions": asked,
        "evidence": more.entries,
        "files": sorted(more.files),
    }
    page = environment.from_string((source / "index.html").read_text("utf-8"))
    made = {"index.html": page.render(values)}
    if public:
        return made
    for name, pages in (("indicator.html", indicators), ("question.html", asked)):
        page = environment.from_string((source / name).read_text("utf-8"))
        for one in pages:
            made[one["page"]] = page.render(one=one)
    return made


def _work(work: YearWork) -> list[tuple[str, Sequence[WorkRow], int]]:
    """The tables of the year's work, each with its maximum for the bars."""
    return [
        (name, rows, max((row.inspected for row in rows), default=0))
        for name, rows in (("部门", work.departments), ("月份", work.months), ("任务", work.tasks))
    ]


def _question(number: int, question: Question, more: Shown) -> dict[str, Any]:
    return {
        "page": f"question-{number:02d}.html",
        "name": question.text,
        "queries": question.queries,
        "proofs": [_proof(p, more) for p in question.proofs],
    }


def _proof(proof: Proof, more: Shown) -> dict[str, Any]:
    return {
        "href": more.cited.get(proof, ""),
        "case": proof.case,
        "title": proof.title,
        "page": proof.page,
        "snippet": proof.snippet,
        "note": proof.note,
        "query": proof.query,
    }


def _counting(one: Indicator) -> str:
    """How a subject with several inspections is counted, if the indicator says so."""
    if one.unit == MEASURES[one.measure].unit:
        return ""
    return "；同一对象只计一次，" + ("各次都达到才计入分子" if one.several == "all" else "有一次达到即计入分子")


def _indicator(number: int, result: IndicatorResult, more: Shown, names: Mapping[str, str]) -> dict[str, Any]:
    """One indicator; ``names`` of subjects by case."""
    one = result.indicator
    return {
        "page": f"indicator-{number:02d}.html",
        "name": one.name,
        "counting": _counting(one),
        "question": one.question,
        "numerator_text": one.numerator,
        "denominator_text": one.denominator,
        "clause": one.clause,
        "numerator": result.numerator,
        "denominator": result.denominator,
        "unit": one.unit,
        "shown": shown(result.value),
        "width": f"{result.value or 0:g}",
        "target": one.target,
        "goal": shown(one.target) if one.target is not None else "未设",
        "met": result.met,
        "word": met_word(result.met),
        "before": [shown(values.get(one.id)) for values in more.before.values()],
        "units": [
            {"label": u.label, "key": u.key, "met": u.met, "why": u.why, "proofs": [_proof(p, more) for p in u.proofs]}
            for u in result.units
        ],
        "proof_count": len(result.proofs),
        "selected": [_proof(p, more) for p in result.selected],
        "lacks": [
            {
                "case": k.case,
                "name": names.get(k.case, ""),
                "what": k.what,
                "ask": k.ask,
                "page": _proof(k.page, more) if k.page else None,
            }
            for k in result.lacks
        ],
    }
