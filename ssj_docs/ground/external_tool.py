"""External programs: find them, report missing ones, run them so that they can be stopped completely."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from ssj_docs.ground.child_process import clean_environment, find_on_path
from ssj_docs.ground.errors import MissingProgramError


def find_program(names: Sequence[str], purpose: str, remedy: str, variable: str = "") -> Path:
    """Find a program on the search path, or where an environment variable says.

    Args:
        names: program names, in order of preference.
        purpose: what it is needed for, in Chinese.
        remedy: how to get it, in Chinese.
        variable: the environment variable that may hold its path.

    Raises:
        MissingProgramError: it was not found.
    """
    given = os.environ.get(variable, "") if variable else ""
    if given:
        if os.access(given, os.X_OK) and Path(given).is_file():
            return Path(given)
        raise MissingProgramError(f"{purpose}所需的程序“{given}”（{variable} 所指）不存在或不能执行。", remedy)
    for name in names:
        found = find_on_path(name)
        if found:
            return found
    raise MissingProgramError(f"没有找到{purpose}所需的程序 {names[0]}。", remedy)


@cache
def offline_prefix() -> tuple[str, ...]:
    """A command prefix that runs a program without network; empty if the system does not permit it."""
    unshare = find_on_path("unshare")
    if not unshare:
        return ()
    prefix = (str(unshare), "--user", "--map-root-user", "--net", "--")
    try:
        done = subprocess.run([*prefix, "true"], capture_output=True, timeout=10, check=False, env=clean_environment())
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return prefix if done.returncode == 0 else ()


class RunningProgram:
    """A program in its own process group, so that its children are stopped with it. Use as a context manager.

    Args:
        command: program and arguments.
        log: the file for stdout and stderr.
        environment: further environment variables.
        offline: run it without network if the system permits.
    """

    def __init__(
        self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None, offline: bool = True
    ) -> None:
        words = [*(offline_prefix() if offline else ()), *command]
        self._log = log.open("wb")
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env=clean_environment(**(environment or {})),
            start_new_session=True,
        )

    def __enter__(self) -> RunningProgram:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process.poll() is not None

    def close(self) -> None:
        """Stop it and close its log."""
        self.stop()
        self._log.close()

    def wait(self, alive: Callable[[], bool], every: float = 0.05) -> int | None:
        """Wait until it ends. If ``alive`` returns False, stop it and return None."""
        while True:
            try:
                return self._process.wait(every)
            except subprocess.TimeoutExpired:
                if not alive():
                    self.stop()
                    return None

    def stop(self) -> None:
        """Stop the whole group: first ask, then kill after two seconds."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, sign)
            except ProcessLookupError:
                break
            if self._gone(2.0):
                continue
        self._process.wait()

    def _gone(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._process.poll()
            try:
                os.killpg(self._process.pid, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.02)
        return False
