"""What a file says of its codes and colours: in notes, in a sheet of codes, in a legend of coloured cells."""

from __future__ import annotations

import colorsys
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ssj_docs.intake.sheets.workbook import Sheet
from ssj_docs.intake.values.folding import fold, squeeze

_PAIR = re.compile(
    r"[“\"]?([^\s=＝:：—、，,；;。（）()“”\"-]{1,8}?)[”\"]?\s*(?:=|＝|:|：|—+|–|-|代表|表示|指|即|为|→)\s*[“\"]?([^=＝:：，,；;。\s“”\"]{1,40})[”\"]?"
)
_SYMBOL = re.compile(r"([√✓×✗△○●◎★☆■□▲◆◇／/])\s*[:：=＝—-]*\s*([\u4e00-\u9fff][^\s√✓×✗△○●◎★☆■□▲◆◇；;，,。]*)")
#: codes and meanings with nothing but spaces between them: 1 重点检查事项 2 一般检查事项
_SPACED = re.compile(r"(?<![^\s:：,，;；])([A-Z\d]{1,3})\s+([\u4e00-\u9fff][^\s,，;；。]*)")
_SCOPE = re.compile(r"([A-Za-z_]{3,}|[\u4e00-\u9fff（）()]{2,16})\s*[:：]?\s*$")
#: what codes are codes of: words before a colon
_HEADED = re.compile(r"([A-Za-z_]{3,}|[\u4e00-\u9fff]{2,16})\s*[:：]")
_UNSCOPED = re.compile(r"^(填表说明|填写说明|字典说明|说明|备注|注|图例|其中|符号|字典|代码)$|(代码|编码|码)$")
_SPLIT = re.compile(r"[、,，/;；\s]+")


@dataclass(frozen=True)
class Code:
    """One code of a legend; ``scope``: what it is a code of (a heading), empty where the legend does not say."""

    scope: str
    code: str
    meaning: str


@dataclass(frozen=True)
class Legend:
    """All codes and colours that a file explains."""

    codes: tuple[Code, ...] = ()
    colours: Mapping[str, str] = field(default_factory=dict)

    def meaning(self, text: str, heading: str = "") -> str:
        """What a code means under a heading; several codes in one cell are decoded each; empty where one is not known."""
        whole = self._one(squeeze(text).upper(), heading)
        if whole:
            return whole
        parts = [part for part in _SPLIT.split(text.strip()) if part]
        if len(parts) == 1 and 1 < len(parts[0]) <= 4:  # codes run together: AB, 12
            parts = list(parts[0])
        found = [self._one(squeeze(part).upper(), heading) for part in parts]
        return "、".join(found) if len(found) > 1 and all(found) else ""

    def colour(self, fill: str) -> str:
        """What the colour of a cell means: as a filled cell explains it, or by its name (红色＝D级)."""
        if fill in self.colours:
            return self.colours[fill]
        name = colour_name(fill)
        return next((one.meaning for one in self.codes if name and one.code in (name, f"{name}色")), "")

    def _one(self, code: str, heading: str) -> str:
        fitting = [entry for entry in self.codes if entry.code == code]
        scoped = [entry for entry in fitting if entry.scope == heading] or [
            entry for entry in fitting if _kin(entry.scope, heading)
        ]
        meanings = {entry.meaning for entry in (scoped or [e for e in fitting if not e.scope or not heading])}
        return meanings.pop() if len(meanings) == 1 else ""

    def scope_for(self, texts: Sequence[str], heading: str) -> str | None:
        """The scope under which a column's texts are codes: one akin to its heading, else the only one that explains all.

        Returns: empty for codes without a scope; None where the texts are no codes.
        """
        scopes = list(dict.fromkeys(entry.scope for entry in self.codes))
        known = {scope: sum(1 for text in texts if self.meaning(text, scope)) / max(1, len(texts)) for scope in scopes}
        akin = [scope for scope in scopes if known[scope] >= 0.6 and _kin(scope, heading)]
        whole = [scope for scope in scopes if known[scope] >= 0.99]
        if akin:
            return max(akin, key=lambda scope: known[scope])
        if len(whole) != 1 or (whole[0] and re.search(r"[\u4e00-\u9fff]{2}", heading)):
            return None  # a legend of one thing explains nothing of another
        return whole[0]

    def heading(self, label: str) -> str:
        """The words for a heading that is a code itself (XYDM → 统一社会信用代码), else the heading."""
        found = [entry.meaning for entry in self.codes if entry.code == squeeze(label).upper()]
        chinese = [_bare(meaning) for meaning in found if re.search(r"[\u4e00-\u9fff]{2}", meaning)]
        return chinese[0] if chinese and not re.search(r"[\u4e00-\u9fff]{3}", label) else label


