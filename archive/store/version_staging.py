"""A new version of an OCFL object, built in a staging folder: its content, inventory, sidecar and SM3 sums, durable."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.files.digests import Digests, digest_of
from archive.files.durable_files import sync_folder, sync_tree, write_new
from archive.store.ocfl_inventory import (
    DECLARATION,
    INVENTORY,
    SIDECAR,
    SM3_SUMS,
    Inventory,
    check_state,
    checked_path,
    extended,
    next_name,
    sidecar,
)


@dataclass(frozen=True)
class Story:
    """Why, by whom and when (with offset) a version was made."""

    message: str
    user: str
    created: datetime


@dataclass(frozen=True)
class StagedVersion:
    """What `stage` built: the new inventory and the staging folder that holds the version."""

    inventory: Inventory
    folder: Path


def stage(
    home: Path, old: Inventory, add: Mapping[str, Path | bytes], remove: Collection[str], staging: Path, story: Story
) -> StagedVersion | None:
    """Write the version's new content, inventory and sidecar into staging, durably.

    Args:
        home: where the object lies. old: its inventory. add: logical path → file or bytes. remove: logical paths that the
            version no longer shows. staging: an empty folder.

    Returns: None if nothing would change. Raises: DataError for an impossible path.
    """
    name = next_name(old)
    state = {
        path: digest for path, digest in (old.version().state if old.versions else {}).items() if path not in remove
    }
    version_folder = staging / "object" / name
    added: dict[str, Digests] = {}
    for raw_path, source in add.items():
        path = checked_path(raw_path)
        digest = _keep(version_folder, path, source, old, added)
        state[path] = digest
    if old.versions and state == dict(old.version().state):
        return None
    check_state(state)
    if added:
        sums = _sm3_sums(home, old, added)
        state[SM3_SUMS] = _keep(version_folder, SM3_SUMS, sums, old, added)
    version_folder.mkdir(parents=True, exist_ok=True)
    inventory = extended(old, state, added, message=story.message, user=story.user, created=story.created)
    data = inventory.as_bytes()
    places = [version_folder, staging] if old.versions else [version_folder, version_folder.parent]
    for place in places:
        write_new(place / INVENTORY, data)
        write_new(place / SIDECAR, sidecar(data))
    if not old.versions:
        write_new(version_folder.parent / DECLARATION, b"ocfl_object_1.1\n")
    write_new(staging / "target", old.id.encode())
    sync_tree(staging)
    sync_folder(staging.parent)
    return StagedVersion(inventory, staging)


def _keep(folder: Path, path: str, source: Path | bytes, old: Inventory, added: dict[str, Digests]) -> str:
    """Write new content below ``folder``; content that the object already holds is not written twice."""

    def held(sha512: str) -> bool:
        return sha512 in old.manifest or any(known.sha512 == sha512 for known in added.values())

    if isinstance(source, bytes) and held(sha512 := digest_of(source).sha512):
        return sha512
    target = folder / "content" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    digests = write_new(target, source)
    if held(digests.sha512):
        target.unlink()
        _drop_empty(target.parent, folder)
    else:
        added[f"{folder.name}/content/{path}"] = digests
    return digests.sha512


def _drop_empty(folder: Path, top: Path) -> None:
    while folder != top and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _sm3_sums(object_folder: Path, old: Inventory, added: Mapping[str, Digests]) -> bytes:
    """sm3sum.txt in the form that ``cksum --check`` of GNU coreutils reads, run in the object's folder."""
    sums: dict[str, str] = {}
    if old.versions and SM3_SUMS in old.version().state:
        content, _ = old.content(SM3_SUMS)
        sums = read_sm3_sums((object_folder / content).read_bytes())
        sums[content] = digest_of(object_folder / content).sm3
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
