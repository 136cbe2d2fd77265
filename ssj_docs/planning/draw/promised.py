"""What a commitment promised, and whether a draw keeps it: options, seed, public value, every attempt before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping

from ssj_docs.ground.canonical import sha256_of
from ssj_docs.ground.errors import NotFoundError, UsageError
from ssj_docs.ground.remedies import Action, Remedy, Value, do
from ssj_docs.office.workspace import Workspace
from ssj_docs.planning.draw.algorithm import FIRST, Seed, one_line, seed_digest
from ssj_docs.planning.draw.pool import DrawOptions
from ssj_docs.planning.draw.public_value import PublicValue, open_seed, parse_public_value


def checked_seed(seed: str) -> str:
    """The seed in lower case. Raises: UsageError if it is not hexadecimal text of 8 to 256 digits."""
    text = seed.strip().lower().removeprefix("0x")
    if not 8 <= len(text) <= 256 or any(c not in "0123456789abcdef" for c in text):
        raise UsageError(f"种子“{seed}”不是十六进制数", "给 8 到 256 位 0-9、a-f，例如 64 位；不给则自动产生")
    return text


def on_round(action: str, task_id: str, round_: int, **given: Value) -> Action:
    """The name of an action on a round of a task, without the number of the first round."""
    return do(action, task=task_id, round=round_ if round_ > 1 else False, **given)


def published_commitment(workspace: Workspace, row: RowMapping | None) -> dict[str, Any] | None:
    """The commitment of a row of the register. Raises: NotFoundError if its file is gone."""
    if row is None:
        return None
    path = workspace.path(row["commitment_path"])
    if not path.is_file():
        raise NotFoundError(
            f"缺少已公布的承诺书 {row['commitment_path']}",
            Remedy("从备份恢复该文件，或重新", on_round("commit_draw", row["task"], row["round"], reason="")),
        )
    read: dict[str, Any] = json.loads(path.read_bytes())
    return read


def as_committed(
    workspace: Workspace,
    row: RowMapping,
    published: Mapping[str, Any],
    wanted: DrawOptions,
    seed: Seed,
    witness: str,
) -> tuple[DrawOptions, Seed]:
    """The options and the seed that were committed to.

    Raises: UsageError if others were given, the seed cannot be opened, or the public value is not the one agreed on.
    """
    held = row["options"]
    committed = DrawOptions(**{**held, "conditions": tuple(held["conditions"])})
    if wanted not in (committed, DrawOptions(round=wanted.round)):
        raise UsageError(
            f"参数与已公布的承诺（{row['commitment_path']}）不同",
            Remedy(
                "不写这些参数，",
                on_round("draw", row["task"], row["round"]),
                "；或先重新",
                on_round("commit_draw", row["task"], row["round"], reason=""),
            ),
        )
    algorithm, digest = str(published["algorithm"]), str(published["seed_sha256"])
    value = open_seed(row["seed"], digest, workspace.key, witness)
    if seed_digest(value, algorithm) != digest:
        raise UsageError("封存的种子打不开：见证口令不对，或密钥换过", "请见证人重新输入口令")
    if seed.value and checked_seed(seed.value) != value:
        raise UsageError("给出的种子与已公布的摘要不符", "不用写种子，系统会用当时保存的")
    if algorithm != FIRST:
        _as_promised(workspace, parse_public_value(published["public_value"]), one_line(seed.public))
    return committed, Seed(value, seed.public, algorithm)


def _as_promised(workspace: Workspace, agreed: PublicValue | None, public: str) -> None:
    """Check the public value against the commitment. Raises: UsageError."""
    if agreed is None and public:
        raise UsageError(
            "承诺没有约定公开数，抽取时不能再加", "不写公开数；要用的，重新承诺并写明哪一种、哪一天、什么写法"
        )
    if agreed is None:
        return
    if workspace.now.date().isoformat() < agreed.day:
        raise UsageError(f"约定的公开数要到 {agreed.day} 才产生", f"到那一天以后，用 {agreed.told()}抽取")
    if not agreed.fits(public):
        raise UsageError(f"公开数“{public}”不是约定的写法", f"写 {agreed.told()}，一个字符也不能多")


def earlier_attempts(workspace: Workspace, rows: Sequence[RowMapping]) -> tuple[dict[str, Any], ...]:
    """The attempts before, for every later record: none can be left out or forgotten."""
    found = []
    for row in rows:
        held = workspace.path(row["commitment_path"]) if row["commitment_path"] else None
        found.append(
            {
                "attempt": row["attempt"],
                "state": {"committed": "withdrawn", "drawn": "replaced"}.get(row["state"], row["state"]),
                "at": row["at"],
                "reason": row["reason"],
                "record_sha256": row["record_sha256"],
                "commitment_sha256": sha256_of(held.read_bytes()) if held and held.is_file() else "",
            }
        )
    return tuple(found)
