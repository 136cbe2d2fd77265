"""What stands around a table: titles, lines such as 单位：…, section rows, legends. Each says something of many rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.intake.tables.contents import CellKinds, looks_like_name
from ssj_docs.intake.tables.facts import FACTS
from ssj_docs.intake.tables.labels import label_score
from ssj_docs.intake.tables.matching import LIKELY, Candidate, column_score
from ssj_docs.intake.values.folding import arabic, fold, squeeze
from ssj_docs.intake.values.people_list import read_people

_STATED = re.compile(r"([\u4e00-\u9fff]{2,14}?)(?:均|都|统一)?(?:为|是|定于)\s*([^，,。；;()（）]{2,40})")
#: the same the other way round: 县市场监管局为发起部门
_NAMED = re.compile(
    r"([^，。；;:：()（）\s]{2,24}?)(?:均|都|统一|作)?(?:为|是)([^，。；;:：()（）\s]{2,6}(?:部门|单位|机关))"
)
#: a title or the name of a sheet that begins with months, a quarter or half a year: 6-8月, 第二季度任务
_PERIOD = re.compile(r"\d{1,2}月?[-—–~～至到]\d{1,2}月份?|\d{1,2}月份?(?!\d)|第?[一二三四1-4]季度|[上下]半年")
_PAIR = re.compile(
    r"([\u4e00-\u9fffA-Za-z（）()、/]{2,16}?)\s*[:：]\s*([^:：]+?)(?=(?:[\s，,；;。]+[\u4e00-\u9fffA-Za-z（）()]{2,12}\s*[:：])|[；;。]|$)"
)
_MARKED = re.compile(
    r"^\s*(?:第?[一二三四五六七八九十]+[、.．部类]|[（(][一二三四五六七八九十\d]+[）)]|\d+[、.．](?!\d)|[ⅠⅡⅢⅣⅤ]+[、.．]?|[■●◆▶>*]+)\s*"
)
_COUNTED = re.compile(
    r"\s*[（(【\[]?\s*(?:共|计|合计|小计)?\s*\d+\s*(?:户|家|个|项|人|名|条|件|处|所)[^（()）]{0,4}\s*[)）】\]]?\s*$"
)
#: which fact a department, a place, a period … says where no column says it, by kind of table
_BY_VALUE: Mapping[Kind, tuple[tuple[str, str], ...]] = {
    "plan": (("department", "initiators"), ("category", "category"), ("span", "window")),
    "items": (("department", "department"), ("category", "category")),
    "subjects": (("town", "district"), ("station", "jurisdiction"), ("entity", "type")),
    "inspectors": (("department", "department"),),
    "draw": (("task", "task"), ("department", "departments"), ("date", "drawn")),
    "results": (("task", "task"), ("department", "department")),
}
#: what a heading between rows is about where its words name no value that is known
_BY_DEFAULT: Mapping[Kind, str] = {"plan": "field", "items": "field", "subjects": "industry"}


#: facts whose values are departments
_BY_DEPARTMENTS = frozenset(("initiators", "partners", "departments", "department"))


def group_facts(kind: Kind) -> list[str]:
    """The facts that headings between the rows of a table may say."""
    keys = [key for _, key in _BY_VALUE[kind]] + [_BY_DEFAULT[kind]] * (kind in _BY_DEFAULT)
    return list(dict.fromkeys(keys))


@dataclass(frozen=True)
class Said:
    """Something said once for many rows: fact, text, cell; ``sure`` where its own words name the fact."""

    key: str
    text: str
    row: int
    column: int
    sure: bool = True


def _opened(text: str) -> str:
    """A line with its bracketed statements apart, and without a closing bracket that was never opened."""
    if text.count("（") + text.count("(") != text.count("）") + text.count(")"):
        text = re.sub(r"[)）】]+$", "", text)
    return re.sub(r"[(（]([^()（）]*[:：为][^()（）]*)[)）]", r"；\1；", text)


def said_in_lines(lines: Iterable[tuple[str, int, int]], kind: Kind, cells: CellKinds) -> list[Said]:
    """Facts of lines above or below a table: ``单位：青禾县公安局``, ``抽取日期：2026-03-05``, a title that names a task.

    Args:
        lines: (text, row, column).
    """
    found: list[Said] = []
    for line, row, column in lines:
        text = _opened(line)
        if kind == "draw" and (people := _people_in_line(line, cells)):
            found.append(Said("inspectors", people, row, column))
        for label, value in _PAIR.findall(fold(text)):
            said = _pair(label, value.strip(), kind, cells)
            if said:
                found.append(Said(said, value.strip(), row, column))
        for label, value in _STATED.findall(fold(text)):
            said = _pair(label, value.strip(), kind, cells) or _stated(value.strip(), kind, cells)
            if said:
                found.append(Said(said, value.strip(), row, column))
        for value, label in _NAMED.findall(fold(text)):
            said = _pair(label, value.strip(), kind, cells)
            if said:
                found.append(Said(said, value.strip(), row, column))
        day = re.search(
            r"([\u4e00-\u9fff]{0,4}(?:时间|日期|于))?\s*((?:20\d\d|[〇○零一二三四五六七八九]{4})[年.-]\s*[\d一二三四五六七八九十]{1,3}[月.-]\s*[\d一二三四五六七八九十]{1,3}日?)\s*(抽取|检查)?",
            fold(text),
        )
        if day and kind in ("draw", "results") and not re.search(r"导出|填报|填表|制表|公示|印发", text):
            key = {"draw": "drawn", "results": "inspected"}[kind]
            words = f"{day[1] or ''}{day[3] or ''}{text[: day.start()][-12:]}"
            if re.search({"draw": "抽取|摇号|抽签|匹配", "results": "检查|核查"}[kind], words):
                found.append(Said(key, day[2], row, column))
    return found


_GROUP = re.compile(r"组长|组员|成员|检查人员|执法人员|检查员|带队|领队")
_ATTENDING = re.compile(r"监督|抽取|公证|见证|制表|填表|审核|联系|记录|派发|签收")


def _people_in_line(line: str, cells: CellKinds) -> str:
    """The inspectors of a line that names a group: 第一组　组长：周振华（应急局）　成员：郑凯（市监局）."""
    if not _GROUP.search(line):
        return ""
    named = [
        person
        for person in read_people(line)
        if (person.name in cells.register.people or looks_like_name(person.name))
        and not any(_ATTENDING.search(aside) for aside in person.asides)
    ]
    known = sum(person.name in cells.register.people for person in named)
    return "、".join(map(str, named)) if known * 2 > len(named) else ""


def _stated(value: str, kind: Kind, cells: CellKinds) -> str:
    """The fact of a statement by its value alone, where the value is of a closed vocabulary: 均为不定向抽查."""
    kinds = cells.kinds(value)
    if kind == "plan":
        return "type" if "draw_type" in kinds else "category" if "category" in kinds else ""
    return "category" if kind == "items" and "category" in kinds else ""


def _pair(label: str, value: str, kind: Kind, cells: CellKinds) -> str:
    """The fact that a labelled value says, or empty; the value must be one that the fact can have."""
    if not value or len(value) > 60 or re.search("[=＝].*[=＝]", value):
        return ""
    kinds = cells.kinds(value)
    bare = re.sub(r"[(（][^()（）]*[)）]", "", label)
    profile = cells.profile([value])
    scores = {
        fact.key: column_score(Candidate(0, bare, profile), fact, kind) if label_score(bare, fact, kind) > 0 else 0.0
        for fact in FACTS[kind]
    }
    key = max(scores, key=lambda one: scores[one])
    best = scores[key]
    wanted = {one for fact in FACTS[kind] if fact.key == key for one, weight in fact.values.items() if weight >= 4}
    if "date" in wanted and not kinds & {"date", "span", "until", "serial_date"}:
        return ""  # 公示单位 speaks of 公示, but says no day
    if key in _BY_DEPARTMENTS and "department" not in kinds and not cells.names.read(value).value:
        return ""  # 单位：户
    if best >= LIKELY + 1.0 and key not in ("serial", "note", "name", "contact"):
        return key
    if "department" in kinds and re.search(r"单位|部门|机关", bare):
        return dict(_BY_VALUE[kind]).get("department", "") if kind != "plan" else ""
    return ""


def said_in_title(
    texts: Iterable[tuple[str, int, int]], kind: Kind, cells: CellKinds, tasks: Sequence[str]
) -> list[Said]:
    """What titles and sheet names say without a label: a department, a township, a task of the register."""
    found: list[Said] = []
    for text, row, column in texts:
        body = squeeze(text)
        if kind in ("draw", "results"):
            named = [task for task in tasks if len(squeeze(task)) >= 4 and squeeze(task) in body]
            if named:
                found.append(Said("task", max(named, key=len), row, column))
        department = department_in(body, cells)
        if department:
            sure = kind != "plan" or bool(re.search(r"牵头|发起|主办", body)) or body == department
            key = dict(_BY_VALUE[kind]).get("department", "")
            if kind == "results":
                sure = body == department or bool(re.search(r"检查|抽查", body))
            if key and kind != "draw":
                found.append(Said(key, department, row, column, sure))
        period = _PERIOD.match(arabic(body, "月季")) if kind == "plan" else None
        if period:
            found.append(Said("window", period[0], row, column))
        if kind == "subjects" and re.fullmatch(r"[\u4e00-\u9fff]{1,8}(镇|乡|街道|办事处)", body):
            found.append(Said("district", body, row, column))
    return found


def department_in(body: str, cells: CellKinds) -> str:
    """The longest department that the text names at its beginning, whole or before what the table is; or empty."""
    if 2 <= len(body) <= 12 and cells.names.canonical(body):
        return body
    body = re.sub(r"^(附件|附表|表)\s*[\d一二三四五六七八九十]*[:：、.]?|^\d{4}年?度?|^[“\"《]", "", body)
    for end in range(min(len(body), 24), 2, -1):
        if body[end - 1] in "局委队会所院心办署厅司" and cells.names.canonical(body[:end]):
            return body[:end]
    return ""


def section_of(text: str, kind: Kind, cells: CellKinds, taken: frozenset[str]) -> Said | None:
    """What a row says that is a heading between rows: 一、公安局（3项）, 丰田镇（2户）, 任务：…"""
    bare = _COUNTED.sub("", _MARKED.sub("", text.strip())).strip(" 　：:，,【】[]〔〕")
    if not bare:
        return None
    for label, value in _PAIR.findall(fold(bare)):
        key = _pair(label, value.strip(), kind, cells)
        if key:
            return Said(key, value.strip(), 0, 0)
    kinds = cells.kinds(bare)
    for value_kind, key in _BY_VALUE[kind]:
        if value_kind in kinds and not (value_kind == "station" and re.search("站|场所$|诊所$|会所$", bare)):
            return Said(key, bare, 0, 0)
    department = department_in(squeeze(bare), cells)
    if department and (len(department) >= len(squeeze(bare)) - 8):
        key = dict(_BY_VALUE[kind]).get("department", "")
        if key:
            return Said(key, department, 0, 0)
    default = _BY_DEFAULT.get(kind, "")
    if default and default not in taken and len(bare) <= 24:
        return Said(default, bare, 0, 0, sure=False)
    return None


def rank_of(text: str) -> int:
    """How deep a section heading stands: 一、 1 · （一） 2 · 1. 3 · without a mark 1."""
    body = text.strip()
    if re.match(r"[（(][一二三四五六七八九十]+[）)]", body):
        return 2
    if re.match(r"[（(]?\d+[）)、.．]", body):
        return 3
    return 1
