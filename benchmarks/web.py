"""Fifty people at the web pages at once: searching, looking, uploading stacks of scans and issuing, while OCR runs behind.

Usage: python -m benchmarks.web WORKSPACE [--users 50] [--seconds 300] [--cases 1000] [--think 2 8]

WORKSPACE (from `ssj demo DIR`) is copied and made larger by so many made-up cases. Everybody logs in with a password, and
between two pages waits so many seconds (evenly spread, the same way at each run). Prints errors, numbers issued twice, times of
each kind of page in milliseconds (loading people on the same cores), and, afterwards and one by one, the processor time that the
server takes for each.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import httpx

from benchmarks.web_office import PASSWORD, Loaded, keep_reading, make_office, read_pages, stack

ROOT = Path(__file__).resolve().parents[1]
WORDS = (
    "检查",
    "拒绝签字",
    "住所",
    "责令改正",
    "营业执照",
    "未发现问题",
    "应急 记录",
    "青禾县",
    "案件编号",
    "安全生产 -加油站",
)
PORT = 8765
_TICK = os.sysconf("SC_CLK_TCK")


class Measured:
    """Times and faults of all users."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)
        self.faults: Counter[str] = Counter()
        self.issued = 0
        self._lock = threading.Lock()

    def ask(self, client: httpx.Client, kind: str, path: str, **sent: object) -> httpx.Response | None:
        """One request, measured; a POST if something is sent."""
        begun = time.perf_counter()
        try:
            answer = client.post(path, **sent) if sent else client.get(path)  # type: ignore[arg-type]
        except httpx.HTTPError as error:
            with self._lock:
                self.faults[f"{kind} {type(error).__name__} {error}"] += 1
            return None
        with self._lock:
            self.times[kind].append((time.perf_counter() - begun) * 1000)
            if answer.status_code >= 400:
                told = re.search(r"<p><b>(.*?)</b></p>", answer.text)
                self.faults[f"{kind} {answer.status_code} {told[1] if told else ''}"] += 1
        return answer

    def count_issued(self) -> None:
        with self._lock:
            self.issued += 1


class Person:
    """Somebody at a browser who does what the role does, page by page."""

    def __init__(
        self, number: int, office: Loaded, drafts: list[str], think: tuple[float, float], measured: Measured
    ) -> None:
        self.name, self.role = office.people[number]
        self.office, self.drafts, self.measured, self._think = office, drafts, measured, think
        self.chance = random.Random(number)
        self.number, self.stacks, self.token = number, 0, ""
        # browsers open a connection anew that has been idle for some seconds
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{PORT}", timeout=60, trust_env=False, limits=httpx.Limits(keepalive_expiry=3)
        )

    def work(self, until: float) -> None:
        """From log-in to the end."""
        self.pause()
        self.log_in()
        day = {"clerk": self.clerk, "archivist": self.archivist, "assessor": self.assessor}[self.role]
        while time.perf_counter() < until:
            for _ in day():
                self.pause()
                if time.perf_counter() >= until:
                    break
        self.client.close()

    def pause(self) -> None:
        """Read, think, type."""
        time.sleep(self.chance.uniform(*self._think))

    def ask(self, kind: str, path: str, **sent: object) -> httpx.Response | None:
        return self.measured.ask(self.client, kind, path, **sent)

    def log_in(self) -> None:
        page = self.ask("login page", "/login")
        token = re.search(r'name="csrf" value="(\w+)"', page.text if page else "")
        self.ask("login", "/login", data={"csrf": token[1] if token else "", "name": self.name, "password": PASSWORD})
        page = self.ask("account", "/account")
        token = re.search(r'name="csrf" value="(\w+)"', page.text if page else "")
        self.token = token[1] if token else ""
        self.client.get("/static/style.css")

    def clerk(self) -> Iterator[None]:
        """Look at what waits and at cases, search, issue a paper."""
        self.ask("home", "/")
        yield
        self.ask("cases", f"/cases?page={self.chance.randint(1, 5)}")
        yield
        for _ in range(2):
            self.ask("case", f"/case/{self.chance.choice(self.office.every)}")
            yield
        yield from self.search(2)
        self.ask("plan", "/plan")
        yield
        self.ask("task", f"/task/{self.chance.choice(self.office.every)[:8]}")
        yield
        self.ask("papers", "/papers")
        yield
        try:
            name = self.drafts.pop()
        except IndexError:
            return
        page = self.ask("draft", f"/draft/{name}")
        yield
        if page is not None:
            read = page.text.split('name="read" value="')[1][:64]
            text = (self.office.root / "drafts" / name).read_text("utf-8")
            answer = self.ask(
                "issue", f"/draft/{name}", data={"csrf": self.token, "read": read, "text": text, "do": "issue"}
            )
            if answer is not None and answer.status_code == 303:
                self.measured.count_issued()
                self.ask("papers", answer.headers["location"])
        yield

    def archivist(self) -> Iterator[None]:
        """Upload a stack, watch it being filed, search."""
        self.ask("receive", "/receive")
        yield
        name, data = stack(self.number * 1000 + self.stacks)
        self.stacks += 1
        answer = self.ask(
            "upload", "/receive", data={"csrf": self.token}, files={"files": (name, data, "application/pdf")}
        )
        if answer is not None and answer.status_code == 303:
            for _ in range(8):  # the page of a job loads itself again every two seconds
                time.sleep(2)
                page = self.ask("job", answer.headers["location"])
                if page is None or "http-equiv" not in page.text:
                    break
        yield
        yield from self.search(4)
        self.ask("home", "/")
        yield

    def assessor(self) -> Iterator[None]:
        """Look at indicators and figures, search for proof."""
        self.ask("home", "/")
        yield
        self.ask("assessment", "/assessment")
        yield
        self.ask("statistics", "/statistics")
        yield
        yield from self.search(5)
        self.ask("cases", "/cases")
        yield

    def search(self, times: int) -> Iterator[None]:
        """Search, and look at a hit with its picture."""
        for _ in range(times):
            word = self.chance.choice(WORDS)
            self.ask("search", f"/search?q={word}")
            yield
            case, pages = self.chance.choice(self.office.cases)
            number = self.chance.randint(1, pages)
            self.ask("page", f"/page/{case}/0001/{number}?q={word}&hit=2")
            self.ask("picture", f"/picture/{case}/0001/{number}")
            yield


