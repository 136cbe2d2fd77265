"""A new version of an object on disk, built in a staging folder: its content, inventory, sidecar and SM3 sums, durable."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from archive.files.digests import Digests
from archive.files.durable_files import sync_folder, sync_tree, write_new
from archive.store.ocfl_inventory import DECLARATION, INVENTORY, SIDECAR, Inventory, sidecar
from archive.store.version_building import Story, build


@dataclass(frozen=True)
class StagedVersion:
    """What `stage` built: the new inventory and the staging folder that holds the version."""

    inventory: Inventory
    folder: Path


@dataclass(frozen=True)
class _Staged:
    """New content below ``built``, beside what the object at ``home`` holds already."""

    home: Path
    built: Path

    def put(self, path: str, source: Path | bytes) -> Digests:
        target = self.built / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return write_new(target, source)

    def drop(self, path: str) -> None:
        (self.built / path).unlink()
        folder = (self.built / path).parent
        while folder.parent != self.built and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent

    def held(self, path: str) -> bytes:
        return (self.home / path).read_bytes()


def stage(
    home: Path, old: Inventory, add: Mapping[str, Path | bytes], remove: Collection[str], staging: Path, story: Story
) -> StagedVersion | None:
    """Write the version's new content, inventory and sidecar into staging, durably.

    Args:
        home: where the object lies. old: its inventory. add, remove: see `build`. staging: an empty folder.

    Returns: None if nothing would change. Raises: DataError for an impossible path.
    """
    built = staging / "object"
    inventory = build(old, add, remove, story, _Staged(home, built))
    if inventory is None:
        return None
    version_folder = built / inventory.head
    version_folder.mkdir(parents=True, exist_ok=True)
    data = inventory.as_bytes()
    for place in [version_folder, staging] if old.versions else [version_folder, built]:
        write_new(place / INVENTORY, data)
        write_new(place / SIDECAR, sidecar(data))
    if not old.versions:
        write_new(built / DECLARATION, b"ocfl_object_1.1\n")
    write_new(staging / "target", old.id.encode())
    sync_tree(staging)
    sync_folder(staging.parent)
    return StagedVersion(inventory, staging)
