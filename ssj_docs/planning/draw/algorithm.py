"""The random draw of objects: pure, deterministic, and repeatable by anybody (docs/draw.md describes it in full).

The result depends on three things: the pool's lines, the parameters and the seed. There is no clock, no database and no
floating point. `ssj-draw-1` and `ssj-draw-2` are frozen: any change of a step is a new version beside them.

`ssj-draw-1` gave each stratum its share by largest remainders, so that nobody in a small one could ever be drawn.
`ssj-draw-2` draws systematically from the ordered list with a seeded start: the chance of every subject is T/E exactly.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

FIRST, ALGORITHM = "ssj-draw-1", "ssj-draw-2"
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
        stratified: spread over the districts (不定向).
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
    committed to (a lottery result, a share index), or ''. ``algorithm`` says how they are used.
    """

    value: str
    public: str = ""
    algorithm: str = ALGORITHM


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


def seed_digest(seed: str, algorithm: str = ALGORITHM) -> str:
    """The digest published before the draw to commit to a seed."""
    return hashlib.sha256(f"{algorithm}\nseed\n{seed}".encode()).hexdigest()


def ranker(parameters: DrawParameters, seed: Seed) -> Callable[[str, str], str]:
    """The ranking function of this draw: (kind, text) → 64 hex digits, sorted in ascending order."""
    fields = (seed.algorithm, seed.value, seed.public, parameters.task, str(parameters.round), "")
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
        drawn = _chosen(group.name, strata, min(wanted, eligible), rank, seed.algorithm)
        for name in sorted(strata):
            quotas.append(Quota(group.name, name, len(strata[name]), counts[name], len(drawn[name])))
            chosen += drawn[name]
    order = sorted(chosen, key=lambda id: (rank("object", id), id))
    return ObjectDraw(tuple(order), tuple(quotas), tuple(short))


Rank = Callable[[str, str], str]


def _chosen(
    group: str, strata: Mapping[str, Sequence[PoolLine]], total: int, rank: Rank, algorithm: str
) -> dict[str, list[str]]:
    """Stratum → ids drawn in it, ``total`` in all."""
    ties = {name: rank("stratum", f"{group}\t{name}") for name in strata}
    ranked = {
        name: [id for _, id in sorted((rank("object", line.id), line.id) for line in lines if not line.state)]
        for name, lines in strata.items()
    }
    if algorithm == FIRST:
        shares = largest_remainder(total, {name: len(ids) for name, ids in ranked.items()}, ties)
        return {name: ids[: shares[name]] for name, ids in ranked.items()}
    order = sorted(strata, key=lambda name: (ties[name], name))
    listed = [(name, id) for name in order for id in ranked[name]]
    drawn: dict[str, list[str]] = {name: [] for name in strata}
    for place in systematic(len(listed), total, int(rank("start", group), 16)):
        name, id = listed[place]
        drawn[name].append(id)
    return drawn


def systematic(size: int, total: int, start: int) -> list[int]:
    """Draw ``total`` of ``size`` places: those where the sum of equal shares total/size passes a whole number.

    With the start uniform in 0 … size - 1 every place has the chance total/size exactly: of all starts, ``total`` draw it.
    """
    return [place for place in range(size) if (place * total + start) % size < total]


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
