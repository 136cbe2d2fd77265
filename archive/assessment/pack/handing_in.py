"""上报: freezes a pack under a number, and says what a later assessment changed and by what."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from archive.assessment.assessment import assess
from archive.assessment.pack.contents import DATA
from archive.assessment.pack.evidence_pack import published
from archive.assessment.pack.verification import verify_pack
from archive.assessment.pack.versions import ACTION, HandedIn, handed_in, kept_folder, place, seal, version
from archive.files.digests import digest_of
from archive.files.durable_files import sync_folder, write_durably
from ssj_docs.database.schema import journal
from ssj_docs.ground.errors import DataError, FixityError, NotFoundError
from ssj_docs.office.workspace import Workspace

_MANIFEST = "manifest-sha256.txt"
#: journal rows that are told for one unit
_MOST_CAUSES = 5


def hand_in(workspace: Workspace, pack: Path, to: str = "") -> HandedIn:
    """Freeze a pack: number, cut-off and digests go to the journal, data and manifest are kept beside.

    Handing in the same pack again gives the same number.

    Args:
        to: 报送单位.

    Raises: NotFoundError if it is no pack; FixityError if it is not what it says.
    """
    if faults := verify_pack(pack, workspace):
        told = "；".join(f"{fault.path}：{fault.fault}" for fault in faults[:3])
        raise FixityError(f"资料包有 {len(faults)} 处不符，不能上报：{told}", "重新制作资料包，再上报")
    told = json.loads((pack / "data" / DATA).read_text("utf-8"))
    with workspace.transaction() as connection:
        made = handed_in(connection, told["year"], told["rendition"])
        digest = seal(pack)
        if known := next((one for one in made if one.pack == digest), None):
            return known
        detail: dict[str, object] = {
            "year": told["year"],
            "rendition": told["rendition"],
            "version": len(made) + 1,
            "cutoff": told["cutoff"],
            "folder": place(workspace, pack),
            "to": to,
            "data": digest_of(pack / "data" / DATA).sha256,
        }
        workspace.log(connection, ACTION, f"{told['year']} 年度考核第 {len(made) + 1} 次上报", detail, digest)
        done = handed_in(connection, told["year"], told["rendition"])[-1]
        _keep(workspace, pack, done)
    return done


def _keep(workspace: Workspace, pack: Path, done: HandedIn) -> None:
    folder = kept_folder(workspace, done)
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in ((DATA, pack / "data" / DATA), (_MANIFEST, pack / _MANIFEST)):
        (folder / name).unlink(missing_ok=True)  # left by a run that was cut off before its row was written
        write_durably(folder / name, source)
    sync_folder(folder)


def kept_data(workspace: Workspace, one: HandedIn) -> dict[str, Any]:
    """The data of a handed-in version. Raises: NotFoundError, FixityError if it is lost or no longer what was handed in."""
    path = kept_folder(workspace, one) / DATA
    if not path.is_file():
        raise NotFoundError(f"{one.name}的数据已不在 {path}", "从备份恢复这个文件")
    if digest_of(path).sha256 != one.data:
        raise FixityError(f"{path} 已不是{one.name}时的数据", "从备份恢复这个文件")
    data: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return data


@dataclass(frozen=True)
class Cause:
    """A journal row that may be why a unit changed."""

    row: int
    when: str
    who: str
    action: str
    subject: str


@dataclass(frozen=True)
class Change:
    """A unit that came, went, or is judged otherwise.

    Attributes:
        before, after: 计入分子, 未计入, or empty if it is not there; why_…: its reason then and now.
        causes: journal rows since that name its cases.
    """

    indicator: str
    key: str
    label: str
    before: str
    after: str
    why_before: str
    why_after: str
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class Difference:
    """What a later assessment says otherwise: figures of each indicator that moved, and the units behind them."""

    older: str
    newer: str
    figures: tuple[tuple[str, str, str], ...]
    changes: tuple[Change, ...]

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain values."""
        return asdict(self) | {
            "figures": [{"indicator": name, "before": then, "after": now} for name, then, now in self.figures]
        }

    def lines(self) -> list[str]:
        """For people."""
        told = [
            f"{self.older} → {self.newer}：" + (f"{len(self.figures)} 项指标变动" if self.figures else "指标没有变动")
        ]
        told += [f"  {name}：{then} → {now}" for name, then, now in self.figures]
        for one in self.changes:
            told.append(
                f"    {one.indicator}｜{one.label}（{one.key}）："
                f"{one.before or '原先没有'}（{one.why_before}）→ {one.after or '不再计'}（{one.why_after}）"
            )
            told += [f"      流水 {c.row}：{c.when[:16]} {c.who} {c.action} {c.subject}" for c in one.causes]
        return told


