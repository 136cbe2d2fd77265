"""拟稿: reads a text file with YAML front matter and a plain body, one paragraph per line.

The prose can be pasted as it is: levels are recognised by the official numbering (`ssj_docs.documents.text.wording`). Lines
with TABs between cells, as pasted from Excel or Word, are rows of a table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Day  # FrontMatter has a field named date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from ssj_docs.documents.drafts.front_matter import read_front
from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import Remedy, do

_CHINESE_KEYS = {
    "文种": "kind",
    "代字": "series",
    "标题": "title",
    "主送": "to",
    "主送机关": "to",
    "签发人": "signers",
    "署名": "signature",
    "成文日期": "date",
    "日期": "date",
    "附件": "attachments",
    "附注": "note",
    "联系人": "contact",
    "抄送": "cc",
    "印发机关": "printer",
    "印发日期": "print_date",
    "红头": "red_header",
    "代章": "seal_for",
    "密级": "classification",
    "紧急程度": "urgency",
    "份号": "copy_number",
    "格式": "format",
    "盖章": "sealed",
    "任务": "task",
    "案件": "case",
    "部门": "department",
    "附件说明": "list_attachments",
    "公开属性": "disclosure",
    "文件": "file",
    "文字": "text",
    "表格": "table",
    "年度": "year",
    "说明": "note",
    "横排": "landscape",
    "序号": "label",
}
#: 代字 of a paper that takes no number though its kind has a series
NO_SERIES = "不编号"
_DAY = re.compile(r"(\d{4})\s*[年/.．\-]\s*(\d{1,2})\s*[月/.．\-]\s*(\d{1,2})\s*日?")
FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


def _lines(value: Any) -> Any:
    """Convert a text, a text of several lines or a list to a list of lines."""
    if isinstance(value, str):
        return [line.strip() for line in value.splitlines() if line.strip()]
    return value


def _format(value: Any) -> Any:
    return (
        value
        if not isinstance(value, str)
        else {
            "公文": "document",
            "文件": "document",
            "文件格式": "document",
            "信函": "letter",
            "函": "letter",
            "信函格式": "letter",
        }.get(value, value)
    )


def _day(value: Any) -> Any:
    """A date as papers and clerks write it: 2026-03-05, 2026年3月5日, 2026/3/5, 2026.3.5."""
    match = _DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return value
    year, month, day = (int(part) for part in match.groups())
    return Day(year, month, day)  # ValueError: no such day, told as `value_error`


def _yes(value: Any) -> Any:
    return {"是": True, "否": False}.get(value, value) if isinstance(value, str) else value


def _code(value: Any) -> Any:
    """代字: ``""`` or 无 means no number, which a missing line does not."""
    return NO_SERIES if isinstance(value, str) and value.strip() in ("", "无", NO_SERIES) else value


Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Lines = Annotated[list[Text], BeforeValidator(_lines)]
Date = Annotated[Day, BeforeValidator(_day)]
YesNo = Annotated[bool, BeforeValidator(_yes)]
#: strip the spaces around each line; a 标题 keeps its line breaks


class AttachmentSource(BaseModel):
    """An attachment in the front matter: a text file, a text, or a table made from data."""

    model_config = ConfigDict(extra="forbid")
    title: Text
    file: str = ""
    text: str = ""
    table: Literal["", "plan", "text"] = ""
    year: int | None = None
    to: str = ""
    signature: Lines = []
    date: str = ""
    note: str = ""
    landscape: YesNo | None = None
    label: str = ""


class FrontMatter(BaseModel):
    """The front matter; every key may be written in Chinese."""

    model_config = ConfigDict(extra="forbid")
    kind: str = ""
    series: Annotated[str, BeforeValidator(_code)] = ""
    title: Lines = Field(min_length=1)
    to: str = ""
    signers: Lines = []
    signature: Lines | None = None
    date: Date | None = None
    attachments: list[AttachmentSource] = []
    note: str = ""
    contact: str = ""
    cc: str = ""
    printer: str | None = None
    print_date: Date | Literal[""] | None = None
    red_header: Lines | None = None
    seal_for: str | None = None
    sealed: YesNo = True
    classification: str = ""
    urgency: str = ""
    copy_number: str = ""
    format: Annotated[Literal["document", "letter"], BeforeValidator(_format)] | None = None
    list_attachments: YesNo = True
    disclosure: str = ""
    task: str = ""
    case: str = ""
    department: str = ""


@dataclass(frozen=True)
class DraftText:
    """A draft as read: front matter, body, origin, and the attached files that exist, by name.

    ``text`` is the whole file; its body begins on line ``start``.
    """

    head: FrontMatter
    body: str
    path: Path
    files: Mapping[str, bytes]
    text: str
    start: int


def read_draft(path: Path) -> DraftText:
    """Read a draft file.

    Raises: NotFoundError if there is none; DataError with every Problem (line, key, remedy) if the front matter is invalid.
    """
    if not path.is_file():
        raise NotFoundError(f"没有找到拟稿 {path}", Remedy("检查文件名，或先", do("draft")))
    return parse_draft(decoded(path.read_bytes(), path.name), path)


def decoded(data: bytes, name: str) -> str:
    """Decode the text of a file. Raises: DataError if it is not a text file."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError(f"{name} 不是文本文件", "在编辑器里另存为 UTF-8 文本")