def _bare(meaning: str) -> str:
    """What a column means, without the codes that are explained in brackets behind it."""
    return re.sub(r"[(（].*[-=:：—].*[)）]$", "", meaning.strip())


def _kin(scope: str, heading: str) -> bool:
    """True where a legend's scope and a heading speak of the same."""
    a, b = (re.sub(r"(代码|编码|编号|码)$", "", squeeze(text).upper()) for text in (scope, heading))
    if not a or not b:
        return False
    if a in b or b in a:
        return True
    return any(a[at : at + 2] in b for at in range(len(a) - 1) if re.fullmatch(r"[\u4e00-\u9fff]{2}", a[at : at + 2]))


def codes_in_lines(lines: Iterable[str]) -> list[Code]:
    """Codes of notes: ``1—食品经营 2—药械化``, ``部门代码：SJ-市场监督管理局;GA-公安局``, ``√未发现问题 ×…``."""
    found: list[Code] = []
    for line in lines:
        found += _listed(fold(line))
        first, *rest = _HEADED.split(fold(line))
        found += _explained(first, "")
        for scope, text in zip(rest[::2], rest[1::2], strict=True):
            codes = _explained(text, scope)
            alone = re.match(r"\s*([^=,，；;。\s]{1,40})", text)
            if not codes and alone and len(scope) <= 2:  # 红色：高风险
                codes = [Code("", scope.upper(), alone[1])]
            found += codes
    return found


def _explained(text: str, scope: str) -> list[Code]:
    """The codes of a stretch of text, in one of three ways of writing."""
    pairs = [pair for pair in _PAIR.finditer(text) if not re.fullmatch(r"[\u4e00-\u9fff]{3,}", pair[1])]
    spaced = list(_SPACED.finditer(text))
    marks = list(_SYMBOL.finditer(text))
    return _with_scopes(text, marks or pairs or (spaced if len(spaced) > 1 else []), scope)


def _with_scopes(text: str, pairs: Sequence[re.Match[str]], scope: str) -> list[Code]:
    """Codes with what they are codes of: the words before the first of a run (类别 1=… 2=…；方式 1=…)."""
    found: list[Code] = []
    end = 0
    for pair in pairs:
        before = _SCOPE.search(text[end : pair.start()])
        scope = _UNSCOPED.sub("", before[1] if before else scope)
        end = pair.end()
        if squeeze(pair[1]) != squeeze(pair[2]):
            found.append(Code(scope, squeeze(pair[1]).upper(), pair[2].strip("、 ")))
    return found


def _listed(text: str) -> Iterator[Code]:
    """Codes run together: ``XB 1男2女；YXQZ有效期至``, ``结果代码：1.未发现问题 2.未按规定公示``."""
    for heading, listed in re.findall(
        r"([A-Z][A-Z_]{1,15})[\s:]*((?:\d{1,2}[-=.]?[\u4e00-\u9fff]{1,12}[\s、,]*)+)", text
    ):
        for code, meaning in re.findall(r"(\d{1,2})[-=.]?([\u4e00-\u9fff]{1,12})", listed):
            yield Code(heading, code, meaning)
    joined = "代表|表示|指|即|为"  # 如AB即现场检查、书面检查: pairs, read as such
    for heading, meaning in re.findall(
        rf"(?<![A-Z])([A-Z]{{2,15}})\s*[:=]?\s*(?!{joined})([\u4e00-\u9fff]{{2,10}})", text
    ):
        yield Code("", heading, meaning)
    head = re.match(r"\s*([\u4e00-\u9fff]{1,8})(?:代码|编码|代号)(?:说明)?\s*:(.+)", text, re.DOTALL)
    for code, meaning in re.findall(r"(\d{1,2})[.、]\s*([^\d]+?)\s*(?=\d{1,2}[.、]|$)", head[2]) if head else ():
        yield Code(head[1] if head else "", code, meaning.strip("；;，,。 "))