def serve(root: Path) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers."""
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "cli.py"), "--workspace", str(root), "serve", "--port", str(PORT)]
    )
    for _ in range(600):
        try:
            httpx.get(f"http://127.0.0.1:{PORT}/login", trust_env=False)
            break
        except httpx.HTTPError:
            time.sleep(0.2)
    return server


def load(office: Loaded, seconds: int, think: tuple[float, float]) -> Measured:
    """Everybody at once."""
    measured, drafts = Measured(), list(office.drafts)
    people = [Person(number, office, drafts, think, measured) for number in range(len(office.people))]
    until = time.perf_counter() + seconds
    threads = [threading.Thread(target=person.work, args=(until,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return measured


def processor(pid: int) -> float:
    """Seconds of processor that a process has used, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def cost(office: Loaded, server: int, times: int = 30) -> dict[str, float]:
    """Processor milliseconds of the server for one request of each kind, nobody else asking."""
    case = office.cases[len(office.cases) // 2][0]
    paths = {
        "login page": "/login",
        "account": "/account",
        "home": "/",
        "search": "/search?q=检查",
        "page": f"/page/{case}/0001/1?q=检查&hit=2",
        "picture": f"/picture/{case}/0001/1",
        "case": f"/case/{case}",
        "cases": "/cases",
        "plan": "/plan",
        "task": f"/task/{case[:8]}",
        "papers": "/papers",
        "receive": "/receive",
        "statistics": "/statistics",
        "assessment": "/assessment",
        "style.css": "/static/style.css",
        "api/search": "/api/search?q=检查",
    }
    found = {}
    for role in ("clerk", "archivist", "assessor"):
        number = next(n for n, (_, held) in enumerate(office.people) if held == role)
        person = Person(number, office, [], (0, 0), Measured())
        person.log_in()
        for kind, path in paths.items():
            if kind in found or person.client.get(path).status_code != 200:
                continue
            begun = processor(server)
            for _ in range(times):
                person.client.get(path)
            found[kind] = round((processor(server) - begun) / times * 1000, 1)
        person.client.close()
    return found


def table(measured: Measured) -> dict[str, dict[str, float]]:
    """Kind of page → requests, median, p95, most."""
    rows = {}
    for kind, times in sorted(measured.times.items()):
        held = sorted(times)
        rows[kind] = {
            "requests": len(held),
            "median": round(held[len(held) // 2]),
            "p95": round(held[int(len(held) * 0.95)]),
            "most": round(held[-1]),
        }
    return rows


def main() -> None:
    """Copy, serve, ask, tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--drafts", type=int, default=200)
    parser.add_argument("--think", type=float, nargs=2, default=(2.0, 8.0))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ssj-load-") as room:
        office = make_office(given.workspace, Path(room) / "office", given.users, given.cases, given.drafts)
        server = serve(office.root)
        try:
            read, busy = read_pages(office.root)[0], [processor(server.pid), time.process_time()]
            over = threading.Event()
            reading = threading.Thread(target=keep_reading, args=(office, over))
            reading.start()
            measured = load(office, given.seconds, tuple(given.think))
            over.set()
            reading.join()
            used = {
                "server": round(processor(server.pid) - busy[0], 1),
                "people": round(time.process_time() - busy[1], 1),
            }
            pages, waiting = read_pages(office.root)
            costs = cost(office, server.pid)
        finally:
            server.terminate()
            server.wait(120)
        used["processes behind"] = round(os.times().children_user + os.times().children_system - used["server"], 1)
        done = subprocess.run(
            [sys.executable, str(ROOT / "cli.py"), "--workspace", str(office.root), "numbers", "--json"],
            capture_output=True,
            text=True,
            check=True,
        )
        numbers = Counter(row["number"] for row in json.loads(done.stdout))
    every = sorted(time for kind, times in measured.times.items() for time in times)
    print(
        json.dumps(
            {
                "requests": len(every),
                "median": round(every[len(every) // 2]),
                "p95": round(every[int(len(every) * 0.95)]),
                "faults": dict(measured.faults),
                "issued": measured.issued,
                "numbers": len(numbers),
                "twice": [number for number, count in numbers.items() if count > 1],
                "pages read": (pages - read) // 2,
                "waiting": waiting,
                "processor seconds": used,
                "load average": [round(one, 1) for one in os.getloadavg()],
                "kinds": table(measured),
                "processor ms": costs,
            },
            ensure_ascii=False,
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
