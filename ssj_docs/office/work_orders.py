"""工单: an action over several objects that is completed even if it is interrupted any number of times.

It *begins* with a row in the journal that contains its plan, committed before the first object is touched. Its steps can
be repeated without further effect. It *ends* with a row that refers to its beginning. The next run of the same command
completes what was begun and not ended, and `ssj verify` reports it as unfinished work, not as damage.

    with unfinished(workspace, "destroy") as left:          # what an earlier run left; one run at a time
        for order in left:
            carry_out(workspace, order, steps_of(order))
        with workspace.transaction() as connection:
            order = begin(workspace, connection, "destroy", "销毁清册 2", plan)
        carry_out(workspace, order, steps_of(order))
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from ssj_docs.database.schema import journal
from ssj_docs.ground.errors import SsjError
from ssj_docs.ground.file_lock import one_writer
from ssj_docs.ground.remedies import Action, Remedy, do
from ssj_docs.office.workspace import Workspace

#: verb → name of the action, and the action whose next run completes it
VERBS: Mapping[str, tuple[str, Action]] = {
    "destroy": ("销毁", do("destroy")),
    "archive_number": ("编档号", do("number_items")),
}

Step = Callable[[Connection], None]


@dataclass(frozen=True)
class WorkOrder:
    """An action that has begun.

    Attributes:
        row: id of the journal row of its beginning.
        verb: see `VERBS`.
        subject: what it is applied to.
        when, who: of its beginning.
        plan: everything needed to complete it, as JSON. ``changes`` has the new values of archived items:
            ``case/item`` → {field: new value}; until the end, store and catalogue may have the old or the new one.
    """

    row: int
    verb: str
    subject: str
    when: str
    who: str
    plan: Mapping[str, Any]

    @property
    def changes(self) -> Mapping[str, Mapping[str, Any]]:
        """New values of archived items, by ``case/item``."""
        changes: Mapping[str, Mapping[str, Any]] = self.plan.get("changes", {})
        return changes

    @property
    def name(self) -> str:
        """The name of the action."""
        return VERBS[self.verb][0]

    @property
    def remedy(self) -> Remedy:
        """How to complete it."""
        return Remedy("再", VERBS[self.verb][1], "，没有办完的先办完")


def begin(workspace: Workspace, connection: Connection, verb: str, subject: str, plan: Mapping[str, Any]) -> WorkOrder:
    """Begin an action in the caller's transaction; after its commit it will be completed."""
    assert verb in VERBS
    workspace.log(connection, f"{verb}.begin", subject, dict(plan))
    query = select(journal).where(journal.c.action == f"{verb}.begin").order_by(journal.c.id.desc()).limit(1)
    return _order(connection.execute(query).mappings().one())


def begun(connection: Connection, verb: str = "") -> list[WorkOrder]:
    """Actions that have begun and not ended, oldest first; of all verbs if none is given."""
    verbs = [verb] if verb else list(VERBS)
    ends = select(journal.c.detail).where(journal.c.action.in_([f"{verb}.end" for verb in verbs]))
    ended = {json.loads(detail)["begun"] for (detail,) in connection.execute(ends)}
    begins = select(journal).where(journal.c.action.in_([f"{verb}.begin" for verb in verbs])).order_by(journal.c.id)
    return [_order(row) for row in connection.execute(begins).mappings() if row["id"] not in ended]


@contextmanager
def unfinished(workspace: Workspace, verb: str) -> Iterator[list[WorkOrder]]:
    """Lock this verb for one run at a time, and return the actions that earlier runs left unfinished, oldest first."""
    with one_writer(workspace.root / f".{verb}.lock"):
        with workspace.read() as connection:
            left = begun(connection, verb)
        yield left


def carry_out(workspace: Workspace, order: WorkOrder, steps: Iterable[Step]) -> None:
    """Do each step in a transaction of its own, then end the order.

    A failing step does not stop the others; the first failure is raised at the end, and the order stays open for the next run.
    """
    failures: list[SsjError | OSError] = []
    for step in steps:
        try:
            with workspace.transaction() as connection:
                step(connection)
        except (SsjError, OSError) as error:
            failures.append(error)
    for failure in failures:
        if isinstance(failure, SsjError):
            before = failure.remedy.parts if isinstance(failure.remedy, Remedy) else (failure.remedy,)
            failure.remedy = Remedy(*before, "；处理后", *order.remedy.parts)
        raise failure
    with workspace.transaction() as connection:
        workspace.log(connection, f"{order.verb}.end", order.subject, {"begun": order.row})


def _order(row: RowMapping) -> WorkOrder:
    return WorkOrder(
        row["id"],
        row["action"].removesuffix(".begin"),
        row["subject"],
        row["when"],
        row["who"],
        json.loads(row["detail"]),
    )
