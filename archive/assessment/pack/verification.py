"""Checks a pack: as a bag, against its own data, against what was handed in, and against archive and registers.

Every file that shows figures is made again from ``assessment.json`` and compared; every figure of ``assessment.json``
is counted again from its own units, and from the registers where they are at hand; every cited page is held against the
paper it was taken from. A pack whose digests were made anew after a change is found out by one of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pikepdf

from archive.assessment.assessment import assess
from archive.assessment.evidence_finder import Proof
from archive.assessment.pack.contents import DATA, REPORT, PackData, read_data, shown_files
from archive.assessment.pack.differences import difference, report_difference
from archive.assessment.pack.evidence_pack import published
from archive.assessment.pack.page_likeness import same_page
from archive.assessment.pack.pages import marked_page
from archive.assessment.pack.versions import handed_in, seal
from archive.assessment.recorded import misstated
from archive.cases import catalogue
from archive.files.bag import BagFault, check_bag, read_manifest
from archive.store.opening import store_of
from ssj_docs.ground.errors import NotFoundError, SsjError
from ssj_docs.office.workspace import Workspace

#: differences of one kind that are told one by one
_MOST = 20


def verify_pack(pack: Path, workspace: Workspace | None = None) -> list[BagFault]:
    """Every fault of a pack; empty if it is what it says.

    Args:
        workspace: of the office that made it, for its templates, archive, registers and journal; None to check the pack alone.

    Raises: NotFoundError if ``pack`` is not a bag.
    """
    if not (pack / "bagit.txt").is_file():
        raise NotFoundError(f"{pack} 不是佐证资料包", "给出含有 bagit.txt 的文件夹")
    if faults := check_bag(pack):
        return faults
    try:
        told = json.loads((pack / "data" / DATA).read_text("utf-8"))
        data = read_data(told)
    except (OSError, KeyError, TypeError, ValueError, IndexError, RecursionError, AttributeError):
        return [BagFault(f"data/{DATA}", "读不出考核数据，或者是旧版软件制作的，无法重算")]
    faults = [BagFault(f"data/{DATA}", fault) for fault in misstated(told, data.assessment)]
    faults += _shown_otherwise(pack, data, workspace)
    faults += _papers(pack, data)
    if workspace is None:
        return faults
    return [*faults, *_against_archive(pack, data, workspace), *_against_registers(pack, told, workspace)]


def _shown_otherwise(pack: Path, data: PackData, workspace: Workspace | None) -> Iterator[BagFault]:
    """Files that show something else than the data, files too many, files too few."""
    wanted = shown_files(data, workspace.templates if workspace else None)
    pdf = f"{Path(REPORT).stem}.pdf"
    held = (
        {entry["href"] for entry in data.entries} | set(data.cited.values()) | {DATA} | ({pdf} if data.pdf else set())
    )
    folder = pack / "data"
    here = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    for name in sorted(here - set(wanted) - held):
        yield BagFault(f"data/{name}", "数据中没有这个文件，是多出的")
    for name, made in wanted.items():
        if name not in here:
            yield BagFault(f"data/{name}", "按数据应有，文件没有")
        elif told := difference(name, (folder / name).read_bytes(), made):
            yield BagFault(f"data/{name}", told)
    if data.pdf and pdf in here and (told := report_difference((folder / pdf).read_bytes(), wanted[REPORT])):
        yield BagFault(f"data/{pdf}", told)
    for name in sorted(held - here - {""}):
        yield BagFault(f"data/{name}", "按数据应有，文件没有")


def _papers(pack: Path, data: PackData) -> Iterator[BagFault]:
    """Evidence that is not the paper whose digest the data gives, and cited pages that show something else than it."""
    digests = read_manifest(pack, "sha256")
    cited = {(proof.case, proof.item): proof.sha256 for proof in data.assessment.cited}
    whole = {}
    for entry in data.entries:
        name = f"data/{entry['href']}"
        if cited.get((entry["case"], entry["item"])) != entry["sha256"]:
            yield BagFault(f"data/{DATA}", f"证据目录第 {entry['number']} 号的校验值与引用处不同")
        if entry["href"] and name in digests:
            whole[entry["case"], entry["item"]] = pack / name
            if digests[name] != entry["sha256"]:
                yield BagFault(name, "不是数据中所引的材料")
    for (case, item, page), name in data.cited.items():
        path, paper = pack / "data" / name, whole.get((case, item))
        if paper and paper.suffix == ".pdf" and path.is_file() and not same_page(path.read_bytes(), paper, page):
            yield BagFault(f"data/{name}", f"不是案卷 {case} 第 {item} 件第 {page} 页")


def _against_archive(pack: Path, data: PackData, workspace: Workspace) -> Iterator[BagFault]:
    """Papers and pages that are not in the archive as the pack has them, and evidence that the archive has and the pack not."""
    store = store_of(workspace)
    with workspace.read() as connection:
        held = {(item.case, item.item): item for item in catalogue.load_items(connection)}
    sound = set()
    for entry in data.entries:
        case, number = entry["case"], entry["item"]
        item = held.get((case, number))
        try:
            now = store.digests(case, item.main.path).sha256 if item else ""
        except (SsjError, OSError):
            now = ""
        if now != entry["sha256"]:
            yield BagFault(f"{case}/{number}", "档案中的内容与资料包所引的不同" if now else "档案中没有这一件")
            continue
        sound.add((case, number))
        if data.rendition == "restricted" and not entry["href"]:
            yield BagFault(f"{case}/{number}", "档案中有这一件，资料包中没有它的全文")
    papers = {stored.sha256 for item in held.values() for stored in item.files}
    for name, sha256 in sorted(read_manifest(pack, "sha256").items()):
        if name.startswith("data/evidence/") and sha256 not in papers:
            yield BagFault(name, "不是档案中的原件")
    yield from _pages(pack, data, workspace, sound)


def _pages(pack: Path, data: PackData, workspace: Workspace, sound: set[tuple[str, str]]) -> Iterator[BagFault]:
    """Cited pages made again from the archive, or held against it by what they show, and pages that are not there."""
    store, places = store_of(workspace), dict[tuple[str, str, int], list[Proof]]()
    for proof in data.assessment.cited:
        places.setdefault((proof.case, proof.item, proof.page), []).append(proof)
    for (case, item, page), proofs in places.items():
        if (case, item) not in sound:
            continue
        name = data.cited.get((case, item, page), "")
        with TemporaryDirectory(prefix="ssj-verify-"), store.local_copy(case, proofs[0].path) as source:
            try:
                again = marked_page(workspace, source, proofs, covered=data.rendition == "internal")
            except (SsjError, ValueError, OSError, pikepdf.PdfError):
                again = b""
            path = pack / "data" / name
            if not name:
                if again:
                    yield BagFault(f"{case}/{item}", f"引用了第 {page} 页，资料包中没有这一页")
            elif path.is_file() and (found := path.read_bytes()) != again:
                whole = again if data.rendition == "internal" else source.read_bytes()
                if not again or not same_page(found, whole, 1 if data.rendition == "internal" else page):
                    yield BagFault(f"data/{name}", f"与档案中案卷 {case} 第 {item} 件第 {page} 页不同")


def _against_registers(pack: Path, told: Mapping[str, Any], workspace: Workspace) -> Iterator[BagFault]:
    """Figures that the registers do not give, counted again as of the day of the pack; a pack as it was handed in stands."""
    with workspace.read() as connection:
        versions = handed_in(connection, int(told["year"]), told["rendition"])
    if seal(pack) in {one.pack for one in versions}:
        return
    since = "；这不是上报过的任何一版" if versions else ""
    then = workspace.at(today=_made_on(pack, told), now=workspace.now, who=workspace.who)
    try:
        now = published(assess(then, int(told["year"])), told["rendition"])
    except SsjError as failure:
        yield BagFault(f"data/{DATA}", f"无法按登记簿重算：{failure.message}")
        return
    for fault in list(_otherwise(told, json.loads(json.dumps(now, default=str)), ""))[:_MOST]:
        yield BagFault(f"data/{DATA}", f"与登记簿重算的不同：{fault}{since}")


def _made_on(pack: Path, told: Mapping[str, Any]) -> date:
    lines = (pack / "bag-info.txt").read_text("utf-8").splitlines()
    text = next((line.partition(": ")[2] for line in lines if line.startswith("Bagging-Date: ")), told["cutoff"])
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.fromisoformat(told["cutoff"])


def _otherwise(said: Any, right: Any, where: str) -> Iterator[str]:
    """Places in which what is said differs from what is right; only what ``right`` has is compared."""
    if isinstance(right, dict) and isinstance(said, dict):
        for key, value in right.items():
            name = value.get("name", key) if isinstance(value, dict) else key
            yield from _otherwise(said.get(key), value, f"{where}/{name}")
    elif isinstance(right, list) and isinstance(said, list) and len(right) == len(said):
        for place, (one, other) in enumerate(zip(said, right, strict=True)):
            label = other.get("name") or other.get("key") or place + 1 if isinstance(other, dict) else place + 1
            yield from _otherwise(one, other, f"{where}/{label}")
    elif isinstance(right, list) and isinstance(said, list):
        yield f"{where} 写 {len(said)} 项，重算 {len(right)} 项"
    elif said != right:
        yield f"{where} 写“{str(said)[:60]}”，重算“{str(right)[:60]}”"
