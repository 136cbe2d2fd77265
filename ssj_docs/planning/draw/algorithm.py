"""The random draw of objects: pure, deterministic, and repeatable by anybody (docs/draw.md describes it in full).

The result depends on three things: the pool's lines, the parameters and the seed. There is no clock, no database and no
floating point. `ssj-draw-1` is frozen: any change of a step is a new version beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

ALGORITHM = "ssj-draw-1"
POOL_COLUMNS = ("id", "name", "district", "grade", "tags", "drawn", "group", "state")

Rounding = Literal["ceil", "floor", "round"]


@dataclass(frozen=True)
class PoolLine:
    """A subject in the pool as it was at the time. Texts are without TAB and line feed (`one_line`).

    Attributes:
        id, name, district, grade: of the subject.
        tags: joined by 、.
        drawn: inspections of this subject in the year before this draw.
        group: the group whose ratio or count applies; '' if there is only one.
        state: '' takes part, ``cap`` left out because of the yearly cap, ``again`` left out because this task drew it before.
    """

    id: str
    name: str
    district: str = ""
    grade: str = ""
    tags: str = ""
    drawn: int = 0
    group: str = ""
    state: str = ""

    def text(self) -> str:
        """The canonical line: the columns joined by TAB."""
        return "\t".join(str(getattr(self, column)) for column in POOL_COLUMNS)


def parse_pool_line(text: str) -> PoolLine:
    """Parse a canonical line. Raises: ValueError if it does not have eight columns or the count is not a number."""
    cells = text.split("\t")
    if len(cells) != len(POOL_COLUMNS):
        raise ValueError(f"应有 {len(POOL_COLUMNS)} 列，实有 {len(cells)} 列")
    values: dict[str, Any] = dict(zip(POOL_COLUMNS, cells, strict=True))
    return PoolLine(**{**values, "drawn": int(values["drawn"])})


def lines_digest(lines: Iterable[str]) -> str:
    """SHA-256 of the lines in UTF-8, each followed by a line feed."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


@dataclass(frozen=True)
class Group:
    """How many of a group are drawn: ``percent`` (decimal text, ``3`` for 3 %) or ``count``."""

    name: str
    percent: str | None = None
    count: int | None = None


@dataclass(frozen=True)
class DrawParameters:
    """Everything decided before the seed was known.

    Attributes:
        task: its id.
        round: 1, 2, … in the year.
        groups: one for each ratio.
        rounding: of ratios; if a ratio above 0 gives none, one is drawn.
        stratified: by district, with largest remainders (不定向).
        conditions: of the pool (定向), as written.
        cap: maximum inspections of a subject in the year; 0 for none.
        over_cap: the reason for exceeding it, '' if it is kept.
        first_serial: 抽取序号 of the first object.
        initiators, partners: departments that send inspectors.
        min_inspectors: for each object.
        with_inspectors: False if only objects are drawn.
        notes: for the reader.
    """

    task: str
    round: int
    groups: tuple[Group, ...]
    rounding: Rounding = "ceil"
    stratified: bool = False
    conditions: tuple[str, ...] = ()
    cap: int = 0
    over_cap: str = ""
    first_serial: int = 1
    initiators: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    min_inspectors: int = 2
    with_inspectors: bool = True
    notes: tuple[str, ...] = ()

    @property
    def departments(self) -> tuple[str, ...]:
        """Initiators, then partners, each once."""
        return tuple(dict.fromkeys(self.initiators + self.partners))


@dataclass(frozen=True)
class Seed:
    """The seed of a draw.

    ``value`` is hexadecimal text, kept secret until the draw. ``public`` is a value that nobody could know when the seed was
    committed to (a lottery result, a share index), or ''.
    """

    value: str
    public: str = ""


@dataclass(frozen=True)
class Quota:
    """A stratum of a group: ``size`` in the pool, ``eligible`` subjects, ``quota`` drawn."""

    group: str
    stratum: str
    size: int
    eligible: int
    quota: int


