"""考核细则 from an office's own table (xlsx, xls, csv or docx): columns by heading, rows as items; what is not clear is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from lxml import etree

from archive.assessment.measure_register import MEASURES
from archive.assessment.scoring.sheet import Kind, parse_sheet
from archive.files.durable_files import write_durably
from ssj_docs.documents.templates.package_writer import read_package
from ssj_docs.ground.canonical import sha256_of
from ssj_docs.ground.errors import DataError, UsageError
from ssj_docs.intake.sheets.workbook import read_workbook
from ssj_docs.office.adopted_files import SHEET_ADD
from ssj_docs.office.workspace import Workspace

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MOST_ROWS, _MOST_COLUMNS = 400, 40
#: field → headings, the most telling first
_HEADINGS: Mapping[str, str] = {
    "points": r"^(标准|满|应得)?分值?(（分）|\(分\))?$|分值|标准分|满分|权重",
    "criteria": r"(评|计|打|扣|加)分(标准|办法|细则|方法|说明|依据)|考(核|评)(标准|办法|方法|要求)",
    "materials": r"材料|资料|佐证|印证",
    "unit": r"(责任|牵头|考核|负责|被考核)(单位|部门|科室|股室)",
    "name": r"二级|三级|考(核|评)(内容|指标|事项|要点)|指标内容|内容|指标名称",
    "group": r"一级|类别|考(核|评)项目|项目|指标",
    "id": r"序号|编号",
}
_TOTAL = re.compile(r"^(合\s*计|总\s*计|总\s*分|小\s*计)")
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)")
_EACH = re.compile(r"每[^，。；,;]{0,16}?扣(?:减)?\s*(\d+(?:\.\d+)?)\s*分")
#: words of an item → the measure that may score it; only offered, never taken without being asked
_OFFERS = (
    (r"(按期|按时|及时|工作日).*公示|公示.*(按期|按时|及时|工作日)", "disclosure_in_time"),
    (r"公示", "disclosure_rate"),
    (r"计划.*(完成|落实)|任务.*完成", "plan_completion"),
    (r"(联合|部门).*(参与|参加|覆盖)", "joint_coverage"),
    (r"事项.*覆盖", "item_coverage"),
    (r"移送|移交.*线索", "transfer_in_time"),
    (r"(问题|后续).*(处置|处理|整改)", "handling_rate"),
    (r"立案|结案", "closure_rate"),
    (r"归档|案卷|一户一档|档案", "papers_complete"),
    (r"比例", "ratio_floors"),
)
#: answer that leaves a row out, or leaves it to a person
SKIP, BY_HAND = "skip", "hand"


@dataclass(frozen=True)
class Asked:
    """Something that the table does not say clearly: ``id`` to answer, and what may be answered."""

    id: str
    question: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadItem:
    """A row as it was understood; ``row`` is its number in the table."""

    row: int
    id: str
    group: str
    name: str
    points: float
    criteria: str
    kind: Kind
    materials: tuple[str, ...]
    unit: str
    score: str = ""


@dataclass(frozen=True)
class ReadSheet:
    """A table as it was understood: its items, what must be answered first, what may be, and rows that were left out."""

    name: str
    items: tuple[ReadItem, ...]
    questions: tuple[Asked, ...]
    offers: tuple[Asked, ...]
    left: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain values."""
        return asdict(self)


def read_scoring_table(path: Path, name: str = "", answers: Mapping[str, str] | None = None) -> ReadSheet:
    """Understand a table of points.

    Args:
        answers: id of a question or an offer → the answer.

    Raises: DataError if the file cannot be read or holds no table of points; UsageError for an answer that cannot be.
    """
    for title, rows in _tables(path):
        columns, top = _columns(rows)
        if columns:
            return _read(name or title or path.stem, rows, columns, top, answers or {})
    raise DataError(
        f"{path.name} 里没有找到评分表：没有一行同时有“分值”和“考核内容”（或“评分标准”）这样的栏名",
        "核对栏名，或换一个文件",
    )


def _tables(path: Path) -> list[tuple[str, list[list[str]]]]:
    """Tables with the text above them; merged cells say the same in each of their rows."""
    if path.suffix.lower() == ".docx":
        return _word_tables(path)
    found = []
    for sheet in read_workbook(path):
        last = min(max((row.number for row in sheet.rows), default=0), _MOST_ROWS)
        wide = min(max((len(row.texts) for row in sheet.rows), default=0), _MOST_COLUMNS)
        rows = [[""] * wide for _ in range(last)]
        for row in sheet.rows:
            if row.number <= last:
                rows[row.number - 1] = [row.text(column + 1).strip() for column in range(wide)]
        for top, left, bottom, _ in sheet.merged:
            for number in range(top, min(bottom, last)):
                if left <= wide and top <= last:
                    rows[number][left - 1] = rows[top - 1][left - 1]
        title = next((text for row in rows[:1] for text in row if text), "")
        found.append((title, rows))
    return found


