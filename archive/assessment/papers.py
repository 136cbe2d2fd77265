"""Report and workbook of an assessment: prose, tables and charts from the same results, so that figures agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.assessment.assessment import Assessment, IndicatorResult, met_word
from archive.assessment.charts import History, comparison_text, report_charts, work_text
from ssj_docs.documents.official.charts import chart_sheet
from ssj_docs.documents.official.official import render_official
from ssj_docs.documents.sheets.workbooks import SheetColumn, TableSheet, write_table_workbook
from ssj_docs.documents.text.wording import break_title, parse_body
from ssj_docs.ground.chinese_words import chinese_date, chinese_numeral
from ssj_docs.model.document import Attachment, OfficialDocument, Table

_INDICATOR_COLUMNS = ("指标", "单位", "分子", "分母", "结果", "目标", "评定", "佐证页数", "缺少项数", "依据")
_LACK_COLUMNS = ("指标", "案件", "缺少什么", "询问谁")
_TOGETHER_COLUMNS = ("指标", "缺少什么", "询问谁", "项数", "案件")
#: maximum number of case ids in a cell of the workbook, which holds 32,767 characters
_MOST_CASES = 500
#: maximum number of entries in the printed catalogue
_MOST_PRINTED = 2000
#: maximum number of rows in a printed table; the workbook has all
_MOST_ROWS = 300
_CATALOGUE_COLUMNS = ("编号", "案件", "件号", "材料", "文件", "SHA-256")


@dataclass(frozen=True)
class Letterhead:
    """The office as its papers name it: name, 发文机关标志 and 署名."""

    name: str
    red_header: str
    signature: tuple[str, ...]


#: columns of `indicator_rows` in a public rendition
PUBLIC_COLUMNS = _INDICATOR_COLUMNS[:7]


def shown(value: float | None) -> str:
    """Format a percentage for prose, tables and pages."""
    return "无可评定" if value is None else f"{value:g}%"


def indicator_rows(results: Sequence[IndicatorResult]) -> list[tuple[str, ...]]:
    """One row of texts for each indicator."""
    return [
        (
            r.indicator.name,
            r.indicator.unit,
            str(r.numerator),
            str(r.denominator),
            shown(r.value),
            shown(r.indicator.target) if r.indicator.target is not None else "未设",
            met_word(r.met),
            str(len(r.proofs)),
            str(len(r.lacks)),
            r.indicator.clause,
        )
        for r in results
    ]


def report_text(assessment: Assessment, before: History, *, public: bool = False) -> str:
    """The prose of the report: overview, the year's work, each indicator, the years before, what is missing."""
    results = assessment.indicators
    judged = [r for r in results if r.met is not None]
    unmet = [r.indicator.name for r in judged if not r.met]
    parts = [
        (
            "总体情况",
            [
                f"数据截至{chinese_date(assessment.cutoff)}。共设指标{len(results)}项，其中可以评定的{len(judged)}项，"
                f"达标{len(judged) - len(unmet)}项，未达标{len(unmet)}项"
                + (f"（{'、'.join(unmet)}）。" if unmet else "。")
            ],
        ),
        ("抽查工作情况", work_text(assessment)),
        ("各项指标", [f"{n}.{_sentence(r, before)}" for n, r in enumerate(results, 1)]),
        ("与以前年度比较", comparison_text(assessment, before)),
        ("未达到和缺少佐证的事项", [_lacks_text(results, public=public)]),
    ]
    lines = [f"按照年度考核指标，现将{assessment.year}年度部门联合“双随机、一公开”抽查工作考核情况报告如下："]
    for number, (heading, paragraphs_) in enumerate([part for part in parts if part[1]], 1):
        lines += [f"{chinese_numeral(number)}、{heading}", *paragraphs_]
    return "\n".join([*lines, "特此报告。"])  # a line to keep with the signature, so that no section has to be


def _lacks_text(results: Sequence[IndicatorResult], *, public: bool) -> str:
    lacking = [r for r in results if r.lacks]
    if not lacking:
        return "各项指标的佐证材料齐全。"
    return f"共有{len(lacking)}项指标有未达到的事项或者缺少佐证材料，合计{sum(len(r.lacks) for r in lacking)}项" + (
        "。" if public else "，清单附后。"
    )


