"""A search index on disk: locking, swapping, and detecting and repairing damage, for any engine."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from archive.search.engines.generations import Manifest, Store, fault, read_manifest, write_manifest
from archive.search.engines.port import Engine, EngineKind, Found, ItemKey, RecordsSource, SearchIndex, Wanted
from archive.search.fields.fields import PageRecord
from archive.search.query.parser import Node
from ssj_docs.ground.errors import DataError, MissingProgramError, SsjError, UsageError
from ssj_docs.ground.remedies import Remedy, do

_T = TypeVar("_T")


class DiskIndex:
    """See `archive.search.engines.port.SearchIndex`.

    A damaged, foreign or outdated index is rebuilt from ``source``; without a source that is a `DataError`.
    """

    def __init__(self, root: Path, kind: EngineKind, source: RecordsSource | None = None, wait: float = 10.0) -> None:
        self.name = kind.name
        self.fault = ""
        self._store = Store(root)
        self._kind = kind
        self._source = source
        self._wait = wait
        self._folder: Path | None = None
        self._engine: Engine | None = None
        self._manifest: Manifest | None = None
        self._seen: object = None
        self._open()

    @property
    def state(self) -> str:
        manifest = read_manifest(self._folder) if self._folder else None
        return manifest.state if manifest else ""

    def find(self, node: Node, wanted: Wanted) -> Found:
        return self._reading(lambda engine: engine.find(node, wanted))

    def facets(self, node: Node, fields: Sequence[str]) -> dict[str, dict[str, int]]:
        return self._reading(lambda engine: engine.facets(node, fields))

    def items(self) -> Mapping[ItemKey, str]:
        return self._reading(lambda engine: engine.items())

    def add(self, records: Iterable[PageRecord]) -> int:
        return self.update((), records)

    def update(self, gone: Iterable[ItemKey], records: Iterable[PageRecord], state: str | None = None) -> int:
        with self._store.lock(self._wait):
            self._check(locked=True)
            folder, engine = self._opened()
            # another process may have written since
            engine.refresh()
            number = _written(engine, gone, records, False)
            kept = read_manifest(folder)
            if state is None:
                state = kept.state if kept else ""
            self._manifest = write_manifest(folder, self._kind, state)
        return number

    def rebuild(self, records: Iterable[PageRecord], state: str = "") -> int:
        with self._store.lock(self._wait):
            return self._rebuild(records, state)

    def verify(self) -> str:
        """Check the digest of every file; returns a Chinese sentence about what is wrong, or an empty string."""
        with self._store.lock(self._wait):
            folder = self._store.current()
            return "没有索引" if folder is None else fault(folder, read_manifest(folder), thorough=True)

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
        self._engine = None

    def _open(self) -> None:
        if not self._try_open(writing=self._store.is_locked()):
            # a writer may be between its commit and its list: check again while holding the lock
            with self._store.lock(self._wait):
                self._check(locked=True)

    def _check(self, *, locked: bool) -> None:
        """While holding the lock, open a sound index or build a new one."""
        if self._try_open(writing=not locked):
            return
        if self._source is None and self._folder_exists():
            raise DataError(f"检索索引已损坏：{self.fault}", Remedy(do("reindex")))
        self._rebuild(self._source() if self._source else (), "")

    def _folder_exists(self) -> bool:
        return any(self._store.root.glob("g*")) or (self._store.root / "CURRENT").exists()

    def _try_open(self, *, writing: bool) -> bool:
        folder = self._store.current()
        if folder is None:
            self.fault = "没有索引"
            return False
        manifest = read_manifest(folder)
        same = folder == self._folder and manifest is not None and manifest == self._manifest
        if same and self._engine and not writing:
            return True
        self.fault = fault(folder, manifest, writing=writing)
        if not self.fault and manifest is not None and manifest.engine != self._kind.name:
            self.fault = f"索引由 {manifest.engine} 建立，现在用 {self._kind.name}"
        if self.fault:
            return False
        try:
            engine = _patiently(lambda: self._kind.open(folder))
        except SsjError:
            raise
        except Exception as error:  # engines raise various exceptions on unreadable files
            self.fault = f"索引打不开（{type(error).__name__}）"
            return False
        self.close()
        self._folder, self._engine, self._manifest = folder, engine, manifest
        return True

    def _rebuild(self, records: Iterable[PageRecord], state: str) -> int:
        folder = self._store.new_folder()
        engine = self._kind.create(folder)
        number = _written(engine, (), records, True)
        manifest = write_manifest(folder, self._kind, state)
        self._store.switch(folder)
        self.close()
        self._folder, self._engine, self._manifest = folder, engine, manifest
        return number

    def _opened(self) -> tuple[Path, Engine]:
        if self._engine is None or self._folder is None:
            self._open()
        assert self._engine is not None and self._folder is not None
        return self._folder, self._engine

    def _reading(self, ask: Callable[[Engine], _T]) -> _T:
        """Query the engine, after loading what was committed or swapped since."""
        folder, engine = self._opened()
        seen = self._store.marks(folder)
        if seen != self._seen:
            if self._store.current() != folder:
                self._open()
            elif read_manifest(folder) != self._manifest:
                self._manifest = read_manifest(folder)
                engine.refresh()
            self._seen = seen
        return ask(self._opened()[1])


def _written(engine: Engine, gone: Iterable[ItemKey], records: Iterable[PageRecord], fresh: bool) -> int:
    """Write, and report a full disk as such; engines report it in different ways."""
    try:
        return engine.write(gone, records, fresh)
    except (OSError, ValueError) as error:
        if "No space left" not in str(error) and getattr(error, "errno", 0) != errno.ENOSPC:
            raise
        raise DataError(
            "磁盘已满，检索索引没有写成，原有索引仍可使用", Remedy("请腾出空间，再", do("reindex"))
        ) from error


def _patiently(work: Callable[[], _T]) -> _T:
    """Retry a few times, because a merge may remove a file between listing and opening it."""
    for pause in (0.02, 0.1, 0.3):
        try:
            return work()
        except Exception:  # the last attempt below raises it
            time.sleep(pause)
    return work()


def engine_kind(name: str = "auto") -> EngineKind:
    """The engine of this name; ``auto`` uses tantivy if it is installed, otherwise whoosh.

    Raises:
        UsageError: no such engine. MissingProgramError: it is not installed.
    """
    if name not in ("auto", "tantivy", "whoosh"):
        raise UsageError(f"没有名为“{name}”的检索引擎", "可用 auto、tantivy、whoosh。")
    if name in ("auto", "tantivy"):
        try:
            from archive.search.engines.tantivy_engine import KIND as tantivy_kind  # noqa: PLC0415 - optional backend

            return tantivy_kind
        except ImportError:
            if name == "tantivy":
                remedy = "请安装 tantivy，或把引擎设为 whoosh。"
                raise MissingProgramError("没有安装检索引擎 tantivy", remedy) from None
    from archive.search.engines.whoosh_engine import KIND as whoosh_kind  # noqa: PLC0415 - slow to import

    return whoosh_kind


def open_index(
    path: Path, engine: str = "auto", records_source: RecordsSource | None = None, *, wait: float = 10.0
) -> SearchIndex:
    """Open the index in a folder, creating it if there is none and repairing it if it is damaged.

    Args:
        path: the index folder.
        engine: ``auto``, ``tantivy`` or ``whoosh``.
        records_source: returns all records for a rebuild.
        wait: seconds to wait for another writer.
    """
    return DiskIndex(path, engine_kind(engine), records_source, wait)