@dataclass(frozen=True)
class ObjectDraw:
    """``chosen`` are ids in the order of 抽取序号, ``quotas`` the numbers by stratum, ``short`` groups with too few eligible subjects."""

    chosen: tuple[str, ...]
    quotas: tuple[Quota, ...]
    short: tuple[str, ...]


def seed_digest(seed: str) -> str:
    """The digest published before the draw to commit to a seed."""
    return hashlib.sha256(f"{ALGORITHM}\nseed\n{seed}".encode()).hexdigest()


def ranker(parameters: DrawParameters, seed: Seed) -> Callable[[str, str], str]:
    """The ranking function of this draw: (kind, text) → 64 hex digits, sorted in ascending order."""
    fields = (ALGORITHM, seed.value, seed.public, parameters.task, str(parameters.round), "")
    head = hashlib.sha256("\n".join(fields).encode())

    def rank(kind: str, text: str) -> str:
        state = head.copy()
        state.update(f"{kind}\n{text}".encode())
        return state.hexdigest()

    return rank


def target(size: int, group: Group, rounding: Rounding) -> int:
    """The number to draw of ``size``: exact arithmetic; at least one if the ratio is above 0 and the pool is not empty."""
    if group.count is not None:
        return min(group.count, size)
    share = size * Fraction(group.percent or "0") / 100
    if not share:
        return 0
    whole = {
        "ceil": -(-share.numerator // share.denominator),
        "floor": share.numerator // share.denominator,
        "round": (2 * share.numerator + share.denominator) // (2 * share.denominator),
    }[rounding]
    return min(size, max(1, whole))


def draw_objects(pool: Sequence[PoolLine], parameters: DrawParameters, seed: Seed) -> ObjectDraw:
    """Draw subjects from a pool.

    Args:
        pool: in any order; the result does not depend on it.
    """
    rank = ranker(parameters, seed)
    quotas: list[Quota] = []
    short: list[str] = []
    chosen: list[str] = []
    for group in parameters.groups:
        members = [line for line in pool if line.group == group.name]
        eligible = sum(not line.state for line in members)
        wanted = target(len(members), group, parameters.rounding)
        if group.count is not None and group.count > wanted:
            short.append(f"{group.name or '全部'}：应抽 {group.count}，名录中只有 {len(members)}")
        if wanted > eligible:
            short.append(f"{group.name or '全部'}：应抽 {wanted}，可抽的只有 {eligible}")
        strata = _strata(members, parameters.stratified)
        counts = {name: sum(not line.state for line in lines) for name, lines in strata.items()}
        ties = {name: rank("stratum", f"{group.name}\t{name}") for name in strata}
        shares = largest_remainder(min(wanted, eligible), counts, ties)
        for name in sorted(strata):
            quotas.append(Quota(group.name, name, len(strata[name]), counts[name], shares[name]))
            ranked = sorted((rank("object", line.id), line.id) for line in strata[name] if not line.state)
            chosen += [id for _, id in ranked[: shares[name]]]
    order = sorted(chosen, key=lambda id: (rank("object", id), id))
    return ObjectDraw(tuple(order), tuple(quotas), tuple(short))


def largest_remainder(total: int, sizes: Mapping[str, int], ties: Mapping[str, str]) -> dict[str, int]:
    """Divide ``total`` in proportion to ``sizes``; the rest goes to the largest remainders, equal ones in the order of ``ties``.

    No share exceeds its size as long as ``total`` does not exceed the sum of sizes.
    """
    whole = sum(sizes.values())
    if not whole:
        return dict.fromkeys(sizes, 0)
    shares = {name: total * size // whole for name, size in sizes.items()}
    left = total - sum(shares.values())
    ranked = sorted(sizes, key=lambda name: (-(total * sizes[name] % whole), ties[name]))
    for name in ranked[:left]:
        shares[name] += 1
    return shares


def _strata(members: Sequence[PoolLine], stratified: bool) -> dict[str, list[PoolLine]]:
    strata: dict[str, list[PoolLine]] = {}
    for line in members:
        strata.setdefault(line.district if stratified else "", []).append(line)
    return strata


def one_line(text: str) -> str:
    """The text with every run of blanks, TABs and line feeds replaced by one blank."""
    return " ".join(text.split())
