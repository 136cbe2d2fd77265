"""A sheet of cards (label beside value, one card below the other) as a table: a line of headings, a row a card."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.intake.sheets.workbook import Row, Sheet, cell_name
from ssj_docs.intake.tables.facts import FACTS
from ssj_docs.intake.tables.labels import EXACT, label_score
from ssj_docs.intake.tables.matching import LIKELY
from ssj_docs.intake.values.folding import squeeze


@dataclass
class _Card:
    values: dict[str, tuple[str, tuple[int, int]]] = field(default_factory=dict)


def cards_as_table(sheet: Sheet, kind: Kind) -> Sheet | None:
    """The cards of a sheet as a sheet with one heading; None where it holds fewer than two cards."""
    if len(sheet.rows) > 2000:
        return None
    found: list[_Card] = [_Card()]
    pairs = odd = 0
    for row in sheet.rows:
        cells = [(column, text) for column, text in enumerate(row.texts, 1) if squeeze(text)]
        if len(cells) > 8:
            return None
        at = 0
        labels = [_is_label(squeeze(text).rstrip(":："), kind) for _, text in cells]
        alternating = len(cells) % 2 == 0 and all(labels[::2]) and not all(labels[1::2])
        while at + 1 < len(cells):
            name, (place, value) = squeeze(cells[at][1]).rstrip(":："), cells[at + 1]
            if not alternating and (not labels[at] or _is_label(squeeze(value).rstrip(":："), kind, EXACT - 1.0)):
                at, odd = at + 1, odd + 1
                continue
            if name in found[-1].values:
                found.append(_Card())
            found[-1].values[name] = (value, (row.number, place))
            pairs += 1
            at += 2
    cards = [card for card in found if len(card.values) >= 3]
    if len(cards) < 2 or pairs < 3 * len(cards) or odd > pairs:
        return None
    names = list(dict.fromkeys(name for card in cards for name in card.values))
    rows = [Row(1, tuple(names))]
    places: dict[tuple[int, int], str] = {}
    for number, card in enumerate(cards, 2):
        rows.append(Row(number, tuple(card.values.get(name, ("", (0, 0)))[0] for name in names)))
        for column, name in enumerate(names, 1):
            if name in card.values:
                places[number, column] = cell_name(*card.values[name][1])
    return replace(sheet, rows=tuple(rows), merged=(), faults={}, fills={}, places=places)


def _is_label(text: str, kind: Kind, least: float = LIKELY + 1.0) -> bool:
    if not text or len(text) > 16 or re.search(r"\d|[。；;]", text):
        return False
    return max(label_score(text, fact, kind) for fact in FACTS[kind]) >= least or text.endswith(
        ("编号", "电话", "登记人", "日期", "时间")
    )
