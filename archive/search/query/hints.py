"""Remarks for a query that found nothing: what in it may have been meant otherwise than it was read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from archive.search.fields.analyzer import normalise
from archive.search.query.parser import Node, Word, words
from ssj_docs.model.office import Office

#: origin of a page's text → names by which a query may ask for it, the first as shown to people
ORIGIN_NAMES: dict[str, tuple[str, ...]] = {
    "text": ("文字", "文字层", "电子"),
    "ocr": ("扫描识别", "扫描", "扫描件", "识别"),
    "issued": ("原发文字", "原发", "签发"),
}
_SIGNS = re.compile(r"[&|+,;、]+")
_WILDCARD = re.compile(r"[*?%]")
_SEPARATOR = re.compile(r"[,;、]")


def hints(node: Node, office: Office, kinds: Mapping[str, str]) -> list[str]:
    """Chinese remarks on the words of a query without hits; ``kinds`` are document kinds with their titles."""
    known: Mapping[str, tuple[str, Sequence[str]]] = {
        "department": ("部门", [name for d in office.departments for name in (d.name, d.short, d.code, *d.aliases)]),
        "result": ("检查结果", [name for r in office.results for name in (r.label, r.code, r.header, *r.aliases)]),
        "kind": ("文种", [name for pair in kinds.items() for name in pair]),
        "origin": ("来源", [name for pair in ORIGIN_NAMES.items() for name in (pair[0], *pair[1])]),
    }
    found = []
    for word in words(node):
        if word.field in known:
            what, names = known[word.field]
            if not any(word.text in normalise(name) for name in names):
                found.append(f"没有含“{word.text}”的{what}。")
        elif word.field in ("", "text"):
            found += _on_signs(word)
    return found


def _on_signs(word: Word) -> list[str]:
    text = word.text
    if _SIGNS.fullmatch(text):
        return [f"“{text}”按页上的字查找；都要有的词用空格隔开，有一个就行的写 OR。"]
    if _WILDCARD.search(text):
        return [f"“{text}”里的符号按页上的字查找，不作通配符；不分词，写出要找的字就行。"]
    if _SEPARATOR.search(text):
        return [f"“{text}”按一整串查找；分别查找请用空格隔开。"]
    return []
