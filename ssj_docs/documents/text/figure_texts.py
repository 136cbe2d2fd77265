"""Figures in sentences, shared by 通报, 简报, 总结 and the assessment report; zeros are expressed in words.

Every number comes from `ssj_docs.facts.figures`, so that prose and tables agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ssj_docs.facts.figures import Figures

#: the scope of a text: a year, a task, or a quarter (of either)
Covers = Literal["year", "task", "quarter"]


def paragraphs(figures: Figures, scope: str, covers: Covers = "year") -> dict[str, str]:
    """The paragraphs shared by the texts: ``overview``, ``results``, ``handling``.

    Args:
        scope: the beginning of the sentence: 2026年度, “任务名称”, 2026年第二季度.
    """
    return {
        "overview": _overview(figures, scope, covers),
        "results": _results(figures),
        "handling": _handling(figures) + _disclosure(figures),
    }


def shortfalls(figures: Figures, covers: Covers = "year") -> list[str]:
    """One sentence for each thing that is still open."""
    found = []
    if covers == "year" and figures.tasks > figures.drawn_tasks:
        found.append(f"有{figures.tasks - figures.drawn_tasks}项任务尚未抽取检查对象。")
    if figures.cases > figures.inspected:
        found.append(f"已抽取的检查对象中，有{figures.cases - figures.inspected}户次尚未检查或者没有录入结果。")
    if figures.problems > figures.handled:
        found.append(f"发现问题的检查对象中，有{figures.problems - figures.handled}户次尚未全部处理。")
    if figures.inspected > figures.disclosed:
        found.append(f"有{figures.inspected - figures.disclosed}户次的检查结果尚未全部公示。")
    return found


def _overview(figures: Figures, scope: str, covers: Covers) -> str:
    f = figures
    drawn = f"抽取检查对象{f.cases}户次（{f.subjects}户）"
    done = f"已检查{f.inspected}户次，参加检查的部门{len(f.departments)}个。" if f.inspected else "尚未检查。"
    if covers == "task":
        return f"{scope}{drawn}，{done}" if f.cases else f"{scope}尚未抽取检查对象。"
    if covers == "quarter":
        several = "" if scope.endswith("”") else f"开展联合抽查任务{f.tasks}项，"
        return f"{scope}{several}{drawn}，{done}" if f.cases else f"{scope}没有开展部门联合抽查。"
    if not f.tasks:
        return f"{scope}没有安排联合抽查任务。"
    planned = f"{scope}共安排联合抽查任务{f.tasks}项，"
    return f"{planned}已抽取{f.drawn_tasks}项，{drawn}，{done}" if f.cases else f"{planned}尚未抽取检查对象。"


def _results(figures: Figures) -> str:
    f = figures
    if not f.inspected:
        return "尚无检查结果。"
    found = f"发现问题{f.problems}户次" if f.problems else "没有发现问题"
    several = "（一户次有几种结果的分别计数）" if sum(count for _, count in f.results) > f.inspected else ""
    listed = f"按检查结果分{several}：{_listing(f.results)}。" if _listing(f.results) else ""
    clean = f"未发现问题类{f.clean}户次，" if f.clean else ""
    return f"已检查的{f.inspected}户次中，{clean}{found}。{listed}"


def _handling(figures: Figures) -> str:
    f = figures
    done = _listing(f.handlings)
    if not f.problems:
        return f"已作出的处理：{done}。" if done else ""
    if not f.handled:
        return f"发现问题的{f.problems}户次均尚未全部处理" + (f"（已作出的处理：{done}）。" if done else "。")
    return f"发现问题的{f.problems}户次中，已处理{f.handled}户次" + (f"（{done}）。" if done else "。")


def _disclosure(figures: Figures) -> str:
    f = figures
    if not f.inspected:
        return "尚无需要处置和公示的结果。"
    if not f.disclosed:
        return f"已检查的{f.inspected}户次，结果均尚未全部公示。"
    return f"已检查的{f.inspected}户次中，结果已公示{f.disclosed}户次。"


def _listing(pairs: Sequence[tuple[str, int]]) -> str:
    return "，".join(f"{label}{count}户次" for label, count in pairs if count)
