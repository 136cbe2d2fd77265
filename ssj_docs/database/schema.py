"""All tables of ssj.db, in SQL that SQLite and PostgreSQL both take.

Dates are DATE, moments are ISO 8601 text with offset, lists and raw text maps are JSON. Each stage keeps its own
headed section; migrations in `ssj_docs/migrations` bring an existing database to this state.
"""

from __future__ import annotations

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

metadata = MetaData()

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

# --- how often each table was changed (counted by database.py), so that a snapshot leaves out what is as it was --------
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
    Column("id", String(40), primary_key=True),
    Column("year", Integer, nullable=False, index=True),
    Column("row", Integer, nullable=False),
    Column("serial", String(20), nullable=False),
    Column("plan", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("items", JSON, nullable=False),
    Column("partner_items", JSON, nullable=False),
    Column("object", Text, nullable=False),
    Column("category", String(10)),
    Column("type", String(10)),
    Column("initiators", JSON, nullable=False),
    Column("partners", JSON, nullable=False),
    Column("level", String(20), nullable=False),
    Column("ratio", JSON, nullable=False),
    Column("frequency", JSON, nullable=False),
    Column("window", JSON, nullable=False),
    Column("raw", JSON, nullable=False),
)

items = Table(
    "items",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("department", String(80), nullable=False),
    Column("name", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("category", String(10)),
    Column("method", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("level", String(20), nullable=False),
)

subjects = Table(
    "subjects",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("name", Text, nullable=False, index=True),
    Column("credit_code", String(18), nullable=False),
    Column("registration", String(40), nullable=False),
    Column("representative", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("phone", String(60), nullable=False),
    Column("district", String(80), nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("registrar", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("industry", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("founded", Date),
    Column("grade", String(4), nullable=False),
    Column("tags", JSON, nullable=False),
)

inspectors = Table(
    "inspectors",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("sex", String(4), nullable=False),
    Column("department", String(80), nullable=False),
    Column("post", String(80), nullable=False),
    Column("phone", String(60), nullable=False),
    Column("id_number", String(18), nullable=False),
    Column("fields", JSON, nullable=False),
    Column("valid_until", Date),
    Column("recuse", JSON, nullable=False),
)

# --- cases and what was found ----------------------------------------------------------------------------------------
cases = Table(
    "cases",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("task", String(40), nullable=False, index=True),
    Column("serial", Integer, nullable=False),
    Column("subject", String(60), nullable=False, index=True),
    Column("inspectors", JSON, nullable=False),
    Column("drawn", Date),
    Column("round", Integer, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("case", String(60), primary_key=True),
    Column("department", String(80), primary_key=True),
    Column("item", Text, primary_key=True),
    Column("results", JSON, nullable=False),
    Column("note", Text, nullable=False),
    Column("inspectors", JSON, nullable=False),
    Column("found", Date),
)

case_events = Table(
    "case_events",
    metadata,
    Column("case", String(60), primary_key=True),
    Column("event", String(40), primary_key=True),
    Column("department", String(80), primary_key=True),
    Column("date", Date, primary_key=True),
    Column("handling", String(20), nullable=False),
    Column("note", Text, nullable=False),
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
    Column("seed", Text, nullable=False),  # secret as long as the state is committed
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
