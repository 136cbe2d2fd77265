"""ssj demo: the whole workflow on the example year, from spreadsheet to search result and evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from archive.assessment.assessment import assess, summary_lines
from archive.assessment.pack.evidence_pack import make_pack
from archive.assessment.pack.versions import pack_folder
from archive.cases.missing import STATES, counts, missing
from archive.preservation import fixity
from archive.preservation.opening import open_office
from archive.receiving.receive import receive
from archive.search.engines.port import Wanted
from archive.search.query.filters import Filters
from archive.search.search import search_workspace
from archive.text.read_and_index import read_and_index
from ssj_docs.database import registers
from ssj_docs.documents.batch import convert_issued, form_orders
from ssj_docs.documents.drafts.draft_texts import make_draft
from ssj_docs.documents.issue import Issued, issue_draft, issue_forms
from ssj_docs.documents.pdf.convert import soffice
from ssj_docs.documents.statistics_files import load_records, write_statistics
from ssj_docs.facts.statistics import statistics
from ssj_docs.ground.errors import MissingProgramError, NotFoundError
from ssj_docs.intake.importing import import_files
from ssj_docs.intake.report import ImportOptions
from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.office.workspace import Workspace, init_workspace

#: the current date in the example
EXAMPLE_TODAY = date(2026, 11, 20)
EXAMPLE_YEAR = 2026
#: the date of the year's plan
NOTICE_DAY = date(2026, 1, 15)
_IMPORTS: tuple[Kind, ...] = ("plan", "items", "subjects", "inspectors", "draw", "results")
#: words on the scanned record forms, partly under the company's red seal
_QUERY = "拒绝签字"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Demo:
    """The result of the demo.

    Attributes:
        folder: the workspace.
        steps: (what, how much) in order.
        left_out: what was not done, and why.
        hit: a search result on a scanned page, None if there was none.
    """

    folder: Path
    steps: tuple[tuple[str, str], ...]
    left_out: tuple[str, ...]
    query: str
    hit: dict[str, Any] | None
    numbers: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """The result for ``--json``."""
        return {
            "workspace": str(self.folder),
            "steps": [list(step) for step in self.steps],
            "left_out": list(self.left_out),
            "query": self.query,
            "hit": self.hit,
            "numbers": list(self.numbers),
        }

    def lines(self) -> list[str]:
        """The result for people."""
        told = [f"  {what}：{much}" for what, much in self.steps]
        told += [f"  略去：{what}" for what in self.left_out]
        if self.hit:
            told.append(
                f"检索“{self.query}”的一个结果（扫描页）：案卷 {self.hit['case']} 第 {self.hit['item']} 件 {self.hit['title']} "
                f"第 {self.hit['page']} 页\n  …{self.hit['snippet']}…\n  {self.hit['path']}"
            )
        told.append(f"工作区：{self.folder.resolve()}（可用 ssj --workspace {self.folder} 继续查看）")
        return told


def example_folder() -> Path:
    """The example office's files, in the installed package or the source tree."""
    folder = Path(str(resources.files("examples") / "qinghe"))
    if not folder.is_dir():
        raise NotFoundError("没有找到示例数据 examples/qinghe", "请重新安装本程序")
    return folder


def open_example(root: Path, *, now: datetime, say: Say = lambda _: None) -> Workspace:
    """Create or open a workspace of the example office and import its six workbooks; repeating it changes nothing."""
    source = example_folder()
    init_workspace(root, example=True)
    workspace = open_office(root, today=EXAMPLE_TODAY, now=now)
    for kind, path in zip(_IMPORTS, sorted(source.glob("0*.xlsx")), strict=True):
        report = import_files(workspace, kind, [path], ImportOptions(year=EXAMPLE_YEAR))
        say(f"导入 {path.name}：{report.imported} 行，提醒 {len(report.problems)} 处")
    return workspace


def run_demo(folder: Path, *, now: datetime, say: Say) -> Demo:
    """Run the workflow: import → issue → forms → receive → read → search → statistics → assessment → verification.

    It can be repeated on the same folder: nothing is issued, received or counted twice.
    """
    with open_example(folder, now=now, say=say) as workspace:
        return _chain(workspace, folder, say)


