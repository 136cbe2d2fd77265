"""The contract of DESIGN.md, held from outside: commands through `cli.main`, their exit codes and the keys of their JSON.

One office is made for the whole module from the example's spreadsheets; the tables below are the contract. A shape is a
type, a tuple of types or values, ``[shape]`` for a list that is not empty, or a dictionary of keys that must be there.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from places import NOW, ROOT

import cli
from archive.demonstration import open_example
from ssj_docs.commands.chinese import fold

SIGNED = ROOT / "examples" / "qinghe" / "signed"
TASK, CASE = "2026-002", "2026-002-0001"
NUMBER = "青双随机办〔2026〕1号"
_ENGLISH = re.compile(
    r"\b(?:the|is|are|does|not|no|such|invalid|error|failed|expected|cannot|missing|line|at)\b", re.IGNORECASE
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
TEXT, WHOLE, TRUTH, NUMBER_OR_NONE = str, int, bool, (int, float, type(None))
DAY_OR_NONE = (_DAY, type(None))


class Shell:
    """Runs commands in this process with ``--json``: exit code and the one JSON value; keeps what was said on stderr."""

    def __init__(self, office: Path) -> None:
        self.office, self.told = office, ""

    def __call__(self, *words: str | Path) -> tuple[int, Any]:
        out, told, code = io.StringIO(), io.StringIO(), 0
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(told):
            try:
                cli.main(["--json", "--workspace", str(self.office), "--today", "2026-11-20", *map(str, words)])
            except SystemExit as leave:
                code = int(leave.code or 0)
        self.told = told.getvalue()
        return code, json.loads(out.getvalue())


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """An office with plan, registers, cases, results, one numbered paper as PDF, forms and two papers received."""
    office = tmp_path_factory.mktemp("contract") / "青禾 办公室（试）"
    open_example(office, now=NOW).close()
    (office.parent / "入口").symlink_to(office)
    run = Shell(Path(os.path.relpath(office.parent / "入口")))  # as from inside the folder, through a link
    for words in (
        ("draft", "tongzhi", "--year", "2026"),
        ("issue", office / "drafts" / "tongzhi-2026.md", "--pdf"),
        ("forms", TASK),
        ("receive", SIGNED / "电子 2026-002-0002 反馈书.pdf"),
        ("receive", SIGNED / "公示 2026-002 结果公示表.pdf", "--case", TASK, "--kind", "gongshibiao"),
    ):
        assert run(*words)[0] == 0, run.told
    return Shell(office)


def fits(value: Any, shape: Any, where: str = "$") -> list[str]:
    """Where a value is not of the shape."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{where}: {type(value).__name__}"]
        faults = [f"{where}.{key}: 缺" for key in shape if key not in value]
        return faults + [f for key in shape if key in value for f in fits(value[key], shape[key], f"{where}.{key}")]
    if isinstance(shape, list):
        if not isinstance(value, list) or not value:
            return [f"{where}: 不是非空列表"]
        return [f for n, one in enumerate(value) for f in fits(one, shape[0], f"{where}[{n}]")]
    allowed = shape if isinstance(shape, tuple) else (shape,)
    return [] if any(_is(value, one) for one in allowed) else [f"{where}: {value!r}"]


def _is(value: Any, one: Any) -> bool:
    if isinstance(one, type):
        return isinstance(value, one) and (one is bool or not isinstance(value, bool))
    return bool(isinstance(value, str) and one.fullmatch(value)) if isinstance(one, re.Pattern) else value == one


