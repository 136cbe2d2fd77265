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

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive.search_analyzer import query_text
from archive.search_periods import Place, period_bounds
from ssj_docs.errors import UsageError


@dataclass(frozen=True)
class Word:
    """A string that must stand on the page (``field`` empty) or in a field; ``fuzzy`` allows one misread character."""

    text: str
    field: str = ""
    fuzzy: bool = False


@dataclass(frozen=True)
class Keyword:
    """Any of these whole values in a field, compared exactly."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Between:
    """A number in a field within inclusive bounds: years as they are, dates as proleptic ordinals."""

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True)
class And:
    """All of them."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Or:
    """Any of them."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    """Every page but these."""

    part: Node


@dataclass(frozen=True)
class Everything:
    """Every page (a query of filters alone)."""


Node = Word | Keyword | Between | And | Or | Not | Everything

#: field → names that may be written before the colon
FIELDS: dict[str, tuple[str, ...]] = {
    "text": ("正文", "全文", "text", "body"),
    "title": ("标题", "题名", "title"),
    "number": ("文号", "发文字号", "number"),
    "company": ("企业", "企业名称", "市场主体", "检查对象", "company", "subject"),
    "credit": ("信用代码", "统一社会信用代码", "credit", "credit_code"),
    "people": ("人员", "检查人员", "people", "person"),
    "department": ("部门", "单位", "department", "dept"),
    "kind": ("文种", "种类", "kind"),
    "result": ("结果", "检查结果", "抽查结果", "result"),
    "task": ("任务", "抽查任务", "task"),
    "case": ("案件", "案卷", "case"),
    "item": ("件", "件号", "item"),
    "origin": ("来源", "origin"),
    "year": ("年度", "年份", "year"),
    "date": ("日期", "date"),
}
_FIELD_OF = {name: field for field, names in FIELDS.items() for name in names}
_OPERATORS = {"AND": "and", "并且": "and", "且": "and", "OR": "or", "或": "or", "或者": "or", "NOT": "not", "非": "not"}
_OPEN, _CLOSE = "(（", ")）"
_QUOTES = {'"': '"', "“": "”", "「": "」"}
_LONGEST = 1000


@dataclass(frozen=True)
class Query:
    """A parsed query.

    Attributes:
        node: the syntax tree. notes: Chinese remarks on how unclear places were read.
    """

    node: Node
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Token:
    kind: str  # word, and, or, not, minus, open, close
    at: int
    text: str = ""
    quoted: bool = False
    field: str = ""
    raw: str = ""


def parse_query(text: str) -> Query:
    """Read a query.

    Raises:
        UsageError: with the place (counted in characters from 1) and what to write instead.
    """
    if len(text) > _LONGEST:
        raise UsageError(f"检索式有 {len(text)} 字，超过 {_LONGEST} 字", "请只写关键的词句。")
    tokens = _Scanner(text).tokens()
    if not tokens:
        raise UsageError("检索式是空的", "请写要找的词；要列出某一案件的全部页，用 --case。")
    parser = _Parser(text, _lone_word(text, tokens))
    return Query(_simplify(parser.whole()), tuple(dict.fromkeys(parser.notes)))


def _lone_word(text: str, tokens: Sequence[_Token]) -> Sequence[_Token]:
    """A query that is nothing but one operator word or bracket is that word: ``或`` stands on pages too."""
    if len(tokens) > 1:
        _refuse_loose_bracket(tokens)
    if not any(t.kind in ("word", "field") for t in tokens) and not re.search(r"\s", text.strip()):
        return [_Token("word", 0, text.strip(), raw=text.strip())]
    return tokens


def _refuse_loose_bracket(tokens: Sequence[_Token]) -> None:
    """Beside other words, a right bracket without a left one is a slip of the hand."""
    for token in tokens:
        surplus = sum(c in _CLOSE for c in token.text) - sum(c in _OPEN for c in token.text)
        if token.kind == "word" and not token.quoted and token.text[-1] in _CLOSE and surplus > 0:
            place = token.at + len(token.raw)
            raise UsageError(f"第 {place} 字的右括号没有配对", "请补上左括号；括号是正文时请加引号。")


class _Scanner:
    """Cuts a query into tokens."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def tokens(self) -> list[_Token]:
        found: list[_Token] = []
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

    def _single(self, kind: str) -> _Token:
        token = _Token(kind, self.place, raw=self.text[self.place])
        self.place += 1
        return token

    def _is_minus(self, found: Sequence[_Token]) -> bool:
        following = self.text[self.place + 1 : self.place + 2]
        if following == "-":
            word = self.text[self.place :].split()[0]
            raise UsageError(
                f"第 {self.place + 1} 字：没有“{word}”这个选项", "选项见 ssj search --help；要查原文请加引号。"
            )
        if not following or following.isspace():
            return False
        # "-0012" alone is the tail of a number, not a wish to leave pages out
        return bool(found) or not following.isdigit() or bool(re.search(r"\s", self.text.strip()))

    def _opens_group(self, found: Sequence[_Token]) -> bool:
        """A bracket groups if it closes before a space or the end and holds more than one word.

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

    def _word(self, depth: int) -> _Token:
        at = self.place
        field = self._field()
        name = _Token("field", at, field=field, raw=self.text[at : self.place])
        if field and self.text[self.place] in _OPEN and self._opens_group([name]):
            return name
        quoted = self._quoted()
        if quoted is not None:
            fuzzy = self.text[self.place : self.place + 1] == "~"
            self.place += fuzzy
            return _Token("word", at, quoted + "~" * fuzzy, True, field, self.text[at : self.place])
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
        return _Token(operator or "word", at, word, False, field, self.text[at : self.place])

    def _closes_group(self) -> bool:
        after = self.text[self.place + 1 : self.place + 2]
        return not after or after.isspace() or after in _CLOSE

    def _field(self) -> str:
        """The field named here, with the place moved behind its colon; empty if there is none."""
        match = re.match(r"([A-Za-z_]+|[一-鿿]{1,8})([:：])", self.text[self.place :])
        if not match:
            return ""
        field = _FIELD_OF.get(match[1].lower())
        rest = self.text[self.place + match.end() :]
        if field is None:
            if match[2] == "：":
                return ""
            raise UsageError(
                f"第 {self.place + 1} 字：没有“{match[1]}”这个字段",
                "可用的字段：" + "、".join(names[0] for names in FIELDS.values()) + "；要按原文查找，请加引号。",
            )
        if not rest or rest[0].isspace():
            if match[2] == "：":
                return ""
            raise UsageError(f"第 {self.place + 1} 字：字段“{match[1]}”后面没有值", f"请写成 {match[1]}:要找的值。")
        self.place += match.end()
        return field

    def _quoted(self) -> str | None:
        """The string in quotes that begins here; None if none does. A Chinese quote inside a word is text."""
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
    """The place of the bracket that closes the one at ``start``; quotes are passed over; -1 if there is none."""
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


class _Parser:
    """Recursive descent: or < and < not < word, group or field group."""

    def __init__(self, text: str, tokens: Sequence[_Token]) -> None:
        self.text = text
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

    def _leaf(self, token: _Token, field: str) -> Node:
        if field in ("year", "date"):
            low, high = period_bounds(token.text, field, Place(token.at + 1, token.raw))
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
    """Flatten nested And and Or, drop double negation and repeated parts."""
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
    """The words a hit is expected to show: every `Word` that is not under a `Not`."""
    if isinstance(node, Word):
        return [node]
    if isinstance(node, And | Or):
        return [word for part in node.parts for word in words(part)]
    return []
