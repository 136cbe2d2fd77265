"""Translates error messages of libraries about faults in files to Chinese."""

from __future__ import annotations

import re

_LINE = re.compile(r" ?\(at (?:line (\d+), column \d+|end of document)\)")
#: messages of TOML, templates, SQLite and pydantic → Chinese
_WORDS = (
    # TOML
    (r"Invalid value", "等号后的值写法有误：文字要加引号，括号要成对"),
    (r"Invalid statement|Invalid initial character for a key part", "这一行不是“名称 = 值”，也不是 [段名]"),
    (r"Expected '=' after a key in a key/value pair", "名称后缺少等号"),
    (r"Expected newline or end of document after a statement", "值的后面有多余的内容，或引号、括号不成对"),
    (r"Unclosed array|Unclosed inline table", "方括号或花括号没有配对"),
    (r"Unterminated string|Expected '[\"']+'|Illegal character .*", "引号没有配对"),
    (r"Expected '\]' .*|Expected '\]\]' .*", "段名的方括号没有配对"),
    (r"Cannot declare \('?(.*?)'?,?\) twice", r"段 [\1] 写了两次"),
    (r"Cannot overwrite a value|Duplicate inline table key .*|Cannot (?:mutate|redefine) .*", "同一名称写了两次"),
    (r"Found invalid character .*", "有不该出现的字符，文字要加半角引号"),
    (r"Unescaped '\\' in a string|Invalid hex value|Escaped character .*", "引号里的反斜杠要写两个，或改用单引号"),
    (r"Invalid date or datetime", "日期不在日历上"),
    # templates
    (r"Encountered unknown tag '(\w+)'.*", r"不认识标记“\1”，或缺少与它配对的标记"),
    (r"Unexpected end of template.*", "标记没有配对，缺少 endfor 或 endif"),
    (r"unexpected char .*|unexpected '.*'|expected token .*", "标记里有多余或缺少的符号"),
    (r"No (?:filter|test) named '(.*?)'.*", r"没有“\1”这种写法"),
    (r"'(?:.* has no attribute ')?(\w+)'(?: is undefined)?", r"数据里没有“\1”"),
    (r"unsupported operand type.*|can only concatenate.*|'.*' not supported between.*", "用不同种类的数据做运算"),
    (r".* object is not iterable|.* object is not callable|.* object is not subscriptable", "用法与数据的种类不合"),
    # SQLite
    (r"database is locked", "另一个操作正在使用数据库"),
    (r"database or disk is full", "磁盘已满"),
    (r"attempt to write a readonly database", "没有写入的权限"),
    (r"unable to open database file", "打不开文件"),
    (r"disk I/O error", "磁盘读写出错"),
    (r"database disk image is malformed|malformed .*", "文件已损坏"),
    (r"file is not a database", "文件不是数据库"),
    (r"no such (?:table|column).*", "数据库缺少应有的表或栏"),
    # pydantic
    (r"Input should be a valid (?:integer|number).*", "应是数字"),
    (r"Input should be a valid string", "应是文字，要加引号"),
    (r"Input should be a valid boolean.*", "应是 true 或 false"),
    (r"Input should be a valid (?:list|tuple|array)", "应是方括号里的一列值"),
    (r"Input should be a valid (?:dictionary|date).*", "写法不合要求"),
    (r"Input should be (?:greater|less) than.*", "数字超出范围"),
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def in_chinese(error: object) -> str:
    """The message of an error in Chinese: unchanged if it is Chinese already, general if it is unknown."""
    said = _LINE.sub("", str(error)).strip().removeprefix("Value error, ").rstrip(".")
    for pattern, chinese in _WORDS:
        if found := re.fullmatch(pattern, said, re.DOTALL):
            return found.expand(chinese)
    return said if _CHINESE.search(said) else f"写法或内容不合规则（{type(error).__name__}）"


def line_told(error: object) -> str:
    """``第 12 行`` if the error names a line, otherwise empty."""
    found = re.search(r"line (\d+)", str(error))
    return f"第 {found[1]} 行" if found else ""
