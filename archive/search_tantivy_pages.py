"""How a page lies in the tantivy index: its fields, its runs of characters, and the page back from what is stored."""

from __future__ import annotations

import json
from functools import lru_cache
from operator import add

import tantivy

from archive.search_analyzer import SEPARATOR, SPACE, normalise
from archive.search_match import FACETS, cover, facet_values, number_key, values_of
from archive.search_schema import PageRecord

#: length of the runs that are kept with their positions
GRAM = 4
#: searched by runs of characters; ``cover`` is what an unqualified word is also looked for in
GRAM_FIELDS = ("text", "cover")
#: indexed by whole values
KEYWORD_FIELDS = (
    "department", "kind", "result", "task", "origin", "case", "company", "item", "visible", "year", "title", "number",
    "credit", "people",
)  # fmt: skip
#: counted by other values than those they are searched by
_OTHER_FACETS = ("kind", "result", "task")
#: days in a slab, the smallest part of the index that can be searched alone
_SLAB_DAYS = 32


def schema() -> tantivy.Schema:
    """The fields of the index."""
    builder = tantivy.SchemaBuilder()
    for name in GRAM_FIELDS:
        builder.add_text_field(f"{name}_g", tokenizer_name="runs", index_option="basic")
        builder.add_text_field(f"{name}_p", tokenizer_name="blanks", index_option="position")
    for name in KEYWORD_FIELDS:
        counted = facet_field(name) == f"{name}_k" and name in FACETS
        builder.add_text_field(f"{name}_k", tokenizer_name="raw", index_option="basic", fast=counted)
    for name in _OTHER_FACETS:
        builder.add_text_field(f"{name}_f", tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("uid", "key", "stamp", "slab"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("year", indexed=True, fast=True)
    builder.add_integer_field("date", indexed=True, fast=True)
    builder.add_integer_field("day", fast=True)
    builder.add_text_field("number_order", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_bytes_field("data", stored=True)
    return builder.build()


def register_tokenizers(index: tantivy.Index) -> None:
    """The two ways of cutting: every run of 1 to 3 characters; at blanks."""
    runs = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(1, GRAM - 1, False)).build()
    index.register_tokenizer("runs", runs)
    index.register_tokenizer("blanks", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())


def document(record: PageRecord) -> tantivy.Document:
    """The page as the engine takes it; cleared of restricted data before."""
    made = tantivy.Document()
    put = made.add_text
    text = normalise(record.text)
    if text:
        put("text_g", text)
        if len(text) >= GRAM:
            put("text_p", _blanked(text))
    if record.page == 1:
        covering = cover(record)
        put("cover_g", covering)
        put("cover_p", _blanked(covering))
    for field, value in _values(_metadata(record)):
        put(field, value)
    put("uid", record.id)
    day = record.date.toordinal() if record.date else 0
    if record.year is not None:
        made.add_integer("year", record.year)
    if day:
        made.add_integer("date", day)
    made.add_integer("day", day)
    head = json.dumps(record.as_mapping(), ensure_ascii=False, separators=(",", ":"))
    made.add_bytes("data", f"{head}\n{record.text}".encode())
    return made


def _metadata(record: PageRecord) -> PageRecord:
    """What the pages of an item have in common."""
    return PageRecord(
        record.case, record.item, 1, record.kind, record.kind_label, record.title, record.number, record.year,
        record.departments, record.task, record.task_name, record.company, record.credit_code, record.people,
        record.results, record.result_labels, record.origin, None, "", "", record.date, record.rendition,
        record.visible_to, record.stamp,
    )  # fmt: skip


@lru_cache(256)
def _values(record: PageRecord) -> tuple[tuple[str, str], ...]:
    """(field, value) of everything that recurs on each page of an item."""
    found = [(f"{name}_k", value) for name in KEYWORD_FIELDS for value in dict.fromkeys(values_of(record, name))]
    found += [(f"{name}_f", value) for name in _OTHER_FACETS for value in facet_values(record, name)]
    found.append(("key", item_key(record.case, record.item)))
    found.append(("stamp", SEPARATOR.join((record.case, record.item, record.stamp))))
    found.append(("slab", f"{(record.date.toordinal() if record.date else 0) // _SLAB_DAYS:06d}"))
    found.append(("number_order", number_key(record)))
    return tuple(found)


def _blanked(text: str) -> str:
    """The runs of 4 characters, joined by blanks for the engine to cut at."""
    if " " in text:
        text = text.replace(" ", SPACE)
    pairs = list(map(add, text, text[1:]))
    return " ".join(map(add, pairs, pairs[2:]))


def facet_field(name: str) -> str:
    """The field of the index by whose values a facet is counted."""
    return f"{name}_f" if name in _OTHER_FACETS else f"{name}_k"


def page_of(data: bytes) -> PageRecord:
    """The page from the bytes that the index keeps of it."""
    head, _, text = data.decode().partition("\n")
    return PageRecord.from_mapping(json.loads(head), text)


def item_key(case: str, item: str) -> str:
    """An item as one word."""
    return f"{case}{SEPARATOR}{item}"
