"""Compares the folder issued/ with the registers: every registered file is there unchanged, and there are no others."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection, select

from archive.files.file_names import readable_name
from ssj_docs.database import registers, schema
from ssj_docs.documents.numbers import number_ledger
from ssj_docs.documents.statistics_files import FOLDER as STATISTICS
from ssj_docs.office.workspace import Workspace

#: prefixes of temporary files of operating systems, Word and WPS
_NO_PAPER = (".", "~$", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class RegisteredFile:
    """A file named by a register.

    Attributes:
        path: relative to the workspace.
        case: the case it belongs to, or empty.
        sha256: as registered.
    """

    path: str
    case: str
    sha256: str


def registered_files(connection: Connection, case: str | None = None) -> list[RegisteredFile]:
    """The files that must be in issued/, by path: papers and their PDFs, numbered papers, records and commitments of draws.

    Args:
        case: only the papers of this case.
    """
    found: dict[str, RegisteredFile] = {}

    def add(path: str, owner: str, digest: str) -> None:
        found.setdefault(path, RegisteredFile(path, owner, digest))

    for document in registers.issued_documents(connection, case=case, current=None):
        add(document.path, document.case, document.sha256)
        if document.pdf_path:
            add(document.pdf_path, document.case, document.pdf_sha256)
    if case is None:
        for row in number_ledger.register(connection):
            if row.path and row.sha256:
                add(row.path, "", row.sha256)
        for draw in connection.execute(select(schema.draws.c.record_path, schema.draws.c.record_sha256)):
            if draw.record_path:
                add(draw.record_path, "", draw.record_sha256)
        for path, digest in _commitments(connection).items():
            add(path, "", digest)
    return [found[path] for path in sorted(found)]


def _commitments(connection: Connection) -> dict[str, str]:
    """Path → digest of the published commitments, from the journal."""
    paths = set(connection.execute(select(schema.draws.c.commitment_path)).scalars()) - {""}
    t = schema.journal.c
    rows = connection.execute(select(t.detail, t.digest).where(t.action == "draw.commit"))
    told = {json.loads(row.detail).get("path", ""): row.digest for row in rows}
    return {path: digest for path, digest in told.items() if path in paths}


def unregistered_files(workspace: Workspace, connection: Connection) -> tuple[str, ...]:
    """Files in issued/ that no register names.

    Statistics are left out, because they can be created again at any time, and so is a PDF beside its registered docx, which
    an interrupted conversion left and the next one registers.
    """
    files = registered_files(connection)
    known = {file.path for file in files} | {row.path for row in number_ledger.register(connection)}
    known |= {file.path.removesuffix(".docx") + ".pdf" for file in files if file.path.endswith(".docx")}
    root = workspace.root
    found = (
        path.relative_to(root).as_posix()
        for path in sorted((root / "issued").rglob("*"))
        if path.is_file() and not path.name.startswith(_NO_PAPER)
    )
    strange = (path for path in found if path not in known and not path.startswith(f"{STATISTICS}/"))
    return tuple("/".join(map(readable_name, path.split("/"))) for path in strange)
