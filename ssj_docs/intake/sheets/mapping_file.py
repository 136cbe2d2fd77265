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
from ssj_docs.intake.sheets.headers import HeaderMap
from ssj_docs.intake.sheets.workbook import column_letters


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


def mapping_text(header: HeaderMap) -> str:
    """The mapping as a commented TOML file."""
    labels = [matched.label for matched in header.columns]
    titles = {column.key: column.title for column in COLUMNS[header.kind]}
    lines = [
        f'# {KIND_NAMES[header.kind]}的列对应：左边是系统的列，右边是文件里的列名（或列号，如 "K"）。可以改动，再导入时指明这份文件。',
        f'kind = "{header.kind}"',
        "",
        "[columns]",
    ]
    for matched in header.columns:
        target = matched.label if labels.count(matched.label) == 1 else column_letters(matched.column)
        escaped = target.replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'"{titles[matched.key]}" = "{escaped}"  # {column_letters(matched.column)} 列，{matched.how}')
    used = {matched.key for matched in header.columns}
    lines += [f'# "{column.title}" = ""' for column in COLUMNS[header.kind] if column.key not in used]
    lines += [f"# 没有用到的列：{column_letters(c)} {label}" for c, label in header.left.items()]
    return "\n".join(lines) + "\n"


def mapping_json(header: HeaderMap) -> dict[str, object]:
    """What was recognised, guessed and left, as JSON."""
    titles = {column.key: column.title for column in COLUMNS[header.kind]}
    columns: list[Mapping[str, str]] = [
        {"column": column_letters(m.column), "label": m.label, "field": titles[m.key], "how": m.how}
        for m in header.columns
    ]
    left = [{"column": column_letters(c), "label": label} for c, label in header.left.items()]
    return {"sheet": header.sheet, "header_rows": [header.first_row, header.last_row], "columns": columns, "left": left}
