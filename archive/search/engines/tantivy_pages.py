"""Pages as documents of the tantivy index: their fields, their runs of characters, and how to restore a page."""

from __future__ import annotations

import json
from array import array
from dataclasses import replace
from functools import lru_cache
from operator import add
from string import ascii_uppercase

import tantivy

from archive.search.fields.analyzer import SEPARATOR, SPACE, normalise
from archive.search.fields.fields import (
    FACETS,
    FIELDS,
    PERIODS,
    WHOLE,
    PageRecord,
    counted_values,
    ordinal_of,
    values_of,
)
from archive.search.fields.legend import said
from archive.search.query.match import cover, joined, number_key

#: length of runs stored with positions
GRAM = 3
#: searched by runs of characters besides the text: fields whose values differ from item to item, and ``cover``, what
#: an unqualified word is also looked for in. Their runs share one field of the index, each led by its field's sign, a
#: letter that normalised text does not hold.
_NAMES = [name for name, one in FIELDS.items() if one.kind == "name"]
SIGNS = {"cover": "+", **dict(zip(_NAMES, ascii_uppercase, strict=False))}
#: fields counted by other values than those searched
_OTHER_FACETS = tuple(name for name in FACETS if FIELDS[name].counted)
#: number of days in the smallest part of the index that can be searched separately
_SLAB_DAYS = 32


def schema() -> tantivy.Schema:
    """The fields of the index."""
    builder = tantivy.SchemaBuilder()
    for name in ("text_g", "said_g"):
        builder.add_text_field(name, tokenizer_name="runs", index_option="basic")
    builder.add_text_field("item_g", tokenizer_name="blanks", index_option="basic")
    for name in ("text_p", "said_p", "item_p"):
        builder.add_text_field(name, tokenizer_name="blanks", index_option="position")
    for name in WHOLE:
        counted = facet_field(name) == f"{name}_k" and name in FACETS
        builder.add_text_field(f"{name}_k", tokenizer_name="raw", index_option="basic", fast=counted)
    for name in _OTHER_FACETS:
        builder.add_text_field(f"{name}_f", tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("uid", "key", "stamp", "slab", "legend"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in PERIODS:
        builder.add_integer_field(f"{name}_n", indexed=True, fast=True)
    builder.add_integer_field("day", fast=True)
    builder.add_text_field("number_order", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_bytes_field("data", stored=True)
    return builder.build()


def register_tokenizers(index: tantivy.Index) -> None:
    """Register two tokenizers: every run of 1 or 2 characters, and splitting at blanks."""
    runs = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(1, GRAM - 1, False)).build()
    index.register_tokenizer("runs", runs)
    index.register_tokenizer("blanks", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())


def document(record: PageRecord) -> tantivy.Document:
    """Convert a page to a document; restricted data has been removed before."""
    made = tantivy.Document()
    put = made.add_text
    texts = {"text": normalise(record.text)}
    if record.printed:
        put("legend", "1")
        texts["said"] = said(record.text, record.printed)
    for name, text in texts.items():
        spaced = text.replace(" ", SPACE)
        if spaced:
            put(f"{name}_g", spaced)
        if len(spaced) >= GRAM:
            put(f"{name}_p", _blanked(spaced))
    for name, terms in (
        *_values(_metadata(record)),
        *(_signed_runs("cover", cover(record)) if record.page == 1 else ()),
    ):
        put(name, terms)
    put("uid", record.id)
    for field in PERIODS:
        value = ordinal_of(record, field)
        if value is not None:
            made.add_integer(f"{field}_n", value)
    made.add_integer("day", record.date.toordinal() if record.date else 0)
    head = json.dumps(record.as_mapping(), ensure_ascii=False, separators=(",", ":"))
    made.add_bytes("data", f"{head}\n{record.text}".encode())
    return made


def _metadata(record: PageRecord) -> PageRecord:
    """The metadata that the pages of an item share; of the text only whether there is any."""
    return replace(record, page=1, confidence=None, text=record.text.strip()[:1] and "-", path="", printed=())


@lru_cache(256)
def _values(record: PageRecord) -> tuple[tuple[str, str], ...]:
    """(field, value) of everything that is the same on each page of an item."""
    found = [(f"{name}_k", value) for name in WHOLE for value in dict.fromkeys(values_of(record, name))]
    found += [(f"{name}_f", value) for name in _OTHER_FACETS for value in counted_values(record, name)]
    found += [pair for name in SIGNS if name != "cover" for pair in _signed_runs(name, joined(record, name))]
    found.append(("key", item_key(record.case, record.item)))
    found.append(("stamp", SEPARATOR.join((record.case, record.item, record.stamp))))
    found.append(("slab", f"{(record.date.toordinal() if record.date else 0) // _SLAB_DAYS:06d}"))
    found.append(("number_order", number_key(record)))
    return tuple(found)


def run_term(field: str, run: str) -> tuple[str, str]:
    """The field and term for a run of at most `GRAM` characters in ``text``, ``said``, ``cover`` or another of `SIGNS`."""
    kind = "p" if len(run) == GRAM else "g"
    return (f"item_{kind}", SIGNS[field] + run) if field in SIGNS else (f"{field}_{kind}", run)


def _signed_runs(name: str, text: str) -> list[tuple[str, str]]:
    """(field, value) of a normalised string other than the text: its runs with the field's sign, separated by blanks."""
    if not text:
        return []
    text = text.replace(" ", SPACE)
    pairs = list(map(add, text, text[1:]))
    lead = f" {SIGNS[name]}"
    short, long = lead.join((*text, *pairs)), lead.join(map(add, pairs, text[GRAM - 1 :]))
    return [("item_g", SIGNS[name] + short), *([("item_p", SIGNS[name] + long)] if long else [])]


def _blanked(text: str) -> str:
    """The runs of `GRAM` characters, separated by blanks."""
    codes = array("I", text.encode("utf-32-le"))
    number = len(codes) - GRAM + 1
    runs = array("I", " ".encode("utf-32-le")) * ((GRAM + 1) * number)
    for place in range(GRAM):
        runs[place :: GRAM + 1] = codes[place : place + number]
    return runs.tobytes().decode("utf-32-le")


def facet_field(name: str) -> str:
    """The index field whose values are counted for a facet."""
    return f"{name}_f" if name in _OTHER_FACETS else f"{name}_k"


def page_of(data: bytes) -> PageRecord:
    """Restore the page from the bytes stored in the index."""
    head, _, text = data.decode().partition("\n")
    return PageRecord.from_mapping(json.loads(head), text)


def item_key(case: str, item: str) -> str:
    """An item as a single term."""
    return f"{case}{SEPARATOR}{item}"
