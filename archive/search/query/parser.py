"""The query language: text → syntax tree, with a clear message for every mistake.

    检查 记录            words side by side: both          住所 OR 地址 · 住所 或 地址   either
    检查 -合格 · 检查 NOT 合格 · 检查 非 合格   not          (住所 或 地址) 检查           brackets
    "现场 检查"          one string, taken literally       部门:应急 结果:责令改正       fields (FIELDS)
    年度:2022..2024  年度:>=2023  日期:2024-03..2024-06   ranges
    责令改正~            one misread character allowed in OCR text

A word is a plain string: quotes, brackets, colons and dashes inside it are its own characters, so that a piece of a
page can be pasted as it is. Operators count only where they stand alone between words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive.search.fields.analyzer import query_text
from archive.search.fields.fields import FIELDS, PERIODS
from archive.search.query.periods import QueryPosition, period_bounds
from archive.search.query.tokens import Token, tokens_of
from ssj_docs.ground.errors import UsageError
from ssj_docs.ground.remedies import Remedy, do


@dataclass(frozen=True)
class Word:
    """A string to find on the page (``field`` empty) or in a field; ``fuzzy`` allows one misread character."""

    text: str
    field: str = ""
    fuzzy: bool = False


@dataclass(frozen=True)
class Keyword:
    """Any of these exact values in a field."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Between:
    """A number in a field within inclusive bounds: years themselves, dates as proleptic ordinals."""

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True)
class And:
    """All parts must match."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Or:
    """At least one part must match."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    """The part must not match."""

    part: Node


@dataclass(frozen=True)
class Everything:
    """Matches every page (for filters without a query)."""


Node = Word | Keyword | Between | And | Or | Not | Everything

_LONGEST = 1000


@dataclass(frozen=True)
class Query:
    """A parsed query.

    Attributes:
        node: the syntax tree.
        notes: Chinese remarks on how ambiguous places were read.
    """

    node: Node
    notes: tuple[str, ...] = ()


def parse_query(text: str) -> Query:
    """Parse a query.

    Raises:
        UsageError: with the position (counted in characters from 1) and a correction.
    """
    if len(text) > _LONGEST:
        raise UsageError(f"检索式有 {len(text)} 字，超过 {_LONGEST} 字", "请只写关键的词句。")
    tokens = tokens_of(text)
    if not tokens:
        raise UsageError("检索式是空的", Remedy("请写要找的词；或", do("list_pages")))
    parser = _Parser(tokens)
    return Query(_simplify(parser.whole()), tuple(dict.fromkeys(parser.notes)))


class _Parser:
    """Recursive descent: or < and < not < word, group or field group."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self.notes: list[str] = []

    def whole(self) -> Node:
        node = self._either("")
        if self.place < len(self.tokens):
            token = self.tokens[self.place]
            raise UsageError(f"第 {token.at + 1} 字的“{token.raw}”放错了位置", "请检查括号和 OR、NOT 的写法。")
        return node

    def _peek(self) -> str:
        return self.tokens[self.place].kind if self.place < len(self.tokens) else "end"

    def _either(self, field: str) -> Node:
        parts = [self._all(field)]
        while self._peek() == "or":
            self.place += 1
            parts.append(self._all(field))
        return Or(tuple(parts)) if len(parts) > 1 else parts[0]

    def _all(self, field: str) -> Node:
        parts = [self._one(field)]
        while self._peek() not in ("or", "close", "end"):
            if self._peek() == "and":
                self.place += 1
            parts.append(self._one(field))
        return And(tuple(parts)) if len(parts) > 1 else parts[0]

    def _one(self, field: str) -> Node:
        if self._peek() in ("not", "minus"):
            self.place += 1
            return Not(self._one(field))
        if self._peek() in ("and", "or", "close", "end"):
            raise self._nothing_here()
        token = self.tokens[self.place]
        self.place += 1
        if token.kind == "field":
            if self._peek() != "open":
                raise UsageError(f"第 {token.at + 1} 字：“{token.raw}”后面的括号没有配对", "请补上右括号。")
            return self._one(token.field)
        if token.kind == "open":
            node = self._either(field)
            if self._peek() != "close":
                raise UsageError(f"第 {token.at + 1} 字的左括号没有配对", "请补上右括号。")
            self.place += 1
            return node
        return self._leaf(token, token.field or field)

    def _nothing_here(self) -> UsageError:
        if self.place < len(self.tokens):
            token = self.tokens[self.place]
            return UsageError(f"第 {token.at + 1} 字的“{token.raw}”前面缺少要找的词", "请补上词，或给它加引号。")
        last = self.tokens[-1]
        return UsageError(f"第 {last.at + 1} 字的“{last.raw}”后面缺少要找的词", "请补上词，或给它加引号。")

    def _leaf(self, token: Token, field: str) -> Node:
        if field in PERIODS:
            low, high = period_bounds(token.text, FIELDS[field].kind, QueryPosition(token.at + 1, token.raw))
            return Between(field, low, high)
        if token.field and "：" in token.raw[: len(token.raw) - len(token.text)]:
            self.notes.append(f"“{token.raw}”按字段理解；要查原文，请加引号。")
        fuzzy = token.text.endswith("~") and len(token.text) > 1
        text = query_text(token.text[:-1] if fuzzy else token.text)
        if not text:
            raise UsageError(f"第 {token.at + 1} 字的“{token.raw}”里没有可以查找的字", "请写上要找的词。")
        if fuzzy and len(text) < 3:
            raise UsageError(f"第 {token.at + 1} 字的“{token.raw}”太短，不能容错", "容错查找（~）至少要三个字。")
        if fuzzy and field not in ("", "text"):
            raise UsageError(f"第 {token.at + 1} 字：字段里不能容错查找", "请去掉 ~；容错只用于正文。")
        return Word(text, field, fuzzy)


def _simplify(node: Node) -> Node:
    """Flatten nested And and Or, remove double negation and repeated parts."""
    if isinstance(node, Not):
        inner = _simplify(node.part)
        return inner.part if isinstance(inner, Not) else Not(inner)
    if isinstance(node, And | Or):
        parts: list[Node] = []
        for part in map(_simplify, node.parts):
            parts.extend(part.parts if type(part) is type(node) else (part,))
        unique = tuple(dict.fromkeys(parts))
        return unique[0] if len(unique) == 1 else replace(node, parts=unique)
    return node


def words(node: Node) -> list[Word]:
    """The words that a hit is expected to show: every `Word` that is not inside a `Not`."""
    if isinstance(node, Word):
        return [node]
    if isinstance(node, And | Or):
        return [word for part in node.parts for word in words(part)]
    return []
