"""Starts other processes so that only intended code runs, and no secrets are passed on.

Our Python children import this program's code and the installed libraries: not the current folder, which may be an inbox
with files from strangers, nor PYTHONPATH or a user's sitecustomize (``python -I``). External programs are searched in the
absolute folders of PATH only. Both get an environment of a few known variables.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from ssj_docs.ground.errors import MissingProgramError

#: folders with this program's code
CODE = (Path(__file__).resolve().parents[2],)

#: variables passed to a child; all others (keys, tokens, PYTHON…, LD_PRELOAD) are not
_KEPT = frozenset(
    (
        *("HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TZDIR", "TMPDIR", "TMP", "TEMP", "SYSTEMROOT"),
        *("XDG_CACHE_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "SSJ_FONT", "SSJ_SOFFICE"),
    )
)
_FOLDERS = ("PATH", "LD_LIBRARY_PATH")
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
#: exit code of a Python child with a missing library (EX_UNAVAILABLE); the last line of its stderr names it
LACKING = 69
_START = f"""
import runpy, sys
code, sites, module, *given = sys.argv[1:]
sys.path[:0] = [path for path in code.splitlines() if path not in sys.path]
sys.path += [path for path in sites.splitlines() if path not in sys.path]
sys.argv = [module, *given]
try:
    runpy.run_module(module, run_name="__main__", alter_sys=True)
except ImportError as error:
    sys.stderr.write(f"\\n{{error}}\\n")
    sys.exit({LACKING})
"""


def python_child(module: str, *arguments: str) -> list[str]:
    """The command that runs one of our modules as a program; to be started with `clean_environment`."""
    sites = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    utf8 = ["-X", "utf8"] if sys.flags.utf8_mode else []
    start = [sys.executable, "-I", *utf8, "-c", _START, "\n".join(map(str, CODE)), "\n".join(sites)]
    return [*start, module, *arguments]


def clean_environment(**more: str) -> dict[str, str]:
    """The environment for a child: known variables, one thread for libraries, and ``more``."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith("LC_")}
    folders = {name: _absolute(os.environ[name].split(os.pathsep)) for name in _FOLDERS if name in os.environ}
    return kept | {name: value for name, value in folders.items() if value} | _ONE_THREAD | more


def lacking_library(purpose: str, said: bytes) -> MissingProgramError:
    """Create the failure for a child that ended with `LACKING`.

    Args:
        purpose: what is not possible, in Chinese.
        said: the child's stderr.
    """
    words = said.decode(errors="replace").strip().splitlines()[-1:] or ["原因不明"]
    module = re.fullmatch(r"No module named '([^']+)'", words[0])
    system = re.match(r"(\S+\.so[.\d]*): cannot open shared object file", words[0])
    what = f"程序库 {module[1]}" if module else f"系统库 {system[1]}" if system else f"程序库（{words[0][:200]}）"
    return MissingProgramError(
        f"不能{purpose}：本机缺少{what}",
        "请运行 scripts/setup 和 scripts/system-packages 补齐后再试；文件没有问题，也没有动过",
    )


def find_on_path(name: str) -> Path | None:
    """Find a program in the absolute folders of PATH, never in the current folder."""
    found = shutil.which(name, path=_absolute(os.environ.get("PATH", os.defpath).split(os.pathsep)))
    return Path(found) if found else None


def _absolute(folders: Iterable[str]) -> str:
    return os.pathsep.join(folder for folder in folders if Path(folder).is_absolute())
