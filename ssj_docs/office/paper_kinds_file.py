"""catalogue.toml → `DocumentKind`: the shipped file, the office's own over it by name; each fault with section and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ssj_docs.ground.errors import DataError
from ssj_docs.ground.library_words import in_chinese, line_told
from ssj_docs.ground.problems import Problem
from ssj_docs.model.case import EVENTS
from ssj_docs.model.paper_kind import (
    ACTS,
    CONDITIONS,
    FRAMES,
    PROOFS,
    DocumentKind,
    DraftStyle,
    FormField,
    HandBox,
    Per,
)
from ssj_docs.office.template_files import draft_names, shipped_templates

_FILE = "catalogue.toml"
_REMEDY = "请对照随程序提供的 catalogue.toml 和 docs/own-papers.md 改正。"
_TABLES = ("fields", "boxes", "renditions", "drafts", "proves")
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Section = Mapping[str, Any]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Field(_Strict):
    name: Text
    source: str = Field("", alias="from")
    text: str = ""
    join: str = "、"
    optional: bool = False
    drop: list[Literal["internal", "public"]] = []


class _Box(_Strict):
    name: Text
    what: Literal["result", "signature", "date", "remark"]
    column: str = ""
    row: str = ""
    cell: str = ""
    label: str = ""
    who: str = ""
    seal: bool = False
    instead: str = ""


class _Draft(_Strict):
    title: str = ""
    per: Per | Literal[""] = ""
    carries: str = ""
    reports: bool = False


class _Section(_Strict):
    title: Text
    template: Text
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,8}$")]
    per: Per = "task"
    format: Literal["document", "letter", "form", "table"] = "form"
    genre: str = ""
    purpose: str = ""
    issuer: Literal["office", "department"] = "office"
    series: bool | str = False
    coded: bool = False
    signs: list[Text] = []
    retention: Annotated[int, Field(ge=0, le=200)] = 10
    fields: dict[str, _Field] = {}
    boxes: dict[str, _Box] = {}
    renditions: dict[Literal["internal", "public"], Text] = {}
    drafts: dict[str, _Draft] = {}
    usual: bool = False
    needs: list[Text] = []
    when: list[Literal[*CONDITIONS]] = []  # type: ignore[valid-type]
    due: Literal["", "problem", *EVENTS] = ""  # type: ignore[valid-type]
    serves: list[Literal[*ACTS]] = []  # type: ignore[valid-type]
    proves: dict[Literal[*PROOFS], int] = {}  # type: ignore[valid-type]
    on_issue: Literal["", *EVENTS] = ""  # type: ignore[valid-type]
    on_archive: Literal["", *EVENTS] = ""  # type: ignore[valid-type]


def read_kinds(office_templates: Path | None = None) -> dict[str, DocumentKind]:
    """Read the shipped catalogue and the office's own (`workspace/templates`, None: only the shipped one).

    Raises: DataError with a Problem for each fault, which names the section, the key and the line.
    """
    own_file = office_templates / _FILE if office_templates else None
    own, lines = _parse(own_file) if own_file is not None and own_file.is_file() else ({}, [])
    sections: dict[str, Section] = dict(_parse(shipped_templates() / _FILE)[0])
    faults = [_problem(lines, (kind,), "应写成一段") for kind, section in own.items() if not isinstance(section, dict)]
    for kind, section in own.items():
        if isinstance(section, dict):
            sections[kind] = _merged(sections.get(kind, {}), section)
    texts = draft_names(office_templates)
    kinds: dict[str, DocumentKind] = {}
    for kind, section in sections.items():
        try:
            checked = _Section.model_validate(_whole(section))
        except ValidationError as error:
            faults += [_as_problem(lines, (kind, *fault["loc"]), fault) for fault in error.errors()]
            continue
        kinds[kind] = _kind(kind, checked, texts, own=kind in own)
    faults += [_problem(lines, place, told) for place, told in _disagreements(kinds, own)]
    if faults:
        raise _faulty(own_file or shipped_templates() / _FILE, faults)
    return kinds


def _parse(path: Path) -> tuple[dict[str, Any], list[str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        return tomllib.loads(text), text.splitlines()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise DataError(f"文书目录“{path}”{line_told(fault)}写法有误：{in_chinese(fault)}。", _REMEDY) from fault


# --- laying one over the other ------------------------------------------------------------------------------------------
def _merged(shipped: Section, own: Section) -> Section:
    """The office's section over the shipped one: its keys win, tables are laid over each other by name.

    A field given as text is renamed only; a place given as a list in the former way (``optional``, ``drop_public``)
    becomes a property of each field.
    """
    made = {**shipped, **{key: value for key, value in own.items() if key not in _LISTS}}
    for table in _TABLES:
        if isinstance(own.get(table), Mapping) and isinstance(shipped.get(table), Mapping):
            made[table] = {**shipped[table], **own[table]}
    if isinstance(made.get("fields"), Mapping):
        base = shipped.get("fields", {})
        made["fields"] = {path: _field(base.get(path), one) for path, one in made["fields"].items()}
        for key, mark in _LISTS.items():
            if isinstance(listed := own.get(key), list):
                made["fields"] = {path: mark(one, path in listed) for path, one in made["fields"].items()}
    return made


def _field(shipped: Any, own: Any) -> Any:
    before = {"name": shipped} if isinstance(shipped, str) else shipped or {}
    return {**before, "name": own} if isinstance(own, str) else {**before, **own} if isinstance(own, Mapping) else own


def _drop(rendition: str) -> Any:
    def mark(one: Any, named: bool) -> Any:
        rest = [name for name in one.get("drop", []) if name != rendition]
        return {**one, "drop": [*rest, rendition] if named else rest}

    return mark


#: former keys of a section that list paths of fields
_LISTS: Mapping[str, Any] = {
    "optional": lambda one, named: {**one, "optional": named},
    "drop_internal": _drop("internal"),
    "drop_public": _drop("public"),
}


def _whole(section: Section) -> dict[str, Any]:
    """A section with short forms written out: a field given as text, the frame of a 公文 that names none."""
    made = dict(section)
    if isinstance(made.get("fields"), Mapping):
        made["fields"] = {path: _field(None, one) for path, one in made["fields"].items()}
    frame = FRAMES.get(made.get("format", "")) if isinstance(made.get("format"), str) else None
    return {"template": frame, **made} if frame else made


def _kind(name: str, section: _Section, texts: set[str], *, own: bool) -> DocumentKind:
    fields = {
        path: FormField(path, one.name, one.source, one.text, one.join, one.optional, tuple(one.drop))
        for path, one in section.fields.items()
    }
    styles = dict(section.drafts)
    if name in texts:
        styles.setdefault(name, _Draft())
    plain = ("title", "template", "code", "per", "format", "genre", "purpose", "issuer", "coded", "usual", "due")
    return DocumentKind(
        id=name,
        **{key: getattr(section, key) for key in (*plain, "renditions", "on_issue", "on_archive", "proves")},
        series=bool(section.series),
        series_code=section.series if isinstance(section.series, str) else "",
        signs=tuple(section.signs),
        retention=section.retention or None,
        fields=fields,
        boxes=tuple(HandBox(box, **one.model_dump()) for box, one in section.boxes.items()),
        drafts=tuple(
            DraftStyle(style, one.title or section.title, name, one.per or section.per, one.carries, one.reports)
            for style, one in styles.items()
        ),
        needs=tuple(section.needs),
        when=tuple(section.when),
        serves=tuple(section.serves),
        own=own,
    )


# --- faults -------------------------------------------------------------------------------------------------------------
def _disagreements(kinds: Mapping[str, DocumentKind], own: Section) -> Iterator[tuple[tuple[str, ...], str]]:
    """What no section shows by itself: a code, title or draft text named twice, an attachment that nobody writes."""
    for key in ("code", "title"):
        first: dict[str, str] = {}
        for kind in kinds.values():
            other = first.setdefault(getattr(kind, key), kind.id)
            if other != kind.id:
                mine, there = (kind.id, other) if kind.id in own else (other, kind.id)
                yield (mine, key), f"{key} 与 [{there}] 的相同"
    for kind in kinds.values():
        for box in kind.boxes:
            place = (kind.id, "boxes", box.id)
            if sum(map(bool, (box.column, box.cell, box.label))) != 1:
                yield place, f"手填处“{box.name}”要写 column、cell、label 中的一项"
            if box.who and box.who not in kind.signs:
                yield place, f"手填处“{box.name}”的 who 不在 signs 中"
            if box.instead and box.instead not in {other.id for other in kind.boxes}:
                yield place, f"手填处“{box.name}”的 instead 不是本种文书的手填处"
    styles = [style for kind in kinds.values() for style in kind.drafts]
    for style in styles:
        if any(style.name == other.name and style.kind != other.kind for other in styles) and style.kind in own:
            yield (style.kind, "drafts", style.name), f"拟稿样式 {style.name} 已属于另一种文书"
        if style.carries and style.carries not in {other.name for other in styles}:
            yield (style.kind, "drafts", style.name, "carries"), f"没有“{style.carries}”这种拟稿样式"
    for name in kinds:
        if not re.fullmatch(r"[\w-]{1,30}", name):
            yield (name,), "节名只能用字母、数字、下划线和汉字"


def _as_problem(lines: Sequence[str], place: Sequence[str | int], fault: Any) -> Problem:
    key = _key(place)
    expected = str(fault.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", "、").replace(", ", "、")
    told = {
        "missing": f"缺少 {key}",
        "extra_forbidden": f"多出 {key}",
        "string_type": f"{key} 应是文字",
        "string_too_short": f"{key} 不能为空",
        "string_pattern_mismatch": f"{key} 应是 1 到 8 个大写字母或数字",
        "list_type": f"{key} 应是一列",
        "dict_type": f"{key} 应是一段",
        "model_type": f"{key} 应是一段",
        "bool_type": f"{key} 应是 true 或 false",
        "int_type": f"{key} 应是整数",
        "literal_error": f"{key} 只能是：{expected.strip('、')}",
    }.get(fault["type"], f"{key}：{in_chinese(fault['msg'])}")
    value = fault["input"] if isinstance(fault["input"], str | int | float) else ""
    return _problem(lines, place, told, str(value))


def _key(place: Sequence[str | int]) -> str:
    """A place below its section, as it is written: ``fields."rows[].name".from``."""
    inner = [str(part) for part in place[1:] if part not in ("[key]", "bool", "str") and not isinstance(part, int)]
    return ".".join("from" if part == "source" else f'"{part}"' if "[" in part else part for part in inner)


def _problem(lines: Sequence[str], place: Sequence[str | int], told: str, value: str = "") -> Problem:
    line = _line(lines, [str(part) for part in place])
    cell = f"第 {line} 行" if line else ""
    return Problem(_FILE, told, _REMEDY, cell=cell, field=f"[{place[0]}]", value=value, code="catalogue.value")


def _line(lines: Sequence[str], place: Sequence[str]) -> int:
    """1-based line of the deepest part of a place that the file names; 0 if it does not name the section."""
    found = start = 0
    for depth in range(1, len(place) + 1):
        name = r"\s*\.\s*".join(_quoted(part) for part in place[:depth])
        head = re.compile(rf"\s*\[\s*{name}\s*\]")
        line = next((n for n, text in enumerate(lines, 1) if head.match(text)), 0)
        found = start = line or start
    for part in place[1:]:
        key = re.compile(rf"\s*{_quoted(part)}\s*=")
        for number in range(start, len(lines)):
            if lines[number].lstrip().startswith("["):
                break
            if key.match(lines[number]):
                found = number + 1
    return found


def _quoted(part: str) -> str:
    return rf"""["']?{re.escape(part)}["']?"""


def _faulty(path: Path, faults: Sequence[Problem]) -> DataError:
    told = "；".join(
        f"{section} 的写法有误：" + "、".join(dict.fromkeys(one.message for one in faults if one.field == section))
        for section in dict.fromkeys(fault.field for fault in faults)
    )
    return DataError(f"文书目录“{path}”里 {told}。", _REMEDY, faults)
