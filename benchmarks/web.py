"""Many people at the web pages at once: searching, looking, uploading and issuing against a copy of a workspace.

Usage: python benchmarks/web.py WORKSPACE [--users 50] [--seconds 60]

The workspace is copied first. Prints errors, numbers issued twice, and the times of every kind of page in milliseconds.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from archive.catalogue import load_items  # noqa: E402
from ssj_docs.documents.draft_texts import make_draft  # noqa: E402
from ssj_docs.workspace import open_workspace  # noqa: E402
from web import accounts  # noqa: E402
from web.accounts import User  # noqa: E402
from web.app import COOKIE  # noqa: E402

WORDS = ("检查", "拒绝签字", "住所", "责令改正", "营业执照", "未发现问题", "应急 记录", "青禾县")
PORT = 8765


class Measured:
    """Times and faults of all users of a workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.times: dict[str, list[float]] = defaultdict(list)
        self.faults: Counter[str] = Counter()
        self.numbers: list[str] = []
        self.lock = threading.Lock()

    def ask(self, client: httpx.Client, kind: str, path: str, fields: dict[str, str] | None = None) -> httpx.Response | None:
        """One request, measured."""
        begun = time.perf_counter()
        try:
            answer = client.post(path, data=fields) if fields is not None else client.get(path)
        except httpx.HTTPError as error:
            with self.lock:
                self.faults[f"{kind} {type(error).__name__}"] += 1
            return None
        with self.lock:
            self.times[kind].append((time.perf_counter() - begun) * 1000)
            if answer.status_code >= 400:
                told = re.search(r"<p><b>(.*?)</b></p>", answer.text)
                self.faults[f"{kind} {answer.status_code} {told[1] if told else ''}"] += 1
        return answer


def one_user(number: int, cookie: str, cases: list[str], until: float, measured: Measured, drafts: list[str]) -> None:
    """A person: mostly searching and looking; now and then a draft is issued."""
    chance = random.Random(number)
    with httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=60, trust_env=False, cookies={COOKIE: cookie}) as client:
        page = measured.ask(client, "account", "/account")
        token = re.search(r'name="csrf" value="(\w+)"', page.text) if page else None
        while time.perf_counter() < until and token:
            what = chance.random()
            case = chance.choice(cases)
            if what < 0.45:
                measured.ask(client, "search", f"/search?q={chance.choice(WORDS)}")
            elif what < 0.6:
                measured.ask(client, "case", f"/case/{case}")
            elif what < 0.7:
                measured.ask(client, "picture", f"/picture/{case}/0001/1")
            elif what < 0.8:
                measured.ask(client, "home", "/")
            elif what < 0.88:
                measured.ask(client, "cases", "/cases")
            elif what < 0.96 or not drafts:
                measured.ask(client, "papers", "/papers")
            else:
                with measured.lock:
                    name = drafts.pop() if drafts else ""
                if name:
                    _issue(client, name, token[1], measured)
            time.sleep(chance.uniform(0.5, 1.5))


def _issue(client: httpx.Client, name: str, token: str, measured: Measured) -> None:
    page = measured.ask(client, "draft", f"/draft/{name}")
    if page is None:
        return
    read = page.text.split('name="read" value="')[1][:64]
    text = (measured.root / "drafts" / name).read_text("utf-8")
    answer = measured.ask(client, "issue", f"/draft/{name}", {"csrf": token, "read": read, "text": text, "do": "issue"})
    if answer is not None and answer.status_code == 303:
        measured.numbers.append(name)


def main() -> None:
    """Copy, serve, ask, tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=60)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ssj-load-") as room:
        root = Path(room) / "office"
        shutil.copytree(given.workspace, root)
        cookies, cases, drafts = _prepare(root, given.users)
        server = subprocess.Popen([sys.executable, str(ROOT / "cli.py"), "--workspace", str(root), "serve", "--port", str(PORT)],
                                  stderr=subprocess.DEVNULL)
        try:
            measured = _load(root, cookies, cases, drafts, given.seconds)
        finally:
            server.terminate()
            server.wait(30)
        _tell(root, measured)


def _prepare(root: Path, users: int) -> tuple[list[str], list[str], list[str]]:
    now = datetime.now().astimezone()
    workspace = open_workspace(root, today=now.date(), now=now, who="load")
    with workspace.transaction() as connection:
        accounts.add_user(workspace, connection, User("load", "Load", "", ("clerk",), False, True, False, "", ""), "fifty-at-once-please")
        cookies = [accounts.open_session(workspace, connection, "load") for _ in range(users)]
        cases = sorted({item.case for item in load_items(connection)})
    first = make_draft(workspace, "tongbao", year=2026)[0]
    drafts = []
    for number in range(40):
        name = f"load-{number}.md"
        shutil.copy(first, root / "drafts" / name)
        drafts.append(name)
    workspace.engine.dispose()
    return cookies, cases, drafts


def _load(root: Path, cookies: list[str], cases: list[str], drafts: list[str], seconds: int) -> Measured:
    for _ in range(300):
        try:
            httpx.get(f"http://127.0.0.1:{PORT}/login", trust_env=False)
            break
        except httpx.HTTPError:
            time.sleep(0.2)
    measured = Measured(root)
    until = time.perf_counter() + seconds
    threads = [threading.Thread(target=one_user, args=(n, cookie, cases, until, measured, drafts)) for n, cookie in enumerate(cookies)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return measured


def _tell(root: Path, measured: Measured) -> None:
    done = subprocess.run([sys.executable, str(ROOT / "cli.py"), "--workspace", str(root), "numbers", "--json"],
                          capture_output=True, text=True, check=True)
    numbers = Counter(row["number"] for row in json.loads(done.stdout))
    rows = {kind: {"requests": len(times), "median": round(statistics.median(times)),
                   "p95": round(sorted(times)[int(len(times) * 0.95)])} for kind, times in sorted(measured.times.items())}
    every = sorted(time for times in measured.times.values() for time in times)
    print(json.dumps({"requests": len(every), "p95": round(every[int(len(every) * 0.95)]), "faults": dict(measured.faults),
                      "issued": len(measured.numbers), "twice": [n for n, c in numbers.items() if c > 1], "pages": rows},
                     ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
