"""The mapping of columns that a clerk confirms, corrects and keeps for the next time (TOML)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.intake.sheets.columns import COLUMNS, KIND_NAMES, Kind
from ssj_docs.intake.sheets.workbook import column_letters
from ssj_docs.intake.tables.table import DataTable
from ssj_docs.intake.values.folding import squeeze


def load_mapping(path: Path, kind: Kind) -> dict[str, str]:
    """Official title → label or column letter.

    Raises: NotFoundError if there is no such file; DataError if it is no mapping for this kind.
    """
    if not path.is_file():
        raise NotFoundError(f"找不到列对应文件：{path}", Remedy("先", do("save_mapping", kind=kind)))
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        line = re.search(r"line (\d+)", str(error))
        place = f"第 {line[1]} 行" if line else ""
        fault = "不是 UTF-8 文本" if isinstance(error, UnicodeDecodeError) else f"{place}写法有误，不是合格的 TOML"
        raise DataError(
            f"{path.name}：{fault}", Remedy("注意引号和等号；可另", do("save_mapping", kind=kind), "对照")
        ) from error
    if data.get("kind", kind) != kind:
        raise DataError(f"{path.name}：是用于 {data['kind']} 的列对应，不是 {kind}", "请换一份")
    columns = data.get("columns", {})
    titles = {column.title for column in COLUMNS[kind]}
    unknown = [title for title in columns if title not in titles]
    if not isinstance(columns, dict) or unknown or not all(isinstance(value, str) for value in columns.values()):
        raise DataError(
            f"{path.name}：[columns] 里有认不出的项：{'、'.join(map(str, unknown)) or columns}",
            f"左边只能是：{'、'.join(sorted(titles))}；右边是文件里的列名或列号",
        )
    return dict(columns)


def forced_keys(mapping: Mapping[str, str], kind: Kind) -> dict[str, str]:
    """Heading (without white space) or column letters → key, from official title → heading or letters."""
    keys = {column.title: column.key for column in COLUMNS[kind]}
    return {squeeze(target): keys[title] for title, target in mapping.items() if target}


def mapping_text(table: DataTable) -> str:
    """The mapping as a commented TOML file."""
    labels = [match.label for match in table.matches]
    lines = [
        f'# {KIND_NAMES[table.kind]}的列对应：左边是系统的列，右边是文件里的列名（或列号，如 "K"）。可以改动，再导入时指明这份文件。',
        f'kind = "{table.kind}"',
        "",
        "[columns]",
    ]
    titles = {column.key: column.title for column in COLUMNS[table.kind]}
    for match in table.matches:
        if match.key not in titles:
            continue
        target = (
            match.label if labels.count(match.label) == 1 and "#" not in match.label else column_letters(match.column)
        )
        escaped = target.replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'"{titles[match.key]}" = "{escaped}"  # {column_letters(match.column)} 列，{match.how}')
    lines += [f'# "{column.title}" = ""' for column in COLUMNS[table.kind] if column.key not in table.columns]
    lines += [f"# 没有用到的列：{column_letters(c)} {label}" for c, label in table.unused.items()]
    return "\n".join(lines) + "\n"


def mapping_json(table: DataTable) -> dict[str, object]:
    """What was recognised, guessed and left, as JSON."""
    columns: list[Mapping[str, str]] = [
        {"column": column_letters(m.column), "label": m.label, "field": table.titles.get(m.key, m.key), "how": m.how}
        for m in table.matches
    ]
    left = [{"column": column_letters(c), "label": label} for c, label in table.unused.items()]
    rows = [table.first_row, table.last_row]
    return {"sheet": table.sheet.name, "header_rows": rows, "columns": columns, "left": left}
