"""Paths to the facts that papers print: ``case.groups[].items[]`` → the values, through any lists on the way."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ssj_docs.facts.vocabulary import Fact, Facts, paths


@dataclass(frozen=True)
class FactPath:
    """A path to a fact.

    Attributes:
        text: as written.
        steps: the facts on the way, the target last.
    """

    text: str
    steps: tuple[Fact, ...]

    @property
    def lists(self) -> tuple[str, ...]:
        """The lists on the way, each as the path to it: ``case.groups[]``, ``case.groups[].items[]``."""
        parts = self.text.split(".")
        return tuple(".".join(parts[: n + 1]) for n, step in enumerate(self.steps) if step.many)

    def after(self, above: str) -> tuple[Fact, ...]:
        """The steps below a list on the way; all of them for an empty ``above``."""
        return self.steps[len(above.split(".")) :] if above else self.steps


def values(thing: Any, steps: Sequence[Fact]) -> list[Any]:
    """The values at the end of the steps, with lists concatenated; missing ones are left out."""
    found = [thing]
    for step in steps:
        reached = (step.value(one) for one in found)
        found = [one for many in reached for one in many or ()] if step.many else [o for o in reached if o is not None]
    return found


def find_path(facts: Facts, text: str) -> FactPath | None:
    """Find the path; None if it does not lead to a text or a list of texts."""
    steps: list[Fact] = []
    below = facts
    for part in text.split("."):
        fact = below.get(part.removesuffix("[]"))
        if fact is None or fact.many != part.endswith("[]"):
            return None
        steps.append(fact)
        below = fact.below
    return FactPath(text, tuple(steps))


def nearest(facts: Facts, text: str) -> str:
    """The path most similar to a misspelt one, in words; empty if there is none."""
    known = dict(paths(facts))
    like = difflib.get_close_matches(text, known, n=1, cutoff=0.5)
    return f"是否应写 {like[0]}（{known[like[0]].name}）？" if like else ""
