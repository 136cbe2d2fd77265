"""The gate: every byte that leaves the pages passes here, and only what passed is sent (DESIGN invariant 16).

One rule for everything. Who holds the right “可查看个人信息” gets what was asked for, and the journal one row a look. Others get
text without restricted personal data (`ssj_docs.ground.personal_data`); pages and files only if they were read and hold
none: what nobody has read is restricted, whatever its kind. docs/web.md says the rule to those who use the pages.

The application sends nothing but what is `Cleared`, and handlers have no other way to bytes; tests/web/test_web_gate.py
holds both.
"""

from __future__ import annotations

import json
import re
import secrets
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from sqlalchemy import select
from starlette.responses import FileResponse, Response

from archive.cases import catalogue, receipts
from archive.cases.case_file import local_item, read_item
from archive.cases.catalogue import ArchiveItem
from archive.cases.dossier import make_dossier
from archive.cases.receipts import Receipt, ReceivedPage
from archive.files.file_words import FileWords, file_words
from archive.receiving.filing import kept_file
from ssj_docs.database.schema import page_texts
from ssj_docs.ground.canonical import plain_json, sha256_of
from ssj_docs.ground.errors import NotFoundError, UsageError
from ssj_docs.ground.personal_data import holds_restricted, without_restricted, without_restricted_in
from ssj_docs.model.document import IssuedDocument
from ssj_docs.office.workspace import Workspace
from web.access.accounts import User
from web.access.masked_text import masked, unmasked
from web.cache.file_words import KnownWords, Restricted
from web.cache.pictures import Picture, Pictures
from web.cache.previews import Previews

