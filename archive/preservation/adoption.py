"""`ssj adopt`: hand edits of settings and trust taken over, and a lost snapshot or a clock set right explained."""

from __future__ import annotations

from dataclasses import replace

from archive.preservation import register_snapshot
from archive.store.opening import store_of
from ssj_docs.ground.errors import UsageError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.office.adopted_files import HandEdit, adopt
from ssj_docs.office.workspace import Workspace


def adopt_by_hand(workspace: Workspace, reason: str) -> list[HandEdit]:
    """Journal the held files as they are, with the reason; make a new snapshot of the registers if it is lost.

    Raises: UsageError without a reason.
    """
    if not reason.strip():
        raise UsageError("接受手工改动要写明原因", Remedy(do("adopt", reason="")))
    lost = False
    if not store_of(workspace).lies(register_snapshot.OBJECT):
        with workspace.read() as connection:
            lost = register_snapshot.was_begun(connection)
    edits = adopt(replace(workspace, clock_watched=False), reason.strip(), **({"snapshot": "重新建立"} if lost else {}))
    if lost:
        register_snapshot.begin_again(workspace)
    return edits
