"""`ssj case show`: one case with its timeline, issued papers, signed copies, verdicts and due dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from archive.cases import case_contents, case_file, catalogue
from archive.cases.catalogue import ArchiveItem
from archive.cases.missing import STATES, missing_of_case
from ssj_docs.database import registers
from ssj_docs.model.case import EVENTS
from ssj_docs.office.workspace import Workspace
from ssj_docs.planning.dates.due_dates import due

_ORIGINS = {"scan": "扫描", "digital": "电子件", "issued": "成文"}
_VERDICTS = {"passed": "签名有效", "undetermined": "签名不能判定", "failed": "签名无效", "none": "无电子签名"}
_STATES = {"open": "待办", "late": "逾期", "done": "已办"}


@dataclass(frozen=True)
class CaseView:
    """A case as shown to people.

    Attributes:
        case: its id.
        facts: as in case.json (task, subject, inspectors, findings, events), without restricted data.
        timeline: ``{"date", "what", "who", "note"}`` by date.
        papers: issued papers, each with its signed copies.
        items: everything filed.
        due: deadlines as `ssj due` gives them.
        missing: papers that are missing or incomplete, as `ssj missing` gives them.
    """

    case: str
    facts: Mapping[str, Any]
    timeline: Sequence[Mapping[str, Any]]
    papers: Sequence[Mapping[str, Any]]
    items: Sequence[Mapping[str, Any]]
    due: Sequence[Mapping[str, Any]]
    missing: Sequence[Mapping[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """The view as one JSON object."""
        facts = {key: value for key, value in self.facts.items() if key not in ("format", "id", "office")}
        return {
            "id": self.case,
            **facts,
            "timeline": list(self.timeline),
            "papers": list(self.papers),
            "items": list(self.items),
            "due": list(self.due),
            "missing": list(self.missing),
        }

    def lines(self) -> list[str]:
        """The view as lines for people."""
        task, subject = self.facts.get("task") or {}, self.facts.get("subject") or {}
        lines = [f"案卷 {self.case}  {task.get('name', '')}"]
        if subject:
            lines.append(f"检查对象：{subject['name']}  {subject['credit_code'] or subject['registration']}".rstrip())
        for finding in self.facts.get("findings", ()):
            lines.append(f"检查结果：{finding['department']}  {finding['item']}  {'；'.join(finding['labels'])}")
        lines.append("经过：")
        lines += [f"  {row['date']}  {row['what']}  {row['who']}  {row['note']}".rstrip() for row in self.timeline]
        lines.append(f"印发的文书（{len(self.papers)}）：")
        for row in self.papers:
            returned = "已收回 " + "、".join(row["copies"]) if row["copies"] else "未收回签署件"
            lines.append(f"  {row['title']}  {row['number']}  {returned}")
        lines.append(f"归档的件（{len(self.items)}）：")
        lines += [_item_line(row) for row in self.items]
        lines += [
            f"缺件：{row['title']}  {STATES[row['state']]}  {row['due'] or ''}  {row['note']}".rstrip()
            for row in self.missing
        ]
        lines += [
            f"期限：{row['act']}  {'、'.join(row['departments'])}  {row['due']}  "
            f"{_STATES.get(row['state'], row['state'])}  {row['clause']}"
            for row in self.due
        ]
        return lines


def _item_line(row: Mapping[str, Any]) -> str:
    pages = f"{row['pages']}页" if row["pages"] else ""
    parts = (
        row["item"],
        row["archive_number"] or "",
        row["title"],
        row["number"],
        row["date"] or "",
        pages,
        _ORIGINS[row["origin"]],
        _VERDICTS[row["verdict"]],
        {"destroyed": "已销毁", "withdrawn": "已撤出，件号保留"}.get(row["state"], ""),
        row["path"],
    )
    return "  " + "  ".join(part for part in parts if part)


def show_case(workspace: Workspace, case: str) -> CaseView:
    """Collect one case, or the papers of a task.

    Raises: NotFoundError.
    """
    lacking = [paper.as_json() for paper in missing_of_case(workspace, case) if paper.state != "present"]
    with workspace.read() as connection:
        case_contents.require_case(connection, case)
        facts = case_contents.case_facts(workspace.office, connection, case)
        items = catalogue.load_items(connection, case)
        papers = case_contents.papers(connection, case)
        return CaseView(
            case,
            facts,
            _timeline(facts, papers, items),
            [_paper(document, items) for document in papers],
            [case_file.as_row(item) for item in items],
            _due(workspace, connection, facts),
            lacking,
        )


def _due(workspace: Workspace, connection: Connection, facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if not facts.get("case"):
        return []
    case = facts["id"]
    rows = due(
        [registers.load_case(connection, case)],
        registers.load_events(connection, [case]),
        registers.load_findings(connection, [case]),
        workspace.office,
        workspace.today,
    )
    return [row.as_json() for row in rows]


def _paper(document: Any, items: Sequence[ArchiveItem]) -> dict[str, Any]:
    copies = [
        item for item in items if item.issued == document.id and item.state == "filed" and item.verdict != "failed"
    ]
    return {
        "id": document.id,
        "kind": document.kind,
        "title": document.title,
        "number": document.number,
        "date": document.date.isoformat() if document.date else None,
        "path": document.path,
        "sha256": document.sha256,
        "pages": document.pages,
        "version": document.version,
        "copies": [item.item for item in copies],
        "verdicts": [item.verdict for item in copies],
    }


def _timeline(facts: Mapping[str, Any], papers: Sequence[Any], items: Sequence[ArchiveItem]) -> list[dict[str, Any]]:
    rows = []
    drawn = (facts.get("case") or {}).get("drawn")
    events = facts.get("events", ())
    if drawn and not any(event["event"] == "drawn" for event in events):
        rows.append((drawn.isoformat(), EVENTS["drawn"], "", ""))
    for event in events:
        note = "；".join(part for part in (event["handling_label"], event["note"]) if part)
        rows.append((event["date"].isoformat(), event["label"], event["department"], note))
    for document in papers:
        if document.date:
            rows.append((document.date.isoformat(), f"印发 {document.title}", document.department, document.number))
    for item in items:
        rows.append((item.received_at[:10], f"归档 {item.title}", item.department, f"第 {item.item} 件"))
    return [{"date": day, "what": what, "who": who, "note": note} for day, what, who, note in sorted(rows)]
