"""Closed vocabularies of the plan: 事项类别, 抽查类型, 检查主体, 性别, 是否."""

from __future__ import annotations

import re

from ssj_docs.intake.values.folding import squeeze
from ssj_docs.intake.values.reading import Note, Reading
from ssj_docs.model.plan import Category, DrawType

_CATEGORY = re.compile(r"(重点|一般)(?:性)?(?:检查|抽查|监管)?(?:事项|项目|类)?")
_DRAW_TYPE = re.compile(r"(不定|定)(向|项)(?:抽查|抽取|检查)?")


def read_category(text: str) -> Reading[Category | None]:
    """重点检查事项 / 一般检查事项 and their short forms; None with a note where the text is neither."""
    body = squeeze(text)
    if not body:
        return Reading(None, (Note("plan.category", "事项类别没有填写", "请填“重点检查事项”或“一般检查事项”"),))
    match = _CATEGORY.fullmatch(body)
    if not match:
        return Reading(None, (Note("plan.category", "不是事项类别", "请填“重点检查事项”或“一般检查事项”"),))
    return Reading("重点" if match[1] == "重点" else "一般")


def read_draw_type(text: str) -> Reading[DrawType | None]:
    """定向 / 不定向; the slip 不定项 (定项) is read as 不定向 (定向) with a note."""
    body = squeeze(text)
    if not body:
        return Reading(None, (Note("plan.draw_type", "抽查类型没有填写", "请填“定向”或“不定向”"),))
    match = _DRAW_TYPE.fullmatch(body)
    if not match:
        return Reading(None, (Note("plan.draw_type", "不是抽查类型", "请填“定向”或“不定向”"),))
    value: DrawType = "不定向" if match[1] == "不定" else "定向"
    if match[2] == "项":
        return Reading(value, (Note("plan.draw_type_slip", f"应为“{value}”，已按“{value}”读入", f"请改为“{value}”"),))
    return Reading(value)


def read_level(text: str) -> str:
    """检查主体 as ``省级|市级|县级|区级`` where the text is one of them, else the text without white space."""
    body = squeeze(text)
    match = re.fullmatch(r"(省|市|县|区|县区|县\(区\)|乡镇|国家)级?", body)
    return f"{match[1]}级".replace("(", "（").replace(")", "）") if match else body


def read_sex(text: str) -> Reading[str]:
    """男 / 女, empty if not given."""
    body = re.sub(r"^\d[-.]", "", squeeze(text))
    value = {"男": "男", "女": "女", "男性": "男", "女性": "女", "M": "男", "F": "女"}.get(body.upper(), "")
    if body and not value:
        return Reading("", (Note("inspector.sex", "性别应为“男”或“女”", "请改正"),))
    return Reading(value)


def read_yes(text: str) -> bool | None:
    """是 / 否 in the usual spellings, None if neither."""
    body = squeeze(text).lower()
    if body in ("是", "已公示", "已", "√", "y", "yes", "1", "有", "✓"):
        return True
    return False if body in ("否", "未公示", "未", "×", "n", "no", "0", "无", "x") else None


def read_grade(text: str) -> Reading[str]:
    """Risk grade ``A``-``D``; 低/中(一般)/中高(较高)/高 are the usual other names of the four grades."""
    lettered = re.search(r"(?<![A-Z])([ABCD])(?![A-Z])", squeeze(text).upper())
    named_too = re.sub(r"[(（][^()（）]*[)）]|[ABCD][级类]?", "", squeeze(text).upper())
    body = re.sub(
        r"(风险|信用)?(等级|级|类|风险)+$",
        "",
        lettered[1] if lettered and re.search("[级类风险()（）]|^.$", squeeze(text)) else named_too,
    )
    named = {
        "红": "D",
        "橙": "C",
        "黄": "B",
        "蓝": "A",
        "低": "A",
        "一般": "B",
        "中": "B",
        "中高": "C",
        "较高": "C",
        "高": "D",
    }
    value = body if body in ("A", "B", "C", "D") else named.get(body, "")
    if body and not value:
        return Reading(
            "", (Note("subject.grade", "风险等级应为 A、B、C、D", "请改为 A（低）、B（中）、C（中高）、D（高）"),)
        )
    return Reading(value)