def _sentence(result: IndicatorResult, before: History) -> str:
    one = result.indicator
    goal = f"，目标{shown(one.target)}，{met_word(result.met)}" if one.target is not None else ""
    past = "，".join(f"{year}年为{shown(values[one.id])}" for year, values in before.items() if one.id in values)
    if result.value is None:
        return f"{one.name}没有可以评定的{one.unit}" + (f"；{past}" if past else "") + "。"
    return (
        f"{one.name}为{shown(result.value)}（{result.numerator}/{result.denominator}{one.unit}）{goal}"
        + (f"；{past}" if past else "")
        + "。"
    )


def report_docx(
    assessment: Assessment, office: Letterhead, templates: Path | None, before: History, *, public: bool = False
) -> bytes:
    """The report in the office's layout, with the table of indicators and the list of what is missing.

    ``public`` omits that list, because it names cases and may quote papers.
    """
    results = assessment.indicators
    columns = PUBLIC_COLUMNS if public else _INDICATOR_COLUMNS
    attachments = [
        Attachment(
            "考核指标一览表",
            table=Table(columns, tuple(row[: len(columns)] for row in indicator_rows(results)), landscape=True),
        ),
        Attachment("考核图表", charts=tuple(report_charts(assessment, before))),
    ]
    lacks = [] if public else _lacks_together(results)
    if lacks:
        attachments.append(
            Attachment("未达到和缺少佐证的事项", table=Table(_TOGETHER_COLUMNS, tuple(lacks), landscape=True))
        )
    title = f"关于{assessment.year}年度部门联合“双随机、一公开”抽查工作考核情况的报告"
    document = OfficialDocument(
        kind="",
        genre="报告",
        red_header=(office.red_header,),
        number="",
        title=tuple(break_title(title)),
        blocks=tuple(parse_body(report_text(assessment, before, public=public))),
        attachments=tuple(attachments),
        signature=office.signature,
        date=chinese_date(assessment.cutoff),
    )
    return render_official(document, templates)


def _lacks_together(results: Sequence[IndicatorResult]) -> list[tuple[str, ...]]:
    """What is missing, grouped by text and department, without numbers of days; the workbook has every row."""
    together: dict[tuple[str, str, str], list[str]] = {}
    for r in results:
        for lack in r.lacks:
            together.setdefault((r.indicator.name, lack.short or lack.what, lack.ask), []).append(lack.case)
    rows: list[tuple[str, ...]] = [
        (name, what, ask, str(len(cases)), "、".join(filter(None, cases[:3])) + ("等" if len(cases) > 3 else ""))
        for (name, what, ask), cases in together.items()
    ]
    if len(rows) > _MOST_ROWS:
        left = sum(int(row[3]) for row in rows[_MOST_ROWS:])
        rows = [*rows[:_MOST_ROWS], ("", "其余见考核数据工作簿“缺少材料”表", "", str(left), "")]
    return rows


