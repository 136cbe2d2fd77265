"""Converts documents to PDF by LibreOffice: many files per call, restarted after a crash or hang, continued after interruption.

One call per file takes 1.3 s of processor time, a hundred files per call 0.1 s each (docs/performance.md). Two processes
with one profile lose files, so each worker has its own. The network is disabled for the process if the system permits.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from ssj_docs.documents.pdf.pdfa_check import check_pdfa
from ssj_docs.ground.errors import DataError, NotFoundError, UsageError
from ssj_docs.ground.external_tool import RunningProgram, find_program
from ssj_docs.ground.problems import Problem

#: files per call; beyond about a hundred the process grows and slows down
BATCH = 100
#: seconds for one document, not counting the start of the program
TIMEOUT = 60.0
_START_ALLOWANCE = 30.0
_ROOM = ".converting-"
#: Keep pictures unchanged: JPEG at 300 dpi, the default, blurs the page codes and takes longer.
_PICTURES = {
    "UseLosslessCompression": {"type": "boolean", "value": "true"},
    "ReduceImageResolution": {"type": "boolean", "value": "false"},
}
_PDFA = {"SelectPdfVersion": {"type": "long", "value": "2"}}

_FILTERS = {
    ".docx": "writer_pdf_Export",
    ".doc": "writer_pdf_Export",
    ".odt": "writer_pdf_Export",
    ".rtf": "writer_pdf_Export",
    ".xlsx": "calc_pdf_Export",
    ".xls": "calc_pdf_Export",
    ".ods": "calc_pdf_Export",
}

Progress = Callable[[int, int], None]


def soffice() -> Path:
    """The LibreOffice program.

    Raises:
        MissingProgramError: it is not installed.
    """
    return find_program(
        ("soffice", "libreoffice"),
        "转换 PDF ",
        "请安装 LibreOffice（Debian/Ubuntu：apt install libreoffice-writer-nogui libreoffice-calc-nogui；"
        "Windows：www.libreoffice.org），或用环境变量 SSJ_SOFFICE 指明其位置。不转 PDF 也可以印发。",
        "SSJ_SOFFICE",
    )


def convert_to_pdf(
    sources: Sequence[Path],
    out_dir: Path,
    *,
    pdfa: bool = False,
    timeout: float = TIMEOUT,
    progress: Progress | None = None,
    workers: int | None = None,
) -> list[Path]:
    """Convert documents to PDF files of the same stem.

    Files converted before (same source, same kind of PDF) are kept, so that an interrupted batch continues where it stopped. A
    file that LibreOffice cannot convert does not stop the others.

    Args:
        sources: .docx, .xlsx and the like, with different stems.
        out_dir: folder for the PDF files; created if missing.
        pdfa: make PDF/A-2b; each file is checked, and one that breaks a rule is not kept.
        timeout: seconds for a document before the process is restarted.
        progress: called with (done, total) as files are finished.
        workers: number of processes; by default 2, or 1 on a single core.

    Returns:
        The PDF files, in the order of ``sources``.

    Raises:
        MissingProgramError: no LibreOffice. NotFoundError: a source is missing. UsageError: two with the same stem.
        DataError: some could not be converted; the others are done.
    """
    targets = _targets(sources, out_dir)
    todo = [source for source in sources if not _is_done(source, targets[source], pdfa)]
    counter = _ProgressCounter(len(sources), len(sources) - len(todo), progress)
    counter.add(0, tell=len(todo) < len(sources))
    if not todo:
        return [targets[source] for source in sources]
    program = soffice()
    out_dir.mkdir(parents=True, exist_ok=True)
    _clear_abandoned(out_dir)
    count = min(workers or min(2, os.cpu_count() or 1), len(todo))
    with tempfile.TemporaryDirectory(prefix=_ROOM, dir=out_dir) as room:
        queue = _Queue(_batches(todo, count))
        jobs = [_Worker(program, Path(room) / str(i), targets, pdfa, timeout, counter) for i in range(count)]
        with ThreadPoolExecutor(count) as pool:
            for result in [pool.submit(job.run, queue) for job in jobs]:
                result.result()
    problems = [problem for job in jobs for problem in job.failed]
    if problems:
        names = "、".join(Path(problem.source).name for problem in problems)
        raise DataError(f"{len(problems)} 个文件未能转换为 PDF：{names}。", problems[0].remedy, problems)
    return [targets[source] for source in sources]


def _clear_abandoned(out_dir: Path) -> None:
    """Remove files of killed runs that are a day old, so that a concurrent run keeps its own."""
    for room in out_dir.glob(f"{_ROOM}*"):
        if time.time() - room.stat().st_mtime > 86400:
            shutil.rmtree(room, ignore_errors=True)


def _targets(sources: Sequence[Path], out_dir: Path) -> dict[Path, Path]:
    targets: dict[Path, Path] = {}
    names: dict[str, Path] = {}
    for source in sources:
        if not source.is_file():
            raise NotFoundError(f"没有找到要转换的文件“{source}”。", "请检查路径。")
        if source.suffix.lower() not in _FILTERS:
            raise UsageError(f"“{source.name}”不是可转换的文书。", f"可转换：{' '.join(_FILTERS)}。")
        if names.setdefault(source.stem, source) != source:
            raise UsageError(f"“{names[source.stem]}”与“{source}”会转成同名的 PDF。", "请分开转换或改名。")
        targets[source] = out_dir / f"{source.stem}.pdf"
    return targets


def _is_done(source: Path, target: Path, pdfa: bool) -> bool:
    """A finished PDF has its source's modification time, to the nanosecond."""
    if not target.is_file() or target.stat().st_mtime_ns != source.stat().st_mtime_ns:
        return False
    return _is_whole(target) and (not pdfa or b"pdfaid:part" in target.read_bytes())


