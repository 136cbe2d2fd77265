"""Who is in the pool: the clerk's conditions, and the plan's 检查对象 looked up in the register."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from ssj_docs.ground.errors import UsageError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.office import Office
from ssj_docs.model.people import Subject
from ssj_docs.model.plan import InspectionTask
from ssj_docs.planning.draw.algorithm import one_line

#: the condition for the whole register, for tasks whose object is not in it
EVERYBODY = "全部"
_GENERAL = re.compile(
    "辖区|示范区|全[区县市省]|[本区县市]内|所有|全部|各类|各种|相关|范围|的|对|企业|单位|经营主体|市场主体|主体|经营者|经营户|"
    "场所|门店|机构|组织|[、，,和及与等 ]|户$"
)


@dataclass(frozen=True)
class Scope:
    """``conditions`` of the pool and a ``note`` about their origin."""

    conditions: tuple[str, ...] = ()
    note: str = ""


def scope_of(task: InspectionTask, subjects: Sequence[Subject], *, conditioned: bool = False) -> Scope:
    """The plan's 检查对象 as a condition: an industry, tag or type of the register that it names.

    Args:
        conditioned: there is another condition, so that a 定向 task may do without this one.

    Raises:
        UsageError: a 定向 task names objects that the register, though it has industries or tags, does not have.
    """
    named = one_line(task.object)
    core = _GENERAL.sub("", named)
    if len(core) < 2 or not subjects:
        return Scope()
    known = False
    for field, title in (("industry", "行业"), ("tags", "标签"), ("type", "类型")):
        counts = Counter(text for subject in subjects for text in _texts(subject, field) if len(text) > 1)
        known = known or (bool(counts) and field != "type")
        found = sorted(_named(named, core, counts))
        if found:
            total = sum(counts[text] for text in found)
            return Scope(
                (f"{title}={'|'.join(found)}",), f"依检查对象“{named}”限定为{title}={'|'.join(found)}（{total} 户）"
            )
    if known and task.type == "定向" and not conditioned:
        raise UsageError(
            f"任务 {task.id} 是定向抽查，名录的行业、标签、类型里没有与“{named}”对应的",
            Remedy(
                "限定行业或标签的，",
                do("draw", task=task.id, where="行业=……"),
                "；确要在全部名录中抽取的，",
                do("draw", task=task.id, where=EVERYBODY),
            ),
        )
    return Scope((), f"名录的行业、标签、类型里没有与“{named}”对应的，按全部名录抽取；要限定请写条件")


def _named(named: str, core: str, texts: Collection[str]) -> list[str]:
    """The groups named by the plan's words: those contained in them, otherwise those that contain them, otherwise those that
    they abbreviate (危化: 危险化学品).
    """
    return (
        [text for text in texts if text in named]
        or [text for text in texts if core in text]
        or [text for text in texts if len(text) == 2 and core[0] == text[0] and text[1] in core[1:]]
    )


def _texts(subject: Subject, field: str) -> tuple[str, ...]:
    held = getattr(subject, field)
    return held if isinstance(held, tuple) else (held,)


_FIELDS = {
    "district": ("行政区划", "区划", "区域"),
    "industry": ("行业",),
    "type": ("主体类型", "市场主体类型", "类型"),
    "jurisdiction": ("管辖单位",),
    "registrar": ("登记单位",),
    "grade": ("等级", "风险等级"),
    "tags": ("标签", "分组", "tag"),
    "name": ("名称", "市场主体名称"),
    "scope": ("经营范围",),
    "address": ("地址",),
}


def condition(text: str, office: Office) -> Callable[[Subject], bool]:
    """A test for ``字段=值一|值二`` or ``字段~部分文字``; 等级 also accepts the tag groups of [[rules.ratios]].

    Raises:
        UsageError: the text is not a condition.
    """
    if text.strip() == EVERYBODY:
        return lambda _subject: True
    sign = next((sign for sign in ("~", "=") if sign in text), "")
    key, _, value = text.partition(sign) if sign else ("", "", "")
    field = next((name for name, others in _FIELDS.items() if key.strip() in (name, *others)), None)
    values = [part.strip() for part in value.split("|") if part.strip()]
    if field is None or not values:
        names = "、".join(others[0] for others in _FIELDS.values())
        raise UsageError(f"看不懂条件“{text}”", f"写成 行业=餐饮 或 经营范围~烟花，可用字段：{names}")

    def test(subject: Subject) -> bool:
        texts = list(_texts(subject, field))
        if field == "grade":
            texts += [rule.group for rule in office.rules.ratios if rule.group in subject.tags]
        return any(v in t if sign == "~" else v == t for v in values for t in texts)

    return test
