"""What the reader of pages wrote about an item."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, select

from ssj_docs.database.schema import page_texts


def page_rows(connection: Connection, case: str, item: str) -> list[RowMapping]:
    """The rows of an item's pages, in page order."""
    t = page_texts.c
    query = select(page_texts).where(t.case == case, t.item == item).order_by(t.page)
    return list(connection.execute(query).mappings())