def parse_draft(text: str, path: Path) -> DraftText:
    """Parse the text of a draft file; see `read_draft`."""
    source, match = path.name, FRONT.match(text)
    if match is None:
        raise DataError(
            f"{source} 开头没有说明部分", "第一行写 ---，下面写“标题: …”“主送: …”等，再用一行 --- 结束，然后是正文"
        )
    data = read_front(match[1], source, _CHINESE_KEYS)
    if not isinstance(data, dict):
        raise DataError(f"{source} 的说明部分应当每行写“名称: 内容”", Remedy("参照系统拟的稿：", do("draft")))
    try:
        head = FrontMatter.model_validate(_english(data))
    except ValidationError as error:
        found = [_as_problem(source, match[1], fault) for fault in error.errors()]
        raise DataError(f"{source} 的说明部分有 {len(found)} 处问题", "改正后再试", found) from error
    start = text[: match.end()].count("\n") + 1
    return DraftText(head, text[match.end() :], path, _files(head, path.parent), text, start)


def _files(head: FrontMatter, folder: Path) -> dict[str, bytes]:
    """The attached files in the draft's folder."""
    paths = {source.file: (folder / source.file).resolve() for source in head.attachments if source.file}
    inside = {name: path for name, path in paths.items() if path.is_relative_to(folder.resolve()) and path.is_file()}
    return {name: path.read_bytes() for name, path in inside.items()}


def _english(data: dict[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in data.items():
        name = _CHINESE_KEYS.get(str(key), str(key))
        listed = isinstance(value, list)
        found[name] = [_english(part) if isinstance(part, dict) else part for part in value] if listed else value
    return found


def _as_problem(source: str, front: str, fault: Any) -> Problem:
    key = str(fault["loc"][0])
    names = {key, *(chinese for chinese, english in _CHINESE_KEYS.items() if english == key)}
    line = next(
        (
            n
            for n, text in enumerate(front.splitlines(), 2)
            if re.split(r"[:：]", text.strip())[0].strip(" '\"-") in names
        ),
        0,
    )
    message, remedy = {
        "missing": ("缺少这一项", "补上这一项"),
        "extra_forbidden": ("不认识这个名称", "检查拼写；可用：" + "、".join(dict.fromkeys(_CHINESE_KEYS))),
        "date_from_datetime_parsing": ("不是日期", "写作 2026-03-05"),
        "date_type": ("不是日期", "写作 2026-03-05"),
        "date_parsing": ("不是日期", "写作 2026-03-05 或 2026年3月5日"),
        "literal_error": ("不是可写的值", _choices(fault)),
        "value_error": ("不在日历上", "日期写作 2026-03-05，并核对当月有没有这一天"),
        "bool_parsing": ("不是“是”或“否”", "写作 true 或 false"),
        "bool_type": ("不是“是”或“否”", "写作 true 或 false"),
        "int_parsing": ("不是整数", "写阿拉伯数字，例如 2026"),
        "string_type": ("应当是一段文字", "内容加上引号"),
        "string_too_short": ("是空的", "写上内容，或删去这一行"),
        "too_short": ("是空的", "写上内容"),
        "list_type": ("应当是一列", "每项一行，前面写“- ”"),
        "model_type": ("写法有误", "写成“- 标题: …”，下面缩进写“文件: …”或“文字: …”"),
    }.get(fault["type"], (str(fault["msg"]), "按说明改正"))
    value = fault["input"] if isinstance(fault["input"], str | int | float) else ""
    return Problem(
        source,
        message,
        remedy,
        field=_as_written(front, fault["loc"]),
        value=str(value),
        cell=f"第 {line} 行" if line else "",
        code="draft.field",
    )


def _as_written(front: str, place: Sequence[str | int]) -> str:
    """Where a fault is, with keys as in the draft (附件 第 2 项 标题); a missing key is in Chinese."""
    there = {re.split(r"[:：]", text.strip(" -"))[0].strip(" '\"") for text in front.splitlines()}
    shown = []
    for part in place:
        names = [chinese for chinese, english in _CHINESE_KEYS.items() if english == part]
        if isinstance(part, int):
            shown.append(f"第 {part + 1} 项")
        else:
            shown.append(next((name for name in (*names, part) if name in there), names[0] if names else part))
    return " ".join(shown)


def _choices(fault: Any) -> str:
    if "format" in fault["loc"]:
        return "写 公文 或 信函"
    return "可写：" + str(fault.get("ctx", {}).get("expected", "")).replace(" or ", "、")
