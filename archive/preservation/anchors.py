"""锚: what the journal and the archive were at a moment, in one short code that can stand outside: on paper, in a backup.

The code names a row of the journal and 125 bits of its hash, so that every row before it is fixed. A row on a check
without faults has the Merkle root over the inventories of all case files; the leaves lie in ``anchors/``, named by the
root, and in every backup, copy and receipt. So one line on paper fixes every row and every byte of that moment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from archive.preservation.register_snapshot import OBJECT, journal_head
from archive.store.ocfl_inventory import Inventory
from ssj_docs.ground.canonical import canonical_json, sha256_of
from ssj_docs.ground.errors import DataError, UsageError
from ssj_docs.office.workspace import Workspace

FOLDER = "anchors"
RECEIPT = "ssj-receipt/1"
#: Crockford's base 32: without the letters that are read as digits or as each other
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011")
_LETTERS = 25

#: object id → version and SHA-256 of the inventory as it stood with it
Leaves = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Anchor:
    """A moment: the journal's row and hash, and what the archive was.

    Attributes:
        row, hash: of the journal. hash may be shortened to the letters of a code.
        root: Merkle root over ``leaves``; empty if it is not known.
    """

    row: int
    hash: str
    root: str = ""
    leaves: Leaves | None = None

    @property
    def code(self) -> str:
        """The short code: ``207-ABCDE-FGHJK-MNPQR-STVWX-YZ012-7``, its last letter a check on copying errors."""
        letters = letters_of(self.hash)
        groups = (letters[start : start + 5] for start in range(0, _LETTERS, 5))
        return f"{self.row}-{'-'.join(groups)}-{_check_letter(self.row, letters)}"

    def as_json(self) -> dict[str, Any]:
        """The anchor as a JSON object."""
        return {"code": self.code, "row": self.row, "hash": self.hash, "root": self.root, "leaves": self.leaves or {}}


def letters_of(digest: str) -> str:
    """The first 125 bits of a digest in hex as 25 letters."""
    bits = int(digest[:32], 16) >> 3
    return "".join(_ALPHABET[bits >> 5 * place & 31] for place in reversed(range(_LETTERS)))


def _check_letter(row: int, letters: str) -> str:
    return _ALPHABET[sha256(f"{row}-{letters}".encode()).digest()[0] & 31]


def parse_code(text: str) -> tuple[int, str]:
    """The row and the letters of a code as copied by hand. Raises: UsageError if a letter was miscopied."""
    head, _, tail = text.strip().upper().replace("—", "-").replace(" ", "-").partition("-")
    letters = tail.replace("-", "").translate(_MISREAD)
    head = head.translate(_MISREAD)
    good = head.isdigit() and len(letters) == _LETTERS + 1 and set(letters) <= set(_ALPHABET)
    if not good or _check_letter(int(head), letters[:-1]) != letters[-1]:
        raise UsageError(f"“{text}”不是文件，也不是抄写无误的短码", "短码形如 207-ABCDE-FGHJK-MNPQR-STVWX-YZ012-7")
    return int(head), letters[:-1]


# --- what the archive is ----------------------------------------------------------------------------------------------
def leaves_of(inventories: Mapping[str, Inventory]) -> dict[str, tuple[str, str]]:
    """The leaves of the tree: every object but the registers' snapshot, which the journal speaks for."""
    return {
        identity: (inventory.head, inventory_digest(inventory, inventory.head))
        for identity, inventory in sorted(inventories.items())
        if identity != OBJECT
    }


def inventory_digest(inventory: Inventory, version: str) -> str:
    """SHA-256 of the inventory as it stood with a version as its head."""
    return sha256(inventory.upto(version).as_bytes()).hexdigest()


