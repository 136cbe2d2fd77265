"""The child process that opens a file from outside; imports nothing of this project.

Arguments: FILE MEMORY_MB SECONDS. The limits are set before the file is opened. One JSON
value a line on stdout: ``{"sheet": name, "merged": [[r1, c1, r2, c2]…]}``, then rows ``[number, [text…]]`` with
1-based numbers, then ``{"notes": [[row, column, code]…]}``; a failure is ``{"error": Chinese, "remedy": Chinese}``.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MAX_COLUMNS = 400
MAX_ROWS = 600_000
MAX_FILLS = 200_000
MAX_TEXT = 32_767
MAX_UNPACKED = 1_500_000_000
#: Up to this size of sheet XML openpyxl is affordable; it knows merges, number formats and formulas.
DETAILED_BYTES = 6_000_000
_SAFE_DIGITS = 10**15


class UnreadableError(Exception):
    """The file cannot be read; message and remedy are Chinese."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


def main(path: str, megabytes: int, seconds: int) -> int:
    """Set the limits, read the file, write JSON lines; 0 read · 3 a failure that was explained."""
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    write = sys.stdout.write
    try:
        for value in read(Path(path)):
            write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")
    except UnreadableError as error:
        write(json.dumps({"error": error.message, "remedy": error.remedy}, ensure_ascii=False) + "\n")
        return 3
    except MemoryError:
        write(
            json.dumps({"error": "文件展开后太大，超过内存限制", "remedy": "请删去空行空列和图片，或拆成几个文件"})
            + "\n"
        )
        return 3
    return 0


def read(path: Path) -> Iterator[Any]:
    """JSON values of the file, by what its first bytes say it is, not by its name."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head:
        raise UnreadableError("文件是空的", "请重新导出")
    if head.startswith(b"PK\x03\x04"):
        yield from _zipped(path)
    elif head.startswith(b"\xd0\xcf\x11\xe0"):
        yield from _calamine(path)
    elif re.match(rb"\s*(\xef\xbb\xbf)?<(\?xml|html|!doctype|table)", head, re.IGNORECASE):
        raise UnreadableError("这是网页或 XML，只是名字像表格", "请用表格软件打开，另存为 .xlsx")
    elif head.startswith(b"%PDF"):
        raise UnreadableError("这是 PDF，不是表格", "请用原来的表格文件")
    else:
        yield from _text(path)


def _zipped(path: Path) -> Iterator[Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            names = {info.filename for info in infos}
            unpacked = sum(info.file_size for info in infos)
            sheets = sum(
                i.file_size for i in infos if i.filename.startswith("xl/worksheets/") or "sharedStrings" in i.filename
            )
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UnreadableError("文件已损坏，打不开", "请重新导出或重新复制") from error
    if len(infos) > 5000 or unpacked > MAX_UNPACKED:
        raise UnreadableError(
            f"文件声明展开后有 {unpacked // 1_000_000} MB，超过限制", "请另存为新的 .xlsx，去掉图片和空行"
        )
    if "mimetype" in names and "content.xml" in names:
        yield from _calamine(path)
    elif not any(name.lower() == "xl/workbook.xml" for name in names):
        raise UnreadableError("这个压缩文件里没有工作表", "请用表格软件另存为 .xlsx")
    elif sheets <= DETAILED_BYTES:
        yield from _openpyxl(path)
    else:
        yield from _calamine(path)


def _openpyxl(path: Path) -> Iterator[Any]:
    import openpyxl  # noqa: PLC0415 - only for small workbooks; the import costs more than a small csv

    try:
        values = openpyxl.load_workbook(path, data_only=True)
        formulas = openpyxl.load_workbook(path)
    except MemoryError:
        raise
    except Exception as error:
        raise UnreadableError(f"文件打不开（{type(error).__name__}）", "请用表格软件打开后另存为 .xlsx") from error
    for sheet, written in zip(values.worksheets, formulas.worksheets, strict=True):
        merged = [[m.min_row, m.min_col, m.max_row, m.max_col] for m in sheet.merged_cells.ranges]
        yield {"sheet": sheet.title, "merged": merged, "hidden": sheet.sheet_state != "visible", **_hidden(sheet)}
        notes: list[list[Any]] = []
        rows: dict[int, dict[int, str]] = {}
        for (row, column), cell in sorted(sheet._cells.items()):  # the cells that exist, not the declared rectangle
            text = _cell_text(cell.value, cell.number_format)
            if cell.value is None and written._cells[row, column].data_type == "f":
                notes.append([row, column, "formula"])
            if _lossy(cell.value):
                notes.append([row, column, "digits"])
            if len(notes) < MAX_FILLS and (colour := _fill(cell)):
                notes.append([row, column, colour])
            if text:
                _check_place(row, column)
                rows.setdefault(row, {})[column] = text
        for number, found in rows.items():
            yield [number, [found.get(column, "") for column in range(1, max(found) + 1)]]
        yield {"notes": notes}


def _hidden(sheet: Any) -> dict[str, list[int]]:
    """Rows and columns that are hidden; a dimension of columns may stand for several."""
    columns: list[int] = []
    for dimension in sheet.column_dimensions.values():
        if dimension.hidden and dimension.min:
            columns += range(dimension.min, min(dimension.max or dimension.min, MAX_COLUMNS) + 1)
    rows = [number for number, dimension in sheet.row_dimensions.items() if dimension.hidden]
    return {"hidden_rows": rows, "hidden_columns": columns}


def _fill(cell: Any) -> str:
    """``#RRGGBB`` of a solid fill that is neither white nor grey, ``#theme3`` for a theme colour; else empty."""
    fill = cell.fill
    if fill is None or fill.fill_type != "solid":
        return ""
    colour = fill.fgColor
    if colour.type == "theme":
        return f"#theme{colour.theme}{colour.tint or 0:+.2f}"
    if colour.type != "rgb" or not isinstance(colour.rgb, str):
        return f"#index{colour.indexed}" if colour.type == "indexed" else ""
    red, green, blue = (int(colour.rgb[at : at + 2], 16) for at in (2, 4, 6))
    return f"#{colour.rgb[2:]}" if max(red, green, blue) - min(red, green, blue) > 24 else ""


