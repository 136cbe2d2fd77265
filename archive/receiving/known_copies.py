"""以前收过的文件: whether the archive still holds the bytes of a file that was received before.

The register alone is not believed: the stored bytes are read. Damaged or lost ones are put back from the file that arrived,
which is the same file; where nothing is left to put them back into, the arrival is the only good copy and stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.cases import catalogue
from archive.cases.receipts import Receipt
from archive.receiving.file_examination import Notice
from archive.receiving.filing import kept_path
from archive.store.opening import store_of
from ssj_docs.ground.errors import FixityError, NotFoundError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.office.workspace import Workspace

#: the file as it was received; its name in the object is looked up
_KEPT = "original/"


@dataclass(frozen=True)
class KnownCopies:
    """The stored copies of a received file.

    Attributes:
        sound: what holds the right bytes now, in words; mended copies included.
        notices: what was mended, and what is lost.
    """

    sound: tuple[str, ...]
    notices: tuple[Notice, ...]


def check_copies(workspace: Workspace, receipt: Receipt, arrived: Path) -> KnownCopies | None:
    """Read every stored copy of a received file and mend what is damaged.

    Args:
        arrived: a file with the same bytes.

    Returns: None if the registers name no copy at all.
    """
    sound, notices, any_copy = [], [], False
    for words, object_id, path in _copies(workspace, receipt):
        any_copy = True
        if not path:
            notices.append(Notice("destroyed", f"{words}已销毁", severity="error"))
            continue
        try:
            if _mended(workspace, receipt, object_id, path, arrived):
                remedy = Remedy("查明损坏的原因，并", do("verify"))
                notices.append(Notice("mended", f"{words}在档案中已损坏，用这次收到的同一份文件修复了", remedy))
            sound.append(words)
        except (FixityError, NotFoundError) as failure:
            notices.append(Notice("lost", f"{words}在档案中已不可用：{failure.message}", failure.remedy, (), "error"))
    return KnownCopies(tuple(sound), tuple(notices)) if any_copy else None


def _copies(workspace: Workspace, receipt: Receipt) -> Iterator[tuple[str, str, str]]:
    """What each copy is called, and its object and path; no path for one that was destroyed."""
    if receipt.object:
        yield "原样保存的收件", receipt.object, _KEPT
    with workspace.read() as connection:
        items = catalogue.items_with_digest(connection, receipt.sha256)
    for item in items:
        path = item.main.path if item.state == "filed" else ""
        yield f"案卷 {item.case} 第 {item.item} 件", item.case, path


def _mended(workspace: Workspace, receipt: Receipt, object_id: str, path: str, arrived: Path) -> bool:
    if path == _KEPT:
        path = kept_path(workspace, receipt)
    if not store_of(workspace).mend(object_id, path, arrived):
        return False
    with workspace.transaction() as connection:
        workspace.log(connection, "mend", f"{object_id}/{path}", {"file": receipt.name}, digest=receipt.sha256)
    return True
