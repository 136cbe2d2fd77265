"""The texts of archived pages, stored beside the items (items/…/text.json), so that they survive the loss of the database."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select

from archive.cases import case_file
from archive.store.opening import store_of
from archive.store.port import FileStore
from ssj_docs.database.schema import page_texts
from ssj_docs.ground.canonical import plain_json
from ssj_docs.office.workspace import Workspace


def text_path(item: str) -> str:
    """The logical path of an item's page texts."""
    return f"items/{item}/text.json"


def texts_state(connection: Connection) -> str:
    """A value that changes whenever a page is read."""
    t = page_texts.c
    row = connection.execute(select(func.count(), func.max(t.read_at)).where(t.state != "queued")).one()
    return f"{row[0]} {row[1] or ''}".strip()


def read_at(connection: Connection, moment: str) -> set[str]:
    """The cases with pages read by the run of this time (`Workspace.now`, ISO)."""
    t = page_texts.c
    return set(connection.execute(select(t.case).where(t.state != "queued", t.read_at == moment).distinct()).scalars())


def read_since(connection: Connection, state: str) -> set[str] | None:
    """The cases with pages read since a `texts_state`; None if that cannot be told (pages read again, clock set back)."""
    counted, _, newest = state.partition(" ")
    if not newest:
        return None
    t = page_texts.c
    now = connection.execute(select(func.count()).where(t.state != "queued")).scalar_one()
    later = t.state != "queued", t.read_at > newest
    if now - connection.execute(select(func.count()).where(*later)).scalar_one() != int(counted):
        return None
    return set(connection.execute(select(t.case).where(*later).distinct()).scalars())


def keep_texts(workspace: Workspace, connection: Connection, cases: Iterable[str] | None = None) -> list[str]:
    """Write the page texts of these cases (or of all) into their objects where they differ from what is stored.

    An item is written once none of its pages is queued any more. Returns: the cases that got a new version.
    """
    query = select(page_texts.c.case).where(page_texts.c.state != "queued").distinct()
    wanted = set(cases) if cases is not None else {case for (case,) in connection.execute(query)}
    store = store_of(workspace)
    changed = []
    for case in sorted(wanted):
        if store.has(case):
            before = store.inventory(case).head
            head = store.add_version(
                case, _texts(connection, case), message="页面文字", user=workspace.who, created=workspace.now
            )
            if head != before:
                changed.append(case)
    return changed


def _texts(connection: Connection, case: str) -> dict[str, Path | bytes]:
    items: dict[str, list[dict[str, Any]]] = {}
    waiting = set()
    query = select(page_texts).where(page_texts.c.case == case).order_by(page_texts.c.item, page_texts.c.page)
    for row in connection.execute(query).mappings():
        items.setdefault(row["item"], []).append(
            {key: value for key, value in row.items() if key not in ("case", "item")}
        )
        if row["state"] == "queued":
            waiting.add(row["item"])
    return {
        text_path(item): (plain_json({"case": case, "item": item, "pages": pages}) + "\n").encode()
        for item, pages in items.items()
        if item not in waiting
    }


def restore_texts(connection: Connection, store: FileStore, case: str, item: str) -> int:
    """Restore an item's page texts to the database; returns the number of pages."""
    names = set(page_texts.c.keys())
    rows = [
        {"case": case, "item": item, **{key: value for key, value in page.items() if key in names}}
        for page in case_file.read_texts(store, case, item)
    ]
    whole = [row for row in rows if set(row) >= names - {"comparison"}]
    if whole:
        connection.execute(insert(page_texts), [{"comparison": None, **row} for row in whole])
    return len(whole)
