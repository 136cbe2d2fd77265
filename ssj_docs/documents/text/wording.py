"""Splits plain text into paragraphs of a 公文, and titles into lines, without changing the text.

A draft's body has one paragraph per line. Its levels are recognised by the official numbering (GB/T 9704-2012 7.3.3:
``一、`` ``（一）`` ``1.`` ``（1）``) and by 章 and 条, so that existing texts can be pasted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import combinations, pairwise

from ssj_docs.model.document import Block

_HAN_NUMBER = "一二三四五六七八九十百零〇"
_LIST_DASH = r"(?:[-–—•·]\s+)?"  # a dash that an editor put before a list item
_MARKERS: tuple[tuple[int, re.Pattern[str]], ...] = (
    (5, re.compile(rf"第[{_HAN_NUMBER}\d]+[章节编](?=\s|$|[^条款项])")),
    (6, re.compile(rf"第[{_HAN_NUMBER}\d]+条(?!第|款|规定|所|的|至|和|、|，)")),
    (1, re.compile(rf"[{_HAN_NUMBER}]+、")),
    (2, re.compile(rf"{_LIST_DASH}[（(]\s*[{_HAN_NUMBER}]+\s*[）)]")),
    (3, re.compile(rf"{_LIST_DASH}\d{{1,3}}\s*(?:[.．](?!\d)|、)")),
    (4, re.compile(rf"{_LIST_DASH}[（(]\s*\d{{1,3}}\s*[）)]")),
    (7, re.compile(r"表\s*\d+(?:[-－]\d+)?(?=\s|　|$)")),
)
#: maximum length of a run-in heading (（一）提高认识。正文…); a longer first sentence is prose
_LONGEST_RUN_IN = 40
_LONGEST_HEADING = 48
_LONGEST_LABEL = 18


def parse_body(text: str) -> list[Block]:
    """Parse a body, one paragraph per line, into blocks.

    Blank lines and white space around lines are dropped; everything else stays. Inside 条 the items （一）1. are text, not
    headings (GB/T 9704-2012 7.3.3 speaks of 层次序数 of headings).
    """
    blocks: list[Block] = []
    in_articles = False
    for line in text.splitlines():
        paragraph = line.strip()
        if not paragraph:
            continue
        block = _block(paragraph, in_articles)
        in_articles = in_articles or block.level == 6
        blocks.append(block)
    return blocks


def _block(paragraph: str, in_articles: bool) -> Block:
    for level, pattern in _MARKERS:
        match = pattern.match(paragraph)
        if match is None:
            continue
        if level in (5, 7):
            whole = len(paragraph) <= _LONGEST_HEADING and not paragraph.endswith(("。", "；"))
            return Block(level, paragraph, len(paragraph)) if whole else Block(0, paragraph)
        if level == 6:
            return Block(level, paragraph, match.end())
        heading = 0 if in_articles and level > 1 else _heading_length(paragraph, match.end(), level)
        return Block(level, paragraph, heading)
    return Block(0, paragraph)


def _heading_length(paragraph: str, marker: int, level: int) -> int:
    """The length of the heading: the whole paragraph, its first sentence, its label before a colon, or 0."""
    rest = paragraph[marker:]
    stop = _first_outside_brackets(rest, "。")
    if stop is None:
        listed = paragraph.endswith(("；", ";", "，", ","))
        whole = not listed and len(paragraph) <= _LONGEST_HEADING and _first_outside_brackets(rest, "；") is None
        return len(paragraph) if whole else 0
    if level > 2:
        return 0
    if rest[stop + 1 :].strip() and stop < _LONGEST_RUN_IN and ":" not in rest[:stop] and "：" not in rest[:stop]:
        return marker + stop + 1
    label = _first_outside_brackets(rest, "：:")
    if label is not None and label <= _LONGEST_LABEL and "，" not in rest[:label]:
        return marker + label + 1
    return len(paragraph) if not rest[stop + 1 :].strip() and len(rest.strip()) <= 12 and "，" not in rest else 0


def _first_outside_brackets(text: str, wanted: str) -> int | None:
    """The position of the first wanted character outside （）《》“”."""
    depth = 0
    for place, character in enumerate(text):
        if character in "（(《“〔【":
            depth += 1
        elif character in "）)》”〕】":
            depth = max(0, depth - 1)
        elif not depth and character in wanted:
            return place
    return None


def text_width(text: str) -> float:
    """Width in characters of a 3号 grid: 1 for a wide character, 0.5 for a narrow one."""
    return sum(1.0 if is_wide(character) else 0.5 for character in text)


def printed_width(text: str) -> float:
    """The width in characters as printed: a fifth more between a Chinese character and a letter or digit."""
    return text_width(text) + 0.2 * sum(is_joint(a, b) for a, b in pairwise(text))


def is_joint(before: str, after: str) -> bool:
    """Whether LibreOffice and Word add a little space between two characters, whatever autoSpaceDE says."""
    pairs = ((before, after), (after, before))
    return any(one.isascii() and one.isalnum() and unicodedata.category(other) == "Lo" for one, other in pairs)


def is_wide(character: str) -> bool:
    """Return whether a character takes a full cell in a Chinese font (quotes, dashes and ellipses do)."""
    return unicodedata.east_asian_width(character) in "WFA"


#: characters that may not begin or end a line in Chinese (LibreOffice's and Word's lists agree on these)
NOT_FIRST = frozenset(
    "!%),.:;>?]}¢¨°·ˇˉ―‖’”…‰′″›℃∶、。〃〉》」』】〕〗〞︶︺︾﹀﹄﹚﹜﹞！＂％＇），．：；？］｀｜｝～￠"
)
NOT_LAST = frozenset("$([{£¥‘“〈《「『【〔〖〝﹙﹛﹝＄（．［｛￡￥")

_WORDS = (
    "关于",
    "印发",
    "通知",
    "报告",
    "请示",
    "批复",
    "意见",
    "通报",
    "公告",
    "通告",
    "纪要",
    "方案",
    "实施",
    "工作",
    "细则",
    "计划",
    "清单",
    "总结",
    "简报",
    "领导小组",
    "联席会议",
    "办公室",
    "委员会",
    "人民政府",
    "市场监督管理局",
    "市场监督管理",
    "市场监管",
    "市场",
    "应急管理局",
    "应急管理",
    "管理局",
    "管理",
    "监督检查",
    "安全生产",
    "监督",
    "检查",
    "抽查",
    "随机",
    "双随机",
    "一公开",
    "部门",
    "联合",
    "跨部门",
    "监管",
    "领域",
    "年度",
    "企业",
    "工业企业",
    "工矿商贸",
    "单位",
    "全面",
    "推行",
    "开展",
    "移交",
    "有关",
    "问题",
    "案件",
    "结果",
    "汇总",
    "统计",
    "情况",
    "专项",
    "整治",
    "行动",
    "加强",
    "进一步",
    "做好",
    "执法",
    "人员",
    "对象",
    "名录库",
    "名录",
    "事项",
    "信息",
    "记录表",
    "统计表",
    "汇总表",
    "信息表",
    "告知书",
    "函告",
    "许可",
    "书面",
    "回复",
    "处理",
    "制度",
    "办法",
    "规定",
    "规范",
    "标准",
    "任务",
    "分工",
    "考核",
    "结果公示",
    "公示",
    "生态",
    "环境",
    "卫生",
    "健康",
    "交通",
    "运输",
    "住房",
    "城乡",
    "建设",
    "教育",
    "公安",
    "消防",
    "农业",
    "农村",
    "文化",
    "旅游",
    "特种设备",
    "危险化学品",
    "食品",
    "药品",
    "质量",
    "价格",
    "广告",
    "网络",
    "交易",
    "信用",
    "风险",
    "分类",
    "重点",
    "一般",
    "经营",
    "场所",
    "登记",
    "年报",
    "旅馆",
    "学校",
    "医疗",
    "机构",
    "加油站",
    "建筑",
    "施工",
    "扬尘",
    "大气",
    "污染",
    "防治",
)
_SHAPED_LINES = 4  # trying all ways to break more lines takes minutes without better results
_LONGEST_WORD = max(map(len, _WORDS))


def break_title(title: str | Sequence[str], width: float = 20) -> tuple[str, ...]:
    """Break a title into lines as 梯形 or 菱形 (GB/T 9704-2012 7.3.1): centred, words unbroken, lines of different lengths.

    Args:
        title: the title; the author's own line breaks (several items, or newlines) are kept.
        width: characters per line; 20 in 2号 on 156 mm.

    Returns:
        Lines that joined give the title without any change.
    """
    given = [title] if isinstance(title, str) else list(title)
    lines = [line for part in given for line in part.splitlines() if line.strip()]
    if len(lines) != 1:
        return tuple(lines)
    text = lines[0].strip()
    total = text_width(text)
    if total <= width:
        return (text,)
    least = -int(-(total + 1.5) // width)  # full lines only would make a rectangle, not a 梯形
    if least > _SHAPED_LINES:
        return _full_lines(text, width)
    for count in (least, least + 1, least + 2):
        best = _best_lines(text, count, width)
        if best:
            return best
    return (text,)


def _full_lines(text: str, width: float) -> tuple[str, ...]:
    """Break a title too long for a shape: each line at the best place in its last third."""
    prices = _break_prices(text)
    lines = []
    start = 0
    while text_width(text[start:]) > width:
        end = next(n for n in range(len(text), start, -1) if text_width(text[start:n].strip()) <= width)
        near = [place for place in prices if start + (end - start) * 2 // 3 < place <= end]
        end = min(near, key=lambda place: (prices[place], -place), default=end)
        lines.append(text[start:end])
        start = end
    return (*lines, text[start:])


def _best_lines(text: str, count: int, width: float) -> tuple[str, ...]:
    """The best way to break a text into so many lines, or nothing if there is none."""
    prices = _break_prices(text)
    share = text_width(text) / count
    best: tuple[float, tuple[str, ...]] = (float("inf"), ())
    positions = sorted(sorted(prices, key=lambda place: prices[place])[: 60 if count < 4 else 24])
    for places in combinations(positions, count - 1):
        bounds = (0, *places, len(text))
        lines = tuple(text[a:b] for a, b in pairwise(bounds))
        widths = [text_width(line.strip()) for line in lines]
        if max(widths) > width or min(widths) < 3:
            continue
        unevenness = sum((w - share) ** 2 for w in widths) / count
        cost = sum(prices[place] for place in places) + unevenness * 0.6 + _shape_price(widths)
        if cost < best[0]:
            best = (cost, lines)
    return best[1]


def _shape_price(widths: list[float]) -> float:
    """The cost of a shape: none for 梯形 and 菱形; 沙漏 (narrow in the middle) and 长方形 (all equal) cost."""
    price = 0.0
    if len(widths) > 2 and min(widths[1:-1]) < min(widths[0], widths[-1]):
        price += 12
    if max(widths) - min(widths) < 1:
        price += 4
    return price


def _break_prices(text: str) -> dict[int, float]:
    """The cost of a break before each position; impossible positions are left out."""
    ends = _word_ends(text)
    prices: dict[int, float] = {}
    quote = book = 0
    for place in range(1, len(text)):
        before, after = text[place - 1], text[place]
        quote += (before == "“") - (before == "”")
        book += (before in "《〈") - (before in "》〉")
        if after in NOT_FIRST or before in NOT_LAST or after.isspace():
            continue
        if _glued(before, after):
            continue
        price = 0.0 if place in ends else 14.0
        price += 18.0 if quote > 0 else 0.0
        price += 3.0 if book > 0 else 0.0
        price += 10.0 if after in "的和与及等了" or text.startswith(("通知", "》的通知", "的通知"), place) else 0.0
        price += 4.0 if before in "和与及对将" else 0.0
        prices[place] = price
    return prices


def _glued(before: str, after: str) -> bool:
    """Numbers, Latin words, and a number with 年 or 号 are not split."""
    narrow = before.isascii() and after.isascii() and not before.isspace()
    return narrow or (before.isdigit() and after in "年月日号个家户项％%")


def _word_ends(text: str) -> frozenset[int]:
    """Positions between words by longest match with the words of this field; unknown characters are paired."""
    known = frozenset(_WORDS)
    ends: set[int] = set()
    place = 0
    while place < len(text):
        longest = min(_LONGEST_WORD, len(text) - place)
        size = next((n for n in range(longest, 1, -1) if text[place : place + n] in known), 0)
        if size:
            ends.update((place, place + size))
        elif not text[place].isalnum() or text[place] in "的和与及":
            ends.add(place + 1)
        place += size or 1
    return frozenset(ends)
