"""Only the cases in which pages were read since the last snapshot are looked at."""

from sqlalchemy import Connection, delete, insert

from archive.cases.kept_texts import read_at, read_since, texts_state
from ssj_docs.database.schema import page_texts
from ssj_docs.office.workspace import Workspace

_EARLY, _LATE = "2024-05-06T09:00:00+08:00", "2024-05-06T10:00:00+08:00"


def _read(connection: Connection, case: str, page: int, moment: str, state: str = "done") -> None:
    connection.execute(
        insert(page_texts),
        [
            {
                "case": case,
                "item": "0001",
                "page": page,
                "state": state,
                "origin": "text",
                "confidence": 1.0,
                "text": "检查",
                "boxes": [],
                "width": 0.0,
                "height": 0.0,
                "comparison": None,
                "source": "0" * 64,
                "note": "",
                "read_at": moment,
            }
        ],
    )


def test_cases_with_pages_read_later_are_named_and_no_others(workspace: Workspace) -> None:
    with workspace.transaction() as connection:
        _read(connection, "A", 1, _EARLY)
        kept = texts_state(connection)
        _read(connection, "B", 1, _LATE)
        _read(connection, "C", 1, "", state="queued")
        assert read_since(connection, kept) == {"B"}
        assert read_at(connection, _EARLY) == {"A"}
        assert read_since(connection, texts_state(connection)) == set()


def test_what_cannot_be_told_means_every_case(workspace: Workspace) -> None:
    with workspace.transaction() as connection:
        assert read_since(connection, "") is None
        _read(connection, "A", 1, _EARLY)
        kept = texts_state(connection)
        _read(connection, "B", 1, _EARLY)
        assert read_since(connection, kept) is None, "read at the very moment of the last snapshot"
        kept = texts_state(connection)
        connection.execute(delete(page_texts).where(page_texts.c.case == "A"))
        _read(connection, "A", 1, _LATE)
        assert read_since(connection, kept) is None, "read again"
