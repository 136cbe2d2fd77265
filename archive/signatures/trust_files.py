"""Takes certificates, CRLs and OCSP responses into the office's ``trust`` folder, each with its journal row."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from archive.files.durable_files import sync_folder
from archive.signatures.check import TRUST
from archive.signatures.revocation import read_trust
from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.ground.problems import Problem
from ssj_docs.office.adopted_files import TRUST_ADD, keep_copies
from ssj_docs.office.workspace import Workspace


@dataclass(frozen=True)
class TrustFile:
    """A file taken in: its name in ``trust/``, digest, and in words what it holds."""

    name: str
    sha256: str
    holds: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The file as a JSON object."""
        return asdict(self)


def add_trust(workspace: Workspace, files: Sequence[Path]) -> list[TrustFile]:
    """Copy files into ``trust/`` and journal each; all or none.

    Raises: NotFoundError; DataError for a file that holds no certificate, CRL or OCSP response, or a name that is taken.
    """
    missing = [path for path in files if not path.is_file()]
    if missing:
        raise NotFoundError(f"没有文件 {missing[0]}", "核对路径")
    found = [TrustFile(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), _holds(path)) for path in files]
    problems = [problem for path, one in zip(files, found, strict=True) if (problem := _problem(workspace, path, one))]
    if problems:
        raise DataError(f"{len(problems)} 个文件不能加入 trust/，都没有加入", "按下面说明处理", problems)
    folder = workspace.path("trust")
    folder.mkdir(exist_ok=True)
    with workspace.transaction() as connection:
        for path, one in zip(files, found, strict=True):
            if path.resolve() != (folder / one.name).resolve():
                (folder / one.name).write_bytes(path.read_bytes())
            workspace.log(connection, TRUST_ADD, f"trust/{one.name}", {"holds": list(one.holds)}, digest=one.sha256)
        sync_folder(folder)
    keep_copies(workspace.root, [f"trust/{one.name}" for one in found])
    return found


def _problem(workspace: Workspace, path: Path, one: TrustFile) -> Problem | None:
    place = workspace.path("trust", one.name)
    if path.suffix.lower() not in TRUST:
        return Problem(path.name, "不是证书或吊销列表的后缀", f"后缀用 {'、'.join(TRUST)} 之一", code="trust.suffix")
    if not one.holds:
        return Problem(
            path.name, "里面没有证书、吊销列表或 OCSP 应答", "取原始文件（PEM 或 DER）", code="trust.unreadable"
        )
    if place.is_file() and hashlib.sha256(place.read_bytes()).hexdigest() != one.sha256:
        return Problem(path.name, "trust/ 中已有同名而内容不同的文件", "换一个文件名", code="trust.taken")
    return None


def _holds(path: Path) -> tuple[str, ...]:
    trust = read_trust([str(path)])
    anchors = [f"证书 {one.subject.human_friendly}，{_until(one)}" for one in trust.anchors]
    crls = [
        f"吊销列表 {one.issuer.rfc4514_string()}，{len(one)} 张证书，{one.last_update_utc:%Y-%m-%d} 发布"
        for one in trust.crls
    ]
    return (*anchors, *crls, *(["OCSP 应答"] * len(trust.ocsps)))


def _until(certificate: Any) -> str:
    return f"有效至 {certificate.not_valid_after:%Y-%m-%d}"
