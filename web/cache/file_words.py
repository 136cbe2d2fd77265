"""Where restricted personal data stands in files, each looked into once (in limited children, as they came from outside)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from archive.files.file_words import FileWords, read_words
from archive.files.limited_child import LimitedChildren
from ssj_docs.ground.personal_data import holds_restricted

_KEPT = 100_000


@dataclass(frozen=True)
class Restricted:
    """What of a file is restricted: pages, by number, and whether anything beside its pages is or cannot be read."""

    known: int
    pages: frozenset[int]
    rest: bool

    def page(self, number: int) -> bool:
        """True for a page with restricted data, and for one that could not be read."""
        return number in self.pages or not 1 <= number <= self.known

    @property
    def anywhere(self) -> bool:
        """True if some of it is restricted."""
        return self.rest or bool(self.pages)


def restricted_in(words: FileWords, published: str = "") -> Restricted:
    """Where restricted data stands; ``published``: words that the office itself gives to everybody."""

    def held(text: str) -> bool:
        return holds_restricted(text.replace(published, "") if published else text)

    pages = frozenset(number for number, text in enumerate(words.pages, 1) if held(text))
    return Restricted(len(words.pages), pages, held(words.rest) or not words.whole)


class KnownWords:
    """Looks into files and keeps what it found by their digests; may be asked from any thread."""

    def __init__(self) -> None:
        self._children = LimitedChildren()
        self._lock, self._reading = threading.Lock(), threading.Lock()
        self._kept: OrderedDict[tuple[str, str], Restricted] = OrderedDict()

    def of_file(self, path: Path, digest: str) -> Restricted:
        """A file from outside. The digest is that of its bytes."""
        return self.of(digest, lambda: self._read(path))

    def _read(self, path: Path) -> FileWords:
        with self._reading:
            return read_words(path, self._children)

    def of(self, digest: str, words: Callable[[], FileWords], published: str = "") -> Restricted:
        """A file whose words ``words`` gives, asked only if it is not known yet."""
        key = (digest, published)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = restricted_in(words(), published)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def close(self) -> None:
        """End the children."""
        with self._reading:
            self._children.close()
