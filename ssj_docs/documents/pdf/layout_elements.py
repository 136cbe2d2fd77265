"""The measurable elements of GB/T 9704-2012, each a small function from a paper to elements.

Lengths in mm. 一行 is a character of 3号 and 7/8 of it: 10.39 mm; 一字 on the grid is 156/28 = 5.57 mm.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from ssj_docs.documents.pdf.layout_reading import MeasuredPage, Rule, TextLine

TEXT_TOP, TEXT_BOTTOM, TEXT_LEFT, TEXT_RIGHT = 37.0, 262.0, 28.0, 184.0
CENTRE = (TEXT_LEFT + TEXT_RIGHT) / 2
LINE = 10.39
CELL = 156 / 28
SMALL = 4.94  # one character of 4号
_HEADING1 = re.compile(r"^[一二三四五六七八九十]+、")
_CHAPTER = re.compile(r"^第[一二三四五六七八九十百]+章")
_HEADING2 = re.compile(r"^（[一二三四五六七八九十]+）")

#: names of fonts of each kind: official ones first, then free substitutes
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "仿宋": ("fangsong", "仿宋", "fandolfang", "fzfs", "fzfang", "stfangso", "simfang", "cwtexq-fs", "zhuque"),
    "楷体": ("kaiti", "楷体", "fandolkai", "fzkt", "stkaiti", "simkai", "wenkai", "ukai"),
    "黑体": ("simhei", "黑体", "fandolhei", "fzht", "stheiti", "sanscjk", "sourcehansans", "microsoftyahei"),
    "宋体": ("simsun", "宋体", "fandolsong", "stsong", "fzsy", "serifcjk", "sourcehanserif", "uming"),
    "小标宋": ("xiaobiaosong", "xbs", "小标宋", "serifcjk", "sourcehanserif"),
}


@dataclass(frozen=True)
class Element:
    """A measured element.

    Attributes:
        id: stable id.
        name: Chinese name.
        clause: of GB/T 9704-2012 unless it says otherwise.
        expected_mm, measured_mm: None if nothing is measured in mm, or the element is missing.
        tolerance_mm, ok: the tolerance and the verdict.
        remark: in Chinese, what is wrong or where.
    """

    id: str
    name: str
    clause: str
    expected_mm: float | None
    measured_mm: float | None
    tolerance_mm: float
    ok: bool
    remark: str = ""

    def as_json(self) -> dict[str, Any]:
        """The keys of the contract, with name and remark."""
        measured = None if self.measured_mm is None else round(self.measured_mm, 2)
        return {
            "id": self.id,
            "clause": self.clause,
            "expected_mm": self.expected_mm,
            "measured_mm": measured,
            "tolerance_mm": self.tolerance_mm,
            "ok": self.ok,
            "name": self.name,
            "remark": self.remark,
        }


@dataclass(frozen=True)
class PaperReading:
    """A paper whose parts were recognised; ``text`` is each page's lines without its page number."""

    pages: tuple[MeasuredPage, ...]
    format: Any
    text: Mapping[int, Sequence[TextLine]]
    numbers: Mapping[int, TextLine]
    mark: tuple[TextLine, ...]
    issued: TextLine | None
    red_rules: tuple[Rule, ...]
    red_edge: float | None
    title: tuple[TextLine, ...]
    date: TextLine | None
    imprint_page: MeasuredPage | None


def _near(id_: str, name: str, clause: str, wanted: float, measured: float | None, tolerance: float = 1.0) -> Element:
    if measured is None:
        return Element(id_, name, clause, wanted, None, tolerance, False, "没有找到")
    ok = abs(measured - wanted) <= tolerance + 0.005
    return Element(id_, name, clause, wanted, measured, tolerance, ok, "" if ok else f"差 {measured - wanted:+.1f} mm")


def _fact(id_: str, name: str, clause: str, ok: bool, remark: str) -> Element:
    return Element(id_, name, clause, None, None, 0.0, ok, "" if ok else remark)


def _upright(paper: PaperReading) -> list[MeasuredPage]:
    """Portrait pages with text after the first, without the imprint's own page."""
    return [p for p in paper.pages[1:] if not p.landscape and _text_lines(paper, p.number)]


