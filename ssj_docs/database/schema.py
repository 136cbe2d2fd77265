"""All tables of ssj.db, in SQL for both SQLite and PostgreSQL.

Dates are DATE, times are ISO 8601 text with offset, lists and raw text maps are JSON. Tables of models have the models'
fields; migrations in `ssj_docs/database/migrations` update an existing database to this state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.model.plan import InspectionItem, InspectionTask

metadata = MetaData()
_TYPES = {"str": Text, "int": Integer, "date": Date}


def model_columns(
    model: type, lengths: Mapping[str, int], key: Sequence[str] = ("id",), *, indexed: Sequence[str] = ()
) -> list[Column[Any]]:
    """A column for each field of a model, primary key first; anything but texts, numbers and dates is JSON.

    Args:
        lengths: maximum lengths of texts.

    Rows from an older snapshot without a field get its default (``info["absent"]``).
    """
    known = {field.name: field for field in fields(model)}
    columns: list[Column[Any]] = []
    for name in (*key, *(name for name in known if name not in key)):
        kind = str(known[name].type).removesuffix(" | None")
        column_type = String(lengths[name]) if name in lengths else _TYPES.get(kind, JSON)
        columns.append(
            Column(
                name,
                column_type,
                primary_key=name in key,
                nullable=str(known[name].type).endswith(" | None"),
                index=name in indexed or None,
                info={"absent": _absent(known[name])},
            )
        )
    return columns


def _absent(field: Field[Any]) -> Any:
    if field.default is MISSING:
        return None if field.default_factory is MISSING else field.default_factory()
    return list(field.default) if isinstance(field.default, tuple) else field.default


# --- journal ---------------------------------------------------------------------------------------------------------
journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("when", String(40), nullable=False),
    Column("who", String(80), nullable=False),
    Column("action", String(80), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("digest", String(128), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

# --- how often each table was changed (counted by engine.py), so that a snapshot leaves out what is as it was --------
table_changes = Table(
    "table_changes",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("changes", Integer, nullable=False),  # transactions that wrote to the table
)

# --- plan and registers ----------------------------------------------------------------------------------------------
tasks = Table(
    "tasks",
    metadata,
    *model_columns(
        InspectionTask, {"id": 40, "serial": 20, "category": 10, "type": 10, "level": 20}, indexed=("year",)
    ),
)

items = Table(
    "items",
    metadata,
    *model_columns(InspectionItem, {"id": 60, "department": 80, "category": 10, "level": 20}),
)

subjects = Table(
    "subjects",
    metadata,
    *model_columns(
        Subject,
        {"id": 60, "credit_code": 18, "registration": 40, "phone": 60, "district": 80, "grade": 4, "status": 40},
        indexed=("name",),
    ),
)

inspectors = Table(
    "inspectors",
    metadata,
    *model_columns(
        Inspector,
        {"id": 60, "name": 80, "sex": 4, "department": 80, "post": 80, "phone": 60, "id_number": 18, "status": 40},
    ),
)

# --- how foreign tables were read (owned by ssj_docs/intake/recipes.py) -----------------------------------------------
recipes = Table(
    "recipes",
    metadata,
    Column("sender", String(80), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("fingerprint", String(64), primary_key=True),  # of the header
    Column("header", JSON, nullable=False),
    Column("columns", JSON, nullable=False),  # heading → key, "-" for one that is not read
    Column("answers", JSON, nullable=False),
    Column("sheets", JSON, nullable=False),
    Column("who", String(80), nullable=False),
    Column("at", String(40), nullable=False),
)

# --- cases and what was found ----------------------------------------------------------------------------------------
cases = Table(
    "cases", metadata, *model_columns(Case, {"id": 60, "task": 40, "subject": 60}, indexed=("task", "subject"))
)

findings = Table(
    "findings", metadata, *model_columns(Finding, {"case": 60, "department": 80}, ("case", "department", "item"))
)

case_events = Table(
    "case_events",
    metadata,
    *model_columns(
        CaseEvent,
        {"case": 60, "event": 40, "department": 80, "handling": 20},
        ("case", "event", "department", "date"),
    ),
)

# --- numbers and issued documents ------------------------------------------------------------------------------------
numbers = Table(
    "numbers",
    metadata,
    Column("series", String(40), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("serial", Integer, primary_key=True),
    Column("state", String(10), nullable=False),
    Column("claim", String(200)),
    Column("title", Text, nullable=False),
    Column("date", Date),
    Column("path", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("taken", String(40), nullable=False),
    UniqueConstraint("claim", name="uq_numbers_claim"),
)

issued = Table(
    "issued",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("title", Text, nullable=False),
    Column("number", String(80), nullable=False),
    Column("task", String(40), nullable=False, index=True),
    Column("case", String(60), nullable=False, index=True),
    Column("department", String(80), nullable=False),
    Column("date", Date),
    Column("path", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content_digest", String(64), nullable=False),
    Column("pdf_path", Text, nullable=False),
    Column("pdf_sha256", String(64), nullable=False),
    Column("pages", Integer),
    Column("version", Integer, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("issued_at", String(40), nullable=False),
)
Index("ix_issued_kind_case", issued.c.kind, issued.c.case)

# --- archive: items, fixity checks, destruction (owned by archive/cases/catalogue.py) ------------------------------------
archive_items = Table(
    "archive_items",
    metadata,
    Column("case", String(60), primary_key=True),  # case id, or task id for papers of a whole task
    Column("item", String(10), primary_key=True),  # 件 within the case file: 0001, 0002, …
    Column("kind", String(40), nullable=False),
    Column("title", Text, nullable=False),
    Column("number", String(80), nullable=False),
    Column("date", Date),
    Column("department", String(80), nullable=False),
    Column("pages", Integer),
    Column("files", JSON, nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("origin", String(10), nullable=False),  # scan | digital | issued
    Column("source", JSON, nullable=False),  # receipt: file it came in, its digest, page range
    Column("issued", String(200), nullable=False),  # id in table issued of the paper this is a copy of, or empty
    Column("verdict", String(20), nullable=False),  # passed | undetermined | failed | none
    Column("verdict_detail", JSON, nullable=False),
    Column("state", String(20), nullable=False),  # filed | destroyed
    Column("archive_number", String(80)),  # 档号, frozen once given
    Column("retention", String(10), nullable=False),  # Y, D30, D10 …
    Column("received_at", String(40), nullable=False),
    Column("version", String(10), nullable=False),  # version of the OCFL object that brought it
    UniqueConstraint("archive_number", name="uq_archive_items_archive_number"),
)
Index("ix_archive_items_kind", archive_items.c.kind)

fixity_checks = Table(
    "fixity_checks",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("when", String(40), nullable=False),
    Column("who", String(80), nullable=False),
    Column("scope", String(60), nullable=False),  # a case id, or empty for everything
    Column("objects", Integer, nullable=False),
    Column("files", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("faults", JSON, nullable=False),
    Column("journal", Text, nullable=False),
    Column("digest", String(64), nullable=False),  # of the report; the same digest stands in the journal
)

destructions = Table(
    "destructions",
    metadata,
    Column("case", String(60), primary_key=True),
    Column("item", String(10), primary_key=True),
    Column("list_number", String(80), nullable=False),
    Column("title", Text, nullable=False),
    Column("archive_number", String(80), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("approved_by", String(200), nullable=False),
    Column("destroyed_at", String(40), nullable=False),
)

# --- text of archived pages: one row a page, also the queue of reading (owned by archive/text/text_queue.py) --------------
page_texts = Table(
    "page_texts",
    metadata,
    Column("case", String(60), primary_key=True),
    Column("item", String(10), primary_key=True),
    Column("page", Integer, primary_key=True),  # 1 is the first page of the item
    Column("state", String(10), nullable=False),  # queued | done | failed
    Column("origin", String(10), nullable=False),  # text | ocr | issued, or empty while queued
    Column("confidence", Float, nullable=False),  # 0 to 1
    Column("text", Text, nullable=False),  # as it stands on the page, restricted personal data included
    Column("boxes", JSON, nullable=False),  # [[text, x0, y0, x1, y1], …] in PDF points from the page's top left
    Column("width", Float, nullable=False),  # of the page in points, as shown
    Column("height", Float, nullable=False),
    Column("comparison", JSON),  # against the issued page: confirmed, added, altered, missing; null if none
    Column("source", String(64), nullable=False),  # SHA-256 of the file that was read
    Column("note", Text, nullable=False),  # why it failed
    Column("read_at", String(40), nullable=False),
)
Index("ix_page_texts_state", page_texts.c.state, page_texts.c.case, page_texts.c.item, page_texts.c.read_at)

# --- draws: commitments and records (owned by planning/draws.py) ----------------------------------------------------
draws = Table(
    "draws",
    metadata,
    Column("task", String(40), primary_key=True),
    Column("round", Integer, primary_key=True),  # of the year
    Column("attempt", Integer, primary_key=True),  # 2 and more: redraws, with their reason
    Column("state", String(12), nullable=False),  # committed | drawn | replaced | withdrawn
    Column("seed", Text, nullable=False),  # secret while the state is committed
    Column("options", JSON, nullable=False),
    Column("commitment_path", Text, nullable=False),
    Column("record_path", Text, nullable=False),
    Column("record_sha256", String(64), nullable=False),  # of the record file's bytes
    Column("last_serial", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", String(40), nullable=False),
)

# --- receiving: what came in, page by page (owned by archive/cases/receipts.py) --------------------------------------------
receipts = Table(
    "receipts",
    metadata,
    Column("sha256", String(64), primary_key=True),  # of the bytes as they came: the same bytes are one receipt
    Column("name", Text, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("type", String(10), nullable=False),  # pdf | image | ofd | unknown
    Column("state", String(10), nullable=False),  # staged | done
    Column("options", JSON, nullable=False),  # {"case", "kind"} as given on the command line
    Column("pages", Integer, nullable=False),
    Column("object", String(80), nullable=False),  # id of the archive object that keeps the file, if it is no item
    Column("report", JSON, nullable=False),  # what the clerk was told
    Column("who", String(80), nullable=False),
    Column("received_at", String(40), nullable=False),
)

received_pages = Table(
    "received_pages",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("page", Integer, primary_key=True),  # of the file, from 1
    Column("state", String(12), nullable=False),  # filed | blank | unfiled
    Column("reason", String(20), nullable=False),  # uncoded | foreign | forged | double | … , empty if filed
    Column("message", Text, nullable=False),
    Column("case", String(60), nullable=False, index=True),
    Column("item", String(10), nullable=False),
    Column("item_page", Integer, nullable=False),  # 0 if in no item
    Column("guesses", JSON, nullable=False),  # [{"case", "why"}, …] for pages to be filed by hand
    # restricted personal data stands on it; NULL: nobody has read it
    Column("personal", Boolean, nullable=True, info={"absent": None}),
)
Index("ix_received_pages_state", received_pages.c.state)

# --- the web pages: who may come in (owned by web/access/accounts.py); secrets, so never in a register snapshot -------------
web_users = Table(
    "web_users",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("full_name", String(80), nullable=False),
    Column("department", String(80), nullable=False),  # canonical name; empty: the whole office
    Column("roles", JSON, nullable=False),
    Column("restricted", Boolean, nullable=False),  # may look at restricted personal data, each look in the journal
    Column("active", Boolean, nullable=False),
    Column("password", Text, nullable=False),  # argon2id
    Column("must_change", Boolean, nullable=False),
    Column("failures", Integer, nullable=False),  # wrong passwords in a row
    Column("locked_until", String(40), nullable=False),
    Column("created", String(40), nullable=False),
)

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("id", String(64), primary_key=True),  # SHA-256 of what the browser holds
    Column("user", String(40), nullable=False, index=True),
    Column("seen", String(40), nullable=False),
    Column("expires", String(40), nullable=False),
)

web_tokens = Table(
    "web_tokens",
    metadata,
    Column("id", String(64), primary_key=True),  # SHA-256 of the bearer token
    Column("user", String(40), nullable=False, index=True),
    Column("label", String(80), nullable=False),
    Column("created", String(40), nullable=False),
    Column("expires", String(40), nullable=False),
)

# --- evidence by words: saved searches of the assessor (owned by archive/assessment/selections.py) ---------------------
evidence_searches = Table(
    "evidence_searches",
    metadata,
    Column("year", Integer, primary_key=True),
    Column("target", String(200), primary_key=True),  # id of an indicator, or a question in words
    Column("query", String(400), primary_key=True),
    Column("total", Integer, nullable=False),  # hits when it was last run
    Column("who", String(80), nullable=False),
    Column("ran_at", String(40), nullable=False),
)

evidence_selections = Table(
    "evidence_selections",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("year", Integer, nullable=False, index=True),
    Column("target", String(200), nullable=False),
    Column("query", String(400), nullable=False),
    Column("case", String(60), nullable=False),
    Column("item", String(10), nullable=False),
    Column("page", Integer, nullable=False),
    Column("state", String(10), nullable=False),  # found | picked | dropped
    Column("note", Text, nullable=False),  # why it was picked or dropped
    Column("snippet", Text, nullable=False),
    Column("current", Boolean, nullable=False),  # the last run still found it
    Column("who", String(80), nullable=False),
    Column("at", String(40), nullable=False),
    UniqueConstraint("year", "target", "query", "case", "item", "page", name="uq_evidence_selections_place"),
)
