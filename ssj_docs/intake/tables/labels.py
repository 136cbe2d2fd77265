"""How far a heading speaks for a fact: by its words, in Chinese, in English or in the initials of a platform's export."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources

from pypinyin import Style, lazy_pinyin

from ssj_docs.intake.sheets.columns import COLUMNS, Kind
from ssj_docs.intake.tables.facts import FACTS, Fact, exact_names, other_names
from ssj_docs.intake.values.folding import squeeze

EXACT = 6.0
_FILLER = re.compile(r"[\s:：*#★、,，.。()（）【】\[\]/／|·“”\"'‘’《》的和及与或之]|\d")
#: what a system notes for itself; a heading with such a word says a fact only where its own words speak of it
_BOOKKEEPING = re.compile(
    r"创建|更新|修改|录入|填报|填表|导出|导入|同步|操作|上报|入库|上传|打印|删除|制表|编制人|经办|版本"
)
#: words of column codes → words of headings
_ENGLISH: Mapping[str, str] = tomllib.loads(
    (resources.files("ssj_docs.intake.tables") / "codes.toml").read_text("utf-8")
)


@cache
def _initials() -> dict[str, str]:
    """Initials and full pinyin of every known heading → the heading (qymc, qiyemingcheng → 企业名称)."""
    found: dict[str, str] = {}
    for columns in COLUMNS.values():
        for column in columns:
            for name in (column.title, *column.aliases):
                if re.fullmatch(r"[\u4e00-\u9fff]{2,12}", name):
                    found.setdefault("".join(lazy_pinyin(name, style=Style.FIRST_LETTER)), name)
                    found.setdefault("".join(lazy_pinyin(name)), name)
    for word in dict.fromkeys(word for kind in FACTS.values() for fact in kind for word in fact.words):
        if re.fullmatch(r"[\u4e00-\u9fff]{2,8}", word):
            found.setdefault("".join(lazy_pinyin(word)), word)
            if len(word) >= 3:
                found.setdefault("".join(lazy_pinyin(word, style=Style.FIRST_LETTER)), word)
    return found


@lru_cache(4096)
def in_chinese(label: str) -> str:
    """A column code in Chinese words (ENTNAME → 企业名称, check_date → 检查日期, qymc → 企业名称); other labels as they are."""
    if re.search(r"[\u4e00-\u9fff]", label) or not re.search(r"[A-Za-z]{2}", label):
        return label
    whole = re.sub(r"[^a-z]", "", label.lower())
    if whole in _ENGLISH:
        return _ENGLISH[whole]
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", label)
    words: list[str] = []
    at = 0
    while at < len(parts):
        for end in range(len(parts), at, -1):  # reg, no → regno
            joined = "".join(parts[at:end]).lower()
            if joined in _ENGLISH or end == at + 1:
                words += _words(joined)
                at = end
                break
    english = "".join(words)
    pinyin = _initials().get(whole, "")
    return pinyin or english or label


def _words(part: str) -> list[str]:
    """English words run together (checkresult), or initials; nothing where they are neither."""
    if part in _ENGLISH:
        return [_ENGLISH[part]]
    if part in _initials():
        return [_initials()[part]]
    for cut in range(len(part) - 1, 1, -1):
        if part[:cut] in _ENGLISH and (rest := _words(part[cut:])):
            return [_ENGLISH[part[:cut]], *rest]
    return []


def weighed_heading(label: str, *, again: bool) -> str:
    """A heading as it is weighed: ``※`` after it where the same stood before it once already."""
    return f"{label}※" if again else label


def is_bookkeeping(label: str) -> bool:
    """True for a heading of what a system notes for itself (创建人, updateTime)."""
    return bool(_BOOKKEEPING.search(squeeze(in_chinese(label))))


def label_score(label: str, fact: Fact, kind: Kind) -> float:
    """How far a heading speaks for a fact: `EXACT` for its official name, above 2 likely, below 0 against it."""
    body = re.sub(r"\s", "", squeeze(in_chinese(label))).upper()
    body = re.sub(r"(?<=[\u4e00-\u9fff])ID$", "编号", body)
    return _score(body, fact.key, kind)


_TIME = re.compile("日期|时间|年月日|年月")


def _own_word(body: str, fact: Fact) -> bool:
    """True where nothing is left of a heading, or a word that speaks for the fact."""
    rest = re.sub(r"\([^()]*\)", "", body)
    meant = [char for char in rest if not _FILLER.match(char)]
    return not meant or any(weight > 0 and word in body for word, weight in fact.words.items())


@lru_cache(50_000)
def _score(body: str, key: str, kind: Kind) -> float:
    fact = next(fact for fact in FACTS[kind] if fact.key == key)
    if not body or len(body) > 60:
        return 0.0
    plain = re.sub(r"\([^()]*\)|^\d+[.、]|※$|[:*#★\s]", "", body)
    if exact_names(kind).get(body.replace("※", "")) == key or exact_names(kind).get(plain) == key:
        return EXACT + (fact.words.get("※", 0.0) if "※" in body else 0.0)
    if "※" not in body and other_names(kind).get(body) == key:
        return EXACT - 1.0
    if fact.needs and not any(word in body for word in fact.needs):
        return -1.0 + sum(weight for word, weight in fact.words.items() if weight < 0 and word in body)
    if body.startswith("是否") and not any(word.startswith("是否") for word in fact.words):
        return -1.0
    if (kept := _BOOKKEEPING.search(body)) and not any(kept[0] in word for word in fact.words):
        return -1.0
    score, covered = 0.0, [False] * len(body)
    for word in sorted(fact.words, key=len, reverse=True):
        at = body.find(word)
        if at < 0:
            continue
        weight = fact.words[word]
        if weight < 0 and at + len(word) <= (body.find("(") if "(" in body else -1) and weight > -4:
            weight /= 2
        fresh = not all(covered[at : at + len(word)])
        score += weight if fresh or weight < 0 else weight * 0.3
        if weight > 0:
            covered[at : at + len(word)] = [True] * len(word)
    if score <= 0:
        return score
    if _TIME.search(body) and not _own_word(_TIME.sub("", body), fact):
        return -2.0  # 派发日期 is a date, but another one than the fact's
    meant = [not _FILLER.match(char) for char in body]
    open_ = sum(1 for is_meant, is_covered in zip(meant, covered, strict=True) if is_meant and not is_covered)
    return min(score, EXACT - 0.5) - 1.5 * open_ / max(1, sum(meant))
