"""Faults inside a plan that a reader of the whole sees: shifted rows, slips, doubles, swapped pairs (DOMAIN T12-T23).

All are warnings: the rows come in as they are written, nothing is moved or repaired.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ssj_docs.ground.problems import Problem
from ssj_docs.intake.rows.plan_overlap import duplicate_groups, repeated_objects, swapped_pairs
from ssj_docs.intake.tables.table import DataTable, TableRow
from ssj_docs.intake.values.department_names import DepartmentNames
from ssj_docs.intake.values.folding import clean, squeeze
from ssj_docs.intake.values.reading import Note
from ssj_docs.intake.values.window import window_style
from ssj_docs.model.office import Office
from ssj_docs.model.plan import InspectionTask

_AREA_WORDS = re.compile(r"^(辖区内?|全区|全县|全市|示范区|本区|各类|所有|县|区|市)+")
_OFFICIAL = {"重点": "重点检查事项", "一般": "一般检查事项"}
_SINGLE_LINE = ("serial", "plan", "name", "field", "object", "category", "type", "level", "ratio", "window")


@dataclass(frozen=True)
class PlanRow:
    """A task and the row it came from, so that a fault can name its cell."""

    task: InspectionTask
    row: TableRow


def find_faults(table: DataTable, rows: Sequence[PlanRow], office: Office, names: DepartmentNames) -> list[Problem]:
    """All faults of a plan, row by row first, then those that concern several rows."""
    found: list[Problem] = []
    repeated = table.label_of("items") == table.label_of("partner_items") and _mostly_same(rows)
    for plan_row in rows:
        for key, note, value in _row_faults(plan_row, office, repeated=repeated):
            found.append(table.problem(plan_row.row, key, note, value))
    for row, key, note, value in _plan_faults(rows, office, names):
        found.append(table.problem(row, key, note, value))
    return found + _remark_faults(table)


def _mostly_same(rows: Sequence[PlanRow]) -> bool:
    """True if the second 抽查事项 is a copy of the first; where most rows differ it holds the items of the partners."""
    pairs = [(squeeze(r.row.text("items")), squeeze(r.row.text("partner_items"))) for r in rows]
    both = [first == second for first, second in pairs if first and second]
    return sum(both) * 2 >= len(both)


_RowFault = tuple[str, Note, str | None]
_PlanFault = tuple[TableRow, str, Note, str | None]


def _row_faults(plan_row: PlanRow, office: Office, *, repeated: bool) -> Iterator[_RowFault]:
    task, row = plan_row.task, plan_row.row
    yield from _category_faults(row)
    items, partner = squeeze(row.text("items")), squeeze(row.text("partner_items"))
    if repeated and items and partner and items != partner:
        yield (
            "partner_items",
            Note("plan.items_differ", "两列“抽查事项”内容不一致", "请核对：如本应相同，请改成一致"),
            None,
        )
    slip = _near_miss(row)
    if slip:
        wrong, right = slip
        yield (
            "object",
            Note("plan.object_slip", f"“{wrong}”疑为“{right}”之误", f"任务名称等处写的是“{right}”，请核对"),
            None,
        )
    cap = office.rules.general_cap
    low = task.ratio.low if task.ratio.low is not None else task.ratio.high
    if task.category == "一般" and low is not None and (low >= 100 or (cap is not None and low > cap)):
        limit = "应当有上限" if cap is None else f"上限为 {cap:g}%"
        note = Note("plan.general_cap", f"一般检查事项{limit}，这里抽取 {low:g}%", "请核对事项类别或抽取比例")
        yield "ratio", note, None
    for key in _SINGLE_LINE:
        text = row.text(key)
        wrapped_ratio = key == "ratio" and "\n" not in (text[:1], text[-1:])
        if "\n" in text and key not in row.inherited and not wrapped_ratio:
            where = "开头或末尾" if "\n" not in text.strip() else "中间"
            yield key, Note("cell.line_break", f"单元格{where}有多余的换行，读入时已去掉", "请删去换行"), None


def _category_faults(row: TableRow) -> Iterator[_RowFault]:
    text = squeeze(row.text("category"))
    if not text or re.fullmatch(r"(重点|一般)(检查|抽查|监管)?(事项|项目|类)?", text):
        return
    items, partner, target = (squeeze(row.text(key)) for key in ("items", "partner_items", "object"))
    remedy = "请填“重点检查事项”或“一般检查事项”"
    if target and (
        target == partner != items or (not partner and _reads_like_item(target) and not _reads_like_item(text))
    ):
        message = f"从“抽查领域”到“事项类别”似乎整体左移一格：检查对象应为“{text}”，抽查事项应为“{target}”，事项类别缺失；已照原样读入"
        yield "category", Note("plan.shifted", message, "请把这几格右移一格并补填事项类别"), None
    elif text in (items, partner):
        yield "category", Note("plan.category", "填的是抽查事项，不是事项类别", remedy), None
    else:
        yield "category", Note("plan.category", "不是事项类别", remedy), None


def _reads_like_item(text: str) -> bool:
    return bool(re.search(r"检查|情况|监管|执行", text))


def _near_miss(row: TableRow) -> tuple[str, str] | None:
    """A word of 检查对象 that is written otherwise in the task's name (办案行业相关单位 for 保安行业相关单位).

    Found where the object is as long as a stretch of the name and equals it but for at most two characters at its
    beginning or middle, the name's word also stands in 抽查领域 or 抽查事项, and the object's word stands nowhere else.
    """
    target = _AREA_WORDS.sub("", squeeze(row.text("object")))
    others = squeeze(row.text("field")) + "|" + squeeze(row.text("items"))
    if len(target) < 6:
        return None
    for key in ("name", "plan", "field"):
        name = squeeze(row.text(key))
        if target in name:
            return None
        for start in range(len(name) - len(target) + 1):
            stretch = name[start : start + len(target)]
            differing = [i for i, (a, b) in enumerate(zip(target, stretch, strict=True)) if a != b]
            if not differing or len(differing) > 2 or differing[-1] > len(target) - 3:
                continue
            first, last = differing[0], differing[-1] + 1
            wrong, right = target[first:last], stretch[first:last]
            if last - first < 2:  # one character alone says little: take a neighbour along
                wrong, right = target[first : last + 1], stretch[first : last + 1]
            if right in others and wrong not in others + name:
                return wrong, right
    return None


def _plan_faults(rows: Sequence[PlanRow], office: Office, names: DepartmentNames) -> Iterator[_PlanFault]:
    yield from _category_spellings(rows)
    yield from _window_styles(rows)
    yield from _department_variants(rows, names)
    tasks = [plan_row.task for plan_row in rows]
    at = {plan_row.task.id: plan_row.row for plan_row in rows}
    for group in duplicate_groups(tasks):
        whole = "完全相同" if len({task.window.raw for task in group}) == 1 else "除检查时间外完全相同"
        note = Note("plan.duplicate", f"{_serials(group)}{whole}", "请核对是否重复；如为分期抽查，请写明频次")
        yield at[group[1].id], "name", note, None
    for first, second in swapped_pairs(tasks):
        message = f"{_serials([*first, *second])}抽查对象相同，只是发起部门和配合部门对调"
        note = Note("plan.swapped", message, "请核对能否合并为一次联合抽查")
        yield at[second[0].id], "initiators", note, None
    cap = office.rules.subject_cap
    for group, times in repeated_objects(tasks, cap):
        message = f"{_serials(group)}都从“{group[0].object}”中抽取，同一户一年最多可能被抽 {times} 次，超过 {cap} 次"
        note = Note("plan.repeated_object", message, "请合并任务，或抽取时排除当年已抽过的对象")
        yield at[group[0].id], "object", note, None


def _serials(tasks: Sequence[InspectionTask]) -> str:
    numbers = "、".join(task.serial for task in sorted(tasks, key=lambda task: task.row))
    return f"序号 {numbers} 的任务"


def _category_spellings(rows: Sequence[PlanRow]) -> Iterator[_PlanFault]:
    """Short forms beside the official ones, once for each form."""
    written = [(squeeze(r.row.text("category")), r) for r in rows if r.task.category]
    counts = Counter(text for text, _ in written)
    if len(counts) <= len({r.task.category for _, r in written}):
        return
    seen = set()
    for text, plan_row in written:
        official = _OFFICIAL[plan_row.task.category or "一般"]
        if text != official and text not in seen:
            seen.add(text)
            all_forms = "、".join(f"“{form}”{count} 行" for form, count in counts.items())
            note = Note(
                "plan.category_variant", f"事项类别写法不一（{all_forms}），已归为“{official}”", f"请统一写“{official}”"
            )
            yield plan_row.row, "category", note, None


def _window_styles(rows: Sequence[PlanRow]) -> Iterator[_PlanFault]:
    styles: dict[str, PlanRow] = {}
    for plan_row in rows:
        if plan_row.task.window.raw:
            styles.setdefault(window_style(plan_row.task.window.raw), plan_row)
    if len(styles) > 2:
        samples = "；".join(r.task.window.raw.strip() for r in styles.values())
        note = Note(
            "plan.window_styles", f"检查时间有 {len(styles)} 种写法：{samples}", "请统一写成“2023年3月-6月”这样的形式"
        )
        first = next(iter(styles.values()))
        yield first.row, "window", note, None


def _department_variants(rows: Sequence[PlanRow], names: DepartmentNames) -> Iterator[_PlanFault]:
    """Once for each name of a department that is written in several ways in this plan."""
    forms: dict[str, dict[str, tuple[TableRow, str]]] = {}
    for plan_row in rows:
        for key in ("initiators", "partners"):
            for written, name in names.read(plan_row.row.text(key)).value:
                forms.setdefault(name, {}).setdefault("".join(clean(written).split()), (plan_row.row, key))
    for name, found in forms.items():
        if len(found) > 1:
            for written, (row, key) in found.items():
                others = "、".join(f"“{form}”" for form in found if form != written)
                message = f"同一部门在本表有 {len(found)} 种写法（另有{others}），已归为“{name}”"
                yield row, key, Note("department.variant", message, "请统一名称"), written


def _remark_faults(table: DataTable) -> list[Problem]:
    found = []
    for cell, text in ((one.cell, one.text) for one in table.left):
        if "不定项" in squeeze(text) and "类型" in squeeze(text):
            found.append(
                Problem(
                    table.source,
                    "填表说明把“不定向”写成“不定项”",
                    "请改为“定向与不定向”",
                    table.sheet.name,
                    cell,
                    "填表说明",
                    text.strip()[:200],
                    "warning",
                    "plan.note_draw_type",
                )
            )
    return found
