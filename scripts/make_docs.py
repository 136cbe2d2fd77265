"""Writes pages and tables of docs/ from the program itself; the tests see that they are up to date.

Usage: python scripts/make_docs.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from archive.assessment import indicator_measures, measure_register  # noqa: E402, F401 (fills the register)
from archive.search.fields.fields import FIELDS  # noqa: E402
from cli import COMMANDS, ssj  # noqa: E402
from scripts.licences import licences_page  # noqa: E402
from ssj_docs.facts.vocabulary import FIGURES, paths, vocabulary  # noqa: E402
from ssj_docs.model.case import EVENTS  # noqa: E402
from ssj_docs.model.paper_kind import ACTS, PROOFS, DocumentKind, FormField  # noqa: E402
from ssj_docs.office.paper_kinds import load_kinds  # noqa: E402

_SHARED = {"root", "as_json", "today"}


def commands_page() -> str:
    """Every command with its arguments and options."""
    context = click.Context(ssj, info_name="ssj")
    parts = [
        "# 命令",
        "",
        "由 `scripts/make_docs.py` 从程序生成。每条命令都可加 `--workspace 文件夹`、`--json`、`--today 年-月-日`。",
        "",
    ]
    for name in COMMANDS:
        command = ssj.get_command(context, name)
        assert command is not None
        parts += _command(command, f"ssj {name}", 2)
    return "\n".join(parts).rstrip() + "\n"


def _command(command: click.Command, name: str, level: int) -> list[str]:
    arguments = " ".join(_metavar(p) for p in command.params if isinstance(p, click.Argument))
    parts = [f"{'#' * level} {name}", "", f"`{name}{' ' + arguments if arguments else ''}`", ""]
    parts += [line.replace("\b", "").rstrip() for line in (command.help or "").strip().splitlines()] + [""]
    options = [p for p in command.params if isinstance(p, click.Option) and p.name not in _SHARED and not p.hidden]
    if options:
        parts += ["| 选项 | 说明 |", "|---|---|"]
        parts += [f"| `{'`, `'.join(o.opts)}` | {(o.help or '').replace('|', '/')} |" for o in options] + [""]
    if isinstance(command, click.Group):
        for child, below in sorted(command.commands.items()):
            parts += _command(below, f"{name} {child}", level + 1)
    return parts


def _metavar(argument: click.Argument) -> str:
    return argument.metavar or (argument.name or "").upper()


def kinds_page() -> str:
    """Every document kind with its fields."""
    parts = [
        "# 文书种类",
        "",
        "由 `scripts/make_docs.py` 从 `templates/catalogue.toml` 生成。本单位的 `templates/` 里同名模板优先。",
        "",
    ]
    for kind in load_kinds().values():
        parts += [f"## {kind.title}（`{kind.id}`）", "", kind.purpose, "", " · ".join(_told(kind)), ""]
        if kind.fields:
            parts += ["| 字段 | 名称 | 取自 | |", "|---|---|---|---|"]
            parts += [
                f"| `{path}` | {one.name} | {_origin(one)} | {'可空' if one.optional else ''} |"
                for path, one in kind.fields.items()
            ] + [""]
    return "\n".join(parts).rstrip() + "\n"


def _told(kind: DocumentKind) -> Iterator[str]:
    """What the catalogue says of a kind besides its fields."""
    yield f"模板 `{kind.template}`"
    yield f"页码代号 `{kind.code}`"
    yield f"每{ {'case': '案件', 'task': '任务', 'year': '年度'}[kind.per] }一份"
    yield "编文号" if kind.series else "不编文号"
    yield "每页二维码" if kind.coded else "无二维码"
    yield f"签字：{'、'.join(kind.signs) or '无'}"
    yield f"保管 {f'{kind.retention} 年' if kind.retention else '永久'}"
    if kind.drafts:
        yield f"拟稿样式 {'、'.join(f'`{style.name}`' for style in kind.drafts)}"
    if kind.usual:
        yield "`ssj forms` 缺省制作"
    if kind.due:
        yield f"{'发现问题' if kind.due == 'problem' else EVENTS[kind.due]}后案卷里应有"
    if kind.serves:
        yield f"用于：{'、'.join(ACTS[act] for act in kind.serves)}"
    if kind.proves:
        yield f"考核中证明：{'、'.join(PROOFS[what] for what in kind.proves)}"
    if kind.on_issue:
        yield f"印发即证明：{EVENTS[kind.on_issue]}"
    if kind.on_archive:
        yield f"归档即证明：{EVENTS[kind.on_archive]}"


def _origin(one: FormField) -> str:
    if one.text:
        return f"“{one.text}”"
    return {"": "手填", "number": "发文字号", "#": "序号"}.get(one.source, f"`{one.source}`")


def facts_page() -> str:
    """Every path that a form's field can take, and that a draft text can read."""
    papers = (("文书代号", "某种文书"),)
    parts = [
        "# 文书可印的内容",
        "",
        "由 `scripts/make_docs.py` 从程序生成。`catalogue.toml` 的 `from` 和 `text` 里写这些路径；拟稿样式里以 `{{ 路径 }}` 写出，",
        "带 `[]` 的是清单，用 `{% for … in … %}` 逐项写。怎样新增文书，见 [own-papers.md](own-papers.md)。",
        "",
    ]
    for per, title in (("case", "每案件一份的文书"), ("task", "每任务一份的文书"), ("year", "每年度一份的文书")):
        found = dict(paths(vocabulary(per, papers)))
        shown = {path: fact for path, fact in found.items() if not path.startswith(("cases[].", "inspected[]."))}
        parts += [f"## {title}", ""]
        if len(shown) < len(found):
            parts += ["另有 `cases[]`（各案件）和 `inspected[]`（有检查结果的案件）：每项下是上表案件的全部内容，", ""]
            parts[-2] += "如 `cases[].subject.name`、`cases[].case.team[].name`。"
        parts += ["| 路径 | 内容 |", "|---|---|", *(f"| `{path}` | {fact.name} |" for path, fact in shown.items()), ""]
    parts += ["## 拟稿样式另有", "", "| 路径 | 内容 |", "|---|---|"]
    return "\n".join([*parts, *(f"| `{path}` | {name} |" for path, name in FIGURES.items())]) + "\n"


