"""抽取比例 and the 频次 that may stand in the same cell: text → `Ratio`, `Frequency`."""

from __future__ import annotations

import re
from dataclasses import replace

from ssj_docs.intake.values.folding import arabic, chinese_number, fold, squeeze
from ssj_docs.intake.values.reading import Note, Reading
from ssj_docs.model.plan import Frequency, Ratio, RatioForm

_NUMBER = r"\d+(?:\.\d+)?"
_UNIT = r"(?:余)?(?:户次|户|家|个|名|人|处|所|批次|批|组|台|辆|件|宗)"
_SEPARATOR = r"(?:-|–|—|~|至|到)+"
_AT_LEAST = r"(?:≥|≧|>=|>|=>|不低于|不少于|不小于|至少|最少|最低|大于等于|大于|高于|超过(?!.*以下)|不得低于|不得少于|起码|下限为?)"
_AT_MOST = r"(?:≤|≦|<=|<|=<|不高于|不超过|不多于|不大于|至多|最多|最高|小于等于|小于|低于|不得超过|不得高于|上限为?)"
_PERIODS = {
    "年": 1,
    "年度": 1,
    "半年": 2,
    "季度": 4,
    "季": 4,
    "月": 12,
    "双月": 6,
    "两个月": 6,
    "周": 52,
    "天": 365,
    "日": 365,
}
_LEVEL = r"(?:省级?|市级?|县级?|区级?|县区级?|县\(区\)级?|镇级?|乡级?|[ABCD](?:级|类)?|高风险|中高风险|中风险|低风险)"

_FREQUENCIES = (
    re.compile(r"(?P<times>\d+)次[/每](?P<years>\d+)?(?P<period>半年|季度|季|年度|年|月|周)"),
    re.compile(
        r"(?:频次[::]?)?(?:全|每|一|1)(?P<years>[2-9])?个?(?P<period>半年|年度|年|季度|季|双月|月|周)内?(?:度)?"
        r"(?:随机)?(?:开展|抽查|检查|抽取|组织|实施)*(?:不少于|至少|不超过|不多于|最多)?(?P<times>\d+)次"
    ),
    re.compile(r"(?P<period>半年|年度|季度|月)(?:不少于|至少)?(?P<times>\d+)次"),
    re.compile(r"每(?P<period>半年|年|季度|月)(?:随机)?(?:抽查|检查|抽取)?(?=\d|按|不|≥|≤)"),
    re.compile(r"(?:频次[::]?)(?P<times>\d+)次?"),
    re.compile(r"(?<=%)/(?P<period>年|季度|月)"),
)


def read_ratio(text: str, unit: str = "") -> Reading[tuple[Ratio, Frequency]]:
    """Read a ratio cell in any of the forms of the field (≥3%, 0.03, 10-20%, 60-70家, 10%（20户）, 市级2% 区级10% …).

    Args:
        text: the cell as written. unit: ``%`` where the header says that the column is in percent.

    Returns:
        The ratio and frequency, both with ``raw``; form ``text`` where the cell holds no figure.
    """
    raw = text.strip()
    body = arabic(squeeze(text), "次家户个名处所").replace("％", "%")
    body = re.sub(r"百分之(\d+(?:\.\d+)?)", r"\1%", _spelled(body))
    body = re.sub(r"^1/(\d{1,3})$", lambda m: f"{100 / int(m[1]):g}%", body)
    frequency, body = _take_frequency(body)
    ratio, notes = _read(body.strip("，,；;。、/ "), unit)
    if notes or ratio.form != "text" or not frequency.raw:
        return Reading((replace(ratio, raw=raw), frequency), notes)
    return Reading((replace(ratio, raw=raw), frequency), ())


def read_frequency(text: str) -> Reading[Frequency]:
    """Read a 频次 cell: 2次/年, 每季度1次, 一年两次, or a bare number (times a year)."""
    raw = text.strip()
    if not raw:
        return Reading(Frequency())
    body = arabic(squeeze(text), "次年季月半")
    frequency, _ = _take_frequency(body)
    if frequency.per_year is not None:
        return Reading(Frequency(raw, frequency.per_year))
    bare = re.fullmatch(r"(\d+)(?:\.0)?次?", body)
    if bare:
        return Reading(Frequency(raw, int(bare[1])))
    note = Note("frequency.unread", "频次里读不出每年次数", "请写成“2次/年”这样的形式")
    return Reading(Frequency(raw), (note,) if re.search(r"\d", body) else ())


