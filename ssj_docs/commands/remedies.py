"""Remedies in the words of the command line: commands that can be copied."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ssj_docs.ground.remedies import ARGUMENTS, SETTINGS, Action, Advice, Remedy

#: action → the command; other arguments follow as options of the same name
COMMANDS: Mapping[str, str] = {
    "init": "init {folder}",
    "choose_workspace": "--workspace {folder} …",
    "show_tasks": "plan show",
    "import": "import {kind} {file}",
    "blank_table": "import --blank {kind} {file}",
    "save_mapping": "import {kind} {file} --save-mapping {mapping}",
    "draw": "draw {task}",
    "commit_draw": "draw commit {task}",
    "draft": "draft {kind}",
    "issue": "issue {draft}",
    "forms": "forms {task}",
    "show_numbers": "numbers",
    "void_number": "numbers void {number}",
    "statistics": "stats",
    "check_templates": "templates check {kind}",
    "export_template": "templates export {kind}",
    "receive": "receive {file}",
    "receive_again": "receive --retry",
    "show_unfiled": "receive --unfiled",
    "file_by_hand": "receive --receipt {receipt}",
    "read": "read",
    "show_case": "case show {case}",
    "check_case": "case check {case}",
    "list_pages": "search --case {case}",
    "search_options": "search --help",
    "reindex": "reindex",
    "verify": "verify",
    "adopt": "adopt",
    "rebuild": "rebuild",
    "restore": "restore {file} {folder}",
    "add_evidence": "evidence add {target} {query}",
    "show_evidence": "evidence list",
    "number_items": "retention number",
    "list_expired": "retention list --out {file}",
    "destroy": "retention destroy {list} --approval {approval} --by 批准人 --by 监销人",
}


def said(advice: Advice) -> str:
    """A remedy with the commands to run."""
    return advice.said(_phrase) if isinstance(advice, Remedy) else advice


def command(action: Action) -> str:
    """The command for an action, as one would type it."""
    begins = COMMANDS[action.name]
    values = {name: _word(name, value) for name, value in action.arguments}
    words = re.sub(r"{(\w+)}", lambda found: values.get(found[1]) or ARGUMENTS[found[1]], begins)
    options = [
        f"--{name.replace('_', '-')} {values[name]}".rstrip() for name in action.values if f"{{{name}}}" not in begins
    ]
    return " ".join(["ssj", words, *options])


def _word(name: str, value: object) -> str:
    """Quote a value for a command."""
    if value is True:
        return ""
    text = ARGUMENTS[name] if value is None else str(value)
    return text if re.fullmatch(r"[^\s'\"$`\\|&;<>()*?~#!]+", text) else "'" + text.replace("'", "'\\''") + "'"


def _phrase(action: Action) -> str:
    if action.name == "set":
        key = str(action.values["key"])
        return f"修改 office.toml 中的 {key}（{SETTINGS[key]}）"
    return f"用“{command(action)}”{action.title}"
