"""受控文件: settings, templates, key and trust of an office, held by the journal's chain.

An office that has issued nothing yet edits them freely. From its first paper, draw or archived item on, the journal has a
list of these files with their digests (action ``adopt``). A change made on the pages (``settings.change``) or by
``ssj trust add`` (``trust.add``), or a sheet of points brought in
(``scoring.import``), continues the list. A change made by hand is named until ``ssj adopt --reason`` takes it
over, with its difference, and until then a root or CRL in ``trust/`` is not used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, select

from ssj_docs.database.schema import journal
from ssj_docs.ground.canonical import sha256_of
from ssj_docs.office.workspace import KEY_FILE, Workspace

ADOPT, TRUST_ADD, SETTINGS, SHEET_ADD = "adopt", "trust.add", "settings.change", "scoring.import"
#: actions from which on the files are held: something was given out or kept that they bear on
BINDING = ("issue", "archive", "draw", "draw.commit")
HELD_FILES, HELD_FOLDERS = ("office.toml", KEY_FILE), ("templates", "trust")
#: where the texts last adopted lie, to tell the difference
COPIES = "settings/adopted"
_TEXTS = (".toml", ".j2", ".md", ".txt", ".pem")
_PASSING = (".", "~$", "Thumbs.db", "desktop.ini")
_MOST_LINES = 200

Kind = Literal["changed", "added", "removed"]
WORDS: Mapping[Kind, str] = {"changed": "被改动", "added": "是新放进来的", "removed": "不见了"}


@dataclass(frozen=True)
class HandEdit:
    """A file that is not as the journal knows it.

    Attributes:
        path: relative to the workspace.
        kind: what happened to it.
        before, after: its digests, empty if there is none.
        difference: lines of a unified diff, for texts whose adopted copy is at hand.
    """

    path: str
    kind: Kind
    before: str
    after: str
    difference: tuple[str, ...] = ()

    def told(self) -> str:
        """One sentence."""
        return f"{WORDS[self.kind]}，没有登记；核对后接受手工改动，不是本单位改的从备份恢复"


def files_now(root: Path) -> dict[str, str]:
    """Path → SHA-256 of every file that is held."""
    found = [root / name for name in HELD_FILES]
    found += [path for folder in HELD_FOLDERS for path in sorted((root / folder).rglob("*"))]
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in found
        if path.is_file() and not path.name.startswith(_PASSING)
    }


def adopted_files(connection: Connection) -> dict[str, str] | None:
    """Path → SHA-256 as the journal knows them; None while the office edits freely."""
    t = journal.c
    rows = connection.execute(
        select(t.action, t.subject, t.detail, t.digest)
        .where(t.action.in_((ADOPT, TRUST_ADD, SETTINGS, SHEET_ADD)))
        .order_by(t.id)
    )
    files: dict[str, str] | None = None
    for action, subject, detail, digest in rows:
        if action == ADOPT:
            files = dict(json.loads(detail)["files"])
        elif files is not None and action in (TRUST_ADD, SHEET_ADD):
            files[subject] = digest
        elif files is not None and json.loads(detail)["before"] == files.get("office.toml"):
            files["office.toml"] = digest  # an edit made by hand before stays to be adopted
    return files


def hand_edits(workspace: Workspace, connection: Connection) -> list[HandEdit]:
    """Files that differ from what the journal knows, by path; none while the office edits freely."""
    known = adopted_files(connection)
    return [] if known is None else list(_differences(workspace.root, known))


def _differences(root: Path, known: Mapping[str, str]) -> Iterator[HandEdit]:
    now = files_now(root)
    for path in sorted(known.keys() | now.keys()):
        before, after = known.get(path, ""), now.get(path, "")
        if before != after:
            kind: Kind = "changed" if before and after else "added" if after else "removed"
            yield HandEdit(path, kind, before, after, _difference(root, path, before))


def _difference(root: Path, path: str, before: str) -> tuple[str, ...]:
    if not path.endswith(_TEXTS):
        return ()
    copy = root / COPIES / path
    old = copy.read_bytes() if before and copy.is_file() else b""
    if before and hashlib.sha256(old).hexdigest() != before:
        return ()
    new = (root / path).read_bytes() if (root / path).is_file() else b""
    lines = [data.decode("utf-8", "replace").splitlines() for data in (old, new)]
    return tuple(unified_diff(lines[0], lines[1], "登记的", "现在的", lineterm="", n=0))[:_MOST_LINES]


def adopt(workspace: Workspace, reason: str, **told: Any) -> list[HandEdit]:
    """Take the files as they are into the journal, with what changed since the last time and why.

    Args:
        told: further facts for the journal row.
    """
    with workspace.transaction() as connection:
        known = adopted_files(connection)
        edits = [] if known is None else list(_differences(workspace.root, known))
        files = files_now(workspace.root)
        changes = [
            {"path": one.path, "kind": one.kind, "before": one.before, "after": one.after, "diff": one.difference}
            for one in edits
        ]
        detail = {"reason": reason, "files": files, "changes": changes, **told}
        workspace.log(connection, ADOPT, "受控文件", detail, digest=sha256_of(files))
    keep_copies(workspace.root, files)
    return edits


def keep_copies(root: Path, files: Iterable[str]) -> None:
    """Keep the adopted texts, so that a later difference can be told."""
    for path in files:
        if path.endswith(_TEXTS) and (root / path).is_file():
            copy = root / COPIES / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((root / path).read_bytes())


def hold_from_now(workspace: Workspace) -> None:
    """Write the first list, once the office has given out or archived something."""
    with workspace.read() as connection:
        rows = {
            action: connection.execute(select(journal.c.id).where(journal.c.action == action).limit(1)).first()
            for action in (ADOPT, *BINDING)
        }
    if rows[ADOPT] is None and any(rows[action] for action in BINDING):
        adopt(workspace, "开始登记：本单位已有印发或归档")


def trusted_files(workspace: Workspace, connection: Connection) -> tuple[Path, ...]:
    """The files of ``trust/`` that may be used: those that are as adopted, or all while the office edits freely."""
    known, now = adopted_files(connection), files_now(workspace.root)
    return tuple(
        workspace.root / path
        for path, digest in now.items()
        if path.startswith("trust/") and (known is None or known.get(path) == digest)
    )