def _spelled(body: str) -> str:
    """百分之三十 → 30%; 千分之三 → 0.3%; ‰ likewise."""

    def percent(match: re.Match[str]) -> str:
        value = chinese_number(match[2]) or 0
        return f"{value / (1 if match[1] == '百' else 10):g}%"

    body = re.sub(r"([百千])分之([零一二三四五六七八九十百]+)", percent, body)
    body = re.sub(r"十分之([一二三四五六七八九])", lambda m: f"{10 * (chinese_number(m[1]) or 0)}%", body)
    return re.sub(rf"({_NUMBER})‰", lambda m: f"{float(m[1]) / 10:g}%", body)


def _take_frequency(body: str) -> tuple[Frequency, str]:
    body = arabic(body, "次年季月")
    for pattern in _FREQUENCIES:
        match = pattern.search(body)
        if match:
            groups = match.groupdict()
            period = _PERIODS.get(groups.get("period") or "年", 1)
            times = int(groups.get("times") or 1) * period
            span = int(groups.get("years") or 1)
            per_year = times // span if times % span == 0 else None
            rest = body[: match.start()] + body[match.end() :]
            return Frequency(match[0], per_year), re.sub(r"[(（][,，;；]?[)）]", "", rest)
    return Frequency(), body


def _read(body: str, unit: str) -> tuple[Ratio, tuple[Note, ...]]:
    if not body:
        return Ratio(""), ()
    if re.fullmatch(r"(全覆盖|全部|全数|全量|应查尽查)(抽取|检查|抽查)?(\(100%\))?|100%\(全.*\)", body):
        return Ratio("", "percent", 100.0, 100.0), ()
    for read in (_bare_number, _per_level, _percent, _count):
        found = read(body, unit)
        if found:
            return _checked(*found)
    if re.search(r"\d", body):
        note = Note("ratio.unread", "抽取比例读不出数字", "请写成“3%”“≥3%”“10-20%”“20户”之一；原文已保留")
        return Ratio(""), (note,)
    return Ratio(""), ()


def _checked(ratio: Ratio, notes: tuple[Note, ...]) -> tuple[Ratio, tuple[Note, ...]]:
    figures = [value for value in (ratio.low, ratio.high, *(p for _, p in ratio.levels)) if value is not None]
    if any(value > 100 for value in figures):
        return ratio, (*notes, Note("ratio.over_100", "抽取比例超过100%", "请核对数字和单位"))
    if ratio.low is not None and ratio.high is not None and ratio.low > ratio.high:
        return ratio, (*notes, Note("ratio.reversed", "抽取比例的下限大于上限", "请把较小的数写在前面"))
    return ratio, notes


_Found = tuple[Ratio, tuple[Note, ...]] | None


def _bare_number(body: str, unit: str) -> _Found:
    """0.03 is 3 %, as a number cell holds it; 5 without a sign is a guess unless the header gives the unit."""
    if not re.fullmatch(_NUMBER, body):
        return None
    value = float(body)
    if unit == "%":
        return Ratio("", "percent", value, value), ()
    if unit:
        return Ratio("", "count", count=int(value)), ()
    if value < 1:
        return Ratio("", "percent", _tidy(value * 100), _tidy(value * 100)), ()
    percent = 100.0 if value == 1 else value
    note = Note("ratio.no_unit", f"抽取比例没有单位，按 {percent:g}% 读入", "请写明“%”或“户”")
    return Ratio("", "percent", percent, percent), (note,)


def _per_level(body: str, _unit: str) -> _Found:
    pairs = re.findall(rf"({_LEVEL})[:：]?(?:抽取|抽查|比例|为)*({_AT_LEAST})?({_NUMBER})%", body)
    rest = re.sub(rf"{_LEVEL}[:：]?(?:抽取|抽查|比例|为)*{_AT_LEAST}?{_NUMBER}%(?:以上)?|[,，;；、。/()]", "", body)
    if not pairs or rest:
        return None
    levels = tuple((_level(name), float(value)) for name, _, value in pairs)
    return Ratio("", "per_level", levels=levels), ()