_MEDIA = {
    ".pdf": "application/pdf",
    ".zip": "application/zip",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_REMEDY = "需要“查看个人信息”的授权，请向安全保密员申请"
_TAGS = re.compile("(<[^>]*>)")


class Cleared(Response):
    """An answer that passed the gate."""


class ClearedFile(FileResponse):
    """A file that passed the gate, streamed."""


class Stores(Protocol):
    """What one server keeps: pictures of pages, previews of drafts, words of files, a folder for what is being made."""

    pictures: Pictures
    previews: Previews
    words: KnownWords

    @property
    def staging_folder(self) -> Path:
        """The folder."""
        ...


def saved(data: bytes, name: str) -> Cleared:
    """Bytes as a file to be saved, never shown in the page's own origin."""
    told = without_restricted(name)
    safe = "".join(c if c.isprintable() and c not in '"\\/' else "_" for c in told)[-120:] or "file"
    media = _MEDIA.get("." + safe.rpartition(".")[2].lower(), "application/octet-stream")
    headers: Mapping[str, str] = {"content-disposition": f"attachment; filename*=UTF-8''{quote(safe, safe='')}"}
    return Cleared(data, media_type=media, headers=headers)


def _printed_from(path: Path) -> Path:
    """The Word file beside a PDF that was made of it and says the same; a row of figures in a PDF looks like a number."""
    return path.with_suffix(".docx") if path.suffix == ".pdf" else path / "none"


@dataclass
class Gate:
    """The gate of one request.

    Attributes:
        workspace, user: whose request it is; nobody before log-in. stores: the server's. subject: the address asked for,
            which names a look at a page of the application in the journal. own: the text shown is the user's to write
            (settings): to cut it would change it when it comes back.
    """

    workspace: Workspace
    user: User | None
    stores: Stores
    subject: str
    own: bool = False
    _looked: bool = False

    @property
    def may(self) -> bool:
        """True for a user who may look at restricted personal data."""
        return self.user is not None and "restricted" in self.user.rights

    def look(self, subject: str, detail: dict[str, object] | None = None) -> None:
        """Note that personal data is looked at: one row a request."""
        if not self._looked:
            with self.workspace.transaction() as connection:
                self.workspace.log(connection, "restricted.look", subject, detail)
            self._looked = True

    def _restricted(self, what: str, subject: str, detail: dict[str, object] | None = None) -> None:
        """Something restricted is asked for. Raises: UsageError without the right."""
        if not self.may:
            raise UsageError(f"{what}含个人信息，或还没有识别文字", _REMEDY)
        self.look(subject, detail)

    # --- text ---------------------------------------------------------------------------------------------------------
    def page(self, html: str, status: int = 200) -> Cleared:
        """A page of the application."""
        if not self.own and holds_restricted(html):
            if self.may:
                self.look(self.subject)
            else:
                html = "".join(map(without_restricted, _TAGS.split(html)))
        return Cleared(html, status, media_type="text/html")

    def json(self, value: Any, status: int = 200) -> Cleared:
        """A JSON value."""
        told = json.loads(plain_json(value))
        open_to_all = without_restricted_in(told)
        if self.may and told != open_to_all:
            self.look(self.subject)
        return Cleared(plain_json(told if self.may else open_to_all), status, media_type="application/json")

    def written(self, text: str) -> str:
        """A text of drafts/ as this user may write in it."""
        return text if self.may else masked(text, self.workspace.key)

    def to_store(self, text: str, stored: str) -> str:
        """What the user made of `written`, as it is to be stored in the place of ``stored``. Raises: UsageError."""
        return text if self.may else unmasked(text, stored, self.workspace.key)

    # --- archived papers ----------------------------------------------------------------------------------------------
    def restricted_pages(self, item: ArchiveItem) -> frozenset[int]:
        """Pages that hold personal data, or may hold it because they have not been read."""
        t = page_texts.c
        query = select(t.page, t.text, t.origin).where(
            t.case == item.case, t.item == item.item, t.state == "done", t.source == item.sha256
        )
        with self.workspace.read() as connection:
            rows = connection.execute(query).all()
        open_to_all = {row.page for row in rows if not holds_restricted(row.text, misread=row.origin != "text")}
        in_file = self._words(local_item(self.workspace, item), item.sha256)
        return frozenset(
            page
            for page in range(1, max(item.pages or 1, in_file.known) + 1)
            if page not in open_to_all or in_file.page(page)
        )

    def hides(self, item: ArchiveItem, page: int) -> bool:
        """True for a page whose picture is not for this user."""
        return not self.may and page in self.restricted_pages(item)

    def page_size(self, item: ArchiveItem, page: int) -> tuple[float, float]:
        """Width and height of a page in points."""
        picture = self._draw(local_item(self.workspace, item), page)
        return picture.width, picture.height

    def picture(self, item: ArchiveItem, page: int) -> Cleared:
        """The picture of a page."""
        if page in self.restricted_pages(item):
            self._restricted("本页", f"{item.case}/{item.item}", {"pages": [page]})
        return self._jpeg(self._draw(local_item(self.workspace, item), page).data)

    def original(self, item: ArchiveItem) -> Cleared:
        """The item's own bytes, checked against their digest."""
        pages = self.restricted_pages(item)
        if pages or self._words(local_item(self.workspace, item), item.sha256).anywhere:
            self._restricted("这一件", f"{item.case}/{item.item}", {"pages": sorted(pages)})
        return saved(read_item(self.workspace, item), item.main.name)

    def dossier(self, case: str) -> Cleared:
        """The case file as one PDF; restricted pages are left out of it for those without the right, and it says so."""
        made = make_dossier(self.workspace, case, None if self.may else self.restricted_pages)
        if self.may and (held := self._restricted_in_case(case)):
            self.look(case, {"pages": held})
        with self.workspace.transaction() as connection:
            self.workspace.log(connection, "dossier", case, {"pages": made.pages})
        return saved(made.data, f"{case} 案卷.pdf")

    def _restricted_in_case(self, case: str) -> dict[str, list[int]]:
        """Item → its restricted pages."""
        with self.workspace.read() as connection:
            items = [item for item in catalogue.load_items(connection, case) if item.state == "filed"]
        found = {item.item: sorted(self.restricted_pages(item)) for item in items}
        return {item: pages for item, pages in found.items() if pages}

    def hides_waiting(self, receipt: Receipt, page: ReceivedPage) -> bool:
        """True for a page that waits for a place and is not for this user."""
        return not self.may and self._waiting_restricted(receipt, page)

    def waiting_picture(self, receipt: Receipt, number: int) -> Cleared:
        """The picture of a page that waits for a place. Raises: NotFoundError once it has one."""
        with self.workspace.read() as connection:
            pages = receipts.load_pages(connection, receipt.sha256)
        page = next((page for page in pages if page.page == number and page.state == "unfiled"), None)
        if page is None:
            raise NotFoundError("这一页不在待归档之列", "回到归档页面查看")
        if self._waiting_restricted(receipt, page):
            self._restricted("本页", f"{receipt.sha256[:16]}/{number}")
        return self._jpeg(self._draw(kept_file(self.workspace, receipt), max(number, 1)).data)

    def _waiting_restricted(self, receipt: Receipt, page: ReceivedPage) -> bool:
        in_file = self._words(kept_file(self.workspace, receipt), receipt.sha256)
        return page.personal is not False or in_file.page(max(page.page, 1))

    # --- papers and files of ours -------------------------------------------------------------------------------------
    def hides_paper(self, paper: IssuedDocument) -> bool:
        """True for an issued paper that is not for this user."""
        return not self.may and self._paper_restricted(paper)

    def paper(self, paper: IssuedDocument, *, pdf: bool = False) -> Cleared:
        """An issued paper; its PDF says what the paper says."""
        path = self._paper_path(paper.pdf_path if pdf else paper.path)
        if self._paper_restricted(paper):
            self._restricted("这份文书", paper.id)
        return saved(path.read_bytes(), path.name)

    def papers(self, papers: Sequence[IssuedDocument], name: str, subject: str) -> Cleared:
        """Papers as one zip; those that are not for this user are named in it."""
        held = [paper for paper in papers if self._paper_restricted(paper)]
        left = [] if self.may else held
        if held and self.may:
            self.look(subject, {"papers": [paper.id for paper in held]})
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for paper in papers:
                for relative in filter(None, (paper.path, paper.pdf_path)):
                    path = self.workspace.path(relative)
                    if paper not in left and path.is_file():
                        archive.write(path, without_restricted(path.name))
            if left:
                told = "\n".join(without_restricted(paper.title) for paper in left)
                archive.writestr("未放入的文件.txt", f"含个人信息，{_REMEDY}：\n{told}")
        return saved(packed.getvalue(), name)

    def _paper_path(self, relative: str) -> Path:
        path = self.workspace.path(relative) if relative else None
        if path is None or not path.is_file():
            raise NotFoundError("没有这个格式的文件", "下载另一种格式，或运行核验")
        return path

    def _paper_restricted(self, paper: IssuedDocument) -> bool:
        """By what it says; the contact that the office's settings name is given to everybody."""
        path = self.workspace.path(paper.path)

        def words() -> FileWords:
            return file_words(path.name, path.read_bytes()) if path.is_file() else FileWords(whole=False)

        return self.stores.words.of(paper.sha256, words, self.workspace.office.contact).anywhere

    def file(self, path: Path, subject: str) -> Cleared:
        """A file of ours: a record, figures, a list."""
        return self.data(path.read_bytes(), path.name, subject)

    def data(self, data: bytes, name: str, subject: str) -> Cleared:
        """The bytes of a file of ours."""
        self._check(data, name, subject)
        return saved(data, name)

    def folder(self, folder: Path, name: str, *, restricted: bool) -> Cleared:
        """A folder of ours as one zip; every file in it is looked into unless the whole is ``restricted``."""
        if restricted:
            self._restricted(name, name)
        target = self.stores.staging_folder / f"{secrets.token_hex(8)}.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
            for part in sorted(path for path in folder.rglob("*") if path.is_file()):
                if not restricted and not _printed_from(part).is_file():
                    self._check(part.read_bytes(), part.name, name)
                packed.write(part, Path(folder.name) / part.relative_to(folder))
        data = target.read_bytes()
        target.unlink()
        return saved(data, name)

    def package(self, path: Path) -> ClearedFile:
        """A package for hand-over, which holds everything: by right only, streamed."""
        self._restricted("移交包", path.name)
        return ClearedFile(path, media_type=_MEDIA[".zip"], filename=path.name)

    def given_back(self, path: Path, name: str) -> Cleared:
        """What the user sent just now and nobody else sees, given back with remarks."""
        return saved(path.read_bytes(), name)

    def preview(self, preview: str, page: int) -> Cleared:
        """A page of a preview, for the one who asked for it."""
        assert self.user is not None
        found = self.stores.previews.find(preview, self.user.name)
        if found.restricted:
            self._restricted("预览", self.subject)
        return self._jpeg(self.stores.previews.picture(preview, self.user.name, page))

    # --- the way out --------------------------------------------------------------------------------------------------
    def _check(self, data: bytes, name: str, subject: str) -> None:
        """Look into bytes that were made here. Raises: UsageError if they hold personal data and the right is missing."""
        digest = sha256_of(data)
        if name.lower().endswith(".pdf"):
            place = self.stores.staging_folder / f"{secrets.token_hex(8)}.pdf"
            place.write_bytes(data)
            try:
                held = self.stores.words.of_file(place, digest).anywhere
            finally:
                place.unlink()
        else:
            held = self.stores.words.of(digest, lambda: file_words(name, data)).anywhere
        if held:
            self._restricted(f"“{without_restricted(name)}”", subject)

    def _draw(self, lent: AbstractContextManager[Path], page: int) -> Picture:
        with lent as file:
            return self.stores.pictures.draw(file, page)

    def _words(self, lent: AbstractContextManager[Path], digest: str) -> Restricted:
        with lent as file:
            return self.stores.words.of_file(file, digest)

    def _jpeg(self, data: bytes) -> Cleared:
        return Cleared(data, media_type="image/jpeg")
