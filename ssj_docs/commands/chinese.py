"""Translates click's and the system's English to Chinese: usage errors, help pages, file errors."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable
from difflib import get_close_matches
from unicodedata import east_asian_width

import click

#: click's message about a wrong argument → Chinese
_REMARKS = (
    (r"'(.*)' is not a valid (?:integer|float).*", r"“\1”不是数字"),
    (r"(\S+) is not in the range x>=(\S+?)\.", r"\1 太小，至少是 \2"),
    (r"(\S+) is not in the range (\S+)<=x<=(\S+?)\.", r"\1 超出范围，应在 \2 到 \3 之间"),
    (r"(?:File|Path) '(.*)' is a directory\.", r"“\1”是文件夹，这里要的是文件"),
    (r"(?:Directory|Path) '(.*)' is a file\.", r"“\1”是文件，这里要的是文件夹"),
    (r"(?:File|Directory|Path) '(.*)' does not exist\.", r"没有找到“\1”"),
    (r"(?:File|Directory|Path) '(.*)' is not (?:readable|writable)\.", r"没有权限读写“\1”"),
    (r"Missing command\.", "没有写命令"),
    (r"Got unexpected extra arguments? \((.*)\)", r"多出 \1"),
    (r"Option '(.*)' requires (?:an argument|\d+ arguments)\.", r"选项 \1 后面要写值"),
    (r"Option '(.*)' does not take a value\.", r"选项 \1 后面不写值"),
    (r"No closing quotation|No escaped character", "引号没有成对"),
)
#: system error about a file → Chinese
OS_FAILURES = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "文件夹是只读的",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已用完",
    errno.EISDIR: "这是文件夹，不是文件",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EEXIST: "已经有同名文件",
    errno.ENAMETOOLONG: "文件名太长",
    errno.EBUSY: "文件正被占用",
    errno.ETXTBSY: "文件正被占用",
    errno.EIO: "磁盘读写出错",
    errno.EMFILE: "打开的文件太多",
}

_HEADINGS = {"Options": "选项", "Commands": "命令", "Arguments": "参数"}
_WORDS = (
    ("Show this message and exit.", "显示用法"),
    ("Show the version and exit.", "显示版本"),
    ("[default: ", "[缺省："),
    ("[required]", "[必写]"),
    ("x>=", "至少 "),
)
#: what is not split at the end of a line
_PIECE = re.compile(r"[（〔《“]*(?:[!-~]+|.)[、。，；：？！）〕》”]* *")
_METAVARS = (("[OPTIONS]", "[选项]"), ("COMMAND [ARGS]...", "命令 …"), ("[COMMAND]", "[命令]"), ("[ARGS]...", "…"))


class ChineseHelp(click.HelpFormatter):
    """click's help formatter with Chinese headings; the texts of the commands are Chinese already."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The first line of the page."""
        for english, chinese in _METAVARS:
            args = args.replace(english, chinese)
        super().write_usage(prog, args, prefix or "用法：")

    def write_heading(self, heading: str) -> None:
        """A heading of the page."""
        super().write_heading(_HEADINGS.get(heading, heading))

    def write_text(self, text: str) -> None:
        """A paragraph, or several with empty lines between."""
        indent = " " * self.current_indent
        for number, paragraph in enumerate(text.split("\n\n")):
            if number:
                self.write("\n")
            first, _, rest = paragraph.partition("\n")
            lines = rest.split("\n") if first.strip() == "\b" else fold(paragraph, self.width - self.current_indent)
            self.write("".join(f"{indent}{line}\n" for line in lines))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """A list of options or commands with what they do."""
        listed = list(rows)
        indent = " " * self.current_indent
        first = min(max((_columns(name) for name, _ in listed), default=0), col_max) + col_spacing
        for name, text in listed:
            lines = fold(_words(text), max(self.width - self.current_indent - first, 10)) or [""]
            beside = _columns(name) <= first - col_spacing
            self.write(indent + name + (" " * (first - _columns(name)) + lines.pop(0) if beside else "") + "\n")
            self.write("".join(f"{indent}{' ' * first}{line}\n" for line in lines))


def fold(text: str, width: int) -> list[str]:
    """Wrap text to so many columns; a Chinese character takes two. Latin words are not split, and no line begins with closing
    punctuation (click counts characters and splits anywhere).
    """
    lines, line = [], ""
    for piece in _PIECE.findall(" ".join(text.split())):
        if line and _columns(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _words(text: str) -> str:
    for english, chinese in _WORDS:
        text = text.replace(english, chinese)
    return text


def _commands_of(wrong: click.ClickException) -> list[str]:
    context = wrong.ctx if isinstance(wrong, click.UsageError) else None
    return context.command.list_commands(context) if context and isinstance(context.command, click.Group) else []


def usage_remedy(wrong: click.ClickException) -> str:
    """Where the usage of the command is explained."""
    context = wrong.ctx if isinstance(wrong, click.UsageError) else None
    if context is None or context.parent is None:
        return "用 ssj --help 查看命令，ssj 命令名 --help 查看用法"
    return f"用 {context.command_path} --help 查看用法"


def in_chinese(wrong: click.ClickException) -> str:
    """Translate a usage error."""
    if isinstance(wrong, click.NoSuchOption):
        if wrong.option_name in ("--workspace", "--json", "--today") and (commands := _commands_of(wrong)):
            return f"选项 {wrong.option_name} 前没有写命令，可用：{'、'.join(commands)}"
        near = f"，是不是 {'、'.join(wrong.possibilities)}" if wrong.possibilities else ""
        return f"没有选项 {wrong.option_name}{near}"
    if isinstance(wrong, click.MissingParameter) and wrong.param is not None:
        option = isinstance(wrong.param, click.Option)
        return f"缺少 {wrong.param.opts[0] if option else wrong.param.human_readable_name}"
    if isinstance(wrong, click.BadParameter) and wrong.param is not None:
        name = wrong.param.opts[0] if isinstance(wrong.param, click.Option) else wrong.param.human_readable_name
        if isinstance(wrong.param.type, click.Choice) and (given := re.match(r"'(.*)' is not one of", wrong.message)):
            return f"{name} 没有“{given[1]}”，可用：{'、'.join(wrong.param.type.choices)}"
        return f"{name} 的值不合适：{_translated(wrong.message)}"
    said = wrong.format_message()
    command = re.match(r"No such command '(.*?)'", said)
    if command:
        close = get_close_matches(command[1], _commands_of(wrong), 3, 0.5)
        return f"没有命令“{command[1]}”" + (f"，是不是 {'、'.join(close)}" if close else "")
    return f"命令写法有误：{_translated(said)}"


def _translated(said: str) -> str:
    """Translate a remark of click; Chinese and unknown ones are unchanged."""
    for pattern, chinese in _REMARKS:
        if found := re.fullmatch(pattern, said.strip(), re.DOTALL):
            return found.expand(chinese)
    return said