def workbook(assessment: Assessment, before: History) -> bytes:
    """Indicators with a chart, all units, all proofs, everything missing, and earlier years."""
    results = assessment.indicators
    values = [
        (
            r.indicator.name,
            r.indicator.unit,
            r.numerator,
            r.denominator,
            r.value,
            r.indicator.target,
            met_word(r.met),
            len(r.proofs),
            len(r.lacks),
            r.indicator.clause,
        )
        for r in results
    ]
    units = [
        (r.indicator.name, u.label, "是" if u.met else "否", u.why, _cases(u.cases)) for r in results for u in r.units
    ]
    proofs = [
        (r.indicator.name, p.case, p.item, p.page, p.title, p.snippet, p.sha256) for r in results for p in r.proofs
    ]
    chosen = [(r.indicator.name, p) for r in results for p in r.selected]
    chosen += [(question.text, p) for question in assessment.questions for p in question.proofs]
    picked = [(name, p.query, p.case, p.item, p.page, p.title, p.snippet, p.note, p.sha256) for name, p in chosen]
    lacks = [
        (
            r.indicator.name,
            lack.case,
            lack.what,
            lack.ask,
            lack.page.item if lack.page else None,
            lack.page.page if lack.page else None,
        )
        for r in results
        for lack in r.lacks
    ]
    title = f"{assessment.year}年度考核"
    sheets = [
        _sheet("指标", title, _INDICATOR_COLUMNS, values),
        _sheet("逐项情况", title + "逐项情况", ("指标", "对象", "计入分子", "事实", "案件"), units),
        _sheet("佐证", title + "佐证目录", ("指标", "案件", "件号", "页", "材料", "文字", "SHA-256"), proofs),
        _sheet("缺少材料", title + "缺少材料", (*_LACK_COLUMNS, "见件号", "见页"), lacks),
    ]
    if picked:
        sheets.append(
            _sheet(
                "人工取证",
                title + "人工选取的页",
                ("指标", "检索词", "案件", "件号", "页", "材料", "文字", "说明", "SHA-256"),
                picked,
            )
        )
    if before:
        years = [*before, assessment.year]
        current = {r.indicator.id: r.value for r in results}
        rows = [
            (r.indicator.name, *({**before, assessment.year: current}[year].get(r.indicator.id) for year in years))
            for r in results
        ]
        sheets.append(_sheet("历年比较", title + "历年比较（%）", ("指标", *map(str, years)), rows))
    sheets[1:1] = [chart_sheet(chart, f"图{n}") for n, chart in enumerate(report_charts(assessment, before), 1)]
    return write_table_workbook(sheets)


def _cases(cases: Sequence[str]) -> str:
    """Case ids for one cell; assessment.json has the complete lists."""
    if len(cases) <= _MOST_CASES:
        return "、".join(cases)
    return "、".join(cases[:_MOST_CASES]) + f"等 {len(cases)} 件，全部见 assessment.json"


def _sheet(
    name: str, title: str, columns: Sequence[str], rows: Sequence[Sequence[str | int | float | None]]
) -> TableSheet:
    wide = {
        "依据": 30.0,
        "事实": 40.0,
        "文字": 40.0,
        "缺少什么": 40.0,
        "指标": 22.0,
        "SHA-256": 66.0,
        "对象": 30.0,
        "材料": 30.0,
        "案件": 18.0,
    }
    return TableSheet(name, title, tuple(SheetColumn(c, wide.get(c, 10.0)) for c in columns), rows)


def catalogue_rows(year: int, entries: Sequence[Mapping[str, str]]) -> bytes:
    """证据目录 as a workbook."""
    columns = (
        SheetColumn(name, width)
        for name, width in zip(_CATALOGUE_COLUMNS, (8.0, 18.0, 8.0, 40.0, 50.0, 66.0), strict=True)
    )
    return write_table_workbook(
        [
            TableSheet(
                "证据目录",
                f"{year}年度考核证据目录",
                tuple(columns),
                [(e["number"], e["case"], e["item"], e["title"], e["href"], e["sha256"]) for e in entries],
            )
        ]
    )


def catalogue_docx(
    assessment: Assessment, office: Letterhead, templates: Path | None, entries: Sequence[Mapping[str, str]]
) -> bytes:
    """证据目录 in the office's layout, to be bound before the evidence."""
    title = f"{assessment.year}年度考核证据目录"
    rows = tuple((e["number"], e["case"], e["item"], e["title"], e["sha256"][:16]) for e in entries[:_MOST_PRINTED])
    if len(entries) > _MOST_PRINTED:
        rows += (("", "", "", "其余见“证据目录.xlsx”", ""),)
    table = Table(("编号", "案件", "件号", "材料", "SHA-256前16位"), rows or (("",) * 5,), landscape=False)
    document = OfficialDocument(
        kind="",
        genre="报告",
        red_header=(office.red_header,),
        number="",
        title=tuple(break_title(title)),
        blocks=tuple(
            parse_body(f"{assessment.year}年度考核共引用证据{len(entries)}件，编号与资料包中的文件一致，目录附后。")
        ),
        attachments=(Attachment("证据目录", table=table),),
        signature=office.signature,
        date=chinese_date(assessment.cutoff),
    )
    return render_official(document, templates)
