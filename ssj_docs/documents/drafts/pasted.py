"""Converts a whole paper pasted from Word or WPS to a draft: elements go to the front matter, the rest stays as it is.

A text is taken as an element only in its place in a 公文 (GB/T 9704-2012 7.2 to 7.4); anything doubtful stays in the body,
where the clerk sees it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ssj_docs.documents.text.wording import parse_body
from ssj_docs.ground.errors import DataError
from ssj_docs.model.document import parse_number
from ssj_docs.model.office import Office

_HAN = "一二三四五六七八九十百零〇"
_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
_NOTHING = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\x00-\x08\x0e-\x1f]")
#: Word puts a TAB between an automatic number and the text
_COUNTED = re.compile(
    rf"^(\s*(?:[{_HAN}]+、|[（(][{_HAN}\d]+[）)]|\d{{1,3}}[.．、]|第[{_HAN}\d]+[章节条编]))\t+(?=[^\t]*$)"
)
_BULLET = re.compile("^\\s*[\uf0b7\uf06c\uf0a7\uf0d8\uf06e]\\s*", re.MULTILINE)
_DATE = re.compile(r"^(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日$")
_GENRES = (
    "通知",
    "通报",
    "报告",
    "请示",
    "批复",
    "意见",
    "函",
    "纪要",
    "公告",
    "通告",
    "方案",
    "决定",
    "简报",
    "总结",
    "细则",
    "办法",
)
_LONGEST_SIGNATURE = 30
_LONGEST_TITLE = 50


@dataclass(frozen=True)
class Pasted:
    """The text of a draft made from a pasted paper, its title, and notes on what was omitted or moved."""

    text: str
    title: str
    told: tuple[str, ...]


def plain_paste(text: str) -> str:
    """Text from Word, WPS or a browser, with line ends, spaces and automatic numbers as in a draft."""
    text = _NOTHING.sub("", _LINE_ENDS.sub("\n", text)).replace("\u00a0", " ").replace("\u202f", " ")
    lines: list[str] = []
    in_table = False
    for line in _BULLET.sub("", text).split("\n"):
        in_table = "\t" in line and (in_table or not _COUNTED.match(line))
        lines.append((line if in_table else _COUNTED.sub(r"\1", line)).rstrip())
    return "\n".join(lines).strip("\n")


def draft_of_paste(text: str, kind: str, office: Office) -> Pasted:
    """Convert a pasted paper to a draft.

    Args:
        kind: document kind.
        office: its signature is omitted from the front matter, because it is printed anyway.

    Raises: DataError if there is no text.
    """
    lines = [line.strip(" \u3000") for line in plain_paste(text).split("\n")]
    lines = [line for line in lines if line]
    if not lines:
        raise DataError("没有粘贴文字", "从 Word 或 WPS 复制全文，粘贴到框里")
    told: list[str] = []
    lines = _without_letterhead(lines, told)
    title, lines = _title(lines)
    head: dict[str, object] = {"文种": kind, "标题": title}
    if (
        lines
        and lines[0].endswith(("：", ":"))
        and len(parse_body(lines[0])) == 1
        and not parse_body(lines[0])[0].level
    ):
        head["主送"] = lines.pop(0).rstrip("：: ")
    lines, tail = _tail(lines, office, told)
    head |= tail
    if any(re.match(r"附件\d*\s*[:：]", line) for line in lines):
        told.append("正文里有“附件：”一行，照原样留着；要附上附件并自动印附件说明，请改写到上面的“附件:”。")
    front = "\n".join(f"{key}: {_value(value)}" for key, value in head.items())
    return Pasted(f"---\n{front}\n---\n" + "\n".join(lines) + "\n", "".join(title), tuple(told))


def _value(value: object) -> str:
    """A value in YAML, unquoted if that is unambiguous."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if (
        isinstance(value, str)
        and re.fullmatch(r"[\w，、。；（）〔〕“”《》·—]+|\d{4}-\d\d-\d\d", value)
        and not value.isdecimal()
    ):
        return value
    return json.dumps(value, ensure_ascii=False)


def _without_letterhead(lines: list[str], told: list[str]) -> list[str]:
    """Remove the red header and the old number, which come from office.toml and the register."""
    for place, line in enumerate(lines[:6]):
        number = parse_number(line)
        if number is not None:
            told.append(f"红头和原文号“{number}”没有放进来：红头取自设置，印发时另取新号。")
            return lines[place + 1 :] or lines
    return lines


def _title(lines: list[str]) -> tuple[list[str], list[str]]:
    """The first lines up to one that ends with a 文种, at most four; otherwise only the first line."""
    for count in range(1, min(5, len(lines)) + 1):
        part = lines[:count]
        if any(line.endswith(("。", "：", ":", "；")) or len(line) > _LONGEST_TITLE for line in part):
            break
        if part[-1].rstrip("）)").endswith(_GENRES):
            return part, lines[count:]
    return lines[:1], lines[1:]


def _tail(lines: list[str], office: Office, told: list[str]) -> tuple[list[str], dict[str, object]]:
    """署名, 成文日期, 附注, 抄送 and 印发机关 after the body, and the body without them."""
    place = next((n for n in range(len(lines) - 1, max(len(lines) - 9, 0), -1) if _DATE.match(lines[n])), None)
    if place is None:
        return lines, {}
    found: dict[str, object] = {}
    below = lines[place + 1 :]
    for line in below:
        if re.fullmatch(r"[（(].{2,30}[）)]", line):
            found["附注"] = line[1:-1]
        elif line.startswith(("抄送：", "抄送:")):
            found["抄送"] = line[3:].rstrip("。")
        elif line.endswith("印发"):
            told.append(f"“{line}”没有放进来：版记取自设置。")
        else:
            return lines, {}  # text follows the date: an attachment, or there is no signature
    match = _DATE.match(lines[place])
    assert match
    found["成文日期"] = f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}"
    start = place
    while start > 0 and place - start < 3 and _may_sign(lines[start - 1]):
        start -= 1
    signature = lines[start:place]
    if signature and "".join(signature) != "".join(office.signature):
        found["署名"] = signature
    told.append("成文日期按原文填写，编号用这一天的年份；要用印发当天，删去“成文日期”一行。")
    return lines[:start], found


def _may_sign(line: str) -> bool:
    """Return whether a line may be a signature: short, and no sentence, heading or label."""
    return len(line) <= _LONGEST_SIGNATURE and not re.search(r"[。；：:！？]", line) and not parse_body(line)[0].level
