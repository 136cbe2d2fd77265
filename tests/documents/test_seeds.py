"""The five real documents, issued here from draft and data: all their text in order, table cells one by one.

Reads ../shared/seeds where it is there; the prose itself is never part of this project.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import docx
import pytest
import yaml
from places import NOW, SHARED, TODAY

from ssj_docs.documents.issue import issue_draft
from ssj_docs.documents.pdf.convert import convert_to_pdf
from ssj_docs.documents.pdf.layout_check import measure_layout
from ssj_docs.model.document import parse_number
from ssj_docs.office.workspace import Workspace, init_workspace, open_workspace

SEEDS = SHARED / "seeds"
pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the shared seeds are not beside this checkout")


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def seed_lines(number: int) -> list[str]:
    path = next(SEEDS.glob(f"{number:03d}_*.txt"))
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


@dataclass
class SeedDraft:
    """A seed taken apart as a clerk would: the head of the draft, the body, attached texts by file name."""

    number: str
    head: dict[str, Any]
    body: list[str]
    files: dict[str, list[str]] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)


def starting(lines: list[str], text: str, after: int = 0) -> int:
    return next(n for n in range(after, len(lines)) if squeeze(lines[n]).startswith(text))


def seed_0() -> SeedDraft:
    lines = seed_lines(0)
    plan = starting(lines, "平顶山市卫东区工矿商贸单位", 4)
    return SeedDraft(
        lines[1],
        {
            "红头": lines[0],
            "标题": squeeze(lines[2]),
            "署名": lines[4:6],
            "成文日期": "2024-06-24",
            "印发机关": "",
            "附件说明": False,
            "附件": [{"标题": squeeze(lines[plan]), "文件": "f.md"}],
        },
        [lines[3]],
        {"f.md": lines[plan + 1 :]},
    )


def seed_1() -> SeedDraft:
    lines = seed_lines(1)
    plan = starting(lines, "西华县市场监管领域全面推行", 6)
    return SeedDraft(
        lines[1],
        {
            "红头": lines[0],
            "标题": lines[2],
            "主送": lines[3].rstrip("："),
            "署名": lines[5],
            "成文日期": "2022-01-10",
            "印发机关": "",
            "附件说明": False,
            "附件": [
                {
                    "标题": squeeze(lines[plan]),
                    "文件": "f.md",
                    "主送": lines[plan + 1].rstrip("："),
                    "署名": lines[-2],
                    "日期": lines[-1],
                }
            ],
        },
        [lines[4]],
        {"f.md": lines[plan + 2 : -2]},
    )


def seed_2() -> SeedDraft:
    lines = seed_lines(2)
    listed = starting(lines, "附件：")
    imprint = lines[listed + 2]
    printed = imprint.strip().removesuffix("印发")
    return SeedDraft(
        lines[0].strip(),
        {
            "红头": [],
            "标题": [lines[1], lines[2]],
            "主送": lines[3].rstrip("："),
            "署名": [],
            "成文日期": "2023-03-22",
            "印发机关": printed.split("2023年")[0],
            "印发日期": "2023-03-22",
            "附件": [
                {
                    "标题": squeeze(lines[listed]).removeprefix("附件："),
                    "表格": "plan",
                    "年度": 2023,
                    "说明": lines[-1].strip(),
                }
            ],
        },
        lines[4:listed],
        elsewhere=[imprint],
    )


def seed_3() -> SeedDraft:
    lines = seed_lines(3)
    plan = starting(lines, "鹤壁市工业企业安全生产监督检查", 6)
    listed = starting(lines, "-附件：")
    marks = [starting(lines, f"附件{n}", listed + 4) for n in (1, 2, 3, 4)]
    imprint = len(lines) - 1
    attachments = [{"标题": squeeze(lines[plan]), "文件": "f.md"}]
    files = {"f.md": lines[plan + 1 : marks[0]]}
    for n, (mark, end) in enumerate(zip(marks, [*marks[1:], imprint], strict=True), 1):
        attachments.append({"标题": squeeze(lines[mark + 1]), "文件": f"{n}.md", "序号": squeeze(lines[mark])})
        files[f"{n}.md"] = lines[mark + 2 : end]
    contact = starting(lines, "联系人：")
    return SeedDraft(
        lines[1],
        {
            "红头": lines[0],
            "标题": squeeze(lines[2]),
            "主送": lines[3].rstrip("："),
            "联系人": lines[contact],
            "署名": lines[contact + 1 : contact + 3],
            "代章": lines[contact + 3].removesuffix("（代章）"),
            "成文日期": "2020-07-03",
            "印发机关": lines[imprint].split(" ")[0],
            "印发日期": "2020-09-03",
            "附件说明": False,
            "附件": attachments,
        },
        lines[4:contact],
        files,
    )


def seed_4() -> SeedDraft:
    lines = [line.strip() for line in seed_lines(4)]
    chapter = starting(lines, "第一章")
    return SeedDraft(
        "",
        {
            "红头": [],
            "文种": "xize",
            "标题": lines[:3],
            "主送": lines[3].rstrip("："),
            "署名": [],
            "成文日期": "2022-05-25",
            "印发机关": "",
        },
        lines[4:-1],
        elsewhere=[] if chapter else [""],
    )


def issue(workspace: Workspace, seed: SeedDraft) -> docx.document.Document:
    return docx.Document(io.BytesIO(issue_file(workspace, seed).read_bytes()))


def issue_file(workspace: Workspace, seed: SeedDraft) -> Path:
    folder = workspace.root / "drafts"
    for name, lines in seed.files.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    if seed.number:
        number = parse_number(seed.number)
        assert number is not None
        settings = workspace.root / "office.toml"
        added = f'\n[[series]]\ncode = "{number.series}"\nstart = {number.serial}\n'
        settings.write_text(
            settings.read_text("utf-8").replace("# ---- 成员单位", added + "# ---- 成员单位", 1), "utf-8"
        )
        seed.head["代字"] = number.series
    head = yaml.safe_dump(seed.head, allow_unicode=True, sort_keys=False)
    (folder / "seed.md").write_text(f"---\n{head}---\n" + "\n".join(seed.body) + "\n", encoding="utf-8")
    opened = replace(workspace, office=_office(workspace))
    made = issue_draft(opened, folder / "seed.md")
    assert made.document.number == seed.number.strip()
    return workspace.root / made.document.path


def _office(workspace: Workspace) -> Any:
    from ssj_docs.office.settings import load_office

    return load_office(workspace.root / "office.toml")


def document_text(document: Any) -> str:
    return squeeze(
        "".join(
            node.text or ""
            for node in document.element.body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t")
        )
    )


SEED_DRAFTS: dict[int, Callable[[], SeedDraft]] = {0: seed_0, 1: seed_1, 3: seed_3, 4: seed_4}


@pytest.mark.parametrize("number", SEED_DRAFTS)
def test_every_line_of_the_seed_stands_in_order(workspace: Workspace, number: int) -> None:
    text = document_text(issue(workspace, SEED_DRAFTS[number]()))
    assert_in_order(text, [cell for line in seed_lines(number) for cell in cells(line)])


def cells(line: str) -> list[str]:
    return [squeeze(part) for part in line.split("\t") if squeeze(part)]


def assert_in_order(text: str, parts: list[str]) -> None:
    place = 0
    for part in parts:
        found = text.find(part, place)
        assert found >= 0, f"{part!r} is missing after {text[max(0, place - 30) : place]!r}"
        place = found + len(part)


def test_the_truncated_lines_of_the_rules_stay_as_they_are(workspace: Workspace) -> None:
    document = issue(workspace, seed_4())
    paragraphs = [squeeze(p.text) for p in document.paragraphs]
    cut = [squeeze(line) for n, line in enumerate(seed_lines(4), 1) if len(line.strip()) == 50]
    assert len(cut) >= 20
    for line in cut:
        assert line in paragraphs


def test_the_plan_notice_with_its_25_rows(workspace: Workspace, ssj: Any) -> None:
    code, report = ssj(
        "--workspace", workspace.root, "import", "plan", SHARED / "cases" / "plan_jiaozuo_2023.xlsx", "--year", "2023"
    )
    assert (code, report["imported"]) == (0, 25)
    seed = seed_2()
    document = issue(workspace, seed)
    text = document_text(document)
    lines = seed_lines(2)
    listed = starting(lines, "附件：")
    assert_in_order(text, [squeeze(line) for line in lines[: listed + 2]])
    assert squeeze(seed.elsewhere[0]) in text
    (table,) = [t for t in document.tables if len(t.columns) == 14]
    rows = [[squeeze(cell.text) for cell in row.cells] for row in table.rows]
    wanted = plan_cells(lines)
    body = [row for row in rows if row[0].isdigit()]
    assert body == wanted
    assert squeeze(lines[-1]) in text


#: what the real documents lack themselves (DOMAIN.md §1.7): no mark, no number, no imprint
LACKS = {
    0: ("imprint",),
    1: ("imprint",),
    2: ("mark", "rule", "number.gap", "title.gap", "font.mark"),
    3: (),
    4: ("mark", "number", "rule", "title.gap", "imprint", "font.mark"),
}


def test_the_seeds_are_laid_out_to_the_standard(tmp_path: Path, ssj: Any) -> None:
    """Everything that a seed has stands where GB/T 9704 wants it, measured on the printed pages."""
    made = {}
    for number, seed in {**SEED_DRAFTS, 2: seed_2}.items():
        init_workspace(tmp_path / str(number), example=True)
        workspace = open_workspace(tmp_path / str(number), today=TODAY, now=NOW)
        if number == 2:
            ssj(
                "--workspace",
                workspace.root,
                "import",
                "plan",
                SHARED / "cases" / "plan_jiaozuo_2023.xlsx",
                "--year",
                "2023",
            )
        made[number] = tmp_path / f"seed{number}.docx"
        made[number].write_bytes(issue_file(workspace, seed()).read_bytes())
    told = {}
    for number, pdf in zip(made, convert_to_pdf(list(made.values()), tmp_path / "pdf"), strict=True):
        report = measure_layout(pdf, without=LACKS[number])
        told[number] = [(e.id, e.expected_mm, e.measured_mm, e.remark) for e in report.failures()]
        assert (report.lines_per_page, report.characters_per_line) == (22, 28), number
    assert told == {number: [] for number in made}


def plan_cells(lines: list[str]) -> list[list[str]]:
    raw = next(SEEDS.glob("002_*.txt")).read_text(encoding="utf-8")
    table = raw[raw.index("检查时间") + 4 :]
    rows = []
    for chunk in re.split(r"\n\s*\n(?=\t\d+\n)", table):
        held = re.split(r"\n\t", "\n" + chunk.strip("\n"))
        row = [squeeze(cell) for cell in held[1:]]
        if row and row[0].isdigit():
            rows.append(row[:14])
    assert len(rows) == 25, len(rows)
    return rows
