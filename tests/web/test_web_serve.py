"""`ssj serve`: the real command, on this machine only unless told otherwise."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from places import ROOT

from ssj_docs.office.workspace import init_workspace


def test_serve_prints_the_set_up_link_and_listens_here_only(tmp_path: Path) -> None:
    init_workspace(tmp_path / "office")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        str(ROOT / "cli.py"),
        "--workspace",
        str(tmp_path / "office"),
        "serve",
        "--port",
        str(port),
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        try:
            assert running.stderr is not None
            told = running.stderr.readline() + running.stderr.readline()
            link = re.search(r"http://127\.0\.0\.1:\d+/setup\?token=\S+", told)
            assert link, told
            with httpx.Client(trust_env=False, transport=httpx.HTTPTransport(retries=50)) as client:
                assert "初始设置" in client.get(link[0], timeout=60).text
                assert "初始设置" in client.get(f"http://127.0.0.1:{port}/login").text
            with socket.socket() as other, pytest.raises(OSError):
                other.connect(("127.0.0.2", port))
        finally:
            running.terminate()
            running.wait(30)


def test_serve_refuses_what_is_no_workspace(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), "--workspace", str(tmp_path), "serve"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "不是工作区" in done.stderr) == (7, True)