def _chain(workspace: Workspace, folder: Path, say: Say) -> Demo:
    steps: list[tuple[str, str]] = []
    left_out: list[str] = []
    made = _issue(workspace, say)
    if _has_libreoffice():
        say("转 PDF（LibreOffice）……")
        made = convert_issued(workspace, made)
    else:
        left_out.append("没有安装 LibreOffice，未转 PDF，扫描件也不与原发页面逐字比对")
    steps.append(("印发", _issued_words(made)))
    say("收取签署件……")
    files = sorted((example_folder() / "signed").glob("*.pdf"))
    published = [path for path in files if path.name.startswith("公示")]
    report = receive(workspace, [path for path in files if path not in published])
    totals = Counter(report.totals())
    for path in published:  # tables of a whole task have no page code: the archivist specifies the task
        totals += Counter(receive(workspace, [path], case=path.name.split()[1], kind="gongshibiao").totals())
    steps.append(("收件归档", f"{totals['files']} 个文件，{totals['pages']} 页，归入 {totals['items']} 件"))
    say("识别页面文字……")
    read = read_and_index(workspace)
    steps.append(("识别文字", f"{read.read} 页，失败 {read.failed} 页，与原发文字不符 {len(read.altered)} 页"))
    steps += _look(workspace)
    hit = _one_scan(workspace)
    with workspace.read() as connection:
        numbers = tuple(d.number for d in registers.issued_documents(connection) if d.number)
    return Demo(folder, tuple(steps), tuple(left_out), _QUERY, hit, numbers)


def _has_libreoffice() -> bool:
    try:
        soffice()
    except MissingProgramError:
        return False
    return True


def _issue(workspace: Workspace, say: Say) -> list[Issued]:
    """Issue the year's notice with the plan table, and the forms of every drawn task."""
    say("编号印发年度计划通知……")
    january = replace(workspace, today=NOTICE_DAY)
    made = [issue_draft(january, make_draft(january, "tongzhi", year=EXAMPLE_YEAR)[0])]
    with workspace.read() as connection:
        drawn = {case.task: case.drawn for case in registers.load_cases(connection, year=EXAMPLE_YEAR)}
    for task, day in sorted(drawn.items()):
        say(f"制作任务 {task} 的表单……")
        made += issue_forms(replace(workspace, today=day or EXAMPLE_TODAY), form_orders(workspace, task))
    for case in ("2026-001-0001", "2026-002-0002"):
        made += issue_forms(workspace, form_orders(workspace, case[:8], ["fankui"], case))
    return made


def _issued_words(made: Sequence[Issued]) -> str:
    fresh = sum(one.fresh for one in made)
    numbered = "、".join(one.document.number for one in made if one.document.number)
    return f"{len(made)} 件（本次新制作 {fresh} 件），文号 {numbered}"


def _look(workspace: Workspace) -> list[tuple[str, str]]:
    papers = counts(missing(workspace, EXAMPLE_YEAR))
    with workspace.read() as connection:
        records, scope = load_records(connection, workspace.kinds, task="", year=EXAMPLE_YEAR)
    tables = write_statistics(workspace, statistics(records, workspace.office), scope, public=False)
    done = assess(workspace, EXAMPLE_YEAR)
    pack = make_pack(workspace, done, pack_folder(workspace, EXAMPLE_YEAR, "restricted"))
    report = fixity.verify(workspace)
    chain = "完好" if report.journal == "intact" else report.journal
    return [
        ("应有材料", "，".join(f"{STATES[name]} {number}" for name, number in papers.items() if number)),
        ("统计表和汇总表", "、".join(tables)),
        ("考核指标", "\n    " + "\n    ".join(summary_lines(done.indicators))),
        ("佐证资料包", f"{pack.path.relative_to(workspace.root)}（证据 {pack.evidence} 件，引用页 {pack.pages} 页）"),
        ("核验", f"{report.objects} 个案卷，{report.files} 个文件，问题 {len(report.faults)} 处，流水{chain}"),
    ]


def _one_scan(workspace: Workspace) -> dict[str, Any] | None:
    result = search_workspace(workspace, _QUERY, Filters(), Wanted(50, 0, "relevance"))
    scans = [hit.as_json() for hit in result.hits if hit.record.origin != "text"]
    return scans[0] if scans else None