PLAN = {
    "row": WHOLE,
    "serial": TEXT,
    "plan": TEXT,
    "task": TEXT,
    "field": TEXT,
    "items": [TEXT],
    "partner_items": list,
    "object": TEXT,
    "category": ("重点", "一般", None),
    "type": ("定向", "不定向", None),
    "initiators": [TEXT],
    "partners": list,
    "level": TEXT,
    "ratio": {
        "raw": TEXT,
        "form": ("percent", "floor", "cap", "range", "count", "per_level", "text"),
        "low": NUMBER_OR_NONE,
        "high": NUMBER_OR_NONE,
        "count": (int, type(None)),
    },
    "frequency": {"raw": TEXT, "per_year": NUMBER_OR_NONE},
    "window": {"raw": TEXT, "start": DAY_OR_NONE, "end": DAY_OR_NONE},
}
TABLE = (
    "抽取序号",
    "市场主体名称",
    "统一社会信用代码",
    "注册号",
    "法定代表人",
    "地址",
    "电话",
    "管辖单位",
    "登记单位",
    "检查人员",
    "抽查结果",
    "处理结果",
    "是否公示",
)
ISSUED = [
    {
        "id": TEXT,
        "kind": TEXT,
        "title": TEXT,
        "number": TEXT,
        "path": TEXT,
        "sha256": TEXT,
        "pdf_path": TEXT,
        "fresh": TRUTH,
        "problems": list,
    }
]
RECEIVED = {"files": WHOLE, "pages": WHOLE, "items": WHOLE, "left": WHOLE, "reports": list}
HIT = {
    "case": TEXT,
    "item": TEXT,
    "kind": TEXT,
    "title": TEXT,
    "number": TEXT,
    "year": WHOLE,
    "department": TEXT,
    "page": WHOLE,
    "origin": ("text", "ocr", "issued"),
    "snippet": TEXT,
    "path": TEXT,
}
FACETS = dict.fromkeys(("year", "department", "kind", "result", "task", "case"), dict)
SHAPES: list[tuple[str, Any]] = [
    ("plan show --year 2026", [PLAN]),
    ("check --year 2026", {"problems": [{"clause": TEXT, "message": TEXT, "severity": TEXT}]}),
    (
        "numbers --series 青双随机办 --year 2026",
        [
            {
                "series": TEXT,
                "year": WHOLE,
                "serial": WHOLE,
                "number": TEXT,
                "state": ("issued", "void", "recorded"),
                "title": TEXT,
                "date": DAY_OR_NONE,
                "path": TEXT,
                "sha256": TEXT,
            }
        ],
    ),
    ("stats --year 2026", {"统计表": [dict.fromkeys(TABLE, TEXT)], "汇总表": [{"单位": TEXT, "抽查户数": WHOLE}]}),
    (f"stats --task {TASK}", {"统计表": [dict.fromkeys(TABLE, TEXT)], "汇总表": [{"单位": TEXT, "抽查户数": WHOLE}]}),
    (
        "due",
        [
            {
                "case": TEXT,
                "event": TEXT,
                "event_date": _DAY,
                "act": TEXT,
                "clause": TEXT,
                "due": _DAY,
                "provisional": TRUTH,
                "state": ("open", "done", "late"),
            }
        ],
    ),
    (
        "missing --year 2026",
        [{"task": TEXT, "case": TEXT, "kind": TEXT, "title": TEXT, "state": TEXT, "issued": TRUTH, "items": list}],
    ),
    (
        f"case show {CASE}",
        {
            "id": CASE,
            "task": dict,
            "case": dict,
            "subject": {"name": TEXT},
            "inspectors": [{"name": TEXT}],
            "findings": list,
            "events": list,
            "items": list,
        },
    ),
    (
        "case show 2026-002-0002",
        {"items": [{"item": TEXT, "kind": TEXT, "title": TEXT, "pages": (int, type(None)), "sha256": TEXT}]},
    ),
    ("case dossier 2026-002-0002", {"path": TEXT, "pages": WHOLE}),
    ("search 检查", {"total": WHOLE, "hits": [HIT], "facets": FACETS}),
    ("search 检查 --count", {"total": WHOLE, "hits": list, "facets": FACETS}),
    (
        "assess 2026",
        {
            "year": 2026,
            "pack": TEXT,
            "indicators": [
                {
                    "id": TEXT,
                    "name": TEXT,
                    "numerator": WHOLE,
                    "denominator": WHOLE,
                    "value": NUMBER_OR_NONE,
                    "target": NUMBER_OR_NONE,
                    "met": (bool, type(None)),
                    "evidence": list,
                    "missing": list,
                }
            ],
        },
    ),
    ("verify", {"objects": WHOLE, "files": WHOLE, "bytes": WHOLE, "faults": list, "journal": "intact"}),
    ("verify --case 2026-002-0002", {"objects": 1, "faults": list, "journal": TEXT}),
    ("draft jianbao --task 2026-002", [TEXT]),
    (f"forms {TASK}", ISSUED),
    ("issue drafts/tongzhi-2026.md", ISSUED),
    (
        "draw 2026-007 --seed 00112233445566778899aabbccddeeff",
        {"seed": TEXT, "pool_sha256": TEXT, "record": TEXT, "cases": [{"case": TEXT}]},
    ),
    ("receive --inbox", RECEIVED),
    ("numbers record 青双随机办〔2026〕7号 --title 补登的", {"number": "青双随机办〔2026〕7号", "state": "recorded"}),
    ("numbers void 青双随机办〔2026〕7号 --reason 重复", {"state": "void"}),
    ("reindex", {"pages": WHOLE}),
    ("templates check", list),
    ("backup ../office.tar", {"path": TEXT, "files": WHOLE, "bytes": WHOLE, "sha256": TEXT}),
    ("restore ../office.tar ../restored", {"path": TEXT, "files": WHOLE}),
    ("rebuild", {"rows": dict, "objects": WHOLE}),
    ("init ../another", {"workspace": TEXT, "made": [TEXT]}),
]


def test_every_command_gives_the_keys_of_the_contract(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shell.office)
    wrong = []
    for command, shape in SHAPES:
        code, value = shell(*command.split())
        wrong += (
            [f"{command} → {code}: {shell.told}"]
            if code
            else [f"{command}: {fault}" for fault in fits(value, shape)[:3]]
        )
    assert wrong == []