def _text_lines(paper: PaperReading, page: int) -> list[TextLine]:
    return [line for line in paper.text[page] if abs(line.size - 5.64) < 0.25]


def line_pitch(paper: PaperReading) -> float:
    """The usual distance of base lines of the text, or 0."""
    steps: list[float] = []
    for page in paper.pages:
        lines = _text_lines(paper, page.number) if not page.landscape else []
        steps += [b.base - a.base for a, b in pairwise(lines) if 7 < b.base - a.base < 14]
    return median(steps) if steps else 0.0


def full_pages(paper: PaperReading) -> list[list[TextLine]]:
    """Lines of the pages after the first whose last paragraph continues at the next page's left edge."""
    found: list[list[TextLine]] = []
    for page, following in pairwise(paper.pages[1:]):
        lines, after = paper.text[page.number], paper.text[following.number]
        if page.landscape or following.landscape or not lines or not after:
            continue
        goes_on = after[0].left < TEXT_LEFT + 3 and abs(after[0].size - 5.64) < 0.25
        goes_on = goes_on and not after[0].text.startswith("附件") and lines[-1].right > TEXT_RIGHT - 12
        if goes_on and all(abs(line.size - 5.64) < 0.25 for line in lines) and lines[0].top < TEXT_TOP + 6:
            steps = [b.base - a.base for a, b in pairwise(lines)]
            if steps and max(steps) < 1.5 * median(steps):
                found.append(list(lines))
    return found


def sheet(paper: PaperReading) -> Iterable[Element]:
    """A4, and all pages of it (5.1)."""
    for edge, wanted in (("width", 210.0), ("height", 297.0)):
        sizes = [min(p.width, p.height) if edge == "width" else max(p.width, p.height) for p in paper.pages]
        worst = max(sizes, key=lambda size: abs(size - wanted))
        name = "幅面宽" if edge == "width" else "幅面长"
        yield _near(f"sheet.{edge}", name, "5.1", wanted, worst, 2.0)


def text_area(paper: PaperReading) -> Iterable[Element]:
    """天头, 订口, 版心 (5.2.1) and the line pitch (5.2.3)."""
    later = _upright(paper)
    tops = [
        _text_lines(paper, page.number)[0].top
        for page in later
        if paper.text[page.number][0].size < 6.4 and len(_text_lines(paper, page.number)) >= 5
    ]
    if tops:
        yield _near("text.top", "天头", "5.2.1", TEXT_TOP, min(tops))
    lines = [line for page in paper.pages if not page.landscape for line in _text_lines(paper, page.number)]
    yield _near("text.left", "订口（左白边）", "5.2.1", TEXT_LEFT, min((line.left for line in lines), default=None))
    wide = [
        a.right
        for page in paper.pages
        if not page.landscape
        for a, b in pairwise(_text_lines(paper, page.number))
        if a.left < 45
        and b.left < TEXT_LEFT + 3
        and b.base - a.base < 14  # goes on below
        and ord(a.text[-1]) > 0x2000
        and a.right > 170
    ]
    if wide:
        yield _near("text.right", "版心右边缘", "5.2.1", TEXT_RIGHT, max(wide))
    pitch = line_pitch(paper)
    bottoms = [rows[-1].bottom for rows in full_pages(paper)]
    if bottoms:
        yield _near("text.bottom", "版心下边缘", "5.2.1", TEXT_BOTTOM, max(bottoms))
    yield _near("text.pitch", "行距", "5.2.3；GB/T 33476.2", LINE, pitch or None, 0.15)


def head(paper: PaperReading) -> Iterable[Element]:
    """发文机关标志, 发文字号, red rules (7.2.4, 7.2.5, 7.2.7; 10.1)."""
    letter = paper.format == "letter"
    clause = "10.1" if letter else "7.2.4"
    top = min((line.ink_top for line in paper.mark), default=None)
    yield _near("mark.top", "发文机关标志上边缘", clause, 30.0 if letter else TEXT_TOP + 35, top)
    edges = [edge for line in paper.mark for edge in (line.left, line.right)]
    middle = (min(edges) + max(edges)) / 2 if edges else None
    yield _near("mark.centre", "发文机关标志居中", clause, 105.0 if letter else CENTRE, middle, 1.5)
    mark_bottom = max((line.bottom for line in paper.mark), default=None)
    yield from (_letter_head if letter else _document_head)(paper, mark_bottom)


