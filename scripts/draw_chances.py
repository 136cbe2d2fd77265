"""Measures the chances of a draw: chi-square of how often each subject is drawn, over many draws of many pools.

Usage: python scripts/draw_chances.py [DRAWS]          (20,000 by default)
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ssj_docs.planning.draw.algorithm import (
    DrawParameters,
    Group,
    PoolLine,
    Seed,
    draw_objects,
    lines_digest,
    target,
)


def inclusions(pool: Sequence[PoolLine], parameters: DrawParameters, draws: int) -> Counter[str]:
    """How often each subject is drawn with the seeds 0, 1, 2, …; those never drawn count 0."""
    times = Counter({line.id: 0 for line in pool if not line.state})
    head = lines_digest(line.text() for line in pool)[:16]
    for n in range(draws):
        times.update(draw_objects(pool, parameters, Seed(f"{head}{n:016x}")).chosen)
    return times


def chi_square(times: Mapping[str, int], chance: Fraction, draws: int) -> float:
    """Over subjects, with the variance of draws without replacement: about chi-square with one degree less than subjects."""
    expected = float(draws * chance)
    variance = expected * float(1 - chance) * len(times) / max(len(times) - 1, 1)
    return sum((count - expected) ** 2 for count in times.values()) / variance


def p_value(statistic: float, degrees: int) -> float:
    """The upper tail, by the cube-root transformation of Wilson and Hilferty."""
    spread = 2 / (9 * degrees)
    return 0.5 * math.erfc(((statistic / degrees) ** (1 / 3) - 1 + spread) / math.sqrt(2 * spread))


def cases() -> Iterator[tuple[str, list[PoolLine], DrawParameters]]:
    """Pools with towns of one firm: one stratum or many, several grades, shares of one and of many."""
    for sizes in ((8, 5, 4, 2, 1), (17, 1, 1, 1), (1,) * 12, (30, 3, 2, 1, 1)):
        pool = [PoolLine(f"{t}-{n}", "店", f"镇{t}") for t, size in enumerate(sizes) for n in range(size)]
        for count in (1, 3):
            for stratified in (True, False):
                given = DrawParameters("2026-001", 1, (Group("", count=count),), stratified=stratified)
                yield f"{sizes} 抽 {count} {'分层' if stratified else '不分层'}", pool, given
    pool = [PoolLine(f"{t}-{n}", "店", f"镇{t}", group="ABCD"[(t + n) % 4]) for t in range(6) for n in range(1 + t * 2)]
    groups = tuple(Group(name, percent=percent) for name, percent in zip("ABCD", ("5", "10", "30", "60"), strict=True))
    yield "四个等级", pool, DrawParameters("2026-001", 1, groups, stratified=True)


def main(draws: int) -> int:
    """Print a table; the exit code is 1 if a p-value is below 0.001."""
    worst = 1.0
    for name, pool, given in cases():
        times = inclusions(pool, given, draws)
        for group in given.groups:
            mine = {line.id: times[line.id] for line in pool if line.group == group.name}
            chance = Fraction(target(len(mine), group, given.rounding), len(mine))
            if 0 < chance < 1:
                statistic = chi_square(mine, chance, draws)
                p = p_value(statistic, len(mine) - 1)
                worst = min(worst, p)
                rarest = min(mine.values()) / draws
                print(
                    f"{name} {group.name}：T/E {float(chance):.4f}，最少的一户 {rarest:.4f}，"
                    f"χ² {statistic:.1f}（df {len(mine) - 1}，p {p:.3f}）"
                )
    return int(worst < 0.001)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
