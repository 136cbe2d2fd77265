"""Companies meant by their sound or by a short name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pypinyin import Style, lazy_pinyin

from archive.search.fields.analyzer import normalise
from archive.search.query.parser import Or, Word
from archive.search.query.rewrites import Rewrite

_LETTERS = re.compile(r"[a-z]{3,}")


def named_companies(text: str, companies: Sequence[str]) -> Iterator[Rewrite]:
    """Companies that sound like a word of letters, or whose name a word shortens."""
    found = [name for name in companies if _sounds(text, name) or _shortens(text, normalise(name))]
    if found:
        reason = "读音" if _LETTERS.fullmatch(text) else "简称"
        yield from (
            Rewrite(Or((Word(normalise(name)), Word(normalise(name), "company"))), f"“{text}”也许是{name}的{reason}")
            for name in found[:5]
        )


def _sounds(text: str, name: str) -> bool:
    if not _LETTERS.fullmatch(text):
        return False
    syllables = lazy_pinyin(name, style=Style.NORMAL)
    starts = range(len(syllables))
    whole = any("".join(syllables[at:]).startswith(text) for at in starts)
    return whole or text in "".join(syllable[:1] for syllable in syllables)


def _shortens(text: str, name: str) -> bool:
    """Return whether the characters of ``text`` stand in the name in this order, most of them together."""
    if len(text) < 4 or text[:2] not in name:
        return False
    rest = iter(name[name.index(text[:2]) :])
    return all(c in rest for c in text) and text not in name
