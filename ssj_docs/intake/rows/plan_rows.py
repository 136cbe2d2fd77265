"""抽查计划表 → `InspectionTask`, one a row or one over several rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.intake.rows.plan_faults import PlanRow, find_faults
from ssj_docs.intake.rows.plan_roles import Role, headed_items, marked_names, read_role
from ssj_docs.intake.rows.reading_result import Outcome, ProblemLog
from ssj_docs.intake.tables.table import DataTable, TableRow
from ssj_docs.intake.values.department_names import DepartmentNames
from ssj_docs.intake.values.folding import clean, squeeze
from ssj_docs.intake.values.item_list import split_items
from ssj_docs.intake.values.ratio import percent_in_header, read_frequency, read_ratio
from ssj_docs.intake.values.reading import Note
from ssj_docs.intake.values.vocabulary import read_category, read_draw_type, read_level
from ssj_docs.intake.values.window import join_windows, read_window
from ssj_docs.model.office import Office
from ssj_docs.model.plan import Category, DrawType, Frequency, InspectionTask, Ratio, Window

#: 加油站，按10%抽取 · 旅馆20户
_OBJECT_RATIO = re.compile(
    r"(.+?)[，,；;、（(\s]*((?:按照?|抽取|抽查|随机|共|不低于|不少于|≥)*\s*\d+(?:\.\d+)?\s*[%％户家个处所台辆][^\d]*?)[)）]?",
    re.DOTALL,
)
_NO_ROLE = Note("plan.role", "看不出是牵头还是配合", "请在角色一列填“牵头”或“配合”", "error")


@dataclass(frozen=True)
class _Group:
    """The rows of one task, the first of which carries what is said once."""

    rows: tuple[TableRow, ...]

    @property
    def first(self) -> TableRow:
        return self.rows[0]

    def own(self, key: str) -> list[TableRow]:
        """Rows that say something of their own under this key; the first says what it was given from above too."""
        return [row for row in self.rows if row.text(key) and (key not in row.inherited or row is self.rows[0])]


def read_plan(table: DataTable, office: Office, year: int, taken: Collection[str] = ()) -> Outcome[InspectionTask]:
    """Read every task of a plan.

    Args:
        year: plan year; windows without a year take it, and ids begin with it.
        taken: ids given to other tables of the same import; a table whose serials meet them counts on behind them.

    Returns:
        Tasks with raw text beside each value, and problems: faults inside the plan are warnings, an unknown department
        or a missing name is an error.
    """
    log = ProblemLog(table)
    names = DepartmentNames(office)
    groups = list(_groups(table.rows()))
    ids = _ids(groups, year, log, taken)
    rows = [
        PlanRow(_task(group, task_id, year, names, log), group.first)
        for group, task_id in zip(groups, ids, strict=True)
    ]
    log.problems += _other_year(table, rows, year)
    problems = [*table.cell_faults(), *_header_remarks(table), *log.problems, *find_faults(table, rows, office, names)]
    return Outcome(len(rows), tuple(row.task for row in rows), tuple(problems))


def _header_remarks(table: DataTable) -> list[Problem]:
    """What was done without a column, and rows that were passed over as headings."""
    first = TableRow(table.last_row, {}, table.columns, address=table.sheet.address)
    found = []
    if "name" not in table.columns:
        note = Note(
            "plan.name_from_items", "没有“抽查任务名称”列，任务名称取自计划名称或抽查事项", "如不合适，请补上该列"
        )
        found.append(table.problem(first, "plan" if "plan" in table.columns else "items", note, ""))
    for left in table.left:
        if left.why.startswith("小标题"):
            note = Note("row.heading", "这一行只有小标题，没有任务，已略过", "如是任务，请补填抽查任务名称等")
            problem = table.problem(first, "serial", note, left.text)
            found.append(replace(problem, cell=left.cell, field=""))
    return found


def _other_year(table: DataTable, rows: Sequence[PlanRow], year: int) -> list[Problem]:
    """A plan whose title and periods are all of another year: it is not the plan of this one."""
    stated = [int(found) for text in table.above for found in re.findall(r"(20\d\d)\s*年", text)]
    days = [day for row in rows for day in (row.task.window.start, row.task.window.end) if day]
    if not stated or year in stated or not days or any(day.year == year for day in days):
        return []
    again = do("import", kind="plan", file=table.source, year=str(stated[0]))
    text = f"标题和检查时间都是 {stated[0]} 年的，不是 {year} 年的计划，没有导入"
    return [Problem(table.source, text, Remedy("确要导入，", again), table.sheet.name, code="plan.of_other_year")]


def plan_year(table: DataTable) -> int | None:
    """The year a plan says it is for: in the lines above its header, or in most of its periods."""
    above = " ".join(table.above)
    found = re.findall(r"(20\d\d)\s*年", above)
    if found:
        return int(found[0])
    windows = " ".join(row.text("window") + " " + row.text("window_start") for row in table.rows())
    years = Counter(re.findall(r"(?<!\d)(20\d\d)(?!\d)", windows))
    return int(years.most_common(1)[0][0]) if years else None


def _groups(rows: Iterable[TableRow]) -> Iterable[_Group]:
    """Rows without serial and name of their own go on with the task above."""
    current: list[TableRow] = []
    for row in rows:
        named = "name" if "name" in row.columns else "items"
        if current and (
            not any(row.text(key) and key not in row.inherited for key in ("serial", named))
            or _same_task(current[0], row, named)
            or _goes_on(current[0], row, named)
        ):
            current.append(row)
            continue
        if current:
            yield _Group(tuple(current))
        current = [row]
    if current:
        yield _Group(tuple(current))


def _goes_on(first: TableRow, row: TableRow, named: str) -> bool:
    """A task that goes on behind a page break: the name again with （续）."""
    name, before = squeeze(row.text(named)), squeeze(first.text(named))
    bare = re.sub(r"[(（]?(续|接上页|续上页|续前页)[)）]?$", "", name)
    return bare != name and bare == before


def _same_task(first: TableRow, row: TableRow, named: str) -> bool:
    """One department a row, serial and name repeated in each (only a table with a role column is read so)."""
    return "role" in row.columns and all(
        squeeze(first.text(key)) == squeeze(row.text(key)) != "" for key in ("serial", named) if key in row.columns
    )


def _ids(groups: Sequence[_Group], year: int, log: ProblemLog, taken: Collection[str]) -> list[str]:
    """``YYYY-NNN`` by serial; by position where serials are missing, no numbers, repeated, or taken."""
    serials = [squeeze(group.first.text("serial")).rstrip("、.") for group in groups]
    numbers = [int(s) if re.fullmatch(r"0*[1-9]\d{0,3}", s) else None for s in serials]
    ids = [f"{year}-{number:03d}" for number in numbers if number]
    if len(set(ids)) == len(groups) and not set(ids) & set(taken):
        return ids
    seen: set[int] = set()
    for group, number in zip(groups, numbers, strict=True):
        if number in seen:
            note = Note("plan.serial_repeated", "序号重复，任务编号按行的先后给出", "请改正序号")
            log.note(group.first, "serial", note)
        seen.add(number or 0)
    last = max((int(task_id[5:]) for task_id in taken), default=0)
    return [f"{year}-{position:03d}" for position in range(last + 1, last + len(groups) + 1)]


def _task(group: _Group, task_id: str, year: int, names: DepartmentNames, log: ProblemLog) -> InspectionTask:
    row = group.first
    ratio, frequency = _ratio(group, log)
    roles = _roles(group, names, log)
    if not roles["initiators"] and not group.own("initiators"):
        _require_initiator(row, log)
    items, partner_items = _both_items(group, names, roles["initiators"])
    name = clean(row.text("name")) or clean(row.text("plan"))
    if not name and "name" not in log.table.columns:
        name = "、".join(items)[:60]
    if not name:
        log.require(row, ("name",), "plan.blank")
    for key in ("items", "object"):
        if not group.own(key) and not (key == "object" and _object_and_ratio(row, log.table)[0]):
            note = Note("plan.blank_cell", f"“{log.table.titles[key]}”没有填写", "请补填")
            log.note(row, key, note)
    return InspectionTask(
        id=task_id,
        year=year,
        row=row.number,
        serial=squeeze(row.text("serial")) or str(int(task_id[5:])),
        plan=clean(row.text("plan")) or name,
        name=name,
        field=clean(row.text("field")),
        items=items,
        partner_items=partner_items,
        object=clean(_object_and_ratio(row, log.table)[0]),
        category=_category(row, log),
        type=_type(row, log),
        initiators=roles["initiators"],
        partners=roles["partners"],
        level=read_level(row.text("level")),
        ratio=ratio,
        frequency=frequency,
        window=_window(row, year, log),
        raw=_raw(group, log.table),
    )


def _formed(text: str, form: str) -> str:
    """A bare figure with what the column beside it says of it: 50 beside 比例下限 is ≥50%."""
    if not form or not re.fullmatch(r"\d+(\.\d+)?", text.strip()):
        return text
    sign = "≥" if "下限" in form else "≤" if "上限" in form else ""
    return f"{sign}{text.strip()}{'%' if '比例' in form else '户'}"


def _object_and_ratio(row: TableRow, table: DataTable) -> tuple[str, str]:
    """检查对象 and 抽取比例, which one column may say together (检查对象及比例: 加油站，按10%抽取)."""
    text = row.text("ratio")
    if "object" in table.columns or not re.search("对象|范围|主体", table.label_of("ratio")):
        return row.text("object"), text
    match = _OBJECT_RATIO.fullmatch(text.strip())
    return (match[1], match[2]) if match else (text, "")


def _raw(group: _Group, table: DataTable) -> dict[str, str]:
    raw = {table.titles[key]: group.first.text(key) for key in table.columns}
    for key in ("initiators", "partners", "departments", "role", "items", "partner_items"):
        texts = [row.text(key) for row in group.own(key)]
        if len(texts) > 1:
            raw[table.titles[key]] = "\n".join(dict.fromkeys(texts))
    return raw


def _items(group: _Group, key: str) -> tuple[str, ...]:
    return _split(group.own(key), key)


def _category(row: TableRow, log: ProblemLog) -> Category | None:
    """Whether a text that is no category is a shifted row or a slip is for `plan_faults` to say."""
    if not log.table.has("category"):
        return None
    reading = read_category(row.text("category"))
    return reading.value if row.text("category") else log.take(row, "category", reading)


def _type(row: TableRow, log: ProblemLog) -> DrawType | None:
    return log.take(row, "type", read_draw_type(row.text("type"))) if log.table.has("type") else None


def _both_items(
    group: _Group, names: DepartmentNames, initiators: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Items of the initiators and of the partners: by column, by the role of the row, or headed by the department."""
    partners = [row for row in group.own("items") if _row_role(row) == "partners"]
    mine = [row for row in group.own("items") if row not in partners]
    if len(mine) == 1 and not partners and "partner_items" not in mine[0].columns:
        headed = headed_items(mine[0].text("items"), names, initiators)
        if headed:
            return headed
    others = _split(partners, "items") + _items(group, "partner_items")
    return _split(mine, "items"), tuple(dict.fromkeys(others))