def _word_tables(path: Path) -> list[tuple[str, list[list[str]]]]:
    content = read_package(path.read_bytes(), path.name).get("word/document.xml", b"")
    if b"<!DOCTYPE" in content:
        raise DataError(f"{path.name} 带有文件类型声明，不能读", "用 Word 另存为 .docx 再导入")
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError as error:
        raise DataError(f"{path.name} 的正文读不出来", "用 Word 打开并另存为 .docx 再导入") from error
    title = next((text for p in root.iter(f"{_W}p") if (text := _words(p))), "")
    return [(title, _grid(table)) for table in root.iter(f"{_W}tbl")]


def _words(element: etree._Element) -> str:
    return "".join(part.text or "" for part in element.iter(f"{_W}t")).strip()


def _grid(table: etree._Element) -> list[list[str]]:
    rows: list[list[str]] = []
    for line in table.iterfind(f"{_W}tr"):
        row: list[str] = []
        for cell in line.iterfind(f"{_W}tc"):
            merge = cell.find(f"{_W}tcPr/{_W}vMerge")
            span = cell.find(f"{_W}tcPr/{_W}gridSpan")
            wide = int(span.get(f"{_W}val", "1")) if span is not None and str(span.get(f"{_W}val")).isdecimal() else 1
            text = "\n".join(filter(None, (_words(p) for p in cell.iterfind(f"{_W}p"))))
            above = rows[-1][len(row)] if rows and len(row) < len(rows[-1]) else ""
            covered = merge is not None and merge.get(f"{_W}val") != "restart"
            row += [above if covered else text] + [""] * (min(wide, _MOST_COLUMNS) - 1)
        rows.append(row[:_MOST_COLUMNS])
        if len(rows) >= _MOST_ROWS:
            break
    return rows


def _columns(rows: Sequence[Sequence[str]]) -> tuple[dict[str, int], int]:
    """Columns by field and the row of the heading; none if no row looks like one."""
    for number, row in enumerate(rows[:12]):
        found: dict[str, int] = {}
        for wanted, pattern in _HEADINGS.items():
            for place, text in enumerate(row):
                plain = "".join(text.split())
                if place not in found.values() and len(plain) <= 12 and re.search(pattern, plain):
                    found[wanted] = place
                    break
        if "name" not in found and "group" in found:
            found["name"] = found.pop("group")
        if "points" in found and ("name" in found or "criteria" in found):
            return found, number
    return {}, 0


def _read(
    name: str, rows: Sequence[Sequence[str]], columns: Mapping[str, int], top: int, answers: Mapping[str, str]
) -> ReadSheet:
    items: list[ReadItem] = []
    questions: list[Asked] = []
    offers: list[Asked] = []
    left: list[str] = []
    used: set[str] = set()
    groups: dict[str, int] = {}
    for number, row in enumerate(rows[top + 1 :], top + 2):
        cells = {key: row[place].strip() if place < len(row) else "" for key, place in columns.items()}
        if not any(cells.values()):
            continue
        if any(_TOTAL.match(text) for text in (*row[:3], cells.get("name", ""))):
            left.append(f"第 {number} 行是合计：{' '.join(filter(None, row))[:60]}")
            continue
        item, asked = _item(number, cells, answers)
        questions += asked
        if item is None:
            left += [] if asked else [f"第 {number} 行没有收：{' '.join(filter(None, row))[:60]}"]
            continue
        groups.setdefault(item.group, len(groups) + 1)
        within = sum(one.group == item.group for one in items) + 1
        item = replace(item, id=f"{groups[item.group]}.{within}")
        item, offer = _scored(item, answers)
        offers += offer
        used |= {f"r{number}", f"f{item.id}"}
        items.append(item)
    known = used | {one.id for one in questions}
    if strange := sorted(set(answers) - known):
        raise UsageError(f"没有要回答的 {'、'.join(strange)}", "只回答所列的问题")
    return ReadSheet(name, tuple(items), tuple(questions), tuple(offers), tuple(left))