def _document_head(paper: PaperReading, mark_bottom: float | None) -> Iterable[Element]:
    issued = paper.issued
    signers = [line for line in paper.text[1] if "签发人" in line.text]
    upper = signers[0] if signers else issued
    gap = upper.top - mark_bottom if upper is not None and mark_bottom is not None else None
    yield _near("number.gap", "发文字号在标志下空二行", "7.2.5", 2 * LINE, gap)
    if signers:
        yield _near("number.left", "发文字号居左空一字", "7.2.5", TEXT_LEFT + CELL, issued.left if issued else None)
    else:
        yield _near("number.centre", "发文字号居中", "7.2.5", CENTRE, issued.centre if issued else None)
    rule = next((rule for rule in paper.red_rules if rule.width > 140), None)
    gap = (rule.top + rule.bottom) / 2 - issued.bottom if rule and issued else None
    yield _near("rule.gap", "红色分隔线在发文字号下 4 mm", "7.2.7", 4.0, gap)
    yield _near("rule.width", "红色分隔线与版心等宽", "7.2.7", 156.0, rule.width if rule else None)
    yield _near("rule.left", "红色分隔线左端", "7.2.7", TEXT_LEFT, rule.left if rule else None)


def _letter_head(paper: PaperReading, mark_bottom: float | None) -> Iterable[Element]:
    upper = [rule for rule in paper.red_rules if rule.top < 150]
    lower = [rule for rule in paper.red_rules if rule.top >= 150]
    gap = upper[0].top - mark_bottom if upper and mark_bottom is not None else None
    yield _near("rule.gap", "第一条红色双线在标志下 4 mm", "10.1", 4.0, gap)
    yield _near("rule.width", "红色双线长 170 mm", "10.1", 170.0, upper[0].width if upper else None)
    thick_first = len(upper) == 2 and upper[0].weight > upper[1].weight
    yield _fact("rule.double", "第一条红色双线上粗下细", "10.1", thick_first, "不是上粗下细的双线")
    yield _near("rule.bottom", "第二条红色双线距下页边 20 mm", "10.1", 277.0, lower[-1].bottom if lower else None)
    thin_first = len(lower) == 2 and lower[0].weight < lower[1].weight
    yield _fact("rule.bottom_double", "第二条红色双线上细下粗", "10.1", thin_first, "不是上细下粗的双线")
    issued = paper.issued
    gap = issued.top - upper[-1].bottom if issued and upper else None
    yield _near("number.gap", "发文字号距红线 7/8 字", "10.1", 5.64 * 7 / 8, gap)
    yield _near("number.right", "发文字号顶格居右", "10.1", TEXT_RIGHT, issued.right if issued else None)


def title(paper: PaperReading) -> Iterable[Element]:
    """标题 two lines below, centred, 2号 (7.3.1; 10.1); 主送机关 one line below, left-aligned (7.3.2)."""
    first = paper.title[0] if paper.title else None
    rule = next((rule for rule in paper.red_rules if 140 < rule.width < 165), None)
    upper = [line.bottom for line in paper.text[1] if first and line.base < first.base and not line.is_red]
    above = max(upper, default=None) if paper.format == "letter" else None
    above = (rule.top + rule.bottom) / 2 if rule and above is None else above
    gap = first.top - above if first and above is not None else None
    yield _near("title.gap", "标题上空二行", "7.3.1", 2 * LINE, gap)
    middle = max((line.centre for line in paper.title), key=lambda x: abs(x - CENTRE), default=None)
    yield _near("title.centre", "标题居中", "7.3.1", CENTRE, middle)
    yield _near("title.size", "标题 2 号字", "7.3.1", 7.76, first.size if first else None, 0.2)
    after = _after_title(paper)
    if after and after[0].left < TEXT_LEFT + 3 and any(line.text.endswith(("：", ":")) for line in after[:6]):
        yield _near("addressee.left", "主送机关顶格", "7.3.2", TEXT_LEFT, after[0].left)
        yield _near(
            "addressee.gap", "主送机关在标题下空一行", "7.3.2", LINE + 4.85, after[0].top - paper.title[-1].bottom
        )