def codes_in_sheet(sheet: Sheet, headings: frozenset[str]) -> list[Code]:
    """Codes of a sheet that is no table of the register: (what, code, meaning), (code, meaning) below a heading, or pairs
    of columns side by side.

    Args:
        headings: headings of the file's tables, squeezed, upper case.
    """
    found: list[Code] = []
    scope = ""
    below: dict[int, str] = {}
    for row in sheet.rows:
        texts = [text.strip() for text in row.texts]
        known = [bool(text) and squeeze(text).upper() in headings for text in texts]
        if sum(a and b for a, b in itertools.pairwise(known)) > 1:
            return found  # a table of the same shape, not an explanation of codes
        told = [text for text in texts if text]
        if len(told) < 2:
            continue
        if len(told) == 2 and not texts[1] and squeeze(texts[0]).upper() in headings:
            found.append(Code("", squeeze(texts[0]).upper(), told[1]))
            continue
        if (
            len(texts) >= 3
            and (not texts[0] or scope or _token(texts[0]) in headings or len(sheet.rows) > 3)
            and texts[1]
            and texts[2]
            and len(texts) <= 4
        ):
            scope = texts[0] or scope
            found.append(Code(scope, squeeze(texts[1]).upper(), texts[2]))
            if texts[0] and not texts[1]:
                continue
        texts.append("")
        for at in range(len(texts) - 1):
            if texts[at] and squeeze(texts[at]).upper() in headings:
                below[at] = f"{texts[at]} {texts[at + 1]}".strip()
                if len(texts) <= 3:
                    found.append(Code("", squeeze(texts[at]).upper(), texts[at + 1]))
                    inline = re.search(r"[(（](.*[-=:：—].*)[)）]$", texts[at + 1].strip())
                    explained = codes_in_lines([inline[1]]) if inline else []
                    found += [replace(one, scope=_bare(texts[at + 1])) for one in explained]
            elif not texts[at] or not texts[at + 1]:
                continue
            elif len(squeeze(texts[at])) <= (20 if at in below else 8) and (at in below or len(texts) <= 3):
                found.append(Code(below.get(at, ""), squeeze(texts[at]).upper(), texts[at + 1]))
    return found


def _token(text: str) -> str:
    return squeeze(text.split(maxsplit=1)[0]).upper() if text.split() else ""


def colour_name(fill: str) -> str:
    """红, 橙, 黄, 绿 or 蓝 for the RGB of a filled cell; empty for grey."""
    if not re.fullmatch(r"#?[0-9A-Fa-f]{6,8}", fill):
        return ""
    red, green, blue = (int(fill[-6:][at : at + 2], 16) / 255 for at in (0, 2, 4))
    hue, _, saturation = colorsys.rgb_to_hls(red, green, blue)
    if saturation < 0.15 or max(red, green, blue) - min(red, green, blue) < 0.1:
        return ""
    degrees = hue * 360
    bounds = ((16, "红"), (46, "橙"), (70, "黄"), (165, "绿"), (260, "蓝"), (330, ""), (361, "红"))
    return next(name for bound, name in bounds if degrees < bound)


def colours_of(
    fills: Mapping[tuple[int, int], str], texts: Mapping[tuple[int, int], str], outside: Sequence[tuple[int, int]]
) -> dict[str, str]:
    """Colour → words: of filled cells outside of the tables, the words in them or to their right."""
    found: dict[str, str] = {}
    for row, column in outside:
        colour = fills.get((row, column))
        if not colour:
            continue
        own = texts.get((row, column), "")
        right = texts.get((row, column + 1), "")
        words = right if len(squeeze(own)) <= 1 and squeeze(right) else own or right
        if squeeze(words):
            found.setdefault(colour, words.strip())
    return found
