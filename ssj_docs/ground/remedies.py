"""What to do about a fault, as data: an action from a fixed list, which commands, pages and API express in their own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: None: left to the user. True: a flag.
Value = str | int | bool | None

#: tables that can be imported
TABLES: Mapping[str, str] = {
    "plan": "抽查计划表",
    "items": "抽查事项清单",
    "subjects": "检查对象名录",
    "inspectors": "执法检查人员名录",
    "draw": "抽取结果",
    "results": "检查结果",
}
#: parts of the office's settings
SETTINGS: Mapping[str, str] = {
    "departments": "成员单位",
    "series": "发文字号",
    "results": "检查结果用语",
    "handlings": "处理结果用语",
    "rules.ratios": "各等级抽取比例",
    "archive": "档号",
    "indicators": "考核指标",
}


@dataclass(frozen=True)
class ActionKind:
    """The name of an action in plain Chinese (``{case}``: an argument in the name), and the arguments it takes."""

    said: str
    takes: tuple[str, ...] = ()


#: the fixed list of actions
ACTIONS: Mapping[str, ActionKind] = {
    "init": ActionKind("建立工作区", ("folder",)),
    "choose_workspace": ActionKind("指明工作区", ("folder",)),
    "set": ActionKind("修改设置{key}", ("key",)),
    "show_tasks": ActionKind("查看任务编号"),
    "import": ActionKind("导入{kind}", ("kind", "file", "task", "year", "sheet", "mapping")),
    "blank_table": ActionKind("生成空白的{kind}", ("kind", "file")),
    "save_mapping": ActionKind("生成一份列对应", ("kind", "file", "mapping")),
    "draw": ActionKind("抽取", ("task", "ratio", "count", "grade", "where", "round", "redraw", "objects_only")),
    "commit_draw": ActionKind("公布种子摘要", ("task", "round", "reason")),
    "draft": ActionKind("拟稿", ("kind", "task", "case", "year")),
    "issue": ActionKind("编号印发", ("draft", "task", "case", "no_font_check", "reason")),
    "forms": ActionKind("制作表单", ("task", "no_font_check")),
    "show_numbers": ActionKind("查看发文字号登记簿"),
    "void_number": ActionKind("作废文号{number}", ("number", "reason")),
    "statistics": ActionKind("制作统计表和汇总表", ("task", "year")),
    "check_templates": ActionKind("查看模板可用的字段", ("kind",)),
    "export_template": ActionKind("取出随附的样式", ("kind",)),
    "receive": ActionKind("收件归档", ("file", "case", "kind", "anew")),
    "receive_again": ActionKind("再试没有读完的收件"),
    "show_unfiled": ActionKind("查看待归档的页和收件号"),
    "file_by_hand": ActionKind("人工归档", ("receipt", "pages", "case", "kind")),
    "read": ActionKind("读取页面文字"),
    "show_case": ActionKind("查看案卷{case}", ("case",)),
    "check_case": ActionKind("查看案卷{case}的四性检测", ("case",)),
    "list_pages": ActionKind("列出案卷{case}的全部页", ("case",)),
    "search_options": ActionKind("查看检索的选项"),
    "reindex": ActionKind("重建检索索引"),
    "verify": ActionKind("核验"),
    "adopt": ActionKind("接受手工改动", ("reason",)),
    "rebuild": ActionKind("从档案重建数据库"),
    "restore": ActionKind("从备份恢复", ("file", "folder")),
    "add_evidence": ActionKind("按检索添加佐证", ("target", "query")),
    "show_evidence": ActionKind("查看取证页的编号"),
    "number_items": ActionKind("编档号"),
    "list_expired": ActionKind("生成鉴定清单", ("file",)),
    "destroy": ActionKind("按签批的清单销毁", ("list", "approval", "number", "reason")),
}
#: names of arguments
ARGUMENTS: Mapping[str, str] = {
    "anew": "不论以前收过",
    "approval": "批准件",
    "case": "案卷号",
    "count": "户数",
    "draft": "拟稿",
    "file": "文件",
    "folder": "文件夹",
    "grade": "等级",
    "kind": "文书种类",
    "list": "鉴定清单",
    "mapping": "列对应文件",
    "no_font_check": "不核对字体",
    "number": "编号",
    "objects_only": "只抽对象，不抽人员",
    "pages": "页码",
    "query": "检索词",
    "ratio": "比例",
    "reason": "原因",
    "receipt": "收件号",
    "redraw": "重抽的原因",
    "round": "轮次",
    "sheet": "工作表",
    "target": "指标",
    "task": "任务编号",
    "where": "限定条件",
    "year": "年度",
}
#: those that only a command has to be told: a sentence, or a page with its buttons, goes without them
_OF_COMMANDS = frozenset({"approval", "draft", "file", "folder", "list"})


@dataclass(frozen=True)
class Action:
    """An action from `ACTIONS` with its arguments (name, value), in the given order."""

    name: str
    arguments: tuple[tuple[str, Value], ...] = ()

    def __str__(self) -> str:
        """In plain Chinese that names no command and no page."""
        labels = {name: label for name, label in ARGUMENTS.items() if name not in _OF_COMMANDS}
        return self.title + self.conditions(labels)

    @property
    def values(self) -> dict[str, Value]:
        """Name → value."""
        return dict(self.arguments)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {"action": self.name, "arguments": self.values}

    @property
    def title(self) -> str:
        """What it is, with the case, number … that it is about."""

        def word(found: re.Match[str]) -> str:
            value = self.values.get(found[1])
            if found[1] == "kind":
                return TABLES.get(str(value), "表格")
            if found[1] == "key":
                return f"“{SETTINGS[str(value)]}”"
            return f" {value} " if value else ""

        return re.sub(r"{(\w+)}", word, ACTIONS[self.name].said).strip()

    def conditions(self, labels: Mapping[str, str]) -> str:
        """What is to be filled in on the way, e.g. “，写明原因、轮次 2”; an argument without a label is left out."""
        said = ACTIONS[self.name].said
        told = [(labels[name], value) for name, value in self.arguments if f"{{{name}}}" not in said and name in labels]
        filled = [label if value is None else f"{label} {value}" for label, value in told if value is not True]
        chosen = [label for label, value in told if value is True]
        return (f"，写明{'、'.join(filled)}" if filled else "") + "".join(f"，{label}" for label in chosen)


def do(name: str, /, **arguments: Value) -> Action:
    """Create an action. Arguments that are None or empty are left to the user; False ones are ignored.

    Raises: ValueError for an action or argument that is not in `ACTIONS`, which is a defect of this program.
    """
    if unknown := set(arguments) - set(ACTIONS[name].takes):
        raise ValueError(f"{name} does not take {', '.join(sorted(unknown))}")
    given = ((key, None if value == "" else value) for key, value in arguments.items() if value is not False)
    return Action(name, tuple(given))


#: how a face says an action inside a sentence
Phrase = Callable[[Action], str]


@dataclass(frozen=True, init=False)
class Remedy:
    """What to do: advice in plain Chinese that contains actions, ``Remedy("核对名称，或", do("import", kind="subjects"))``."""

    parts: tuple[str | Action, ...]

    def __init__(self, *parts: str | Action) -> None:
        object.__setattr__(self, "parts", parts)

    def __str__(self) -> str:
        return self.said(str)

    @property
    def actions(self) -> tuple[Action, ...]:
        """Its actions, in order."""
        return tuple(part for part in self.parts if isinstance(part, Action))

    def said(self, phrase: Phrase) -> str:
        """The sentence in the words of a face."""
        return "".join(phrase(part) if isinstance(part, Action) else part for part in self.parts)


#: a remedy without an action is a sentence
Advice = Remedy | str
#: how a face says a remedy
Say = Callable[[Advice], str]


def actions_json(advice: Advice) -> list[dict[str, Any]]:
    """The actions of a remedy as JSON."""
    return [action.as_json() for action in advice.actions] if isinstance(advice, Remedy) else []


def packed(advice: Advice) -> Any:
    """A remedy as JSON that `unpacked` reads, for registers and other processes."""
    if isinstance(advice, str):
        return advice
    return {"parts": list(_packed(advice))}


def _packed(remedy: Remedy) -> Iterator[Any]:
    for part in remedy.parts:
        yield part if isinstance(part, str) else part.as_json()


def unpacked(value: Any) -> Advice:
    """The inverse of `packed`."""
    if not isinstance(value, Mapping):
        return str(value)
    parts = (
        part if isinstance(part, str) else Action(part["action"], tuple(part["arguments"].items()))
        for part in value["parts"]
    )
    return Remedy(*parts)
