"""The file store of a workspace: the one place that says where an office's archive lies."""

from __future__ import annotations

from archive.store.ocfl import OcflStore
from archive.store.port import FileStore
from ssj_docs.office.workspace import Workspace

#: the store's folder in a workspace; locations are told with it in front
FOLDER = "archive"


def store_of(workspace: Workspace) -> FileStore:
    """The workspace's file store, made where there is none."""
    return OcflStore(workspace.root / FOLDER)