def _after_title(paper: PaperReading) -> list[TextLine]:
    if not paper.title:
        return []
    return [line for line in _text_lines(paper, 1) if line.base > paper.title[-1].base]


def body(paper: PaperReading) -> Iterable[Element]:
    """正文: on the first page, in 3号, indented by two characters (5.2.2, 7.3.3)."""
    after = _after_title(paper)
    colon = next((n for n, line in enumerate(after[:6]) if line.text.endswith(("：", ":"))), None)
    text = after[colon + 1 :] if colon is not None and after[0].left < TEXT_LEFT + 3 else after
    yield _fact("body.first_page", "首页显示正文", "7.3.3", bool(text), "首页没有正文")
    below = paper.title[-1].base if paper.title else 0.0
    sizes = Counter(round(line.size, 1) for line in paper.text[1] if line.base > below and not line.is_red)
    yield _near("body.size", "正文 3 号字", "5.2.2", 5.64, float(sizes.most_common(1)[0][0]) if sizes else None, 0.1)
    indented = [line for line in text if not _CHAPTER.match(line.text)]  # 章 stands in the middle
    if indented:
        yield _near("body.indent", "正文左空二字", "7.3.3", TEXT_LEFT + 2 * CELL, indented[0].left)


def signature(paper: PaperReading) -> Iterable[Element]:
    """成文日期 and 署名 (7.3.5): centred on each other with a seal, stepped without one; never alone on a page."""
    date = paper.date
    if date is None:
        yield _near("date.right", "成文日期右空四字", "7.3.5", 4 * CELL, None)
        return
    above = [line for line in paper.text[date.page] if line.base < date.base]
    signer = above[-1].last_part(2 * CELL) if above else None
    near = signer is not None and signer.left > 45 and date.base - signer.base < 12
    yield from _date_place(date, signer if near else None, above)
    accompanied = date.page == 1 or any(line.left < 45 or re.match(r"附件：|\d+\.", line.text) for line in above)
    yield _fact("signature.page", "署名页有正文", "7.3.5.4", accompanied, f"第 {date.page} 页只有署名和日期")


def _date_place(date: TextLine, signed: TextLine | None, above: Sequence[TextLine]) -> Iterable[Element]:
    """The date relative to the name above it, by whichever of the two rules fits better."""
    right = TEXT_RIGHT - date.right
    half = max([0.0] + [line.right - line.left for line in above[-4:] if abs(line.centre - date.centre) < 2.5]) / 2
    wanted = max(4 * CELL, half - (date.right - date.left) / 2)
    sealed = abs(right - wanted) + (abs(signed.centre - date.centre) if signed else 0.0)
    outer = min(right, TEXT_RIGHT - signed.right) if signed is not None else 0.0
    stepped = 1000.0 if signed is None else abs(date.left - signed.left - 2 * CELL) + abs(outer - 2 * CELL)
    if signed is None or sealed <= stepped:
        yield _near("date.right", "成文日期右空四字（署名过长时随署名居中）", "7.3.5.1", round(wanted, 2), right)
        if signed is not None:
            yield _near("signature.centre", "署名以成文日期为准居中", "7.3.5.1", round(date.centre, 2), signed.centre)
        return
    yield _near("date.left", "成文日期比署名右移二字", "7.3.5.2", round(signed.left + 2 * CELL, 2), date.left)
    yield _near("signature.right", "署名（或较长的日期）右空二字", "7.3.5.2", round(2 * CELL, 2), outer)


def attachments(paper: PaperReading) -> Iterable[Element]:
    """附件: label flush left on the first line of a page, title on the third (7.3.7)."""
    for page in paper.pages:
        lines = paper.text[page.number]
        if page.landscape or not lines or not re.match(r"^附件\d*$", lines[0].text):
            continue
        yield _near("attachment.label_left", f"附件序号顶格（第 {page.number} 页）", "7.3.7", TEXT_LEFT, lines[0].left)
        yield _near("attachment.label_top", f"附件序号在第一行（第 {page.number} 页）", "7.3.7", TEXT_TOP, lines[0].top)
        third = lines[1].base - lines[0].base if len(lines) > 1 else None
        yield _near("attachment.title", f"附件标题在第三行（第 {page.number} 页）", "7.3.7", 2 * LINE, third, 1.5)


