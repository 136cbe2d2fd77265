"""Charts of the report, and sentences with the same figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archive.assessment.assessment import Assessment
from archive.assessment.year_work import WorkRow
from ssj_docs.documents.official.charts import fitting_charts
from ssj_docs.documents.text.figure_texts import paragraphs
from ssj_docs.model.document import BarChart

#: values by indicator for earlier years, oldest first
History = Mapping[int, Mapping[str, float | None]]
#: maximum number of rows listed in a sentence; charts and the workbook have all
_MOST_SAID = 12


def report_charts(assessment: Assessment, before: History) -> list[BarChart]:
    """Charts of indicators against targets, of the work by department, month and task, and of earlier years. None without data."""
    results, work = assessment.indicators, assessment.work
    names = tuple(r.indicator.name for r in results)
    wanted = [
        BarChart(
            "各项指标的结果与目标（%）",
            names,
            (("结果", tuple(r.value for r in results)), ("目标", tuple(r.indicator.target for r in results))),
            percent=True,
        )
    ]
    wanted += [
        _work_chart(f"各{what}检查情况（户次）", rows, upright=what == "月")
        for what, rows in (("部门", work.departments), ("月", work.months), ("任务", work.tasks))
        if rows
    ]
    if before:
        years = [(f"{year}年", tuple(values.get(r.indicator.id) for r in results)) for year, values in before.items()]
        years.append((f"{assessment.year}年", tuple(r.value for r in results)))
        wanted.append(BarChart("各项指标与以前年度比较（%）", names, tuple(years), percent=True))
    fitting = [part for chart in wanted if chart.labels for part in fitting_charts(chart)]
    return [_numbered(number, chart) for number, chart in enumerate(fitting, 1)]


def _numbered(number: int, chart: BarChart) -> BarChart:
    return BarChart(f"图{number}　{chart.title}", chart.labels, chart.series, chart.percent, chart.upright)


def _work_chart(title: str, rows: Sequence[WorkRow], *, upright: bool) -> BarChart:
    series: list[tuple[str, tuple[float | None, ...]]] = [
        ("检查", tuple(row.inspected for row in rows)),
        ("发现问题", tuple(row.problems for row in rows)),
    ]
    if any(row.drawn is not None for row in rows):
        series.insert(0, ("抽取", tuple(row.drawn for row in rows)))
    return BarChart(title, tuple(row.name for row in rows), tuple(series), upright=upright)


def work_text(assessment: Assessment) -> list[str]:
    """The year's work in sentences: those of the drafts, then by department, month and task."""
    work, said = assessment.work, paragraphs(assessment.work.figures, f"{assessment.year}年度")
    lines = [said["overview"], said["results"] + said["handling"]] if work.figures.inspected else [said["overview"]]
    for what, rows in (("部门", work.departments), ("月份", work.months), ("任务", work.tasks)):
        if rows and len(rows) <= _MOST_SAID and work.figures.inspected:
            shared = "（几个部门共同检查的，各部门分别计数）" if rows == work.departments and len(rows) > 1 else ""
            lines.append(f"按{what}看，" + "；".join(map(_row_text, rows)) + f"{shared}。")
    return lines


def _row_text(row: WorkRow) -> str:
    name = row.name if row.drawn is None else f"“{row.name}”"
    if row.drawn == 0:
        return f"{name}尚未抽取"
    drawn = "" if row.drawn is None else f"抽取{row.drawn}户次，"
    found = f"，发现问题{row.problems}户次" if row.problems else ""
    return f"{name}{drawn}检查{row.inspected}户次{found}"


def comparison_text(assessment: Assessment, before: History) -> list[str]:
    """Which indicators went up, stayed or went down compared with the year before; empty without that year."""
    if not before:
        return []
    past = max(before)
    moved: dict[str, list[str]] = {"上升": [], "持平": [], "下降": []}
    for result in assessment.indicators:
        old = before[past].get(result.indicator.id)
        if old is not None and result.value is not None:
            word = "持平" if result.value == old else "上升" if result.value > old else "下降"
            moved[word].append(result.indicator.name)
    told = "，".join(f"{word}的{len(names)}项（{'、'.join(names)}）" for word, names in moved.items() if names)
    compared = sum(map(len, moved.values()))
    return [
        f"与{past}年相比，可以比较的指标{compared}项"
        + (f"，其中{told}。" if told else "。")
        + "以前年度的数据按同样的办法计算，截至当年年底；指标另有截止日的，截至当年同日。"
    ]
