"""Splits a query into words, operators and brackets, for `archive.search.query.parser`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive.search.fields.analyzer import query_text
from archive.search.fields.fields import FIELD_OF, FIELDS
from ssj_docs.ground.errors import UsageError
from ssj_docs.ground.remedies import Remedy, do

_OPERATORS = {"AND": "and", "并且": "and", "且": "and", "OR": "or", "或": "or", "或者": "or", "NOT": "not", "非": "not"}
_OPEN, _CLOSE = "(（", ")）"
_QUOTES = {'"': '"', "“": "”", "「": "」"}


@dataclass(frozen=True)
class Token:
    """A token; ``at`` is its position from 0, ``raw`` its original text."""

    kind: str  # word, and, or, not, minus, open, close
    at: int
    text: str = ""
    quoted: bool = False
    field: str = ""
    raw: str = ""


def tokens_of(text: str) -> Sequence[Token]:
    """Split a query into tokens.

    Raises:
        UsageError: an unmatched bracket or quote, an unknown field, a field without a value.
    """
    return _lone_word(text, _Scanner(text).tokens())


def _lone_word(text: str, tokens: Sequence[Token]) -> Sequence[Token]:
    """Treat a query that is only an operator or a bracket as a word: pages contain ``或`` too."""
    if len(tokens) > 1:
        _refuse_loose_bracket(tokens)
    if tokens and not any(t.kind in ("word", "field") for t in tokens) and not re.search(r"\s", text.strip()):
        return [Token("word", 0, text.strip(), raw=text.strip())]
    return tokens


def _refuse_loose_bracket(tokens: Sequence[Token]) -> None:
    """Refuse a right bracket without a left one, unless it is the whole query."""
    for token in tokens:
        surplus = sum(c in _CLOSE for c in token.text) - sum(c in _OPEN for c in token.text)
        if token.kind == "word" and not token.quoted and token.text[-1] in _CLOSE and surplus > 0:
            place = token.at + len(token.raw)
            raise UsageError(f"第 {place} 字的右括号没有配对", "请补上左括号；括号是正文时请加引号。")


class _Scanner:
    """Splits a query into tokens."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def tokens(self) -> list[Token]:
        found: list[Token] = []
        depth: list[int] = []
        text = self.text
        while self.place < len(text):
            c = text[self.place]
            if c.isspace():
                self.place += 1
            elif c in _OPEN and self._opens_group(found):
                depth.append(self.place)
                found.append(self._single("open"))
            elif c in _CLOSE and depth:
                depth.pop()
                found.append(self._single("close"))
            elif c == "-" and self._is_minus(found):
                found.append(self._single("minus"))
            else:
                found.append(self._word(len(depth)))
        return found

    def _single(self, kind: str) -> Token:
        token = Token(kind, self.place, raw=self.text[self.place])
        self.place += 1
        return token

    def _is_minus(self, found: Sequence[Token]) -> bool:
        following = self.text[self.place + 1 : self.place + 2]
        if following == "-":
            word = self.text[self.place :].split()[0]
            raise UsageError(
                f"第 {self.place + 1} 字：没有“{word}”这个选项", Remedy("要查原文请加引号；或", do("search_options"))
            )
        if not following or following.isspace():
            return False
        # "-0012" alone is the end of a number, not an exclusion
        return bool(found) or not following.isdigit() or bool(re.search(r"\s", self.text.strip()))

    def _opens_group(self, found: Sequence[Token]) -> bool:
        """Whether a bracket opens a group: it is closed before a blank or the end, and contains more than one word.

        After a field or an operator one word is enough. ``（一）总则`` and ``（河南）`` are text.
        """
        end = _closing(self.text, self.place)
        if end < 0:
            if re.search(r"\s", self.text[self.place :].strip()):
                raise UsageError(f"第 {self.place + 1} 字的左括号没有配对", "请补上右括号；括号是正文时请加引号。")
            return False
        after = self.text[end + 1 : end + 2]
        if after and not after.isspace() and after not in _CLOSE:
            return False
        inside = self.text[self.place + 1 : end].strip()
        if not inside:
            raise UsageError(f"第 {self.place + 1} 字的括号里没有词", "请写上要找的词，或去掉括号。")
        previous = found[-1].kind if found else ""
        many = bool(re.search(r"\s", inside)) or inside[0] in _OPEN
        return many or previous in ("and", "or", "not", "minus", "field")

    def _word(self, depth: int) -> Token:
        at = self.place
        field = self._field()
        name = Token("field", at, field=field, raw=self.text[at : self.place])
        if field and self.text[self.place] in _OPEN and self._opens_group([name]):
            return name
        quoted = self._quoted()
        if quoted is not None:
            fuzzy = self.text[self.place : self.place + 1] == "~"
            self.place += fuzzy
            return Token("word", at, quoted + "~" * fuzzy, True, field, self.text[at : self.place])
        start = self.place
        balance = 0
        while self.place < len(self.text) and not self.text[self.place].isspace():
            c = self.text[self.place]
            if c in _OPEN:
                balance += 1
            elif c in _CLOSE:
                if balance == 0 and depth and self._closes_group():
                    break
                balance = max(0, balance - 1)
            self.place += 1
        word = self.text[start : self.place]
        operator = "" if field else _OPERATORS.get(word.upper(), "")
        return Token(operator or "word", at, word, False, field, self.text[at : self.place])

    def _closes_group(self) -> bool:
        after = self.text[self.place + 1 : self.place + 2]
        return not after or after.isspace() or after in _CLOSE

    def _field(self) -> str:
        """The field name at this position, moving behind its colon; empty if there is none."""
        match = re.match(r"([A-Za-z_]+|[一-鿿]{1,8})([:：])", self.text[self.place :])
        if not match:
            return ""
        field = FIELD_OF.get(match[1].lower())
        rest = self.text[self.place + match.end() :]
        if field is None:
            if match[2] == "：":
                return ""
            raise UsageError(
                f"第 {self.place + 1} 字：没有“{match[1]}”这个字段",
                "可用的字段："
                + "、".join(one.label for one in FIELDS.values() if one.names)
                + "；要按原文查找，请加引号。",
            )
        if not rest or rest[0].isspace():
            if match[2] == "：":
                return ""
            raise UsageError(f"第 {self.place + 1} 字：字段“{match[1]}”后面没有值", f"请写成 {match[1]}:要找的值。")
        self.place += match.end()
        return field

    def _quoted(self) -> str | None:
        """The quoted string that begins here; None if there is none. A Chinese quote inside a word is text."""
        opening = self.text[self.place : self.place + 1]
        closing = _QUOTES.get(opening)
        if closing is None:
            return None
        end = self.place + 1
        while True:
            end = self.text.find(closing, end)
            if end < 0:
                if opening != '"':
                    return None
                raise UsageError(f"第 {self.place + 1} 字的引号没有配对", "请补上另一个引号。")
            if opening == '"' and self.text[end - 1] == "\\":
                end += 1
                continue
            break
        after = self.text[end + 1 : end + 2]
        if opening != '"' and after and not after.isspace() and after not in _CLOSE + "~":
            return None
        inside = self.text[self.place + 1 : end].replace('\\"', '"')
        if not query_text(inside):
            raise UsageError(f"第 {self.place + 1} 字的引号里没有字", "请写上要找的词。")
        self.place = end + 1
        return inside


def _closing(text: str, start: int) -> int:
    """The position of the bracket that closes the one at ``start``, ignoring quoted ones; -1 if there is none."""
    depth = 0
    inside = False
    for place in range(start, len(text)):
        c = text[place]
        if c == '"':
            inside = not inside
        elif not inside and c in _OPEN:
            depth += 1
        elif not inside and c in _CLOSE:
            depth -= 1
            if depth == 0:
                return place
    return -1