def _row_role(row: TableRow) -> Role | None:
    """Who the items of a row belong to: by its role, or by the mark behind its only department (公安局（配合）)."""
    if row.text("role") or "departments" in row.inherited:
        return read_role(row.text("role"))
    roles = {role for _, role in marked_names(row.text("departments"), None)}
    return roles.pop() if len(roles) == 1 else None


def _split(rows: Sequence[TableRow], key: str) -> tuple[str, ...]:
    texts = list(dict.fromkeys(row.text(key) for row in rows))
    if len(texts) > 1 and re.match(r"\s*[(（]?2[)）.．、]", texts[1]):
        texts = ["\n".join(texts)]  # one numbered list over several rows
    return tuple(dict.fromkeys(item for text in texts for item in split_items(text)))


def _roles(group: _Group, names: DepartmentNames, log: ProblemLog) -> dict[Role, tuple[str, ...]]:
    """Initiators and partners from their own columns, or from one column of departments with a role column or marks."""
    found: dict[Role, list[str]] = {"initiators": [], "partners": []}
    for key in found:
        for row in group.own(key):
            found[key] += [name for _, name in log.take(row, key, names.read(row.text(key)))]
    for row in group.own("departments") if "departments" in log.table.columns else ():
        marked = marked_names(row.text("departments"), read_role(row.text("role")))
        if len(marked) == 1 and marked[0][1] is None and len(group.rows) == 1:
            marked = [(marked[0][0], "initiators")]  # a department by itself leads
        for written, role in marked:
            if role is None:
                log.note(row, "departments", _NO_ROLE)
            else:
                found[role] += [name for _, name in log.take(row, "departments", names.read(written))]
    return {key: tuple(dict.fromkeys(listed)) for key, listed in found.items()}


