"""Bar charts as data: positions and labels. ``views/charts.html`` draws them as SVG, readable without colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: in units of the drawing: total width, start of the bars, length of the longest bar, height of a row
WIDTH, LEFT, LONG, ROW = 720, 210, 400, 26
_TOP = 8
_LABEL = 15
#: fills of the segments of a bar, in order
FILLS = ("full", "hatch", "dots", "empty")


@dataclass(frozen=True)
class BarSegment:
    """A segment of a bar: start, length, fill and tooltip."""

    x: float
    width: float
    fill: str
    told: str


@dataclass(frozen=True)
class ChartBar:
    """One bar: its position, label (shortened and in full), segments, note, and the position of its target."""

    y: int
    label: str
    name: str
    parts: tuple[BarSegment, ...]
    words: str
    target: float | None = None


@dataclass(frozen=True)
class SvgChart:
    """A chart.

    Attributes:
        id: unique on the page.
        title, told: read by screen readers.
        ticks: (x, text).
        legend: (fill, text).
    """

    id: str
    title: str
    told: str
    rows: tuple[ChartBar, ...]
    ticks: tuple[tuple[float, str], ...]
    legend: tuple[tuple[str, str], ...]

    @property
    def height(self) -> int:
        """The height of the drawing."""
        return _TOP + ROW * len(self.rows) + 26


@dataclass(frozen=True)
class Share:
    """A row of a chart of percentages, None if there is nothing to judge; ``words`` are shown behind the bar."""

    name: str
    value: float | None
    target: float | None
    words: str


def share_chart(identity: str, title: str, shares: Sequence[Share]) -> SvgChart:
    """A chart of percentages from 0 to 100, each with a line at its target."""
    rows = []
    for number, one in enumerate(shares):
        value = min(max(one.value or 0.0, 0.0), 100.0)
        parts = (
            BarSegment(LEFT, round(LONG * value / 100, 1), "full", f"{one.name}：{one.words}"),
            BarSegment(round(LEFT + LONG * value / 100, 1), round(LONG * (100 - value) / 100, 1), "empty", ""),
        )
        target = None if one.target is None else round(LEFT + LONG * min(max(one.target, 0), 100) / 100, 1)
        rows.append(ChartBar(_TOP + ROW * number, _cut(one.name), one.name, parts, one.words, target))
    ticks = tuple((LEFT + LONG * share / 100, f"{share}%") for share in (0, 25, 50, 75, 100))
    told = "；".join(f"{one.name} {one.words}" for one in shares)
    legend = (("full", "值"), ("empty", "差额"), ("target", "目标"))
    return SvgChart(identity, title, told, tuple(rows), ticks, legend)


def count_chart(identity: str, title: str, parts: Sequence[str], rows: Sequence[tuple[str, Sequence[int]]]) -> SvgChart:
    """A chart of counts, one stacked bar a row.

    Args:
        parts: names of the segments, four at most.
        rows: a name, then one count for each segment.
    """
    most = max([sum(counts) for _, counts in rows] + [1])
    step = _step(most)
    scale = LONG / (-(-most // step) * step)
    made = []
    for number, (name, counts) in enumerate(rows):
        x, drawn = float(LEFT), []
        for fill, what, count in zip(FILLS, parts, counts, strict=False):
            drawn.append(BarSegment(round(x, 1), round(count * scale, 1), fill, f"{name}：{what} {count}"))
            x += count * scale
        words = " / ".join(map(str, counts))
        made.append(ChartBar(_TOP + ROW * number, _cut(name), name, tuple(part for part in drawn if part.width), words))
    ticks = tuple((round(LEFT + at * scale, 1), str(at)) for at in range(0, -(-most // step) * step + 1, step))
    told = "；".join(
        f"{name}：" + "，".join(f"{what} {count}" for what, count in zip(parts, counts, strict=True))
        for name, counts in rows
    )
    return SvgChart(identity, title, told, tuple(made), ticks, tuple(zip(FILLS, parts, strict=False)))


def _step(most: int) -> int:
    """The distance of ticks that gives two to five of them."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if most <= 5 * size * factor:
                return size * factor
        size *= 10


def _cut(name: str) -> str:
    return name if len(name) <= _LABEL else name[: _LABEL - 1] + "…"
