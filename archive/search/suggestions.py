"""The second list: pages that match something close to the query, each saying what, where the exact list is thin."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from archive.search.engines.port import Found, Wanted
from archive.search.fields.fields import PageRecord
from archive.search.query.match import Prepared
from archive.search.query.names import Names
from archive.search.query.parser import And, Node, Not, Or, Word, words
from archive.search.query.rewrites import Rewrite, loose_strings, replaced, rewrites
from archive.search.results import Hit, SearchResult, Suggestion, WordCount

#: an exact list is thin below this
THIN = 3
_MOST = 10
#: pages looked at for strings that are close to a word
_LOOKED_AT = 400
_LONGEST = 24
#: finds the pages of a query that the user may see
Ask = Callable[[Node, Wanted], Found]
#: the page as a hit of a query
Show = Callable[[PageRecord, float, Node], Hit]


@dataclass(frozen=True)
class Knowledge:
    """What the office knows: its names, and the companies of its registers (read only where needed)."""

    names: Names
    companies: Callable[[], Sequence[str]]


def with_suggestions(node: Node, exact: SearchResult, ask: Ask, show: Show, known: Knowledge) -> SearchResult:
    """The exact result, unchanged, with the second list beside it; without hits also the count of each word."""
    bare = [word for word in dict.fromkeys(words(node)) if word.field in ("", "text")]
    if exact.total >= THIN or not bare:
        return exact
    seen = {hit.record.id for hit in exact.hits}
    found: list[Suggestion] = []
    for other, why in _others(node, bare, ask, known, empty=not exact.total):
        for record, score in ask(other, Wanted(_MOST + len(seen))).records:
            if record.id not in seen and len(found) < _MOST:
                seen.add(record.id)
                found.append(Suggestion(show(record, score, other), why))
        if len(found) >= _MOST:
            break
    counts: tuple[WordCount, ...] = ()
    if not exact.total and len(bare) > 1:
        counts = tuple(WordCount(word.text, ask(word, Wanted(0)).total) for word in bare)
    return replace(exact, maybe=tuple(found), words=counts)


def _others(node: Node, bare: Sequence[Word], ask: Ask, known: Knowledge, *, empty: bool) -> Iterator[tuple[Node, str]]:
    """Queries close to this one, the closest first. Freer ones only where nothing was found."""
    for word in bare:
        for rewrite in _of_word(word, ask, known, empty=empty):
            yield replaced(node, word, rewrite.node), rewrite.why
    if not empty:
        return
    if isinstance(node, And):
        for place, part in enumerate(node.parts):
            rest = (*node.parts[:place], *node.parts[place + 1 :])
            if not isinstance(part, Not) and rest:
                shown = "、".join(f"“{word.text}”" for word in words(part)) or "其中一个条件"
                yield (And(rest) if len(rest) > 1 else rest[0]), f"不含{shown}"
    for word in bare:
        for rewrite in _pieces(word, ask):
            yield replaced(node, word, rewrite.node), rewrite.why


def _of_word(word: Word, ask: Ask, known: Knowledge, *, empty: bool) -> Iterator[Rewrite]:
    yield from rewrites(word, known.names)
    if empty:
        from archive.search.query.company_names import named_companies  # noqa: PLC0415 - slow to import

        yield from named_companies(word.text, known.companies())
    if 3 <= len(word.text) <= _LONGEST:
        yield from _loose(word, ask, edits=empty)


def _loose(word: Word, ask: Ask, *, edits: bool) -> Iterator[Rewrite]:
    """Strings of the pages that differ from the word in signs or in one character."""
    text = word.text
    ends: list[Node] = [And((Word(text[:2]), Word(text[-2:])))]
    if edits and len(text) >= 4:
        ends += [And((Word(text[:at]), Word(text[at + 1 :]))) for at in range(1, len(text) - 1)]
        ends += [And((Word(text[:at]), Word(text[at:]))) for at in range(2, len(text) - 1)]
        ends += [Word(text[1:]), Word(text[:-1])]
    records = ask(Or(tuple(ends)) if len(ends) > 1 else ends[0], Wanted(_LOOKED_AT)).records
    looked = [string for page in (Prepared.of(record) for record, _ in records) for string in (page.text, page.cover)]
    for reason in ("标点、括号不同", "差一个字"):
        close = [Word(string) for string, why in loose_strings(text, looked, edits=edits) if why == reason]
        if close:
            shown = "、".join(f"“{one.text}”" for one in close[:3])
            yield Rewrite(close[0] if len(close) == 1 else Or(tuple(close)), f"{reason}：{shown}")


def _pieces(word: Word, ask: Ask) -> Iterator[Rewrite]:
    """The longest pieces of a word that stand on some page, at least half of it."""
    text = word.text
    for length in range(min(len(text), _LONGEST) - 1, max(2, len(text) // 2 - 1), -1):
        places = (text[at : at + length] for at in range(len(text) - length + 1))
        pieces = [Word(piece) for piece in places if re.search("[\u3400-\u9fff]{2}", piece)]
        held = [piece for piece in pieces if ask(piece, Wanted(0)).total]
        if held:
            shown = "、".join(f"“{one.text}”" for one in held[:3])
            yield Rewrite(held[0] if len(held) == 1 else Or(tuple(held)), f"只有{shown}")
            return