def _require_initiator(row: TableRow, log: ProblemLog) -> None:
    if "initiators" in log.table.columns:
        log.require(row, ("initiators",), "plan.blank")
    else:
        note = Note(
            "plan.blank", "看不出哪个部门是发起（牵头）部门", "请在角色一列填“牵头”，或在部门后写“（牵头）”", "error"
        )
        log.note(row, "departments", note)


def _ratio(group: _Group, log: ProblemLog) -> tuple[Ratio, Frequency]:
    row = group.first
    unit = percent_in_header(log.table.label_of("ratio"))
    text = _formed(_object_and_ratio(row, log.table)[1], squeeze(row.text("ratio_form")))
    ratio, frequency = log.take(row, "ratio", read_ratio(text, unit))
    if not row.text("ratio"):
        log.note(row, "ratio", Note("ratio.blank", "抽取比例没有填写", "请补填"))
    if row.text("frequency"):
        frequency = log.take(row, "frequency", read_frequency(row.text("frequency")))
    return ratio, frequency


def _window(row: TableRow, year: int, log: ProblemLog) -> Window:
    keys = ("window", "window_start", "window_end")
    whole, start, end = (_month(row.text(key), log.table.label_of(key)) for key in keys)
    raw = whole or join_windows(start, end)
    key = "window" if "window" in log.table.columns else "window_start"
    window = log.take(row, key, read_window(raw, year))
    if (
        key == "window"
        and window.start
        and window.start == window.end
        and re.search("完成|截止", log.table.label_of(key))
    ):
        window = replace(window, start=None)  # a day by which it is done
    if not raw.strip():
        log.note(row, key, Note("window.blank", "检查时间没有填写", "请补填"))
    return window


def _month(text: str, label: str) -> str:
    """3 under 起始月 is 3月."""
    return f"{text.strip()}月" if re.fullmatch(r"0?[1-9]|1[0-2]", text.strip()) and "月" in label else text
