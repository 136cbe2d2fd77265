"""What a new version of an object holds: its state, content, inventory and SM3 sums; where it is written is the adapter's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from archive.files.digests import Digests, digest_of
from archive.store.ocfl_inventory import SM3_SUMS, Inventory, check_state, checked_path, extended, next_name


@dataclass(frozen=True)
class Story:
    """Why, by whom and when (with offset) a version was made."""

    message: str
    user: str
    created: datetime


class NewContent(Protocol):
    """Where the content of a new version is put, by content path (``v2/content/case.json``)."""

    def put(self, path: str, source: Path | bytes) -> Digests:
        """Keep the bytes; the digests of what was kept."""

    def drop(self, path: str) -> None:
        """Take back what was put: the object holds these bytes already."""

    def held(self, path: str) -> bytes:
        """The bytes of an earlier version's content."""


def build(
    old: Inventory, add: Mapping[str, Path | bytes], remove: Collection[str], story: Story, content: NewContent
) -> Inventory | None:
    """Put what is new into ``content``.

    Args:
        old: the object's inventory. add: logical path → file or bytes. remove: logical paths that the version no
            longer shows.

    Returns: the inventory with the new version; None if nothing would change. Raises: DataError for an impossible path.
    """
    before = dict(old.version().state) if old.versions else {}
    state = {path: digest for path, digest in before.items() if path not in remove}
    added: dict[str, Digests] = {}
    for raw_path, source in add.items():
        path = checked_path(raw_path)
        state[path] = _keep(content, path, source, old, added)
    if old.versions and state == before:
        return None
    check_state(state)
    if added:
        state[SM3_SUMS] = _keep(content, SM3_SUMS, _sm3_sums(content, old, added), old, added)
    return extended(old, state, added, message=story.message, user=story.user, created=story.created)


def _keep(content: NewContent, path: str, source: Path | bytes, old: Inventory, added: dict[str, Digests]) -> str:
    """Put new content; bytes that the object already holds are not kept twice."""

    def held(sha512: str) -> bool:
        return sha512 in old.manifest or any(known.sha512 == sha512 for known in added.values())

    if isinstance(source, bytes) and held(sha512 := digest_of(source).sha512):
        return sha512
    target = f"{next_name(old)}/content/{path}"
    digests = content.put(target, source)
    if held(digests.sha512):
        content.drop(target)
    else:
        added[target] = digests
    return digests.sha512


def _sm3_sums(content: NewContent, old: Inventory, added: Mapping[str, Digests]) -> bytes:
    """sm3sum.txt in the form that ``cksum --check`` of GNU coreutils reads, run in the object's folder."""
    sums: dict[str, str] = {}
    if old.versions and SM3_SUMS in old.version().state:
        path, _ = old.content(SM3_SUMS)
        data = content.held(path)
        sums = read_sm3_sums(data)
        sums[path] = digest_of(data).sm3
        held = set(old.manifest.values())
        sums = {path: digest for path, digest in sums.items() if path in held}
    sums.update({path: digests.sm3 for path, digests in added.items()})
    return "".join(f"SM3 ({path}) = {digest}\n" for path, digest in sorted(sums.items())).encode()


def read_sm3_sums(data: bytes) -> dict[str, str]:
    """Content path → SM3 from the text of sm3sum.txt."""
    sums = {}
    for line in data.decode().splitlines():
        path, _, digest = line.removeprefix("SM3 (").rpartition(") = ")
        sums[path] = digest
    return sums
