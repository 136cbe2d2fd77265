"""One fact of a register entry put right by hand, with its reason, in one transaction with its journal row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from ssj_docs.database import registers
from ssj_docs.database.registers import Changes
from ssj_docs.ground.errors import NotFoundError, UsageError
from ssj_docs.intake.rows.subject_rows import split_tags
from ssj_docs.intake.values.department_names import DepartmentNames
from ssj_docs.intake.values.folding import clean
from ssj_docs.intake.values.identity import read_credit_code, read_date, read_id_number, read_phone, read_registration
from ssj_docs.intake.values.reading import Reading
from ssj_docs.intake.values.vocabulary import read_grade, read_sex
from ssj_docs.office.workspace import Workspace

#: register → field → what a page calls it; the number by which others know an entry is never changed
FIELDS: Mapping[str, Mapping[str, str]] = {
    "subjects": {
        "status": "登记状态", "name": "名称", "credit_code": "统一社会信用代码", "registration": "注册号",
        "representative": "法定代表人", "address": "地址", "phone": "电话", "district": "行政区划", "jurisdiction": "管辖单位",
        "registrar": "登记单位", "type": "主体类型", "industry": "行业", "scope": "经营范围", "founded": "成立日期",
        "grade": "风险等级", "tags": "标签",
    },
    "inspectors": {
        "status": "状态", "name": "姓名", "sex": "性别", "department": "单位", "post": "职务", "phone": "手机号码",
        "id_number": "身份证号", "fields": "执法领域", "valid_from": "有效期起", "valid_until": "有效期止", "recuse": "回避对象",
    },
    "items": {
        "name": "抽查事项", "field": "抽查类别", "object": "检查对象", "method": "检查方式", "basis": "检查依据", "level": "检查主体",
    },
}  # fmt: skip
_LOAD: Mapping[str, Callable[[Any], Sequence[Any]]] = {
    "subjects": registers.load_subjects,
    "inspectors": registers.load_inspectors,
    "items": registers.load_items,
}
_SAVE: Mapping[str, Callable[[Any, Sequence[Any]], Changes]] = {
    "subjects": registers.save_subjects,
    "inspectors": registers.save_inspectors,
    "items": registers.save_items,
}
_READ: Mapping[str, Callable[[str], Reading[Any]]] = {
    "credit_code": read_credit_code,
    "registration": read_registration,
    "phone": read_phone,
    "id_number": read_id_number,
    "founded": read_date,
    "valid_from": read_date,
    "valid_until": read_date,
    "grade": read_grade,
    "sex": read_sex,
}
_HIDDEN = frozenset({"phone", "id_number"})


def correct(workspace: Workspace, register: str, identity: str, change: tuple[str, str], reason: str) -> None:
    """Change one field of an entry.

    Args:
        change: field and its new text.

    Raises: NotFoundError; UsageError if the text is no value of this field, or there is no reason.
    """
    name, text = change
    if name not in FIELDS.get(register, {}) or not reason.strip():
        raise UsageError("没有写改什么、为什么改", "选一项，写明原因")
    with workspace.transaction() as connection:
        entry = next((one for one in _LOAD[register](connection) if one.id == identity), None)
        if entry is None:
            raise NotFoundError("登记簿里没有这一条", "从登记簿里重新打开")
        value = _value(workspace, entry, name, text)
        before = getattr(entry, name)
        _SAVE[register](connection, [replace(entry, **{name: value})])
        told = ("（不显示）", "（已变更）") if name in _HIDDEN else (_text(before), _text(value))
        detail: dict[str, object] = {"register": register, "field": name, "before": told[0], "after": told[1]}
        workspace.log(connection, "register.correct", identity, {**detail, "reason": reason.strip()[:200]})


def _value(workspace: Workspace, entry: Any, name: str, text: str) -> Any:
    if name == "name" and not clean(text):
        raise UsageError("名称不能空着", "写上名称；不再用的，改登记状态")
    if name == "department":
        found = DepartmentNames(workspace.office).canonical(text)
        if found is None:
            raise UsageError(f"“{text[:30]}”不是已知部门", "写部门的全称、简称或别名")
        return found
    if name in _READ:
        reading = _READ[name](text)
        faults = [note.message for note in reading.notes]
        if faults:
            raise UsageError(f"“{text[:30]}”{faults[0]}", "核对后再写")
        return reading.value
    kind = next(str(field.type) for field in fields(entry) if field.name == name)
    return split_tags(text) if kind.startswith("tuple") else clean(text)


def _text(value: Any) -> str:
    return "、".join(value) if isinstance(value, tuple) else str(value if value is not None else "")
