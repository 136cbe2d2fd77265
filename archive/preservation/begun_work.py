"""未办完的操作: what was begun and not ended, so that a check tells it from damage.

After a kill, store and catalogue may differ by exactly what the work was about to change: `ssj verify` then says who began
what and how to finish it, instead of calling for a restore that would undo good work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection

from archive.cases import receipts
from archive.cases.catalogue import ArchiveItem
from archive.cases.receipts import Receipt
from ssj_docs.ground.remedies import Remedy, Say, actions_json, do
from ssj_docs.office import work_orders
from ssj_docs.office.work_orders import WorkOrder


@dataclass(frozen=True)
class Begun:
    """Work that waits to be finished: what it is, on what, since when, by whom, and how to finish it."""

    action: str
    subject: str
    since: str
    who: str
    remedy: Remedy

    def line(self, say: Say = str) -> str:
        """For people, in the words of a face."""
        since = self.since[:16].replace("T", " ")
        head = f"有未办完的操作：{self.action}（{self.subject}，{since} 由 {self.who} 开始）。这不是损坏"
        return f"{head}；若此刻没有人在办，请{say(self.remedy)}。"

    def as_json(self) -> dict[str, Any]:
        """The contract's shape."""
        return {**asdict(self), "remedy": str(self.remedy), "actions": actions_json(self.remedy)}


@dataclass(frozen=True)
class BegunWork:
    """Work orders and receipts that wait to be finished."""

    orders: tuple[WorkOrder, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    _changes: Mapping[str, Mapping[str, Any]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        changes = {place: change for order in self.orders for place, change in order.changes.items()}
        object.__setattr__(self, "_changes", changes)

    def explains(self, told: ArchiveItem, row: ArchiveItem | None) -> bool:
        """Whether the case file says ``told`` and the catalogue ``row`` because work on the item was begun."""
        if row is None:
            return told.source.get("sha256") in {receipt.sha256 for receipt in self.receipts}
        change = self._changes.get(f"{row.case}/{row.item}", {})
        here, there = row.as_json(), told.as_json()
        return {**here, **change} == there or here == {**there, **change}

    def takes_away(self, item: ArchiveItem) -> bool:
        """Whether the files of an item may be gone already because its destruction was begun."""
        return self._changes.get(f"{item.case}/{item.item}", {}).get("state") == "destroyed"

    def told(self) -> list[Begun]:
        """Each of them for people and programs."""
        again = Remedy("再", do("receive"))
        receiving = [Begun("收件", one.name, one.received_at, one.who, again) for one in self.receipts]
        return [Begun(o.name, o.subject, o.when, o.who, o.remedy) for o in self.orders] + receiving


def begun_work(connection: Connection) -> BegunWork:
    """Everything begun and not ended."""
    return BegunWork(tuple(work_orders.begun(connection)), tuple(receipts.staged_receipts(connection)))