def merkle_root(leaves: Leaves) -> str:
    """The root: leaves by object id, hashed with their kind before them; an odd one goes up as it is."""
    level = [sha256(f"leaf\n{name}\n{told[0]}\n{told[1]}".encode()).digest() for name, told in sorted(leaves.items())]
    while len(level) > 1:
        pairs = [level[start : start + 2] for start in range(0, len(level), 2)]
        level = [sha256(b"node\n" + b"".join(pair)).digest() if len(pair) > 1 else pair[0] for pair in pairs]
    return (level[0] if level else sha256(b"").digest()).hex()


def keep_leaves(workspace: Workspace, leaves: Leaves) -> str:
    """Keep the leaves under their root in ``anchors/``. Returns: the root."""
    root = merkle_root(leaves)
    place = workspace.path(FOLDER, f"{root[:16]}.json")
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        part = place.with_suffix(".part")
        part.write_text(canonical_json(leaves), "utf-8")
        part.replace(place)
    return root


def kept_leaves(workspace: Workspace, root: str) -> Leaves | None:
    """The leaves of a root; None if they are lost or altered."""
    place = workspace.path(FOLDER, f"{root[:16]}.json")
    try:
        leaves = _leaves(json.loads(place.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return leaves if merkle_root(leaves) == root else None


def _leaves(told: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    return {str(name): (str(one[0]), str(one[1])) for name, one in told.items()}


def anchor_now(connection: Connection, leaves: Leaves) -> Anchor:
    """The anchor of this moment: the end of the journal and the given leaves."""
    head = journal_head(connection)
    return Anchor(head.rows, head.hash or "0" * 64, merkle_root(leaves), leaves)


# --- receipts ---------------------------------------------------------------------------------------------------------
def write_receipt(workspace: Workspace, anchor: Anchor, target: Path, told: Mapping[str, Any]) -> Path:
    """Write a receipt (JSON), to be kept outside, and beside it the same as a page to print and sign.

    Returns: the page.
    """
    when = workspace.now.isoformat(timespec="seconds")
    body = {"format": RECEIPT, "office": workspace.office.name, "when": when, **told, **anchor.as_json()}
    page = target.with_suffix(".txt")
    if target.exists() or page.exists() or target.suffix != ".json":
        raise UsageError(f"{target} 已经存在，或后缀不是 .json", "换一个文件名，例如加上日期")
    target.write_text(json.dumps({**body, "sha256": sha256_of(body)}, ensure_ascii=False, indent=1) + "\n", "utf-8")
    lines = (
        "核 验 记 录",
        "",
        f"单    位：{workspace.office.name}",
        f"时    间：{workspace.now:%Y年%m月%d日 %H:%M}",
        f"核 验 人：{workspace.who}",
        f"范    围：案卷 {told['objects']} 个，文件 {told['files']} 个，{told['bytes']} 字节；流水 {anchor.row} 行",
        f"结    论：{'全部完好' if told['sound'] else '发现问题，见核验历史'}",
        f"短    码：{anchor.code}",
        f"档案库根：{anchor.root[:32]}",
        f"          {anchor.root[32:]}",
        "",
        "打印后由核验人、监督人签名存放；以后凭短码可以核对此前的一切有没有被改动。",
        "",
        "核验人签名：                    监督人签名：                    年    月    日",
    )
    page.write_text("\n".join(lines) + "\n", "utf-8")
    return page


def read_receipt(path: Path) -> Anchor:
    """The anchor of a receipt. Raises: DataError if it is none or was altered."""
    try:
        told = json.loads(path.read_bytes())
        body = {key: value for key, value in told.items() if key != "sha256"}
        leaves = _leaves(told["leaves"])
        good = told["format"] == RECEIPT and told["sha256"] == sha256_of(body) and merkle_root(leaves) == told["root"]
        anchor = Anchor(int(told["row"]), str(told["hash"]), str(told["root"]), leaves)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(f"{path.name} 不是核验凭证", "取当时保存的凭证（JSON）、备份，或抄写短码") from error
    if not good:
        raise DataError(f"凭证 {path.name} 被改动过，不能作为依据", "取另外保存的一份，或用纸上的短码")
    return anchor
