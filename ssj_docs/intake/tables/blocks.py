"""Where the tables of a sheet are: heading rows, the columns they stand over, the rows that belong to them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ssj_docs.intake.sheets.columns import KINDS, Kind
from ssj_docs.intake.sheets.workbook import Row, Sheet
from ssj_docs.intake.tables.cards import cards_as_table
from ssj_docs.intake.tables.contents import CellKinds, Profile
from ssj_docs.intake.tables.facts import FACTS, VITAL
from ssj_docs.intake.tables.labels import label_score
from ssj_docs.intake.tables.matching import LIKELY, Candidate, match_columns, quick_total
from ssj_docs.intake.tables.unfolding import unfolded
from ssj_docs.intake.values.folding import squeeze

#: rows looked through for a heading, rows of contents that are weighed, the deepest heading
_WINDOW, _SAMPLE, _DEPTH = 40, 60, 4
#: up to this many cells a sheet is also looked at with rows and columns exchanged
_SMALL = 6000
_VALUES = frozenset({"code", "id_number", "mobile", "date", "percent", "registration", "count", "law", "sex", "entity"})


@dataclass(frozen=True)
class Block:
    """One table of a sheet.

    Attributes:
        sheet: with rows and columns exchanged where the table lies on its side. first, last: rows of its heading.
        end: last row that may belong to it. columns: its columns. parts: column → heading from top to bottom.
        score: how well it is a table of its kind. group: heading above this table alone, where several stand side by side.
            dropped: columns of a table beside it that is none of this kind.
    """

    sheet: Sheet
    kind: Kind
    first: int
    last: int
    end: int
    columns: tuple[int, ...]
    parts: dict[int, tuple[str, ...]]
    score: float
    group: str = ""
    dropped: tuple[int, ...] = ()

    def label(self, column: int) -> str:
        """The heading of a column in one text."""
        return "".join(dict.fromkeys(self.parts.get(column, ())))

    def sheet_label(self, column: int) -> str:
        """What stands in the last heading row of any column of the sheet."""
        row = next((row for row in self.sheet.rows if row.number == self.last), None)
        return row.text(column).strip() if row else ""

    def body(self) -> Iterator[Row]:
        """The rows below the heading."""
        return (row for row in self.sheet.rows if self.last < row.number <= self.end)


def find_blocks(sheet: Sheet, kind: Kind, cells: CellKinds) -> list[Block]:
    """The tables of one kind in a sheet, from top to bottom and from left to right; [] where there is none."""
    sheet = unfolded(sheet) or sheet
    upright = _blocks(sheet, kind, cells)
    if sum(len(row.texts) for row in sheet.rows) <= _SMALL and len(sheet.rows) > 1:
        lying = _blocks(transposed(sheet), kind, cells)
        if _worth(lying) > _worth(upright) + 2.0:
            upright = lying
        cards = cards_as_table(sheet, kind)
        carded = _blocks(cards, kind, cells) if cards else []
        if _worth(carded) > _worth(upright) - 3.0 and len(cards.rows if cards else ()) > 2:
            return carded
    return upright


def _worth(blocks: Sequence[Block]) -> float:
    return max((block.score for block in blocks), default=0.0)


def transposed(sheet: Sheet) -> Sheet:
    """The sheet with rows and columns exchanged."""
    columns: dict[int, dict[int, str]] = {}
    for row in sheet.rows:
        for column, text in enumerate(row.texts, 1):
            if text:
                columns.setdefault(column, {})[row.number] = text
    rows = tuple(
        Row(number, tuple(found.get(place, "") for place in range(1, max(found) + 1)))
        for number, found in sorted(columns.items())
    )
    return replace(
        sheet,
        rows=rows,
        merged=tuple((c1, r1, c2, r2) for r1, c1, r2, c2 in sheet.merged),
        faults={(column, row): code for (row, column), code in sheet.faults.items()},
        fills={(column, row): code for (row, column), code in sheet.fills.items()},
        hidden_rows=sheet.hidden_columns,
        hidden_columns=sheet.hidden_rows,
        transposed=True,
    )


def _blocks(sheet: Sheet, kind: Kind, cells: CellKinds) -> list[Block]:
    found: list[Block] = []
    start = 0
    rows = sheet.rows
    while start < len(rows):
        block = _best_heading(sheet, start, kind, cells)
        if block is None:
            break
        found.append(block)
        index = next((i for i, row in enumerate(rows) if row.number > block.last), len(rows))
        start = _next_heading(sheet, index, block)
    if not found:
        return []
    ends = [block.first - 1 for block in found[1:]] + [rows[-1].number if rows else 0]
    found = [replace(block, end=end) for block, end in zip(found, ends, strict=True)]
    return [part for block in found for part in _beside(block, cells)]


def _next_heading(sheet: Sheet, index: int, block: Block) -> int:
    """The index of a later row that may be the heading of another table; headings that repeat stay with their table."""
    rows = sheet.rows
    if len(rows) > 3000:
        return len(rows)
    own = {squeeze(part) for parts in block.parts.values() for part in parts}
    for at in range(index, len(rows)):
        texts = [squeeze(text) for text in rows[at].texts if squeeze(text)]
        same = sum(text in own for text in texts)
        if len(texts) >= 3 and same >= 2 and same * 2 >= len(texts) and same < len(texts) * 0.99 - 0.5:
            return at
        if len(texts) >= 3 and same == 0 and _only_words(texts) and at + 1 < len(rows):
            return at
    return len(rows)


def _only_words(texts: Iterable[str]) -> bool:
    """All short words of headings: no figures, no sentences."""
    words = (
        "名称",
        "时间",
        "日期",
        "部门",
        "单位",
        "结果",
        "人员",
        "姓名",
        "事项",
        "对象",
        "代码",
        "号",
        "比例",
        "类型",
        "备注",
        "序号",
        "地址",
        "电话",
        "等级",
    )
    listed = list(texts)
    return all(len(text) <= 14 and not re.search(r"\d", text) for text in listed) and sum(
        text.endswith(words) for text in listed
    ) * 2 >= len(listed)


def _best_heading(sheet: Sheet, start: int, kind: Kind, cells: CellKinds) -> Block | None:
    found: list[Block] = []
    for index in range(start, min(start + _WINDOW, len(sheet.rows))):
        if sum(1 for text in sheet.rows[index].texts if squeeze(text)) < 2:
            continue
        for depth in range(1, _DEPTH + 1):
            block = _heading(sheet, index, depth, kind, cells)
            if block is None:
                break
            if block.score >= 3.0:
                found.append(block)
    best = max((block.score for block in found), default=0.0)
    good = [block for block in found if block.score >= 0.75 * best or (block.score >= 0.4 * best and _named(block))]
    if not good:
        return None
    sure = [block for block in good if block.score >= 0.75 * best]
    first = min(block.first for block in good)  # a heading that repeats on each page: the first of them
    top = max((block for block in good if block.first <= first + 2), key=lambda block: block.score)
    index = next(at for at, row in enumerate(sheet.rows) if row.number == top.first) - 1
    above = _heading(sheet, index, top.last - top.first + 2, kind, cells) if index >= 0 else None
    if above and above.last == top.last and _grouped(sheet, above):
        last = sheet.rows[-1].number
        if any(part.group for part in _beside(replace(above, end=last), cells)) or above in sure:
            return replace(above, score=top.score)
    return top


def _named(block: Block) -> bool:
    """True where most headings alone name a fact, whatever stands below them: the first of several tables."""
    labels = [block.label(column) for column in block.columns]
    known = sum(
        max(label_score(label, fact, block.kind) for fact in FACTS[block.kind]) >= LIKELY + 1 for label in labels
    )
    return known >= max(4, 0.7 * len(labels))


def _grouped(sheet: Sheet, block: Block) -> bool:
    """True where the first row of a heading groups the columns below it: merged over several, or over gaps."""
    row = next(row for row in sheet.rows if row.number == block.first)
    cells = [column for column in block.columns if row.text(column).strip()]
    merged = sum(
        1 for r1, c1, _r2, c2 in sheet.merged if r1 == block.first and c2 > c1 and c2 - c1 < len(block.columns) - 1
    )
    return merged >= 1 or (len(cells) >= 2 and len(cells) < len(block.columns) // 2 + 1)


def _heading(sheet: Sheet, index: int, depth: int, kind: Kind, cells: CellKinds) -> Block | None:
    """The table whose heading are these rows; None where they cannot be one heading."""
    rows = sheet.rows[index : index + depth]
    if len(rows) < depth or rows[-1].number - rows[0].number > depth:
        return None
    first, last = rows[0].number, rows[-1].number
    if depth > 1 and not _tied(sheet, rows):
        return None
    parts = heading_parts(sheet, first, last)
    if len(parts) < 2:
        return None
    below = {row.number for row in sheet.rows[index + depth : index + depth + 3]}
    deeper = sum(1 for r1, _, r2, _ in sheet.merged if first <= r1 <= last < r2 <= last + 3 and r2 in below)
    options = _result_options(parts, cells)
    values = sum(
        1
        for row in rows
        for text in row.texts
        if squeeze(text) not in options and text.strip() and _is_value(text, cells)
    )
    long = sum(1 for row in rows for text in row.texts if len(squeeze(text)) > 36)
    sample = [
        row for row in sheet.rows[index + depth : index + depth + _SAMPLE] if sum(1 for t in row.texts if t.strip()) > 1
    ]
    candidates = candidates_of(parts, sample, cells)
    total, known = quick_total(candidates, kind)
    named = sum(1 for labels in parts.values() if "".join(dict.fromkeys(labels)) in cells.known_headings)
    total, known = total + 4.0 * named, known + named
    if known < 2:
        return None
    score = total - 4.0 * deeper - 2.5 * values - 1.5 * long - 0.6 * (depth - 1) - 0.15 * (len(parts) - known)
    return Block(sheet, kind, first, last, 0, tuple(sorted(parts)), parts, score)


def _tied(sheet: Sheet, rows: Sequence[Row]) -> bool:
    """Further rows belong to a heading where merges or gaps tie them to the row above."""
    first, last = rows[0].number, rows[-1].number
    for above, below in itertools.pairwise(rows):
        merged = any(
            r1 <= above.number <= r2 and (r2 >= below.number or (c2 > c1 and r2 == above.number))
            for r1, c1, r2, c2 in sheet.merged
            if first <= r1 and r2 <= last + 1 and c2 - c1 < 30
        )
        upper = {column for column, text in enumerate(above.texts, 1) if text.strip()}
        lower = {column for column, text in enumerate(below.texts, 1) if text.strip()}
        gaps = bool(lower - upper) and len(lower) >= 2 and not sheet.merged
        if not (merged or gaps) or (len(upper) < 2 and above is not rows[0]):
            return False
        if not lower:
            return False
    return sum(1 for text in rows[0].texts if text.strip()) >= 2


def _is_value(text: str, cells: CellKinds) -> bool:
    body = squeeze(text)
    if re.fullmatch(r"\d+(\.\d+)?", body):
        return len(body) > 2
    kinds = cells.kinds(text)
    if "result" in kinds:
        return len(body) >= 5
    return bool(kinds & _VALUES) and bool(re.search(r"\d|《", body) or body in ("男", "女"))


def _result_options(parts: dict[int, tuple[str, ...]], cells: CellKinds) -> frozenset[str]:
    """Results that are headings of columns to tick: several different ones below one heading."""
    groups: dict[tuple[str, ...], set[str]] = {}
    for labels in parts.values():
        if len(labels) > 1 and "result" in cells.kinds(labels[-1]):
            groups.setdefault(labels[:-1], set()).add(labels[-1])
    return frozenset(text for found in groups.values() if len(found) > 1 for text in found)


def heading_parts(sheet: Sheet, first: int, last: int) -> dict[int, tuple[str, ...]]:
    """Column → texts of its heading from top to bottom; a merged cell counts for every column that it covers."""
    cells = {
        (row.number, column): squeeze(text)
        for row in sheet.rows
        if first <= row.number <= last
        for column, text in enumerate(row.texts, 1)
        if squeeze(text)
    }
    for r1, c1, _r2, c2 in sheet.merged:
        if (r1, c1) in cells and c2 - c1 < 60:
            for column in range(c1 + 1, c2 + 1):
                cells.setdefault((r1, column), cells[r1, c1])
    if (
        last > first and not sheet.merged
    ):  # a text file has no merges: a heading above goes on over the gap to its right
        for row, column in sorted(cells):
            if row == last and (row - 1, column) not in cells:
                left = max((c for r, c in cells if r == row - 1 and c < column), default=0)
                if left and (row, left) in cells:
                    cells[row - 1, column] = cells[row - 1, left]
    parts: dict[int, list[str]] = {}
    for row, column in sorted(cells):
        parts.setdefault(column, []).append(cells[row, column])
    return {column: tuple(parts[column]) for column in sorted(parts)}


def candidates_of(parts: dict[int, tuple[str, ...]], sample: Sequence[Row], cells: CellKinds) -> list[Candidate]:
    """The columns with their headings and contents."""
    seen: set[str] = set()
    found = []
    for column in sorted(parts):
        label = "".join(dict.fromkeys(parts[column]))
        found.append(Candidate(column, label, profile_of(column, sample, cells), again=label in seen))
        seen.add(label)
    return found


def profile_of(column: int, sample: Sequence[Row], cells: CellKinds) -> Profile:
    """What stands in a column of the sampled rows."""
    return cells.profile(row.text(column) for row in sample)


def _beside(block: Block, cells: CellKinds) -> list[Block]:
    """Tables side by side under one line of headings become blocks of their own; what stood above each is its ``group``."""
    columns = sorted(block.columns)
    groups = _by_gaps(block, columns) or _by_repetition(block, columns)
    if not groups:
        return [block]
    parts = [{column: _below_group(block, group, column) for column in group} for group in groups]
    tops = [_group_heading(block, group) for group in groups]
    split = [
        replace(block, columns=tuple(group), parts=own, group=top)
        for group, own, top in zip(groups, parts, tops, strict=True)
    ]
    whole = [one for one in split if _complete(one, one.columns, cells) and not INACTIVE.search(one.group)]
    whole = _newest(whole)
    if not whole:
        return [block]
    lost = [
        one
        for one in split
        if one not in whole and not INACTIVE.search(one.group) and not re.search(r"20\d\d", one.group)
    ]
    dropped = tuple(
        column for one in lost for column in one.columns if not any(column in kept.columns for kept in whole)
    )
    return [replace(one, dropped=dropped) for one in whole]


#: headings of what is only kept in reserve, or was valid before
INACTIVE = re.compile(r"备选|备用|候补|未抽中|[(（]原[)）]|^原|上年|修订前|调整前|作废")


def _newest(split: Sequence[Block]) -> list[Block]:
    """Of groups headed by different years (2025年版, 2026年版) only the last year."""
    years = {one.group: re.search(r"20\d\d", one.group) for one in split}
    if len(split) > 1 and all(years.values()):
        newest = max(match[0] for match in years.values() if match)
        return [one for one in split if newest in one.group]
    return list(split)


def _by_gaps(block: Block, columns: Sequence[int]) -> list[list[int]]:
    """Columns in runs, where empty columns part them; [] where there is one run."""
    groups: list[list[int]] = [[columns[0]]]
    for before, column in itertools.pairwise(columns):
        empty = column - before > 1 and not any(
            row.text(between).strip() for row in list(block.body())[:_SAMPLE] for between in range(before + 1, column)
        )
        if empty:
            groups.append([column])
        else:
            groups[-1].append(column)
    return groups if len(groups) > 1 else []


def _by_repetition(block: Block, columns: Sequence[int]) -> list[list[int]]:
    """Columns in runs that repeat the same headings; [] where they do not."""
    labels = [block.parts[column][-1] for column in columns]
    for size in range(2, len(labels) // 2 + 1):
        for start in (0, 1):
            run = labels[start : start + size]
            again = labels[start + size : start + 2 * size]
            if len(run) < size or len(set(run)) < size or len(again) < min(2, size):
                continue
            same = sum(a == b for a, b in zip(run, again, strict=False))
            if run[0] != again[0] or same < max(2, round(len(again) * 0.8)):
                continue
            tops = {block.parts[column][0] for column in columns[start:]}
            if start and len(tops) < 2:
                continue
            groups = [list(columns[at : at + size]) for at in range(start, len(columns), size)]
            groups = [group for group in groups if len(group) >= 2]
            return [[*columns[:start], *group] for group in groups]
    return []


def _group_heading(block: Block, group: Sequence[int]) -> str:
    """What stands above a whole group and nothing else, empty where there is no such heading."""
    own = [column for column in group if len(block.parts[column]) > 1]
    tops = {block.parts[column][0] for column in own}
    others = {
        block.parts[column][0] for column in block.columns if column not in group and len(block.parts[column]) > 1
    }
    return (
        tops.pop()
        if len(tops) == 1 and len(own) >= 2 and not tops & others and others | set(block.columns) - set(group)
        else ""
    )


def _below_group(block: Block, group: Sequence[int], column: int) -> tuple[str, ...]:
    top = _group_heading(block, group)
    labels = block.parts[column]
    return labels[1:] if top and len(labels) > 1 and labels[0] == top else labels


def _complete(block: Block, group: Sequence[int], cells: CellKinds) -> bool:
    sample = list(list(block.body())[:_SAMPLE])
    candidates = candidates_of({c: block.parts[c] for c in group}, sample, cells)
    keys = {match.key for match in match_columns(candidates, block.kind, with_margins=False).matches}
    return all(keys & set(group_) for group_ in VITAL[block.kind])


def own_sheet_headings(blocks: Sequence[Block]) -> frozenset[str]:
    """All headings of blocks, squeezed, upper case."""
    return frozenset(squeeze(part).upper() for block in blocks for parts in block.parts.values() for part in parts)


def likelier_kind(block: Block, cells: CellKinds) -> Kind | None:
    """Another kind that this table clearly is, or None; a draw and its results share most columns."""
    kin = ({"draw", "results"}, {"draw", "subjects"}, {"results", "subjects"})
    sample = [row for _, row in zip(range(_SAMPLE), block.body(), strict=False)]
    candidates = candidates_of(block.parts, sample, cells)
    own = match_columns(candidates, block.kind, with_margins=False)
    for kind in KINDS:
        if kind == block.kind or any({kind, block.kind} <= pair for pair in kin):
            continue
        other = match_columns(candidates, kind, with_margins=False)
        keys = {match.key for match in other.matches}
        whole = all(keys & set(group) for group in VITAL[kind])
        if whole and other.total > own.total * 1.5 + 3.0:
            return kind
    return None
