"""Messages of the library in the words of the pages: it names commands and options, the pages have headings and fields."""

from __future__ import annotations

import re

#: what the library says (a regular expression) → what stands on the pages; the first that fits is taken
_WORDS: tuple[tuple[str, str], ...] = (
    ("ssj import plan", "“导入表格”（年度计划）"),
    ("ssj import subjects", "“导入表格”（检查对象名录）"),
    ("ssj import inspectors", "“导入表格”（执法检查人员名录）"),
    ("ssj import items", "“导入表格”（抽查事项清单）"),
    ("ssj import draw", "“导入表格”（抽取结果）"),
    ("ssj import results", "“导入表格”（检查结果）"),
    ("ssj import", "“导入表格”"),
    ("ssj draw commit(?: 任务)?", "“先公布种子摘要”"),
    ("ssj draw(?: 任务)?", "“随机抽取”"),
    ("ssj plan show", "“计划与任务”"),
    ("ssj draft", "“新拟稿”"),
    ("ssj issue", "“编号印发”"),
    ("ssj numbers void", "发文字号登记簿的“作废”"),
    ("ssj numbers(?: record)?", "发文字号登记簿"),
    ("ssj forms", "“制作全部表单”"),
    ("ssj stats", "“统计”"),
    ("ssj verify", "“核验”"),
    ("ssj receive(?: --unfiled)?", "“归档”"),
    ("ssj read(?: --again)?(?![a-z])", "“归档”里的“继续识别文字”"),
    ("ssj case (?:show|check)(?: 案卷号)?", "“案件”"),
    ("ssj missing", "“案件”"),
    ("ssj search(?: --help)?", "“检索”"),
    ("ssj evidence (?:add|list|run)(?: [a-z_]+)?", "“考核”"),
    ("ssj retention list", "“保管”"),
    ("ssj assess", "“考核”"),
    ("(?:用 )?--redraw 原因", "写明重抽的原因"),
    ("--reason 原因", "写明原因"),
    ("--reason", "写明原因"),
    ("--round 2", "“轮次”写 2"),
    ("--grade(?: A)?", "“只抽一个等级”"),
    ("--ratio 3（百分之三）", "“比例”写 3（百分之三）"),
    ("--count(?= \\d)", "“户数”写"),
    ("--ratio", "“比例”"),
    ("--count", "“户数”"),
    ("--where", "“限定对象”"),
    ("--objects-only", "“只抽对象，不抽人员”"),
    ("--seed", "“种子”"),
    ("--case(?: 案卷号| 案件编号)?", "案卷号"),
    ("--kind(?: 文书| [a-z]+)?", "文书种类"),
    ("--task(?: 任务编号)?", "任务"),
    ("--year", "年度"),
    ("--by", "批准人、监销人"),
    ("--number", "清册号"),
    ("--pages", "页码"),
    ("--(?:save-)?mapping", "“列对应”"),
)
_ANY = re.compile("|".join(f" ?(?P<w{number}>{pattern}) ?" for number, (pattern, _) in enumerate(_WORDS)))


def spoken(text: object) -> str:
    """A message for people who have no command line before them; other words stay as they are."""
    return _ANY.sub(_said, str(text))


def _said(match: re.Match[str]) -> str:
    return _WORDS[int((match.lastgroup or "w0")[1:])][1]