def _level(name: str) -> str:
    bare = name.replace("(", "").replace(")", "")
    if re.fullmatch(r"[ABCD][级类]?", bare):
        return bare[0]
    return bare if bare.endswith(("级", "风险")) else bare + "级"


def _percent(body: str, _unit: str) -> _Found:
    body, count = _aside(body)
    core = re.sub(
        r"^(?:随机|双随机|抽取|抽查|按|按照|约|大约|比例(?!之和)|为|每次|年度|抽查比例|抽取比例|\D{0,8}(?:总数|总量|名录库)的?|[:：])+",
        "",
        body,
    )
    core = re.sub(r"(?:左右|的比例|比例|抽取|抽查|的企业|户数)+$", "", core)
    span = re.fullmatch(rf"({_NUMBER})%?{_SEPARATOR}({_NUMBER})%", core)
    if span:
        return Ratio("", "range", float(span[1]), float(span[2]), count), ()
    form: RatioForm
    for pattern, form in (
        (rf"{_AT_LEAST}({_NUMBER})%(?:以上)?", "floor"),
        (rf"({_NUMBER})%(?:及?以上|及以上|起|\+)", "floor"),
        (rf"{_AT_MOST}({_NUMBER})%", "cap"),
        (rf"({_NUMBER})%(?:及?以下|及?以内|之内|封顶)", "cap"),
        (rf"=?({_NUMBER})%", "percent"),
    ):
        match = re.fullmatch(pattern, core)
        if match:
            value = float(match[1])
            low = None if form == "cap" else value
            high = None if form == "floor" else value
            return Ratio("", form, low, high, count), ()
    return None


def _aside(body: str) -> tuple[str, int | None]:
    """Split ``10%(20户)`` or ``10%,20户`` into the ratio and the count beside it; other remarks in brackets go."""
    match = re.fullmatch(
        rf"(.*%(?:以上|及以上)?[^(（,，且并]*)[(（,，且并](?:约|共|计|即|且|并|抽取|抽查|不少于|不低于|至少|≥)*(\d+){_UNIT}(?:以上)?[)）]?",
        body,
    )
    if match:
        return match[1], int(match[2])
    return re.sub(r"[(（][^()（）\d]*[)）]$", "", body), None


def _count(body: str, _unit: str) -> _Found:
    core = re.sub(r"^(?:随机|抽取|抽查|按|共|约|每次|比例|[:：])+", "", body)
    core = re.sub(r"(?:企业|单位|市场主体|项目|对象|左右)+$|[(（][^()（）]*%[)）]$", "", core)
    span = re.fullmatch(rf"(\d+){_UNIT}?{_SEPARATOR}(\d+){_UNIT}", core)
    if span:
        return Ratio("", "count", count=int(span[1]), count_high=int(span[2])), ()
    match = re.fullmatch(rf"{_AT_LEAST}(\d+){_UNIT}|(\d+){_UNIT}(?:及?以上)?", core)
    if match:
        return Ratio("", "count", count=int(match[1] or match[2])), ()
    match = re.fullmatch(rf"{_AT_MOST}(\d+){_UNIT}|(\d+){_UNIT}(?:及?以下|以内)", core)
    if match:
        return Ratio("", "count", count_high=int(match[1] or match[2])), ()
    return None


def _tidy(value: float) -> float:
    """0.07 × 100 is 7.000000000000001 in binary; a ratio has at most four decimals."""
    return round(value, 4)


def percent_in_header(label: str) -> str:
    """``%`` where a column head says that its numbers are percent, 户 where it says that they count, else ``""``."""
    folded = fold(label)
    if re.search(r"[%％]|百分", folded):
        return "%"
    return (
        "户"
        if re.search(r"数量|户数|家数|抽[查取]量|抽[查取]数(?!值)|\([户家个]\)", folded) and "比例" not in folded
        else ""
    )
