"""Decides from picture and reading whether printed characters are altered, missing or undetermined.

Only removed or replaced ink proves an alteration. If every printed stroke is still there, ink was only added: a pen stroke
that crosses the character and continues beyond it leaves it undetermined, whatever the OCR reads (日 with a stroke through
it reads as 母). Added ink that stays inside the character's square, as printed type does, is an alteration if another
character is read there with certainty (大 and 太).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from archive.comparing.character_check import LEAST_BARE, LEAST_LACKING, CharacterMatch, State
from archive.comparing.comparison import WRITTEN_OVER, Box

#: a less certain reading proves nothing by itself
SURE = 0.85


@dataclass(frozen=True)
class CharacterView:
    """A character compared with the scan, and the ink added to it.

    Attributes:
        match: how its own strokes were found.
        touched: it has more unprinted ink on it than a speck.
        crossed: that ink continues outside its square, or touches the next character too.
    """

    match: CharacterMatch
    touched: bool
    crossed: bool

    @property
    def plain(self) -> bool:
        """Whether the issued character is there, without added ink."""
        return self.match.state is State.EQUAL and not self.touched

    @property
    def plainly_other(self) -> bool:
        """Whether so much of its ink is gone that it cannot be the issued character."""
        return self.match.state is State.DIFFERENT and self.match.lacking > 0.1

    @property
    def written_over(self) -> bool:
        """Whether all printed strokes are there and other ink crosses them."""
        return self.crossed and self.match.lacking <= LEAST_LACKING and self.match.bare <= LEAST_BARE


def verdict(views: Sequence[CharacterView], found: str, sureness: float, obscured: bool) -> tuple[str, float, str]:
    """Judge printed characters that were not read as issued.

    Args:
        views: the characters; none of them is plain.
        found: what was read in their place.
        sureness: probability of the least certain character read, 0 to 1.
        obscured: whether they are under a seal, only punctuation, or on a poor scan; then only clear cases count as altered.

    Returns:
        The kind of mark, a confidence, and a cause for undetermined places.
    """
    if all(view.written_over for view in views):
        return "undetermined", 0.5, WRITTEN_OVER
    matches = [view.match for view in views]
    gone = sum(match.state is State.GONE for match in matches)
    if gone >= 0.7 * len(matches) and len(found) <= 0.2 * len(matches):
        return "missing", 0.95, ""
    lacking = max(match.lacking for match in matches)
    other = any(match.state in (State.DIFFERENT, State.GONE) for match in matches)
    if obscured:
        plain = other and lacking > 0.15 and (lacking > 0.5 or (bool(found) and sureness >= 0.8))
        return ("altered", max(lacking, sureness), "") if plain else ("undetermined", 0.5, "")
    crossed = any(view.crossed for view in views)
    if other:
        if lacking > 0.3 or not found or sureness >= 0.5:
            return "altered", max(lacking, sureness), ""
        return "undetermined", 0.5, ""
    changed = any(view.touched or view.match.lacking > 0.01 or view.match.bare > 0.04 for view in views)
    if found and sureness >= SURE and changed and not crossed:
        return "altered", sureness * 0.8, ""
    return "undetermined", 0.5, ""


def typed_in(line: Box, ink: Box, *, after: bool) -> bool:
    """Return whether ink before or after a line looks like type: as high as the line, level with it, and close.

    Args:
        line: the printed line.
        ink: unprinted ink that was read as further characters.
        after: whether it follows the line.
    """
    high = line[3] - line[1]
    gap = ink[0] - line[2] if after else line[0] - ink[2]
    level = ink[1] > line[1] - 0.15 * high and ink[3] < line[3] + 0.15 * high
    return -0.2 * high < gap < 0.35 * high and level and ink[3] - ink[1] > 0.5 * high


def filled_in(text: str, found: str, *, after: bool) -> bool:
    """Return whether text beside a line is what a form asks for: words after a colon, digits before a unit."""
    neighbour = text[-1] if after else text[0]
    if after and neighbour in "：:（(第":
        return True
    return found.isdigit() and neighbour in "年月日时分人名项户元份页个共计至"


def whole_number(text: str, first: int, last: int, found: str) -> tuple[int, int, str]:
    """Extend a change inside a number or a Latin word to all of it, so that a person sees 18 → 28."""
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
    """Normalise text for comparison: half-width forms, no blanks, look-alike punctuation unified."""
    kept = (character for character in unicodedata.normalize("NFKC", text) if not character.isspace())
    return "".join(_ALIKE.get(character, character) for character in kept)


#: punctuation that OCR confuses and that does not matter for alterations
_ALIKE = dict(zip("“”„‘’·•—–〔〕【】", '"""\'\'・・--[][]', strict=True))
