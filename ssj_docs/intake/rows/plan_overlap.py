"""Tasks that overlap: doubles, pairs with initiator and partner swapped, pools drawn too often. Pure, on tasks alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ssj_docs.intake.values.folding import squeeze
from ssj_docs.model.plan import InspectionTask

Group = tuple[InspectionTask, ...]
_SCOPE = re.compile(
    r"辖区内?|全区|全县|全市|全省|示范区|本区|本县|各类|所有|全部|企业|单位|经营主体|市场主体|经营者|经营户|场所"
)


def object_core(text: str) -> str:
    """检查对象 without words for area and for 'all enterprises', so that two ways of naming one pool are equal.

    Where nothing else is left (辖区所有企业) the folded text itself.
    """
    body = squeeze(text)
    return _SCOPE.sub("", body) or body


def duplicate_groups(tasks: Sequence[InspectionTask]) -> list[Group]:
    """Groups of tasks that are the same but for the window, each in plan order."""
    groups: dict[tuple[object, ...], list[InspectionTask]] = {}
    for task in tasks:
        key = (
            squeeze(task.name),
            task.items,
            squeeze(task.object),
            task.initiators,
            task.partners,
            task.category,
            squeeze(task.ratio.raw),
        )
        groups.setdefault(key, []).append(task)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def swapped_pairs(tasks: Sequence[InspectionTask]) -> list[tuple[Group, Group]]:
    """Pairs of (groups of) tasks on one pool in which each side's initiator is the other side's partner."""
    doubles = duplicate_groups(tasks)
    later = {task.id for group in doubles for task in group[1:]}
    groups = {group[0].id: group for group in doubles}
    heads = [groups.get(task.id, (task,)) for task in tasks if task.id not in later]
    pairs = []
    for index, first in enumerate(heads):
        for second in heads[index + 1 :]:
            a, b = first[0], second[0]
            same = object_core(a.object) == object_core(b.object) != ""
            if same and set(a.initiators) & set(b.partners) and set(b.initiators) & set(a.partners):
                pairs.append((first, second))
    return pairs


def repeated_objects(
    tasks: Sequence[InspectionTask], cap: int, *, by_initiator: bool = True
) -> list[tuple[Group, int]]:
    """Groups of tasks that draw from one pool more often than ``cap`` times a year, with the number of draws.

    Args:
        by_initiator: count the tasks of one initiator only; otherwise all tasks on the pool together.
    """
    groups: dict[tuple[object, ...], list[InspectionTask]] = {}
    for task in tasks:
        if task.object:
            key = (object_core(task.object), task.initiators if by_initiator else ())
            groups.setdefault(key, []).append(task)
    counted = [(tuple(group), sum(task.frequency.per_year or 1 for task in group)) for group in groups.values()]
    return [(group, times) for group, times in counted if len(group) > 1 and times > cap]