def differences(
    workspace: Workspace, year: int, rendition: str, older: int | None = None, newer: int | None = None
) -> Difference:
    """What a version, or the assessment as of now (``newer`` None), says otherwise than an earlier version.

    Raises: NotFoundError, FixityError as `kept_data`; DataError for the public rendition, which has no units.
    """
    if rendition == "public":
        raise DataError("公开版只有数字，看不出哪一户变了", "比较原件版或内部版")
    first = version(workspace, year, rendition, older)
    then = kept_data(workspace, first)
    if newer is None:
        name, now = (
            "现在的登记簿",
            published(assess(workspace, year), "internal" if rendition == "internal" else "restricted"),
        )
    else:
        second = version(workspace, year, rendition, newer)
        name, now = second.name, kept_data(workspace, second)
    causes = _causes(workspace, first.row)
    old, new = ({one["id"]: one for one in told["indicators"]} for told in (then, now))
    figures, changes = [], list[Change]()
    for key in dict.fromkeys((*old, *new)):
        one, other = old.get(key), new.get(key)
        if _figure(one) != _figure(other):
            figures.append(((other or one or {})["name"], _figure(one), _figure(other)))
        changes += _changes(one, other, causes)
    return Difference(first.name, name, tuple(figures), tuple(changes))


def _figure(one: Mapping[str, Any] | None) -> str:
    if one is None:
        return "没有这项指标"
    value = "无可评定" if one["value"] is None else f"{one['value']:g}%"
    return f"{one['numerator']}/{one['denominator']}（{value}）"


def _changes(
    old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, causes: Sequence[tuple[Cause, str]]
) -> Iterator[Change]:
    then, now = ({u["key"]: u for u in one["units"]} if one else {} for one in (old, new))
    for key in dict.fromkeys((*then, *now)):
        one, other = then.get(key), now.get(key)
        if one and other and (one["met"], one["why"]) == (other["met"], other["why"]):
            continue
        known: Mapping[str, Any] = other or one or {}
        cases = {key, *known["cases"]} if len(known["cases"]) < _MOST_CAUSES else {key}
        mine = [cause for cause, text in causes if any(case in text for case in cases)]
        yield Change(
            (new or old or {})["name"],
            key,
            known["label"],
            _state(one),
            _state(other),
            one["why"] if one else "",
            other["why"] if other else "",
            tuple(mine[-_MOST_CAUSES:]),
        )


def _state(unit: Mapping[str, Any] | None) -> str:
    return "" if unit is None else "计入分子" if unit["met"] else "未计入"


def _causes(workspace: Workspace, since: int) -> list[tuple[Cause, str]]:
    """Journal rows after ``since``, with the text in which cases are looked for."""
    j = journal.c
    query = select(j.id, j.when, j.who, j.action, j.subject, j.detail).where(j.id > since).order_by(j.id)
    with workspace.read() as connection:
        return [
            (Cause(row.id, row.when, row.who, row.action, row.subject), f"{row.subject} {row.detail}")
            for row in connection.execute(query)
        ]