def test_keys_of_a_layout_and_of_evidence(shell: Shell) -> None:
    _, papers = shell("issue", shell.office / "drafts" / "tongzhi-2026.md")
    code, measured = shell("layout", shell.office / papers[0]["pdf_path"])
    assert code in (0, 3)
    assert (
        fits(
            measured,
            {
                "ok": TRUTH,
                "lines_per_page": NUMBER_OR_NONE,
                "characters_per_line": NUMBER_OR_NONE,
                "elements": [
                    {
                        "id": TEXT,
                        "clause": TEXT,
                        "expected_mm": NUMBER_OR_NONE,
                        "measured_mm": NUMBER_OR_NONE,
                        "tolerance_mm": NUMBER_OR_NONE,
                        "ok": (bool, type(None)),
                    }
                ],
            },
        )
        == []
    )
    assert measured["ok"] == (code == 0)
    _, done = shell("assess", "2026")
    cited = [page for indicator in done["indicators"] for page in indicator["evidence"]]
    assert fits(cited, [{"case": TEXT, "item": TEXT, "page": (int, type(None))}]) == []
    assert (shell.office / done["pack"]).is_dir()
    assert (shell.office / done["pack"] / "bagit.txt").is_file()


def test_keys_of_an_import_with_faults(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "坏 名录.csv").write_text("市场主体名称,统一社会信用代码\n青禾甲商行,123\n", encoding="utf-8")
    code, value = shell("import", "subjects", tmp_path / "坏 名录.csv")
    assert code == 3
    assert (
        fits(
            value,
            {
                "rows": 1,
                "imported": 0,
                "problems": [
                    {"sheet": TEXT, "cell": TEXT, "field": TEXT, "value": TEXT, "message": TEXT, "severity": TEXT}
                ],
            },
        )
        == []
    )
    code, value = shell("import", "subjects", tmp_path / "坏 名录.csv", "--dry-run")
    assert (code, value["imported"]) == (3, 0)


FAILURES: list[tuple[str, int]] = [
    ("nosuch", 2),
    ("check --nosuch", 2),
    ("check extra", 2),
    ("case show", 2),
    ("plan show --year x", 2),
    ("check --today 2026-13-01", 2),
    ("import nosuch x.xlsx", 2),
    ("due --within -1", 2),
    ("search 年度:abc", 2),
    ('search "未闭合', 2),
    ("receive", 2),
    ("backup archive/x.tar", 2),
    ("draw 2026-001 --seed zz", 2),
    (f"numbers void {NUMBER}", 2),
    ("numbers record 三号 --title x", 2),
    ("import subjects 没有.xlsx", 7),
    ("issue drafts/没有.md", 7),
    ("forms 2026-999", 7),
    ("draw 2026-999", 7),
    ("draft nosuch", 7),
    ("stats --task 2026-999", 7),
    ("stats --year 1999", 7),
    ("receive 没有.pdf", 7),
    ("receive --case 2026-999-0001 --kind jilubiao office.toml", 7),
    ("case show 2026-999-0001", 7),
    ("case dossier 2026-999-0001", 7),
    ("assess 1999", 7),
    ("verify --case 2026-999-0001", 7),
    ("layout 没有.pdf", 7),
    ("restore 没有.tar ../x", 7),
    ("numbers --series 没有", 7),
    ("numbers void 青双随机办〔2026〕99号 --reason 错", 7),
    (f"numbers record {NUMBER} --title 重号", 6),
    ("layout office.toml", 3),
    ("issue office.toml", 3),
    ("draw 2026-002", 3),
    ("import plan ssj.key --year 2026", 3),
    ("restore office.toml ../y", 5),
    ("--workspace 没有 check", 7),
]


def test_failures_have_the_code_of_the_contract_and_say_the_remedy_in_chinese(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shell.office)
    wrong = []
    for command, expected in FAILURES:
        code, value = shell(*command.split())
        said = value.get("error") or "；".join(problem["message"] for problem in value["problems"])
        remedy = value.get("remedy") or all(problem["remedy"] for problem in value["problems"])
        english = _ENGLISH.search(re.sub(r"“.*?”|ssj [a-z]+[^，。；]*", "", said))
        if code != expected or not remedy or english or not re.search(r"[\u4e00-\u9fff]", said):
            wrong.append((command, code, said, remedy))
    assert wrong == []


def test_a_changed_file_of_the_archive_leaves_with_5(shell: Shell) -> None:
    paper = next((shell.office / "archive" / "2026-002-0002").rglob("*.pdf"))
    whole = paper.read_bytes()
    paper.write_bytes(whole[:-1] + b"x")
    try:
        code, value = shell("verify")
    finally:
        paper.write_bytes(whole)
    assert code == 5
    assert fits(value["faults"], [{"case": TEXT, "path": TEXT, "fault": TEXT}]) == []


def test_help_folds_by_columns_and_keeps_words_whole() -> None:
    lines = fold("KIND 可用：fangan、fangan_tongzhi（方案），以及 gaozhihan。", 20)
    assert lines == ["KIND 可用：fangan、", "fangan_tongzhi（方", "案），以及", "gaozhihan。"]
