"""Evidence by words: saved searches for an indicator or for a question of the assessor, whose hits are accepted or rejected.

Each choice is stored with its author and reason. A search can be run again and then shows which pages are new or gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, update

from archive.assessment.evidence_finder import Proof, page_proof
from archive.cases import catalogue
from archive.search.engines.port import Wanted
from archive.search.query.filters import Filters
from archive.search.search import search_workspace
from ssj_docs.database import journal
from ssj_docs.database.schema import evidence_searches, evidence_selections, page_texts
from ssj_docs.ground.errors import ChangedMeanwhileError, NotFoundError, UsageError
from ssj_docs.ground.personal_data import cut_restricted
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.office.workspace import Workspace

State = Literal["found", "picked", "dropped"]
STATES = {"found": "待定", "picked": "采用", "dropped": "不用"}
#: maximum number of hits for a person to review; a search that finds more is too wide
_MOST = 500
#: length of the snippet of a page added without a search
_PUT_SNIPPET = 80


@dataclass(frozen=True)
class Selection:
    """A page found by a saved search.

    Attributes:
        id: the number used to accept or reject it.
        target: indicator id or question.
        current: whether the last run found it.
        change: ``new``, ``gone`` or empty, compared with the run before.
    """

    id: int
    year: int
    target: str
    query: str
    case: str
    item: str
    page: int
    state: State
    note: str
    snippet: str
    current: bool
    change: Literal["", "new", "gone"] = ""

    def as_json(self) -> dict[str, Any]:
        """The row."""
        return asdict(self)


@dataclass(frozen=True)
class Question:
    """A question of the assessor, with the pages chosen for it."""

    text: str
    queries: tuple[str, ...]
    proofs: tuple[Proof, ...]


def add(workspace: Workspace, year: int, target: str, query: str) -> list[Selection]:
    """Save a search for an indicator or a question and run it; an existing one is run again.

    Args:
        target: id or name of an indicator, or a question.

    Raises: UsageError for a mistake in the query, no target, or a search that finds too much.
    """
    if not target.strip() or not query.strip():
        raise UsageError(
            "缺少指标（或问题）或检索词", Remedy("例如", do("add_evidence", target="handling_rate", query="责令改正"))
        )
    target = _target(workspace, target)
    result = search_workspace(workspace, query, Filters({"year": (str(year),)}), Wanted(_MOST, 0, "date_asc"))
    if result.total > _MOST:
        raise UsageError(
            f"“{query}”在 {year} 年找到 {result.total} 页，太多，无法逐页选取", f"加上更多的词，缩到 {_MOST} 页以内"
        )
    s = evidence_selections
    at = workspace.now.isoformat(timespec="seconds")
    with workspace.transaction() as connection:
        before = [row for row in _rows(connection, year) if (row.target, row.query) == (target, query)]
        old = {(row.case, row.item, row.page) for row in before}
        mine = (s.c.year == year, s.c.target == target, s.c.query == query)
        connection.execute(update(s).where(*mine).values(current=False))
        for hit in result.hits:
            key = (hit.record.case, hit.record.item, hit.record.page)
            snippet = cut_restricted(hit.snippet)
            if key in old:
                connection.execute(
                    update(s)
                    .where(*mine, s.c.case == key[0], s.c.item == key[1], s.c.page == key[2])
                    .values(current=True, snippet=snippet)
                )
            else:
                connection.execute(
                    insert(s).values(
                        year=year,
                        target=target,
                        query=query,
                        case=key[0],
                        item=key[1],
                        page=key[2],
                        state="found",
                        note="",
                        snippet=snippet,
                        current=True,
                        who=workspace.who,
                        at=at,
                    )
                )
        _keep_search(connection, workspace, (year, target, query), result.total)
        journal.append(
            connection,
            when=workspace.now,
            who=workspace.who,
            action="evidence.search",
            subject=f"{year} {target}",
            detail={"query": query, "hits": result.total},
        )
        return _changed(before, [row for row in _rows(connection, year) if (row.target, row.query) == (target, query)])


def _target(workspace: Workspace, given: str) -> str:
    """The id of an indicator, also by its name; or the question. Raises: UsageError for an unknown id."""
    given, indicators = given.strip(), workspace.office.indicators
    found = next((one.id for one in indicators if given in (one.id, one.name)), given)
    if found.isascii() and found.isidentifier() and found not in {one.id for one in indicators}:
        raise UsageError(
            f"没有代号为 {found} 的指标", f"可用：{'、'.join(one.id for one in indicators)}；问题请用汉字写"
        )
    return found


def _changed(before: Sequence[Selection], now: Sequence[Selection]) -> list[Selection]:
    """The rows of a search with their changes since the run before; on the first run nothing is new."""
    was = {row.id for row in before if row.current}
    return [
        replace(
            row,
            change="new"
            if row.current and row.id not in was and before
            else "gone"
            if row.id in was and not row.current
            else "",
        )
        for row in now
    ]


def _keep_search(connection: Connection, workspace: Workspace, key: tuple[int, str, str], total: int) -> None:
    e = evidence_searches
    values = {"total": total, "who": workspace.who, "ran_at": workspace.now.isoformat(timespec="seconds")}
    same = (e.c.year == key[0], e.c.target == key[1], e.c.query == key[2])
    if not connection.execute(update(e).where(*same).values(**values)).rowcount:
        connection.execute(insert(e).values(year=key[0], target=key[1], query=key[2], **values))


@dataclass(frozen=True)
class Pick:
    """A page taken from a search result: its indicator or question, the page, the words, and a reason (may be empty)."""

    target: str
    case: str
    item: str
    page: int
    query: str = ""
    note: str = ""


def put(workspace: Workspace, year: int, pick: Pick) -> Selection:
    """Add one page to the evidence, accepted; if it is there already, its note is replaced.

    Raises: UsageError without a target; NotFoundError if the page does not exist or its paper was destroyed.
    """
    if not pick.target.strip():
        raise UsageError("没有写明用于哪项指标或哪个问题", "选一项指标，或写一句问题")
    s, t = evidence_selections, page_texts
    with workspace.transaction() as connection:
        item = catalogue.load_item(connection, pick.case, pick.item)
        if item.state != "filed" or not 1 <= pick.page <= max(item.pages or 1, 1):
            raise NotFoundError(
                f"案卷 {pick.case} 第 {pick.item} 件没有第 {pick.page} 页，或已销毁", "从检索结果中选取"
            )
        text = (
            connection.execute(
                select(t.c.text).where(t.c.case == pick.case, t.c.item == pick.item, t.c.page == pick.page)
            ).scalar()
            or ""
        )
        place = {
            "year": year,
            "target": _target(workspace, pick.target),
            "query": pick.query,
            "case": pick.case,
            "item": pick.item,
            "page": pick.page,
        }
        values = {
            "state": "picked",
            "note": pick.note,
            "who": workspace.who,
            "at": workspace.now.isoformat(timespec="seconds"),
        }
        same = [s.c[name] == value for name, value in place.items()]
        if not connection.execute(update(s).where(*same).values(**values)).rowcount:
            snippet = " ".join(cut_restricted(text).split())[:_PUT_SNIPPET]
            connection.execute(insert(s).values(**place, **values, snippet=snippet, current=True))
        row = connection.execute(select(s).where(*same)).mappings().one()
        journal.append(
            connection,
            when=workspace.now,
            who=workspace.who,
            action="evidence.picked",
            subject=f"{year} {place['target']}",
            detail={"case": pick.case, "item": pick.item, "page": pick.page, "note": pick.note},
        )
    return _selection(dict(row))


def picked_for(workspace: Workspace, cases: Sequence[str]) -> dict[tuple[str, str, int], list[str]]:
    """For every accepted page of these cases, its indicators and questions."""
    s = evidence_selections
    query = (
        select(s.c.case, s.c.item, s.c.page, s.c.target)
        .where(s.c.state == "picked", s.c.case.in_(cases))
        .order_by(s.c.id)
    )
    found: dict[tuple[str, str, int], list[str]] = {}
    with workspace.read() as connection:
        for row in connection.execute(query):
            targets = found.setdefault((row.case, row.item, row.page), [])
            if row.target not in targets:
                targets.append(row.target)
    return found


def run_again(workspace: Workspace, year: int) -> list[Selection]:
    """Run every saved search of a year again. Choices are kept, and each row says whether it is new or gone.

    Raises: NotFoundError if there is none.
    """
    e = evidence_searches
    with workspace.read() as connection:
        saved = connection.execute(
            select(e.c.target, e.c.query).where(e.c.year == year).order_by(e.c.target, e.c.query)
        ).all()
    if not saved:
        raise NotFoundError(f"{year} 年没有保存的取证检索", Remedy("先", do("add_evidence")))
    changed = {one.id: one for row in saved for one in add(workspace, year, row.target, row.query)}
    return [changed.get(row.id, row) for row in selections(workspace, year)]


def paper_names(workspace: Workspace, rows: Sequence[Selection]) -> dict[tuple[str, str], str]:
    """Titles of the papers of these rows, except those destroyed since."""
    cases = sorted({row.case for row in rows})
    with workspace.read() as connection:
        items = [
            item
            for start in range(0, len(cases), 500)
            for item in catalogue.load_items(connection, cases=cases[start : start + 500])
        ]
    return {(item.case, item.item): item.title for item in items if item.state == "filed"}


def selections(workspace: Workspace, year: int, target: str = "") -> list[Selection]:
    """Every page found for a year, or for one of its indicators or questions."""
    target = _target(workspace, target)
    with workspace.read() as connection:
        return [row for row in _rows(connection, year) if target in ("", row.target)]


def choose(
    workspace: Workspace, ids: Sequence[int], state: State, note: str = "", seen: Mapping[int, str] | None = None
) -> list[Selection]:
    """Accept or reject pages by number, with a note; all of them or none.

    Args:
        seen: number → state that the user saw, so that somebody else's choice is not overwritten.

    Raises: NotFoundError for an unknown number; ChangedMeanwhileError for one that somebody else chose meanwhile.
    """
    s = evidence_selections
    made = []
    with workspace.transaction() as connection:
        for number in ids:
            row = connection.execute(select(s).where(s.c.id == number)).mappings().first()
            if row is None:
                raise NotFoundError(f"没有编号为 {number} 的取证页", Remedy(do("show_evidence")))
            if seen is not None and row["state"] != seen.get(number):
                raise ChangedMeanwhileError(
                    f"您打开之后，别人已挑选过案卷 {row['case']} 第 {row['item']} 件第 {row['page']} 页，这里没有改动",
                    "看清现在的挑选再改",
                )
            values = {
                "state": state,
                "note": note,
                "who": workspace.who,
                "at": workspace.now.isoformat(timespec="seconds"),
            }
            connection.execute(update(s).where(s.c.id == number).values(**values))
            one = _selection({**row, "state": state, "note": note})
            journal.append(
                connection,
                when=workspace.now,
                who=workspace.who,
                action=f"evidence.{state}",
                subject=f"{one.year} {one.target}",
                detail={"case": one.case, "item": one.item, "page": one.page, "note": note},
            )
            made.append(one)
    return made


def _rows(connection: Connection, year: int) -> list[Selection]:
    s = evidence_selections
    query = select(s).where(s.c.year == year).order_by(s.c.target, s.c.query, s.c.id)
    return [_selection(dict(row)) for row in connection.execute(query).mappings()]


def _selection(row: dict[str, Any]) -> Selection:
    return Selection(**{name: row[name] for name in Selection.__dataclass_fields__ if name != "change"})


def picked_pages(workspace: Workspace, year: int) -> dict[str, list[Proof]]:
    """Accepted pages by indicator or question, except papers destroyed since."""
    found: dict[str, list[Proof]] = {}
    with workspace.read() as connection:
        chosen = [row for row in _rows(connection, year) if row.state == "picked"]
        wanted = {row.case for row in chosen}
        items = {
            (i.case, i.item): i
            for case in sorted(wanted)
            for i in catalogue.load_items(connection, case)
            if i.state == "filed"
        }
    for row in chosen:
        item = items.get((row.case, row.item))
        if item:
            page = page_proof(item, row.page, row.snippet.strip("…"))
            found.setdefault(row.target, []).append(replace(page, query=row.query, note=row.note))
    return found


def questions(picked: dict[str, list[Proof]], indicators: Sequence[str]) -> tuple[Question, ...]:
    """Accepted pages for questions, that is, for targets that are not indicators."""
    return tuple(
        Question(text, tuple(dict.fromkeys(p.query for p in pages)), tuple(pages))
        for text, pages in sorted(picked.items())
        if text not in indicators
    )
