"""Hints for a query without hits: what may have been meant differently."""

from __future__ import annotations

import re

from archive.search.fields.fields import FIELDS
from archive.search.query.names import Names
from archive.search.query.parser import Node, Word, words

_SIGNS = re.compile(r"[&|+,;、]+")
_WILDCARD = re.compile(r"[*?%]")
#: operators that stand as text, because they touch a word or are full width
_OPERATOR = re.compile(r"(?:and|or|not)(?:\(.*)?|-.+")
_SEPARATOR = re.compile(r"[,;、]")


def hints(node: Node, names: Names) -> list[str]:
    """Return Chinese remarks on the words of a query without hits."""
    found = []
    for word in words(node):
        if not names.has_part(word):
            found.append(f"没有含“{word.text}”的{FIELDS[word.field].label}。")
        elif word.field in ("", "text"):
            found += _on_signs(word)
    return found


def _on_signs(word: Word) -> list[str]:
    text = word.text
    if _SIGNS.fullmatch(text):
        return [f"“{text}”按页上的字查找；都要有的词用空格隔开，有一个就行的写 OR。"]
    if _OPERATOR.fullmatch(text):
        return [f"“{text}”按页上的字查找；OR、NOT 写成半角，两边用空格隔开；“-”紧接在词前，写成半角。"]
    if text.count("(") != text.count(")"):
        return [f"“{text}”里的括号没有配对，按页上的字查找。"]
    if _WILDCARD.search(text):
        return [f"“{text}”里的符号按页上的字查找，不作通配符；不分词，写出要找的字就行。"]
    if _SEPARATOR.search(text):
        return [f"“{text}”按一整串查找；分别查找请用空格隔开。"]
    return []
