"""Bar charts as data: where each bar lies and what it says; drawn as SVG by ``views/charts.html``, readable without colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: units of the drawing: the whole width, where bars begin and how long the longest is, height of a row
WIDTH, LEFT, LONG, ROW = 720, 210, 400, 26
_TOP = 8
_LABEL = 15
#: how the parts of a bar are filled, in their order
FILLS = ("full", "hatch", "dots", "empty")


@dataclass(frozen=True)
class Part:
    """A piece of a bar: where it begins, how long it is, how it is filled, what it says when pointed at."""

    x: float
    width: float
    fill: str
    told: str


@dataclass(frozen=True)
class Row:
    """One bar: its top, its label cut to fit and in full, its parts, the words behind it, and where its target stands."""

    y: int
    label: str
    name: str
    parts: tuple[Part, ...]
    words: str
    target: float | None = None


@dataclass(frozen=True)
class Chart:
    """A chart.

    Attributes:
        id: unique on the page. title, told: for those who do not see it. ticks: (x, text). legend: (fill, text).
    """

    id: str
    title: str
    told: str
    rows: tuple[Row, ...]
    ticks: tuple[tuple[float, str], ...]
    legend: tuple[tuple[str, str], ...]

    @property
    def height(self) -> int:
        """Of the whole drawing."""
        return _TOP + ROW * len(self.rows) + 26


@dataclass(frozen=True)
class Share:
    """A row of a chart of percentages: None where there is nothing to judge; ``words`` stand behind the bar."""

    name: str
    value: float | None
    target: float | None
    words: str


def share_chart(identity: str, title: str, shares: Sequence[Share]) -> Chart:
    """Percentages from 0 to 100, each with a line where its target stands."""
    rows = []
    for number, one in enumerate(shares):
        value = min(max(one.value or 0.0, 0.0), 100.0)
        parts = (
            Part(LEFT, round(LONG * value / 100, 1), "full", f"{one.name}：{one.words}"),
            Part(round(LEFT + LONG * value / 100, 1), round(LONG * (100 - value) / 100, 1), "empty", ""),
        )
        target = None if one.target is None else round(LEFT + LONG * min(max(one.target, 0), 100) / 100, 1)
        rows.append(Row(_TOP + ROW * number, _cut(one.name), one.name, parts, one.words, target))
    ticks = tuple((LEFT + LONG * share / 100, f"{share}%") for share in (0, 25, 50, 75, 100))
    told = "；".join(f"{one.name} {one.words}" for one in shares)
    legend = (("full", "值"), ("empty", "差额"), ("target", "目标"))
    return Chart(identity, title, told, tuple(rows), ticks, legend)


def count_chart(identity: str, title: str, parts: Sequence[str], rows: Sequence[tuple[str, Sequence[int]]]) -> Chart:
    """Counts in parts, one bar a row.

    Args:
        parts: what the parts are, four at most. rows: name, then one count a part.
    """
    most = max([sum(counts) for _, counts in rows] + [1])
    step = _step(most)
    scale = LONG / (-(-most // step) * step)
    made = []
    for number, (name, counts) in enumerate(rows):
        x, drawn = float(LEFT), []
        for fill, what, count in zip(FILLS, parts, counts, strict=False):
            drawn.append(Part(round(x, 1), round(count * scale, 1), fill, f"{name}：{what} {count}"))
            x += count * scale
        words = " / ".join(map(str, counts))
        made.append(Row(_TOP + ROW * number, _cut(name), name, tuple(part for part in drawn if part.width), words))
    ticks = tuple((round(LEFT + at * scale, 1), str(at)) for at in range(0, -(-most // step) * step + 1, step))
    told = "；".join(
        f"{name}：" + "，".join(f"{what} {count}" for what, count in zip(parts, counts, strict=True))
        for name, counts in rows
    )
    return Chart(identity, title, told, tuple(made), ticks, tuple(zip(FILLS, parts, strict=False)))


def _step(most: int) -> int:
    """Distance of the ticks, so that there are two to five of them."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if most <= 5 * size * factor:
                return size * factor
        size *= 10


def _cut(name: str) -> str:
    return name if len(name) <= _LABEL else name[: _LABEL - 1] + "…"
