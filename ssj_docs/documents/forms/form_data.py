"""Data of each form, from the registers: one builder a kind, giving just the fields that catalogue.toml names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ssj_docs.documents.kinds.case_context import TaskContext, full_name
from ssj_docs.documents.kinds.catalogue import DocumentKind
from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.model.case import Case
from ssj_docs.model.office import Office
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.model.plan import InspectionItem, InspectionTask

Data = dict[str, Any]


def _chinese(day: Any) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def _window(task: InspectionTask) -> str:
    window = task.window
    if window.start and window.end:
        return f"{_chinese(window.start)}至{_chinese(window.end)}"
    return " ".join(window.raw.split())


def _team(context: TaskContext, case: Case) -> list[Data]:
    return [{"name": i.name, "id": i.id, "department": i.department} for i in context.team(case)]


def _of_department(context: TaskContext, case: Case, department: str) -> list[Inspector]:
    return [i for i in context.team(case) if i.department == department]


def _labels(office: Office, codes: Sequence[str]) -> str:
    known = [office.result(code) for code in codes]
    return "、".join(category.label if category else code for category, code in zip(known, codes, strict=True))


def _findings(context: TaskContext, case: Case) -> dict[str, str]:
    """Result labels by item."""
    return {f.item: _labels(context.office, f.results) for f in context.findings.get(case.id, ())}


def _problems(context: TaskContext, case: Case) -> list[tuple[str, str, str]]:
    """(item, result, note) of every finding that is a problem."""
    office = context.office
    return [
        (f.item, _labels(office, f.results), f.note)
        for f in context.findings.get(case.id, ())
        if any((category := office.result(code)) and category.problem for code in f.results)
    ]


def _base(context: TaskContext, case: Case) -> Data:
    subject = context.subject(case)
    leader = context.task.initiators[0] if context.task.initiators else context.office.name
    return {
        "case_number": case.id,
        "task_name": context.task.name,
        "subject_name": subject.name,
        "credit_code": subject.credit_code,
        "address": subject.address,
        "representative": subject.representative,
        "phone": subject.phone,
        "department": full_name(context.office, leader),
        "signature": full_name(context.office, leader),
        "date": _chinese(case.drawn),
        "window": _window(context.task),
    }


def _notice(context: TaskContext, case: Case) -> Data:
    groups = []
    for department, items in context.item_groups:
        people = "、".join(f"{i.name}（{i.id}）" for i in _of_department(context, case, department))
        groups.append({"name": full_name(context.office, department), "inspectors": people, "items": list(items)})
    return {
        "number": "",
        "basis": _basis(context),
        "plan_name": context.task.plan,
        "departments": groups,
        "method": "现场检查",
        "contact": context.office.contact,
    }


def _basis(context: TaskContext) -> str:
    names = {name for _, items in context.item_groups for name in items}
    bases = dict.fromkeys(item.basis for item in context.items if item.name in names and item.basis)
    return "、".join(bases) or "年度部门联合抽查计划"


def _record(context: TaskContext, case: Case) -> Data:
    subject = context.subject(case)
    groups = [
        {
            "department": full_name(context.office, department),
            "items": [{"name": name, "result": "", "inspectors": ""} for name in items],
        }
        for department, items in context.item_groups
    ]
    return {
        "title": f"{context.task.name}记录表",
        "inspected": "",
        "subject_type": subject.type,
        "registration": subject.registration,
        "scope": subject.scope,
        "district": subject.district,
        "founded": _chinese(subject.founded),
        "groups": groups,
        "opinion": "",
        "refusal": "",
        "remark": "",
        "results": [category.label for category in context.office.results],
    }


def _minutes(context: TaskContext, case: Case) -> Data:
    return {
        "place": context.subject(case).address,
        "started": "",
        "ended": "",
        "inspectors": _team(context, case),
        "attendant": "",
        "attendant_post": "",
        "recorder": "",
        "statement": "",
        "refusal": "",
        "found": [f"{item}：{result}" for item, result in _findings(context, case).items()],
    }


def _order(context: TaskContext, case: Case) -> Data:
    inspected = context.event_day(case, "inspected")
    return {
        "inspected": inspected,
        "date": inspected,
        "problems": [
            {"text": f"{item}：{result}" + (f"（{note}）" if note else ""), "basis": "", "deadline": ""}
            for item, result, note in _need_problems(context, case)
        ],
        "review": "",
        "remedy": "",
    }


def _need_problems(context: TaskContext, case: Case) -> list[tuple[str, str, str]]:
    found = _problems(context, case)
    if not found:
        raise DataError(
            f"案件 {case.id} 没有发现问题的检查结果", "先用 ssj import results 导入检查结果，或核对案件编号"
        )
    return found


def _review(context: TaskContext, case: Case) -> Data:
    order = context.orders.get(case.id)
    return {
        "order_number": order.number if order else "",
        "order_date": _chinese(order.date) if order else "",
        "reviewed": context.event_day(case, "rectified"),
        "problems": [{"text": f"{item}：{result}", "outcome": ""} for item, result, _ in _need_problems(context, case)],
        "opinion": "",
        "inspectors": _team(context, case),
        "date": context.event_day(case, "rectified"),
    }


def _approval(context: TaskContext, case: Case) -> Data:
    partners = "、".join(full_name(context.office, d) for d in context.task.departments[1:])
    return {
        "number": "",
        "partners": partners,
        "basis": _basis(context),
        "method": "现场检查",
        "reason": "随机抽中",
        "items": [name for _, items in context.item_groups for name in items],
        "inspectors": _team(context, case),
    }


def _inspection_notice(context: TaskContext, case: Case) -> Data:
    return _approval(context, case) | {"materials": [], "contact": context.office.contact}


def _feedback(context: TaskContext, case: Case) -> Data:
    inspected = context.event_day(case, "inspected")
    return {
        "number": "",
        "inspected": inspected,
        "date": inspected,
        "advice": "",
        "results": [{"item": item, "result": result} for item, result in _findings(context, case).items()],
    }


_CASE: Mapping[str, Callable[[TaskContext, Case], Data]] = {
    "gaozhishu": _notice,
    "jilubiao": _record,
    "bilu": _minutes,
    "zeling": _order,
    "fucha": _review,
    "shenpibiao": _approval,
    "jianchatongzhi": _inspection_notice,
    "fankui": _feedback,
}


def case_data(kind: DocumentKind, context: TaskContext, case: Case) -> Data:
    """Data of a form of one case. Raises: NotFoundError for a kind that is not made per case from data."""
    builder = _CASE.get(kind.id)
    if builder is None:
        raise NotFoundError(f"“{kind.title}”不是按案件制作的表单", f"按案件制作的有：{'、'.join(_CASE)}")
    named = {path.split(".")[0].removesuffix("[]") for path in kind.fields}
    return {key: value for key, value in (_base(context, case) | builder(context, case)).items() if key in named}


# --- per task ---------------------------------------------------------------------------------------------------------
def _roster(context: TaskContext) -> Data:
    drawn = list(dict.fromkeys(i for case in context.cases for i in case.inspectors))
    people = [context.inspectors.get(i) or Inspector(i, i) for i in drawn]
    rows = [
        {
            "serial": str(n),
            "name": i.name,
            "sex": i.sex,
            "department": full_name(context.office, i.department),
            "post": i.post,
            "id": i.id,
            "phone": i.phone,
            "id_number": i.id_number,
        }
        for n, i in enumerate(people, 1)
    ]
    return {"title": "随机抽取执法检查人员信息表", "rows": rows, "note": ""}


def _draw_list(context: TaskContext) -> Data:
    rows = []
    for case in context.cases:
        subject = context.subject(case)
        rows.append(
            {
                "serial": str(case.serial),
                "subject": subject.name,
                "credit_code": subject.credit_code,
                "address": subject.address,
                "departments": "、".join(context.task.departments),
                "inspectors": "、".join(i.name for i in context.team(case)),
            }
        )
    days = [case.drawn for case in context.cases if case.drawn]
    return {
        "title": f"{context.task.name}抽取结果名单",
        "drawn": _chinese(max(days, default=None)),
        "method": "先抽对象、后抽人员",
        "rows": rows,
        "note": "",
    }


def _disclosure(context: TaskContext) -> Data:
    rows: list[Data] = []
    for case in context.cases:
        codes = list(dict.fromkeys(c for f in context.findings.get(case.id, ()) for c in f.results))
        if not codes:
            continue
        if len(codes) > 1:  # 未发现问题 of some items says nothing once another item has a result
            codes = [c for c in codes if not ((r := context.office.result(c)) and r.clean)]
        subject = context.subject(case)
        rows.append(
            {
                "serial": str(len(rows) + 1),
                "subject": subject.name,
                "credit_code": subject.credit_code,
                "items": "；".join(i for _, items in context.item_groups for i in items),
                "departments": "、".join(full_name(context.office, d) for d in context.task.departments),
                "inspected": context.event_day(case, "inspected"),
                "result": _labels(context.office, codes),
            }
        )
    return {"title": f"{context.task.name}结果公示表", "published": "", "rows": rows, "note": ""}


_TASK: Mapping[str, Callable[[TaskContext], Data]] = {
    "renyuanxinxi": _roster,
    "mingdan": _draw_list,
    "gongshibiao": _disclosure,
}


def task_data(kind: str, context: TaskContext) -> Data:
    """Data of a table of one task. Raises: NotFoundError for other kinds; DataError before the draw."""
    builder = _TASK.get(kind)
    if builder is None:
        raise NotFoundError(f"“{kind}”不是按任务制作的表册", f"按任务制作的有：{'、'.join(_TASK)}；统计用 ssj stats")
    if not context.cases:
        raise DataError(f"任务 {context.task.id} 还没有抽取结果", "先用 ssj draw 抽取，或用 ssj import draw 导入")
    return builder(context)


# --- per year ---------------------------------------------------------------------------------------------------------
def item_list_data(office: Office, items: Sequence[InspectionItem]) -> Data:
    """随机抽查事项清单."""
    return {
        "title": f"{office.area[0] if office.area else ''}随机抽查事项清单",
        "note": "",
        "rows": [
            {
                "serial": str(n),
                "field": i.field,
                "name": i.name,
                "object": i.object,
                "category": i.category or "",
                "method": i.method,
                "department": full_name(office, i.department),
                "level": i.level,
                "basis": i.basis,
            }
            for n, i in enumerate(items, 1)
        ],
    }


def subject_list_data(office: Office, subjects: Sequence[Subject]) -> Data:
    """检查对象名录."""
    return {
        "title": f"{office.area[0] if office.area else ''}检查对象名录",
        "note": "",
        "rows": [
            {
                "serial": str(n),
                "name": s.name,
                "credit_code": s.credit_code or s.registration,
                "representative": s.representative,
                "address": s.address,
                "phone": s.phone,
                "industry": s.industry,
                "grade": s.grade,
                "jurisdiction": s.jurisdiction,
            }
            for n, s in enumerate(subjects, 1)
        ],
    }


def inspector_list_data(office: Office, inspectors: Sequence[Inspector]) -> Data:
    """执法检查人员名录."""
    return {
        "title": f"{office.area[0] if office.area else ''}执法检查人员名录",
        "note": "",
        "rows": [
            {
                "serial": str(n),
                "name": i.name,
                "sex": i.sex,
                "department": full_name(office, i.department),
                "post": i.post,
                "id": i.id,
                "fields": "、".join(i.fields),
                "valid_until": i.valid_until.isoformat() if i.valid_until else "",
                "phone": i.phone,
            }
            for n, i in enumerate(inspectors, 1)
        ],
    }


PLAN_COLUMNS = {
    "serial": "序号",
    "plan": "抽查计划名称",
    "task": "抽查任务名称",
    "field": "抽查领域",
    "items": "抽查事项",
    "object": "检查对象",
    "category": "事项类别",
    "type": "抽查类型",
    "initiators": "发起部门",
    "partners": "配合部门",
    "partner_items": "抽查事项2",
    "level": "检查主体",
    "ratio": "抽取比例",
    "window": "检查时间",
}


def plan_table_data(tasks: Sequence[InspectionTask], title: str) -> Data:
    """抽查计划表: every cell as the office wrote it (`InspectionTask.raw`)."""
    return {
        "title": title,
        "note": "",
        "rows": [
            {key: str(task.raw.get(column, "")).strip() for key, column in PLAN_COLUMNS.items()} for task in tasks
        ],
    }