def page_numbers(paper: PaperReading) -> Iterable[Element]:
    """页码: 4号, dash 7 mm below the text, one character from the outer edge; where it must and must not be (7.5)."""
    needed, bare = _numbered_pages(paper)
    placed = {page: _number_place(paper, page) for page in needed}
    missing = [page.number for page in paper.pages if page.number in needed and placed[page.number] is None]
    yield _fact("page_number.present", "页码齐全", "7.5", not missing, f"第 {'、'.join(map(str, missing))} 页没有页码")
    extra = [page for page in bare if page in paper.numbers]
    yield _fact(
        "page_number.none",
        "首页（信函）、空白页和版记页不编页码",
        "7.5；10.1",
        not extra,
        f"第 {'、'.join(map(str, extra))} 页不应有页码",
    )
    wrong = [p for p, place in placed.items() if place is not None and place[3] != p]
    yield _fact("page_number.order", "页码连续", "7.5", not wrong, f"第 {'、'.join(map(str, wrong))} 页页码不对")
    spots = {page: place for page, place in placed.items() if place is not None}
    if spots:
        worst = max((place[2] for place in spots.values()), key=lambda y: abs(y - TEXT_BOTTOM - 7))
        yield _near("page_number.top", "页码一字线在版心下 7 mm", "7.5", TEXT_BOTTOM + 7, worst)
    for odd, name in ((1, "单页码居右空一字"), (0, "双页码居左空一字")):
        edges = [place[1 if odd else 0] for page, place in spots.items() if page % 2 == odd]
        wanted = TEXT_RIGHT - SMALL if odd else TEXT_LEFT + SMALL
        if edges:
            edge = max(edges, key=lambda x: abs(x - wanted))
            yield _near(f"page_number.{'odd' if odd else 'even'}", name, "7.5", round(wanted, 2), edge)


def _numbered_pages(paper: PaperReading) -> tuple[list[int], list[int]]:
    """Pages that must carry a number, and those that must not."""
    with_text = [p.number for p in paper.pages if _has_text(paper, p)]
    bare = [p.number for p in paper.pages if p.number not in with_text]
    if paper.format == "letter":
        return [page for page in with_text if page > 1], [1, *bare]
    return with_text, bare


def _has_text(paper: PaperReading, page: MeasuredPage) -> bool:
    """True unless the page is blank or has only the imprint."""
    lines = paper.text[page.number]
    if paper.imprint_page is page:
        return any(line.bottom < _imprint_top(paper, page) for line in lines)
    if paper.format == "letter":
        return page.landscape or any(abs(line.size - SMALL) > 0.2 for line in lines)
    return bool(lines) or bool(page.turned)


def _number_place(paper: PaperReading, number: int) -> tuple[float, float, float, int] | None:
    """Left and right edge, height of the dash, and the number, as seen on a portrait page."""
    page = paper.pages[number - 1]
    if number in paper.numbers:
        line = paper.numbers[number]
        dash = line.glyphs[0]
        value = int(re.sub(r"\D", "", line.text))
        return line.left, line.right, (dash.ink[1] + dash.ink[3]) / 2, value
    if page.landscape and page.turned:
        dash = page.turned[0]
        digits = "".join(glyph.text for glyph in page.turned if glyph.text.isdigit())
        low, high = min(g.ink[1] for g in page.turned), max(g.ink[3] for g in page.turned)
        return low, high, page.width - (dash.ink[0] + dash.ink[2]) / 2, int(digits or 0)
    return None