def _calamine(path: Path) -> Iterator[Any]:
    import python_calamine  # noqa: PLC0415 - as above

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
    except Exception as error:
        locked = "assword" in str(error) or "crypt" in str(error).lower()
        message = "文件有密码" if locked else f"文件打不开（{type(error).__name__}）"
        raise UnreadableError(message, "请去掉密码后再导入" if locked else "请用表格软件另存为 .xlsx") from error
    for name in book.sheet_names:
        try:
            sheet = book.get_sheet_by_name(name)
            merged = [[r1 + 1, c1 + 1, r2 + 1, c2 + 1] for (r1, c1), (r2, c2) in (sheet.merged_cell_ranges or ())]
        except python_calamine.WorksheetNotFound:
            continue
        except python_calamine.CalamineError as error:
            raise UnreadableError(f"工作表“{name}”读不出来", "请用表格软件另存为 .xlsx") from error
        yield {"sheet": name, "merged": merged}
        yield from _calamine_rows(sheet)


def _calamine_rows(sheet: Any) -> Iterator[Any]:
    if sheet.width > MAX_COLUMNS and sheet.height:
        _check_place((sheet.end or (sheet.height,))[0] + 1, (sheet.end or (0, sheet.width))[1] + 1)
    # iter_rows begins at row 1 but at the first used column
    left = sheet.start[1] if sheet.start else 0
    notes: list[list[Any]] = []
    count = 0
    for number, values in enumerate(sheet.iter_rows(), 1):
        if not any(value != "" for value in values):
            continue
        count += 1
        _check_place(count, 1)
        cells = [""] * left + [_cell_text(value) for value in values]
        notes += [
            [number, c + left, "digits"] for c, value in enumerate(values, 1) if type(value) is float and _lossy(value)
        ]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield [number, cells]
    yield {"notes": notes}


def _text(path: Path) -> Iterator[Any]:
    data = path.read_bytes()
    text = decode(data)
    sample = text[:20_000]
    delimiter = max(",\t;|", key=sample.count)
    csv.field_size_limit(1_000_000)
    yield {"sheet": "", "merged": []}
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1):
            _check_place(number, len(row) or 1)
            if any(cell.strip() for cell in row):
                yield [number, [cell.strip("\ufeff") for cell in row]]
    except csv.Error as error:
        raise UnreadableError("CSV 格式有误", "请用表格软件另存为 .xlsx") from error
    yield {"notes": []}


def decode(data: bytes) -> str:
    """UTF-8 (with or without BOM), UTF-16 with BOM, else GB18030."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    if b"\x00" in data[:4096]:
        raise UnreadableError("不是表格文件", "请用 .xlsx、.xls 或 .csv")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableError("文字编码认不出（不是 UTF-8，也不是 GB18030）", "请用表格软件另存为 .xlsx")


def _check_place(row: int, column: int) -> None:
    if column > MAX_COLUMNS or row > MAX_ROWS * 2:
        letters, rest = "", column
        while rest:
            rest, digit = divmod(rest - 1, 26)
            letters = chr(65 + digit) + letters
        raise UnreadableError(
            f"{letters}{row} 有内容，超出可读范围（{MAX_COLUMNS} 列、{MAX_ROWS} 行）", "请删去表格外的内容后另存"
        )
    if row > MAX_ROWS:
        raise UnreadableError(f"行数超过 {MAX_ROWS} 行", "请拆成几个文件")


def _lossy(value: object) -> bool:
    """A number of more than 15 digits has lost some: what was typed cannot be known any more."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= _SAFE_DIGITS


def _cell_text(value: object, number_format: str = "") -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return value[:MAX_TEXT].replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime.datetime) and _month_only(number_format):
        return f"{value.year}年{value.month}月"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    if isinstance(value, int | float):
        return _number_text(value, number_format)
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)


def _month_only(number_format: str) -> bool:
    """True where the cell shows year and month, no day: 2026年5月 is a month, not its first day."""
    shown = re.sub(r'\[[^\]]*\]|\\\\.|"[^"]*"', "", number_format.lower())
    return "y" in shown and "m" in shown and "d" not in shown and "h" not in shown


def _number_text(value: float, number_format: str) -> str:
    if "%" in number_format:
        return f"{round(value * 100, 6):g}%"
    if float(value).is_integer():
        return str(int(value))
    return f"{value:.10g}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