def _item(number: int, cells: Mapping[str, str], answers: Mapping[str, str]) -> tuple[ReadItem | None, list[Asked]]:
    """The item of a row, or what must be asked of it; neither if it is to be left out."""
    name = cells.get("name") or cells.get("criteria", "")
    key, about = f"r{number}", f"{cells.get('group', '')}{name}"
    kind: Kind = "item"
    for word, meant in (("否决", "veto"), ("加分", "bonus"), ("扣分项", "deduct"), ("减分", "deduct")):
        if word in about or (word != "加分" and word in cells.get("points", "")):
            kind = meant  # type: ignore[assignment]
            break
    written = _NUMBER.findall(cells.get("points", ""))
    answer = answers.get(key, "")
    if answer == SKIP:
        return None, []
    if answer and not _NUMBER.fullmatch(answer):
        raise UsageError(f"{key} 的回答“{answer}”不是分数", f"写分数，或 {SKIP}")
    if not name or (kind != "veto" and len(written) != 1 and not answer):
        said = cells.get("points", "") or "空"
        return None, [Asked(key, f"第 {number} 行“{name[:30]}”的分值写的是“{said}”，是多少分？", ("分数", SKIP))]
    points = 0.0 if kind == "veto" else float(answer or written[0])
    materials = tuple(filter(None, (one.strip(" 。.") for one in re.split(r"[；;\n]", cells.get("materials", "")))))
    short = "".join(name.split())[:120]
    return ReadItem(
        number,
        "",
        "".join(cells.get("group", "").split())[:80],
        short,
        points,
        cells.get("criteria", "")[:2000],
        kind,
        materials,
        "".join(cells.get("unit", "").split())[:80],
    ), []


def _scored(item: ReadItem, answers: Mapping[str, str]) -> tuple[ReadItem, list[Asked]]:
    """The item with the formula that was chosen for it, or the offer of one."""
    key = f"f{item.id}"
    text = "".join(f"{item.name}{item.criteria}".split())
    offered = next((measure for pattern, measure in _OFFERS if re.search(pattern, text)), "")
    chosen = answers.get(key, "")
    if chosen and chosen != BY_HAND:
        if chosen not in MEASURES:
            raise UsageError(f"{key} 的回答“{chosen}”不是算法", f"可用：{BY_HAND}、{'、'.join(MEASURES)}")
        each = _EACH.search(text)
        full = f"{item.points:g}"
        score = f"{full} - {each[1]} * failing({chosen})" if each else f"{full} * value({chosen}) / 100"
        if item.kind == "deduct":
            score = f"{each[1] if each else 1} * failing({chosen})"
        return replace(item, score=f"clamp({score}, 0, {full})"), []
    if chosen or not offered or item.kind in ("veto", "bonus"):
        return item, []
    known = MEASURES[offered]
    question = f"第 {item.id} 项“{item.name[:30]}”可以由登记簿计分（{known.of}中{known.met}），不回答则由人评定"
    return item, [Asked(key, question, (offered, BY_HAND))]


def save_sheet(workspace: Workspace, read: ReadSheet, identity: str) -> Path:
    """Write the sheet to workspace/templates/scoring. Raises: UsageError while questions are open; DataError."""
    if read.questions:
        raise UsageError(f"还有 {len(read.questions)} 处要先回答：{read.questions[0].question}", "逐项回答后再导入")
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", identity):
        raise UsageError(f"代号“{identity}”不能作文件名", "用小写字母、数字、- 和 _")
    text = sheet_text(read)
    parse_sheet(identity, text)
    folder = workspace.templates / "scoring"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{identity}.toml"
    with workspace.transaction() as connection:
        place, detail = path.relative_to(workspace.root).as_posix(), {"name": read.name, "items": len(read.items)}
        workspace.log(connection, SHEET_ADD, place, detail, digest=sha256_of(text.encode()))
        path.unlink(missing_ok=True)
        write_durably(path, text.encode())
    return path


def sheet_text(read: ReadSheet) -> str:
    """The sheet as TOML."""
    total = sum(item.points for item in read.items if item.kind == "item")
    lines = [f"name = {_quoted(read.name[:80])}", f"total = {total:g}", ""]
    for item in read.items:
        lines += ["[[items]]", f"id = {_quoted(item.id)}"]
        lines += [
            f"{key} = {_quoted(value)}"
            for key in ("group", "name", "criteria", "kind", "score", "unit")
            if (value := getattr(item, key)) and (key, value) != ("kind", "item")
        ]
        lines.append(f"points = {item.points:g}")
        if item.materials:
            lines.append(f"materials = [{', '.join(map(_quoted, item.materials))}]")
        lines.append("")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """A TOML basic string, which JSON strings are."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