def measures_table() -> list[str]:
    """Every measure of the assessment: unit, denominator, numerator."""
    rows = [f"| `{name}` | {m.unit} | {m.of} | {m.met} |" for name, m in measure_register.MEASURES.items()]
    return ["| `measure` | 单位 | 分母 | 分子 |", "|---|---|---|---|", *rows]


def fields_table() -> list[str]:
    """Every search field: its names, what it holds, its option, whether it is looked through unasked and counted by."""
    rows = []
    for one in FIELDS.values():
        if one.names:
            names = "、".join(f"`{name}`" for name in (*one.names, one.name))
            option = f"`--{one.name}` {one.option}" if one.option else ""
            rows.append(
                f"| {names} | {one.about} | {option} | {'是' if one.cover else ''} | {'是' if one.facet else ''} |"
            )
    return ["| 字段 | 内容 | 选项 | 首页 | 计数 |", "|---|---|---|---|---|", *rows]


def _with_table(path: str, name: str, table: Callable[[], list[str]]) -> str:
    """A page written by hand whose table ``name``, between two comments, is made here."""
    begin, end = f"<!-- {name}: scripts/make_docs.py -->\n", "<!-- end -->"
    before, rest = (ROOT / path).read_text(encoding="utf-8").split(begin)
    return before + begin + "\n".join(table()) + "\n" + end + rest.split(end, 1)[1]


PAGES = {
    "docs/commands.md": commands_page,
    "docs/document-kinds.md": kinds_page,
    "docs/licences.md": licences_page,
    "docs/search.md": lambda: _with_table("docs/search.md", "fields", fields_table),
    "docs/paper-facts.md": facts_page,
    "docs/assessment.md": lambda: _with_table("docs/assessment.md", "measures", measures_table),
}

if __name__ == "__main__":
    for path, page in PAGES.items():
        (ROOT / path).write_text(page(), encoding="utf-8")