def imprint(paper: PaperReading) -> Iterable[Element]:
    """版记: on the last, an even page; last rule on the lower edge of the text; rules 156 mm long (7.4)."""
    if paper.format == "letter":
        return
    page = paper.imprint_page
    if page is None:
        yield _near("imprint.bottom", "版记末条分隔线", "7.4", TEXT_BOTTOM, None)
        return
    top = _imprint_top(paper, page)
    rules = [rule for rule in page.rules if not rule.red and rule.width > 140 and rule.top > top]
    if not rules:
        yield _near("imprint.bottom", "版记末条分隔线", "7.4", TEXT_BOTTOM, None)
        return
    even = page.number % 2 == 0 and page is paper.pages[-1]
    yield _fact(
        "imprint.page", "版记在最后一面、偶数页", "7.4", even, f"版记在第 {page.number} 页，共 {len(paper.pages)} 页"
    )
    yield _near("imprint.bottom", "版记末条分隔线与版心下边缘重合", "7.4.1", TEXT_BOTTOM, rules[-1].bottom)
    yield _near(
        "imprint.width",
        "版记分隔线与版心等宽",
        "7.4.1",
        156.0,
        max((rule.width for rule in rules), key=lambda w: abs(w - 156)),
    )
    for rule, wanted, name in (
        (rules[0], 0.35, "首条"),
        (rules[-1], 0.35, "末条"),
        *((r, 0.25, "中间") for r in rules[1:-1]),
    ):
        key = {"首条": "first", "末条": "last", "中间": "middle"}[name]
        yield _near(f"imprint.rule_{key}", f"版记{name}分隔线高度", "7.4.1", wanted, rule.weight, 0.1)
    lines = [line for line in paper.text[page.number] if line.base > rules[0].top]
    printed = next((line for line in lines if line.text.endswith("印发")), None)
    yield _near(
        "imprint.left", "印发机关左空一字", "7.4.3", round(TEXT_LEFT + SMALL, 2), printed.left if printed else None
    )
    yield _near(
        "imprint.right",
        "印发日期右空一字",
        "7.4.3",
        round(TEXT_RIGHT - SMALL, 2),
        printed.right if printed else None,
        1.2,
    )
    yield _near("imprint.size", "版记 4 号字", "7.4.2", 4.94, lines[0].size if lines else None, 0.1)


def _imprint_top(paper: PaperReading, page: MeasuredPage) -> float:
    """Just above the first rule of the imprint: 印发 and the lines of 4号 close above it."""
    lines = list(paper.text[page.number])
    place = max((n for n, line in enumerate(lines) if line.text.endswith("印发")), default=None)
    if place is None:
        return 300.0
    while place and abs(lines[place - 1].size - SMALL) < 0.2 and lines[place].base - lines[place - 1].base < 14:
        place -= 1
    return lines[place].top - 6.0


def fonts(paper: PaperReading) -> Iterable[Element]:
    """字体: 小标宋 for mark and title, 仿宋 for the text, 黑体 and 楷体 for headings, 宋体 for page numbers (5.2.2, 7)."""
    lines = [line for page in paper.pages if not page.landscape for line in _text_lines(paper, page.number)]
    plain = [line for line in lines if not _HEADING1.match(line.text) and not _HEADING2.match(line.text)]
    yield _font("font.mark", "发文机关标志用小标宋", "7.2.4", "小标宋", paper.mark)
    yield _font("font.title", "标题用小标宋", "7.3.1", "小标宋", paper.title)
    yield _font("font.body", "正文用仿宋", "5.2.2", "仿宋", plain)
    heads = [line for line in lines if _HEADING1.match(line.text) and len(line.text) < 27]
    if heads:
        yield _font("font.heading1", "一级标题用黑体", "7.3.3", "黑体", heads, first=3)
    seconds = [line for line in lines if _HEADING2.match(line.text) and line.glyphs[0].font != "" and _is_heading(line)]
    if seconds:
        yield _font("font.heading2", "二级标题用楷体", "7.3.3", "楷体", seconds, first=3)
    if paper.numbers:
        yield _font("font.page_number", "页码用宋体", "7.5", "宋体", list(paper.numbers.values()))


def _is_heading(line: TextLine) -> bool:
    """An item of a list in the text's own font is no heading."""
    return not (line.text.endswith(("；", ";")) or _kind(line.glyphs[0].font, "仿宋"))


def _font(
    id_: str, name: str, clause: str, wanted: str, lines: Sequence[TextLine], first: int | None = None
) -> Element:
    used = Counter(glyph.font for line in lines for glyph in line.glyphs[:first])
    if not used:
        return _fact(id_, name, clause, False, "没有找到")
    main = used.most_common(1)[0][0]
    return Element(id_, name, clause, None, None, 0.0, _kind(main, wanted), f"用的是 {main}")


def _kind(font: str, wanted: str) -> bool:
    folded = re.sub(r"[\s_-]", "", font).lower()
    return any(part in folded for part in FAMILIES[wanted])
