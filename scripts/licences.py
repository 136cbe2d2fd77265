"""The page of licences: what an office installs (locks/runtime.lock), from the metadata of the installed packages."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
_HEAD = """# 第三方程序库及其许可证

由 `scripts/make_docs.py` 从已安装程序库的元数据生成，范围是 `locks/runtime.lock`，即单位安装的全部内容（Linux）。本软件自身采用
Apache-2.0（`LICENSE`）。LGPL 和 MPL 的程序库以原样安装、动态调用，没有改动。
程序库里随带的本地库（如 PDFium、OpenCV 里的 FFmpeg）的许可证文本在各自的 `dist-info` 文件夹里。

| 程序库 | 版本 | 许可证 | 由谁需要 |
|---|---|---|---|
"""
#: what a package's own metadata leaves unsaid, or says in prose
_CLASSIFIED = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}


def licences_page() -> str:
    """Every package that the runtime lock names for this platform."""
    rows = [f"| {name} | {found.version} | {licence(found)} | {users} |" for name, found, users in _locked()]
    return _HEAD + "\n".join(rows) + "\n"


def licence(found: metadata.Distribution) -> str:
    """The licence as an SPDX expression where the package gives one, else by its classifiers or its own words."""
    said = found.metadata
    if expression := said.get("License-Expression"):
        return str(expression)
    classes = [line.split(" :: ")[-1] for line in said.get_all("Classifier") or () if line.startswith("License :: ")]
    named = [_CLASSIFIED.get(one, one) for one in classes if one != "OSI Approved"]
    own = str(said.get("License") or "").strip().splitlines()
    return "、".join(named) or (own[0] if own and len(own[0]) < 60 else "（元数据未写明）")


def _locked() -> list[tuple[str, metadata.Distribution, str]]:
    """Name, installed package, and who needs it, of each line of the lock that applies here.

    Raises: PackageNotFoundError; ValueError if another version is installed than the lock names.
    """
    text = (ROOT / "locks" / "runtime.lock").read_text(encoding="utf-8")
    rows = []
    for block in re.split(r"\n(?=[a-z0-9])", text[text.index("\n") :])[1:]:
        wanted = Requirement(block.split(" \\\n", 1)[0])
        if wanted.marker and not wanted.marker.evaluate():
            continue
        found = metadata.distribution(wanted.name)
        if found.version not in wanted.specifier:
            raise ValueError(f"{wanted} is locked, {found.version} is installed: run scripts/setup")
        users = re.findall(r"^    # (?:via|  ) *(\S.*)$", block, re.MULTILINE)
        rows.append(
            (
                wanted.name,
                found,
                "、".join(sorted({"本软件" if user.startswith("ssj-docs") else user for user in users})),
            )
        )
    return rows
