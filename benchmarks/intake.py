"""Time and memory of importing a large register of subjects, and of importing it again.

Usage: ``python -m benchmarks.intake [COUNT] [FOLDER]`` (100,000 rows and a temporary folder if not given). The workbook has
16 columns as the office's blank one; importing runs as the real command, so that start, reading in the child process,
checking and storing are all counted. Memory is the peak of the command and, apart, of its reading child. Figures:
docs/performance-intake.md.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import xlsxwriter

from ssj_docs.intake.sheets import workbook_child
from ssj_docs.office.workspace import init_workspace

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = (
    "序号",
    "市场主体名称",
    "统一社会信用代码",
    "注册号",
    "法定代表人",
    "地址",
    "电话",
    "行政区划",
    "管辖单位",
    "登记单位",
    "市场主体类型",
    "行业",
    "经营范围",
    "成立日期",
    "风险等级",
    "标签",
)
_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_code(serial: int) -> str:
    """A made-up 统一社会信用代码 with the right check digit (GB 32100)."""
    body = f"91419999MA{serial:07d}"
    return body + _SIGNS[(31 - sum(_SIGNS.index(s) * pow(3, p, 31) for p, s in enumerate(body)) % 31) % 31]


def write_register(path: Path, count: int) -> None:
    """A register of ``count`` made-up subjects in 17 towns."""
    dice = random.Random(count)
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("检查对象名录")
    sheet.write_row(0, 0, COLUMNS)
    for number in range(1, count + 1):
        town = f"第{dice.randint(1, 17)}镇"
        sheet.write_row(
            number,
            0,
            (
                number,
                f"青禾县{town}{number}号商行",
                credit_code(number),
                "",
                f"林某{number % 991}",
                f"青禾县{town}禾苗街{number}号",
                f"0399-8{number % 1_000_000:06d}",
                town,
                f"{town}市场监管所",
                "青禾县市场监督管理局",
                "个体工商户",
                dice.choice(("零售", "餐饮", "工贸")),
                "日用百货销售；预包装食品销售",
                "2019-05-01",
                dice.choice("ABCD"),
                "工贸" if number % 40 == 0 else "",
            ),
        )
    book.close()


def measured(*command: str | Path) -> tuple[float, float]:
    """Seconds, and the peak memory in MB of the largest process among the command and its children."""
    script = (
        "import resource,subprocess,sys\n"
        "code=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL).returncode\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss);sys.exit(code)"
    )
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, command)], capture_output=True, text=True, check=True
    )
    return time.perf_counter() - start, int(done.stdout.split()[-1]) / 1024


def main(count: int, folder: Path) -> None:
    """Measure and print a table."""
    office, register = folder / "office", folder / "名录.xlsx"
    write_register(register, count)
    init_workspace(office)
    print(f"{count} 户，{register.stat().st_size / 1e6:.1f} MB；开始时负载 {os.getloadavg()[0]:.1f}")
    steps = (
        ("只由子进程读表", (sys.executable, "-I", workbook_child.__file__, register, "800", "90")),
        (
            "首次导入",
            (sys.executable, ROOT / "cli.py", "import", "subjects", register, "--workspace", office, "--json"),
        ),
        (
            "再次导入（无变化）",
            (sys.executable, ROOT / "cli.py", "import", "subjects", register, "--workspace", office, "--json"),
        ),
    )
    print("| 步骤 | 秒 | 其中处理器秒 | 内存峰值 MB |\n|---|---|---|---|")
    for name, command in steps:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds, megabytes = measured(*command)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"| {name} | {seconds:.1f} | {used:.1f} | {megabytes:.0f} |", flush=True)


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    if len(sys.argv) > 2:
        main(number, Path(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory() as made:
            main(number, Path(made))
