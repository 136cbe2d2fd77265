"""Find the header of a table among covers, titles and unit rows, and say which column is which."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rapidfuzz import fuzz

from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.intake.sheets.columns import COLUMNS, IDENTIFYING, KIND_NAMES, KINDS, Column, Kind
from ssj_docs.intake.sheets.workbook import Sheet, cell_name, column_letters
from ssj_docs.intake.values.folding import arabic, squeeze

SEARCH_ROWS = 40
MAX_DEPTH = 3
_GUESS = 82
#: From here on a label is a known name; guesses stay below.
_KNOWN = 99


@dataclass(frozen=True)
class Matched:
    """One column of the file: its number, label, the key it was given, and how sure that is."""

    column: int
    label: str
    key: str
    how: str  # 认出 | 推测 | 指定


@dataclass(frozen=True)
class HeaderMap:
    """What was understood of a header.

    Attributes:
        kind: kind of import. sheet: sheet name. first_row, last_row: rows of the header, 1-based.
        columns: recognised and guessed columns. left: labels of columns that were left out, by column number.
        months: column → month, where a plan ticks the months of a period.
    """

    kind: Kind
    sheet: str
    first_row: int
    last_row: int
    columns: tuple[Matched, ...]
    left: Mapping[int, str] = field(default_factory=dict)
    months: Mapping[int, int] = field(default_factory=dict)

    def column_of(self, key: str) -> int | None:
        """Column number of a key, or None."""
        return next((matched.column for matched in self.columns if matched.key == key), None)

    def label_of(self, key: str) -> str:
        """Label of the column of a key as it stands in the file."""
        return next((matched.label for matched in self.columns if matched.key == key), "")


def find_header(sheet: Sheet, kind: Kind, wanted: Mapping[str, str] | None = None) -> HeaderMap | None:
    """The best header of a sheet, or None where no row looks like one.

    Args:
        wanted: official title → label or column letter, from a mapping file; it overrides what is recognised.
    """
    best: tuple[float, HeaderMap] | None = None
    by_number = {row.number: row for row in sheet.rows}
    for row in sheet.rows[:SEARCH_ROWS]:
        for depth in range(1, MAX_DEPTH + 1):
            last = row.number + depth - 1
            if depth > 1 and last not in by_number:
                break
            labels = _labels(sheet, row.number, last)
            months = _months(labels) if kind == "plan" else {}
            mapping, score = _match({c: parts for c, parts in labels.items() if c not in months}, kind, wanted or {})
            # A deeper header must earn its second row; a shallow one wins ties, so no data row is swallowed.
            score += (1.5 if months else 0.0) - 0.3 * (depth - 1)
            if mapping and (best is None or score > best[0]):
                first, final = row.number, max(last, _merged_to(sheet, row.number, last))
                left = {
                    c: " ".join(dict.fromkeys(parts))
                    for c, parts in labels.items()
                    if c not in {m.column for m in mapping} and c not in months
                }
                best = score, HeaderMap(kind, sheet.name, first, final, _led(mapping), left, months)
    return best[1] if best and best[0] >= 2 else None


def choose_headers(
    sheets: Sequence[Sheet], kind: Kind, wanted: Mapping[str, str] | None = None, names: Sequence[str] = ()
) -> tuple[list[tuple[Sheet, HeaderMap]], list[str]]:
    """The sheets to read with their headers, and the names of sheets that fit as well but are left.

    Args:
        names: sheets asked for by name; without them the one that fits best is taken, the first of equals.
    """
    found = [(sheet, find_header(sheet, kind, wanted)) for sheet in sheets if not names or sheet.name in names]
    fitting = [(sheet, header) for sheet, header in found if header]
    if names or not fitting:
        return fitting, []
    best = max(fitting, key=lambda pair: len(pair[1].columns))
    alike = [
        s.name for s, header in fitting if s is not best[0] and len(header.columns) * 10 >= len(best[1].columns) * 7
    ]
    return [best], alike


def missing_columns(mapping: HeaderMap, source: str) -> list[Problem]:
    """A Problem for each required column that was not found."""
    known = {matched.key for matched in mapping.columns} | ({"window"} if mapping.months else set())
    if mapping.kind == "plan" and "departments" in known:
        known.add("initiators")
    elif mapping.kind == "items" and "level" in known:
        known.add("department")  # 检查主体 may name the department, or the title of the list
    lacking = [c.title for c in COLUMNS[mapping.kind] if c.required and c.key not in known]
    if mapping.kind == "plan" and known & {"plan", "items"}:
        lacking = [title for title in lacking if title != "抽查任务名称"]  # lists of joint items name no task
    either, name = IDENTIFYING.get(mapping.kind, (known, ""))
    if not known.intersection(either):
        lacking.append(name)
    left = "、".join(f"{column_letters(c)}“{label}”" for c, label in mapping.left.items() if label)
    return [
        *_twice(mapping, source),
        *(
            Problem(
                source,
                f"缺少“{title}”列" + (f"；没有认出的列：{left}" if left else ""),
                Remedy(
                    "请补上该列，或指明它在文件里的名称，", do("import", kind=mapping.kind, file=source, mapping="")
                ),
                mapping.sheet,
                cell_name(mapping.last_row, 1),
                title,
                "",
                "error",
                "header.missing",
            )
            for title in lacking
        ),
    ]


def _twice(mapping: HeaderMap, source: str) -> list[Problem]:
    """An error where two tables stand side by side: half of the rows would be lost without a word."""
    names = {squeeze(m.label): m.key for m in mapping.columns}
    required = {column.key for column in COLUMNS[mapping.kind] if column.required}
    again = {column: names[label] for column, label in mapping.left.items() if label in names}
    if len(set(again.values())) < 2 or not required & set(again.values()):
        return []
    cells = "、".join(cell_name(mapping.last_row, column) for column in again)
    message = f"表头里同名的列出现两次（{cells}），像是两张表左右并排"
    return [
        Problem(
            source,
            message,
            "请把右边的表移到左边的下面，或另存为一张工作表",
            mapping.sheet,
            cell_name(mapping.last_row, min(again)),
            code="header.twice",
        )
    ]


def _led(mapping: Sequence[Matched]) -> tuple[Matched, ...]:
    """参与部门（注明牵头单位） holds all departments of a task, where no other column names the initiator."""
    if any(m.key in ("initiators", "departments") for m in mapping):
        return tuple(mapping)
    return tuple(
        replace(m, key="departments") if m.key == "partners" and re.search("牵头|发起|主办", m.label) else m
        for m in mapping
    )


def _months(labels: Mapping[int, list[str]]) -> dict[int, int]:
    """Column → month, if at least six columns are headed by months (1月, 2月 …)."""
    found = {column: re.fullmatch(r"(\d{1,2})月份?", arabic(parts[-1], "月")) for column, parts in labels.items()}
    months = {column: int(match[1]) for column, match in found.items() if match and 1 <= int(match[1]) <= 12}
    return months if len(months) >= 6 else {}


def no_header(source: str, sheets: Sequence[Sheet], kind: Kind) -> Problem:
    """The Problem of a file in which no header was found."""
    titles = [column.title for column in COLUMNS[kind] if column.required]
    required = "、".join([*titles, IDENTIFYING[kind][1]] if kind in IDENTIFYING else titles)
    names = "、".join(f"“{sheet.name}”" for sheet in sheets if sheet.name)
    where = f"工作表{names}里" if names else "文件里"
    return Problem(
        source,
        f"{where}找不到{KIND_NAMES[kind]}的表头",
        Remedy(f"表头应有：{required}；没有表的，", do("blank_table", kind=kind, file="空白表.xlsx")),
        code="header.not_found",
    )


def other_kind(sheet: Sheet, header: HeaderMap, source: str) -> Problem | None:
    """The Problem of a sheet that is clearly a table of another kind, or None.

    Few shared columns (序号, 检查对象) are enough for a header: without this a plan would come in as companies. Results
    repeat the columns of their draw, so these two are told apart by their required columns alone.
    """
    known, width = len(header.columns), len(header.columns) + len(header.left) + len(header.months)
    if known * 2 >= width or any(matched.how == "指定" for matched in header.columns):
        return None
    kin = ("draw", "results")
    others = [
        found
        for kind in KINDS
        if kind != header.kind and not (kind in kin and header.kind in kin)
        if (found := find_header(sheet, kind)) and len(found.columns) >= known + 2 and len(found.columns) * 2 >= width
    ]
    if not others:
        return None
    best = max(others, key=lambda found: len(found.columns))
    wanted, like = KIND_NAMES[header.kind], KIND_NAMES[best.kind]
    message = f"像是{like}（认出 {len(best.columns)} 列），不像{wanted}（只认出 {known} 列），没有导入"
    as_it_is = do("import", kind=header.kind, file=source, mapping="")
    remedy = Remedy(do("import", kind=best.kind, file=source), f"；确是{wanted}的，指明各列，", as_it_is)
    place = cell_name(best.last_row, 1)
    return Problem(source, message, remedy, sheet.name, place, code="header.other_kind")


def _labels(sheet: Sheet, first: int, last: int) -> dict[int, list[str]]:
    """Column → label parts from top to bottom; a merged cell counts for every column it covers, once a column."""
    cells = {
        (row.number, column): squeeze(text)
        for row in sheet.rows
        if first <= row.number <= last
        for column, text in enumerate(row.texts, 1)
        if squeeze(text)
    }
    for r1, c1, _r2, c2 in sheet.merged:
        for column in range(c1 + 1, min(c2, c1 + 60) + 1) if (r1, c1) in cells else ():
            cells.setdefault((r1, column), cells[r1, c1])
    labels: dict[int, list[str]] = {}
    for row_number, column in sorted(cells):
        labels.setdefault(column, []).append(cells[row_number, column])
    return {column: labels[column] for column in sorted(labels)}


def _merged_to(sheet: Sheet, first: int, last: int) -> int:
    """The last row into which vertically merged header cells reach."""
    ends = [r2 for r1, _c1, r2, _c2 in sheet.merged if first <= r1 <= last < r2 <= first + MAX_DEPTH - 1]
    return max(ends, default=last)


def _match(labels: Mapping[int, list[str]], kind: Kind, wanted: Mapping[str, str]) -> tuple[list[Matched], float]:
    """Give columns to keys: what the mapping file says, then exact names, then near ones."""
    columns = COLUMNS[kind]
    chosen = _from_file(labels, columns, wanted)
    taken = {m.column for m in chosen}
    candidates = sorted(
        (
            (-score, column, index)
            for column, parts in labels.items()
            if column not in taken
            for index, spec in enumerate(columns)
            if (score := _best(parts, spec)) >= _GUESS
        ),
    )
    keys = {m.key for m in chosen}
    for negative, column, index in candidates:
        spec = columns[index]
        if column in taken or (key := _free_key(spec, columns, keys)) is None:
            continue
        taken.add(column)
        keys.add(key)
        how = "认出" if negative <= -_KNOWN else "推测"
        chosen.append(Matched(column, "".join(dict.fromkeys(labels[column])), key, how))
    required = sum(1 for spec in columns if spec.required and spec.key in keys)
    score = sum(1.0 if m.how != "推测" else 0.6 for m in chosen) + 0.5 * required
    return sorted(chosen, key=lambda m: m.column), score if len(chosen) >= 2 else 0.0


def _free_key(spec: Column, columns: Sequence[Column], keys: set[str]) -> str | None:
    """The key itself, or the key of the column that repeats its name, whichever is still free."""
    if spec.key not in keys:
        return spec.key
    return next((c.key for c in columns if c.second_of == spec.key and c.key not in keys), None)


def _from_file(labels: Mapping[int, list[str]], columns: Sequence[Column], wanted: Mapping[str, str]) -> list[Matched]:
    chosen = []
    for title, target in wanted.items():
        spec = next((c for c in columns if title in (c.title, c.key)), None)
        if spec is None or not target:
            continue
        named = [column for column, parts in labels.items() if squeeze(target) in _forms(parts)]
        lettered = [column for column in labels if column_letters(column) == target.upper()]
        for column in (named or lettered)[:1]:
            chosen.append(Matched(column, "".join(dict.fromkeys(labels[column])), spec.key, "指定"))
    return chosen


def _best(parts: Sequence[str], spec: Column) -> float:
    """Likeness of a stacked label: the whole says more than its last part, that more than its first."""
    return max(_likeness(form, spec) - 0.4 * place for place, form in enumerate(_forms(parts)))


def _forms(parts: Sequence[str]) -> tuple[str, ...]:
    """The ways a stacked label can be read: all parts joined, the last, the last two, the last as a kind of the one above
    (部门 over 发起: 发起部门), the first.
    """
    unique = list(dict.fromkeys(parts))
    above = unique[-2] if len(unique) > 1 else ""
    return tuple(
        dict.fromkeys(
            ("".join(unique), unique[-1], *((above + unique[-1], unique[-1] + above[-2:]) if above else ()), unique[0])
        )
    )


def _plain(label: str) -> str:
    return re.sub(r"[\s:*#★、,.]|[(][^()]*[)]|^\d+[.]?", "", squeeze(label)).upper() or squeeze(label)


def _likeness(label: str, spec: Column) -> float:
    """100 for a known name (with or without its bracket), 101 for the official one; else how near the nearest is (0-99)."""
    if len(label) > 40:
        return 0.0
    if label == squeeze(spec.title):
        return 101.0
    names = {squeeze(name) for name in (spec.title, *spec.aliases)}
    if label in names or _plain(label) in {_plain(name) for name in names}:
        return 100.0
    bare = _plain(label)
    if len(bare) < 3:
        return 0.0
    return max((min(98.0, fuzz.ratio(bare, _plain(name))) for name in names if len(name) >= 3), default=0.0)
