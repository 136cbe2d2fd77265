"""From what was seen and read of printed characters to what is said of them: altered, missing, or undetermined.

Only that which was taken away or replaced is an alteration beyond doubt. Where every printed stroke is still there, ink
was only added: a pen that runs across the character and on beyond it leaves it undetermined, whatever the recogniser
makes of the tangle (日 with a stroke through it reads as 母); ink that keeps to the character's own square, as type
does, is an alteration if another character is read there for certain (大 and 太).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from archive.comparing.character_check import LEAST_BARE, LEAST_LACKING, Sight, State
from archive.comparing.comparison import WRITTEN_OVER, Box

#: a reading less sure than this proves nothing where the picture alone does not
SURE = 0.85


@dataclass(frozen=True)
class View:
    """A character as seen, with the ink that was added to it.

    Attributes:
        sight: how its own strokes were found.
        touched: more ink lies on it that was not printed than a speck.
        crossed: that ink runs on beyond its square, or touches the next character too.
    """

    sight: Sight
    touched: bool
    crossed: bool

    @property
    def plain(self) -> bool:
        """The issued character, with nothing about it."""
        return self.sight.state is State.EQUAL and not self.touched

    @property
    def plainly_other(self) -> bool:
        """So much of its ink is gone that no reading can make it the issued character."""
        return self.sight.state is State.DIFFERENT and self.sight.lacking > 0.1

    @property
    def written_over(self) -> bool:
        """All that was printed is there, and ink from elsewhere runs across."""
        return self.crossed and self.sight.lacking <= LEAST_LACKING and self.sight.bare <= LEAST_BARE


def verdict(views: Sequence[View], found: str, sureness: float, obscured: bool) -> tuple[str, float, str]:
    """What printed characters are that were not read as issued.

    Args:
        views: the characters, none of them plain.
        found: what was read in their place.
        sureness: of the least sure character read, 0 to 1.
        obscured: they lie under a seal, are mere points, or the scan is poor: only plain cases are altered.

    Returns:
        kind of mark, confidence, and what for an undetermined place.
    """
    if all(view.written_over for view in views):
        return "undetermined", 0.5, WRITTEN_OVER
    sights = [view.sight for view in views]
    gone = sum(sight.state is State.GONE for sight in sights)
    if gone >= 0.7 * len(sights) and len(found) <= 0.2 * len(sights):
        return "missing", 0.95, ""
    lacking = max(sight.lacking for sight in sights)
    other = any(sight.state in (State.DIFFERENT, State.GONE) for sight in sights)
    if obscured:
        plain = other and lacking > 0.15 and (lacking > 0.5 or (bool(found) and sureness >= 0.8))
        return ("altered", max(lacking, sureness), "") if plain else ("undetermined", 0.5, "")
    crossed = any(view.crossed for view in views)
    if other:
        if lacking > 0.3 or not found or sureness >= 0.5:
            return "altered", max(lacking, sureness), ""
        return "undetermined", 0.5, ""
    changed = any(view.touched or view.sight.lacking > 0.01 or view.sight.bare > 0.04 for view in views)
    if found and sureness >= SURE and changed and not crossed:
        return "altered", sureness * 0.8, ""
    return "undetermined", 0.5, ""


def typed_in(line: Box, ink: Box, *, after: bool) -> bool:
    """Whether ink at the end of a line, or before its beginning, looks like type: as high as the line, level, close by.

    Args:
        line: the printed line.
        ink: the unprinted ink that was read as further characters.
        after: it stands behind the line.
    """
    high = line[3] - line[1]
    gap = ink[0] - line[2] if after else line[0] - ink[2]
    level = ink[1] > line[1] - 0.15 * high and ink[3] < line[3] + 0.15 * high
    return -0.2 * high < gap < 0.35 * high and level and ink[3] - ink[1] > 0.5 * high


def filled_in(text: str, found: str, *, after: bool) -> bool:
    """Whether what was read beside a line is what a form asks for: words after a colon, figures beside their unit."""
    neighbour = text[-1] if after else text[0]
    if after and neighbour in "：:（(第":
        return True
    return found.isdigit() and neighbour in "年月日时分人名项户元份页个共计至"


def whole_number(text: str, first: int, last: int, found: str) -> tuple[int, int, str]:
    """Widen a change inside a number or a Latin word to the whole of it, so that a person sees 18 → 28."""
    before = after = ""
    if text[first].isascii():
        while first > 0 and text[first - 1].isascii() and text[first - 1].isalnum():
            first -= 1
            before = text[first] + before
    if text[last - 1].isascii():
        while last < len(text) and text[last].isascii() and text[last].isalnum():
            after += text[last]
            last += 1
    return first, last, before + found + after


def plain(text: str) -> str:
    """Half-width forms, no blanks, look-alike marks as one."""
    kept = (character for character in unicodedata.normalize("NFKC", text) if not character.isspace())
    return "".join(_ALIKE.get(character, character) for character in kept)


#: marks that recognisers take for each other, and that no alteration hinges on
_ALIKE = dict(zip("“”„‘’·•—–〔〕【】", '"""\'\'・・--[][]', strict=True))
