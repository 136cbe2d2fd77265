"""上报: packs that were handed in, as the journal has them, and where the next version goes.

A pack that was handed in is never replaced: `ssj assess` run again writes the next version beside it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from archive.assessment.pack.contents import RENDITIONS, Rendition
from archive.files.digests import digest_of
from ssj_docs.database.schema import journal
from ssj_docs.ground.errors import NotFoundError, UsageError
from ssj_docs.office.workspace import Workspace

ACTION = "assessment.handed_in"
_SEAL = "tagmanifest-sha256.txt"


@dataclass(frozen=True)
class HandedIn:
    """A pack that was handed in.

    Attributes:
        version: from 1, within the year and rendition.
        cutoff: 截止日 of its data.
        folder: where it lies, relative to the workspace if it is inside.
        to: 报送单位.
        pack, data: SHA-256 of its tag manifest, which covers every file, and of its data.
        when, who, row: the journal row.
    """

    year: int
    rendition: str
    version: int
    cutoff: str
    folder: str
    to: str
    data: str
    pack: str
    when: str
    who: str
    row: int

    @property
    def name(self) -> str:
        """2026年度第1次上报（内部版）."""
        return f"{self.year}年度第{self.version}次上报（{RENDITIONS.get(self.rendition, self.rendition)}）"

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain values."""
        return asdict(self)


def handed_in(connection: Connection, year: int | None = None, rendition: str = "") -> list[HandedIn]:
    """Packs that were handed in, oldest first."""
    rows = connection.execute(select(journal).where(journal.c.action == ACTION).order_by(journal.c.id)).mappings()
    found = [
        HandedIn(**json.loads(row["detail"]), pack=row["digest"], when=row["when"], who=row["who"], row=row["id"])
        for row in rows
    ]
    return [one for one in found if year in (None, one.year) and rendition in ("", one.rendition)]


def version(workspace: Workspace, year: int, rendition: str, number: int | None = None) -> HandedIn:
    """A version that was handed in, the last one without ``number``. Raises: NotFoundError."""
    with workspace.read() as connection:
        made = handed_in(connection, year, rendition)
    found = next((one for one in reversed(made) if number in (None, one.version)), None)
    if found is None:
        which = f"第 {number} 次" if number else ""
        raise NotFoundError(f"{year} 年度{RENDITIONS[rendition]}没有{which}上报过", "先制作资料包，再上报")
    return found


def seal(pack: Path) -> str:
    """The digest that stands for the whole pack; empty if it is no bag."""
    path = pack / _SEAL
    return digest_of(path).sha256 if path.is_file() else ""


def kept_folder(workspace: Workspace, one: HandedIn) -> Path:
    """Where data and manifest of a handed-in version are kept, wherever the pack itself goes."""
    return workspace.path("assessments", "handed-in", f"{one.year}-{one.rendition}-{one.version}")


def place(workspace: Workspace, pack: Path) -> str:
    """The pack's folder, relative to the workspace if it is inside."""
    whole, root = pack.resolve(), workspace.root.resolve()
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else whole.as_posix()


def pack_folder(workspace: Workspace, year: int, rendition: Rendition) -> Path:
    """Where the next pack goes: beside the versions that were handed in."""
    with workspace.read() as connection:
        taken = {one.folder for one in handed_in(connection, year, rendition)}
    number, name = 1, f"{year}年度考核佐证-{RENDITIONS[rendition]}"
    while place(workspace, target := workspace.path("assessments", _numbered(name, number))) in taken:
        number += 1
    return target


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-第{number}版"


def latest_pack(workspace: Workspace, year: int, rendition: Rendition) -> Path:
    """The newest pack: one made since, or else the last that was handed in and is still in its place."""
    newest = pack_folder(workspace, year, rendition)
    if newest.is_dir():
        return newest
    with workspace.read() as connection:
        made = [workspace.root / one.folder for one in handed_in(connection, year, rendition)]
    return next((path for path in reversed(made) if path.is_dir()), newest)


def refuse_handed_in(workspace: Workspace, target: Path) -> None:
    """Raises: UsageError if the pack at ``target`` was handed in, whatever became of its bytes since."""
    with workspace.read() as connection:
        made = handed_in(connection)
    found = next((one for one in made if one.folder == place(workspace, target)), None)
    found = found or next((one for one in made if one.pack == seal(target)), None)
    if found:
        raise UsageError(f"{target} 是{found.name}的资料包，不能覆盖", "换一个文件夹名")