def _is_whole(path: Path) -> bool:
    if not path.is_file() or path.stat().st_size < 64:
        return False
    with path.open("rb") as stream:
        head = stream.read(5)
        stream.seek(-32, os.SEEK_END)
        return head == b"%PDF-" and b"%%EOF" in stream.read()


def _batches(todo: Sequence[Path], workers: int) -> Iterable[list[Path]]:
    """Batches of one file type each, small enough to keep all workers busy."""
    size = max(1, min(BATCH, -(-len(todo) // workers)))
    for suffix in dict.fromkeys(source.suffix.lower() for source in todo):
        same = [source for source in todo if source.suffix.lower() == suffix]
        yield from (same[i : i + size] for i in range(0, len(same), size))


class _Queue:
    def __init__(self, batches: Iterable[list[Path]]) -> None:
        self._batches = list(batches)
        self._lock = threading.Lock()

    def take(self) -> list[Path] | None:
        with self._lock:
            return self._batches.pop(0) if self._batches else None


@dataclass
class _ProgressCounter:
    """Counts finished files over all workers."""

    total: int
    done: int
    report: Progress | None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, count: int, *, tell: bool = False) -> None:
        """Count finished files; ``tell`` also reports if there is no new one (only those of an earlier run)."""
        with self.lock:
            self.done += count
            if self.report and (count or tell):
                self.report(self.done, self.total)


@dataclass
class _Worker:
    """A LibreOffice profile; converts batches until none is left."""

    program: Path
    room: Path
    targets: dict[Path, Path]
    pdfa: bool
    timeout: float
    counter: _ProgressCounter
    failed: list[Problem] = field(default_factory=list)

    def run(self, queue: _Queue) -> None:
        self.room.mkdir(parents=True)
        while (batch := queue.take()) is not None:
            self._convert(batch)

    def _convert(self, batch: list[Path]) -> None:
        """Convert a batch; after a crash or hang continue after the file that caused it, and try that one alone."""
        waiting, alone = batch, []
        while waiting:
            left = self._call(waiting)
            if left:
                shutil.rmtree(self.room / "profile", ignore_errors=True)
            alone += left[:1]
            waiting = left[1:]
        for source in alone:
            shutil.rmtree(self.room / "profile", ignore_errors=True)
            if self._call([source]):
                why = "LibreOffice 两次都未能转换这个文件（损坏、加密，或转换超时）。"
                remedy = "请用 LibreOffice 或 Word 打开该文件查看；其余文件已转换，再次运行只转这些。"
                self.failed.append(Problem(str(source), why, remedy, code="convert.failed"))

    def _call(self, sources: list[Path]) -> list[Path]:
        """Run the program once; returns the files it did not finish, in order."""
        with tempfile.TemporaryDirectory(dir=self.room) as name:
            folder = Path(name)
            inputs = {folder / f"{i:04d}{source.suffix.lower()}": source for i, source in enumerate(sources)}
            for copy, source in inputs.items():
                shutil.copyfile(source, copy)
            watch = _Watch(self, inputs)
            with RunningProgram(self._command(folder, list(inputs)), folder / "log") as running:
                running.wait(watch.alive)
            watch.collect(ended=True)
            return list(watch.waiting.values())

    def _command(self, folder: Path, inputs: list[Path]) -> list[str]:
        options = json.dumps(_PICTURES | (_PDFA if self.pdfa else {}))
        kind = f"pdf:{_FILTERS[inputs[0].suffix]}:{options}"
        profile = (self.room / "profile").resolve().as_uri()
        words = [f"-env:UserInstallation={profile}", "--headless", "--norestore", "--nologo", "--nolockcheck"]
        return [str(self.program), *words, "--convert-to", kind, "--outdir", str(folder), *map(str, inputs)]


class _Watch:
    """Moves finished files away, so that nothing is lost if we are stopped, and detects whether the run still makes progress.

    Args:
        worker: whose run it is.
        inputs: copy → source, in the order of conversion.
    """

    def __init__(self, worker: _Worker, inputs: dict[Path, Path]) -> None:
        self._worker = worker
        self.waiting = dict(inputs)
        self._limit = time.monotonic() + worker.timeout + _START_ALLOWANCE

    def alive(self) -> bool:
        """False if no further file was finished within the time limit."""
        if self.collect(ended=False):
            self._limit = time.monotonic() + self._worker.timeout
        return time.monotonic() < self._limit

    def collect(self, ended: bool) -> int:
        """Move finished files to their places; while the program runs, the newest may be incomplete."""
        made = [copy for copy in self.waiting if copy.with_suffix(".pdf").exists()]
        count = sum(self._keep(copy) for copy in (made if ended else made[:-1]))
        self._worker.counter.add(count)
        return count

    def _keep(self, copy: Path) -> bool:
        made = copy.with_suffix(".pdf")
        if not _is_whole(made):
            return False
        source = self.waiting.pop(copy)
        if self._worker.pdfa and (faults := check_pdfa(made.read_bytes())):
            why = "转成的 PDF 不合 PDF/A-2b：" + "；".join(f"{fault.message}（{fault.clause}）" for fault in faults[:5])
            remedy = "请检查模板所用的字体、图片和控件，改好后再转；不需要长期保存格式（PDF/A）的，可以转成普通 PDF。"
            self._worker.failed.append(Problem(str(source), why, remedy, code="convert.pdfa"))
            return True
        stamp = source.stat().st_mtime_ns
        os.utime(made, ns=(stamp, stamp))
        made.replace(self._worker.targets[source])
        return True
