"""Which column says which fact: heading and contents weighed together, all columns at once, each with its margin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.intake.tables.contents import Profile
from ssj_docs.intake.tables.facts import FACTS, Fact
from ssj_docs.intake.tables.labels import EXACT, label_score, weighed_heading

#: below this a column says nothing that is known
LIKELY = 2.0
#: a decision with less margin than this is asked about
MARGIN = 0.75
_FORBIDDEN = -1e6


@dataclass(frozen=True)
class Candidate:
    """A column with its heading as written (parts from top to bottom joined) and its contents; ``again``: the heading stood
    before it once already.
    """

    column: int
    label: str
    profile: Profile
    again: bool = False


@dataclass(frozen=True)
class Match:
    """A column and the fact it says; ``margin``: how much worse the best other reading of the whole table is, in which
    it says ``rival`` or the column ``other`` says the fact.
    """

    column: int
    label: str
    key: str
    score: float
    margin: float
    rival: str = ""
    other: int = 0
    chosen: bool = False
    again: bool = False

    @property
    def heading(self) -> str:
        """The heading as it is weighed."""
        return weighed_heading(self.label, again=self.again)

    @property
    def how(self) -> str:
        """``指定`` by the clerk · ``认出`` beyond doubt · ``推测`` likely."""
        return "指定" if self.chosen else "认出" if self.score >= 4.5 else "推测"


@dataclass(frozen=True)
class Matching:
    """All matches of a table, ``left``: columns without a fact with the fact they come nearest to (or empty)."""

    matches: tuple[Match, ...]
    left: Mapping[int, str] = field(default_factory=dict)
    total: float = 0.0


def column_score(candidate: Candidate, fact: Fact, kind: Kind) -> float:
    """Heading and contents together; a column of values that this fact cannot have is no candidate."""
    heading = label_score(weighed_heading(candidate.label, again=candidate.again), fact, kind)
    profile = candidate.profile
    if not profile.filled:
        return heading
    gains = [
        weight * profile.share(value) for value, weight in fact.values.items() if value != "running" and weight > 0
    ]
    losses = [
        weight * profile.share(value) for value, weight in fact.values.items() if value != "running" and weight < 0
    ]
    gain, loss = max(gains, default=0.0), min(losses, default=0.0)
    if "running" in fact.values and profile.running:
        (gain, loss) = (
            (gain + fact.values["running"], loss)
            if fact.values["running"] > 0
            else (gain, loss + fact.values["running"])
        )
    if profile.strong and profile.strong not in fact.values:
        loss -= 1.5
    most = max(fact.values.values(), default=0.0)
    if most >= 4 and gain < 0.15 * most and profile.filled >= 2:
        loss -= 1.5  # nothing of what this fact usually holds
    if loss and gain >= 1.0 and gain / (max(fact.values.values()) or 1) > 0.6:
        loss *= 0.3  # what it can hold is there: another kind that fits as well speaks little against it
    if heading >= EXACT:
        loss = max(loss, -3.0)  # an official heading over faulty values is still that column: the values are told
    if heading <= 0.0:
        # contents alone suffice only where they leave no doubt, and a blank or foreign code stands above them
        return heading + 0.55 * gain + loss if heading > -1.5 and gain >= 4 else min(heading, 0.0) + loss
    return heading + 0.5 * gain + loss


def match_columns(
    candidates: Sequence[Candidate], kind: Kind, *, with_margins: bool = True, without: frozenset[str] = frozenset()
) -> Matching:
    """The best reading of all columns together; ``without``: facts that other columns say already."""
    facts = [fact for fact in FACTS[kind] if fact.key not in without]
    scores = [[column_score(candidate, fact, kind) for fact in facts] for candidate in candidates]
    gains = [[max(score - LIKELY + 0.5, 0.0) if score >= LIKELY else _FORBIDDEN for score in row] for row in scores]
    chosen, total = _assign(gains)
    matches = []
    for index, fact in sorted(chosen.items()):
        margin, rival, other = _margin(gains, chosen, index, fact, total) if with_margins else (9.0, -1, -1)
        candidate = candidates[index]
        key = facts[fact].key
        rival_key = facts[rival].key if rival >= 0 else ""
        instead = candidates[other].column if other >= 0 else 0
        score, label = scores[index][fact], candidate.label
        matches.append(Match(candidate.column, label, key, score, margin, rival_key, instead, again=candidate.again))
    left = {}
    for index, candidate in enumerate(candidates):
        if index in chosen:
            continue
        best = max(range(len(facts)), key=lambda fact: scores[index][fact])
        left[candidate.column] = facts[best].key if scores[index][best] >= LIKELY else ""
    return Matching(tuple(matches), left, total)


def quick_total(candidates: Sequence[Candidate], kind: Kind) -> tuple[float, int]:
    """An upper bound of the total and the number of columns with a likely fact, without assignment."""
    facts = FACTS[kind]
    best: dict[str, float] = {}
    for candidate in candidates:
        score, key = max((column_score(candidate, fact, kind), fact.key) for fact in facts)
        if score >= LIKELY:
            best[key] = max(best.get(key, 0.0), score - LIKELY + 0.5)
    return sum(best.values()), len(best)


def _margin(
    gains: Sequence[Sequence[float]], chosen: Mapping[int, int], index: int, fact: int, total: float
) -> tuple[float, int, int]:
    """How much is lost if this column does not say this fact, what it would say then, and which column, free until now,
    would say this fact instead (-1: none).
    """
    changed = [list(row) for row in gains]
    changed[index][fact] = _FORBIDDEN
    other, best = _assign(changed)
    instead = next((row for row, said in other.items() if said == fact and row not in chosen), -1)
    return total - best, other.get(index, -1), instead


def _assign(gains: Sequence[Sequence[float]]) -> tuple[dict[int, int], float]:
    """Rows to columns with the greatest sum, each once, rows may stay without (Kuhn and Munkres)."""
    rows, columns = len(gains), len(gains[0]) if gains else 0
    if not rows or not columns:
        return {}, 0.0
    width = columns + rows  # a column of its own for each row that stays without
    cost = [
        [-value if value > _FORBIDDEN / 2 else 1e6 for value in row]
        + [0.0 if extra == index else 1e6 for extra in range(rows)]
        for index, row in enumerate(gains)
    ]
    u, v = [0.0] * (rows + 1), [0.0] * (width + 1)
    way, match = [0] * (width + 1), [0] * (width + 1)
    for row in range(1, rows + 1):
        match[0] = row
        at, low, used = 0, [1e18] * (width + 1), [False] * (width + 1)
        while True:
            used[at] = True
            current, delta, following = match[at], 1e18, 0
            line = cost[current - 1]
            for column in range(1, width + 1):
                if used[column]:
                    continue
                value = line[column - 1] - u[current] - v[column]
                if value < low[column]:
                    low[column], way[column] = value, at
                if low[column] < delta:
                    delta, following = low[column], column
            for column in range(width + 1):
                if used[column]:
                    u[match[column]] += delta
                    v[column] -= delta
                else:
                    low[column] -= delta
            at = following
            if match[at] == 0:
                break
        while at:
            match[at] = match[way[at]]
            at = way[at]
    found = {match[column] - 1: column - 1 for column in range(1, columns + 1) if match[column]}
    found = {row: column for row, column in found.items() if gains[row][column] > _FORBIDDEN / 2}
    return found, sum(gains[row][column] for row, column in found.items())
