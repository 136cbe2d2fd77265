"""The public value that a commitment promises to mix in, and the seed sealed until the draw (docs/draw.md)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from ssj_docs.ground.errors import UsageError
from ssj_docs.planning.draw.algorithm import one_line

_SEALED = "sealed:"


@dataclass(frozen=True)
class PublicValue:
    """Which value of which day, and how it is written: one value has one spelling.

    Attributes:
        name: such as 福彩3D开奖号码 or 上证指数收盘.
        day: ISO date on which it comes out, after the commitment.
        form: its spelling, ``0`` for any digit: ``000``, ``0000.00``.
    """

    name: str
    day: str
    form: str

    def fits(self, value: str) -> bool:
        """Return whether a value is written in this form."""
        return len(value) == len(self.form) and all(
            (a.isascii() and a.isdigit()) if b == "0" else a == b for a, b in zip(value, self.form, strict=True)
        )

    def as_json(self) -> dict[str, str]:
        """As in commitment and record."""
        return asdict(self)

    def told(self) -> str:
        """For people."""
        return f"{self.day} 的{self.name}（写法 {self.form}）"


def public_value(name: str, day: str, form: str, *, today: date) -> PublicValue | None:
    """The promise of a commitment; None if nothing was given. Raises: UsageError."""
    given = [one_line(text) for text in (name, day, form)]
    if not any(given):
        return None
    if not all(given):
        raise UsageError("约定公开数要写明哪一种、哪一天、什么写法", "三项都写，例如 福彩3D开奖号码、2026-03-05、000")
    try:
        after = date.fromisoformat(given[1]) > today
    except ValueError as error:
        raise UsageError(f"日期“{given[1]}”不对", "写成 2026-03-05") from error
    if not after:
        raise UsageError(f"公开数的日期 {given[1]} 不在承诺之后，那时已经可以知道", "约定明天或以后产生的公开数")
    if given[2].count("0") < 3:
        raise UsageError(f"写法“{given[2]}”里的数字位太少", "用 0 表示一位数字，至少三位，例如 000、0000.00")
    return PublicValue(*given)


def parse_public_value(told: Any) -> PublicValue | None:
    """Of a record or commitment. Raises: TypeError, KeyError."""
    return PublicValue(str(told["name"]), str(told["day"]), str(told["form"])) if told else None


# --- the seed until the draw ------------------------------------------------------------------------------------------
def seal_seed(seed: str, digest: str, key: bytes, witness: str) -> str:
    """The seed as it is kept until the draw: encrypted under the office's key and the witness's pass phrase, if any.

    Args:
        digest: of the seed, as published; makes every pad a different one.
    """
    data = seed.encode("ascii")
    return f"{_SEALED}{'witness' if witness else 'key'}:{_mixed(data, digest, key, witness).hex()}"


def open_seed(sealed: str, digest: str, key: bytes, witness: str) -> str:
    """The seed of a commitment; one of the first version lies open. Raises: UsageError for a wrong pass phrase."""
    if not sealed.startswith(_SEALED):
        return sealed
    _, kind, cipher = sealed.split(":")
    if kind == "witness" and not witness:
        raise UsageError("这份承诺的种子由见证人的口令封存", "请见证人到场输入口令")
    return _mixed(bytes.fromhex(cipher), digest, key, witness if kind == "witness" else "").decode("ascii", "replace")


def _mixed(data: bytes, digest: str, key: bytes, witness: str) -> bytes:
    secret = hmac.new(key, f"ssj-draw-2/seed/{witness}".encode(), hashlib.sha256).digest()
    pad = hashlib.scrypt(secret, salt=bytes.fromhex(digest), n=1 << 14, r=8, p=1, dklen=len(data))
    return bytes(a ^ b for a, b in zip(data, pad, strict=True))


# --- how much a draw proves -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Grade:
    """``full`` if nobody could steer the draw as far as the record tells, else ``limited``, with what is missing."""

    level: str
    remarks: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The grade as a JSON object."""
        return {"level": self.level, "remarks": list(self.remarks)}


def grade(record: Mapping[str, Any]) -> Grade:
    """Grade a draw by its record: committed before, public value agreed on, seed by hand, attempts before."""
    found = []
    if not record["commitment"].get("published"):
        found.append("抽取以前没有公布承诺，种子可以反复试")
    elif not record.get("public_value"):
        found.append("承诺没有约定公开数，知道种子的人事先能算出结果")
    if record.get("seed_origin") == "given":
        found.append("种子是人工给的，不是系统随机产生的")
    if record["attempt"] > 1:
        told = "；".join(_told(one) for one in record.get("attempts", ()))
        found.append(
            f"这是第 {record['attempt']} 次抽取（原因：{record['reason'] or '未写'}）"
            + (f"。以前：{told}" if told else "")
        )
    return Grade("limited" if found else "full", tuple(found))


_STATES = {"withdrawn": "承诺作废", "replaced": "抽取被取代", "drawn": "抽取被取代", "committed": "承诺作废"}


def _told(attempt: Mapping[str, Any]) -> str:
    when = str(attempt["at"])[:16].replace("T", " ")
    return f"第 {attempt['attempt']} 次，{when}，{_STATES.get(attempt['state'], attempt['state'])}"
