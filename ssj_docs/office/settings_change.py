"""Changes office.toml while the office works: validated as a whole, with the earlier version kept and a journal row."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection, select

from ssj_docs.database import registers, schema
from ssj_docs.ground.errors import ChangedMeanwhileError, DataError
from ssj_docs.ground.problems import Problem
from ssj_docs.model.office import Office
from ssj_docs.office.adopted_files import SETTINGS, keep_copies
from ssj_docs.office.settings import load_office
from ssj_docs.office.workspace import Workspace

FILE, KEPT = "office.toml", "settings"


def read_settings(workspace: Workspace) -> tuple[str, str]:
    """The text of office.toml and its digest."""
    text = (workspace.root / FILE).read_text(encoding="utf-8-sig")
    return text, digest(text)


def digest(text: str) -> str:
    """SHA-256 of a text, to notice changes by others."""
    return hashlib.sha256(text.encode()).hexdigest()


def check_settings(text: str) -> Office:
    """Parse the text of an office.toml. Raises: DataError with every problem, each with its key."""
    with tempfile.TemporaryDirectory(prefix="ssj-settings-") as folder:
        path = Path(folder) / FILE
        path.write_text(text, encoding="utf-8")
        return load_office(path)


def save_settings(workspace: Workspace, text: str, read: str, what: str) -> Workspace:
    """Replace office.toml; the old one is kept under ``settings/``.

    Args:
        read: digest of the text that was edited.
        what: the part that was changed, for the journal.

    Returns: the workspace with the new settings. Raises: ChangedMeanwhileError if the file was changed meanwhile; DataError if
    it is invalid, or removes something in use.
    """
    check_settings(text)
    with workspace.transaction() as connection:
        return put_settings(connection, workspace, text, read, what)


def put_settings(connection: Connection, workspace: Workspace, text: str, read: str, what: str) -> Workspace:
    """`save_settings` in the caller's transaction, as its last step: a file does not roll back."""
    office = check_settings(text)
    there, mark = read_settings(workspace)
    if mark != read:
        raise ChangedMeanwhileError("您打开之后，别人改了设置，您的改动没有保存", "重新打开这一页，在新的设置上再改")
    problems = list(_in_use(connection, workspace.office, office))
    if problems:
        raise DataError(f"这样改有 {len(problems)} 处会影响已有的数据，没有保存", "按下面说明改", problems)
    if there != text:
        kept = f"{KEPT}/office-{workspace.now:%Y%m%d-%H%M%S}-{mark[:8]}.toml"
        _write(workspace.path(kept), there)
        _write(workspace.root / FILE, text)
        workspace.log(connection, SETTINGS, what, {"before": mark, "kept": kept}, digest=digest(text))
        keep_copies(workspace.root, (FILE,))
    return replace(workspace, office=office)


def kept_settings(workspace: Workspace) -> list[str]:
    """Names of earlier versions, newest first."""
    return sorted((path.name for path in (workspace.root / KEPT).glob("office-*.toml")), reverse=True)


def _in_use(connection: Connection, before: Office, after: Office) -> Iterator[Problem]:
    """What the registers use and the new settings do not define any more."""
    used = {name for task in registers.load_tasks(connection) for name in task.departments}
    used |= {one.department for one in registers.load_inspectors(connection)}
    for name in sorted(name for name in used if before.department(name) is not None and after.department(name) is None):
        yield Problem(
            FILE,
            "还有任务或执法人员属于这个部门，不能去掉",
            "保留原来的名称；机构改名的，另加一个部门",
            field="departments.name",
            value=name,
            code="settings.used",
        )
    t = schema.numbers
    codes = {series.code for series in after.series}
    for code in connection.execute(select(t.c.series).distinct()).scalars():
        if code not in codes and any(series.code == code for series in before.series):
            yield Problem(
                FILE,
                "这个代字已经编过号，不能去掉或改写",
                "保留它，另加新的代字",
                field="series.code",
                value=code,
                code="settings.used",
            )
    yield from _changed_codes(before, after)


def _changed_codes(before: Office, after: Office) -> Sequence[Problem]:
    if before.code == after.code:
        return ()
    return (
        Problem(
            FILE,
            "单位代码印在已发表单的二维码里，不能再改",
            f"改回 {before.code}",
            field="office.code",
            value=after.code,
            code="settings.used",
        ),
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
