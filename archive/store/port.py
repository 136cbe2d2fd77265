"""The port of the archive's file store: objects of named files, in versions that are never rewritten.

Every adapter keeps what OCFL 1.1 tells: the same writes give the same inventories and the same bytes under the same names,
wherever those lie. Nobody outside this room learns where that is; a program that needs a file gets a local copy of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from archive.files.digests import Digests
from archive.store.object_check import Tally
from archive.store.ocfl_inventory import Inventory
from archive.store.raw_files import RawFile


class FileStore(Protocol):
    """A store of objects (case files, received files, the register snapshot), each with its versions."""

    # --- reading -----------------------------------------------------------------------------------------------------
    def objects(self) -> tuple[str, ...]:
        """The ids of all objects, sorted. Raises: FixityError if an inventory was altered."""

    def has(self, object_id: str) -> bool:
        """True if the object exists."""

    def inventory(self, object_id: str) -> Inventory:
        """The object's inventory, held against its sidecar.

        Raises: NotFoundError if there is no such object; FixityError if the inventory was altered.
        """

    def read(self, object_id: str, path: str, version: str = "") -> bytes:
        """The bytes of a logical path, checked against their digest.

        Raises: NotFoundError; FixityError if the stored bytes were altered or are gone.
        """

    def read_from(self, inventory: Inventory, path: str, version: str = "") -> bytes:
        """As `read`, with an inventory at hand: for reading many files of one object."""

    def open(self, object_id: str, path: str, version: str = "") -> BinaryIO:
        """As `read`, as a stream from beginning to end; altered bytes raise FixityError where it ends."""

    def digests(self, object_id: str, path: str, version: str = "") -> Digests:
        """Of the bytes as they lie now, whatever the inventory says. Raises: NotFoundError; FixityError if gone."""

    def local_copy(self, object_id: str, path: str, version: str = "") -> AbstractContextManager[Path]:
        """A file with these bytes for a program that needs one, only to be read, as long as the context lasts.

        A store on this machine lends its own file, unchecked. Raises: NotFoundError; FixityError if the bytes are gone.
        """

    def local_folder(self, object_id: str) -> AbstractContextManager[Path]:
        """A folder with every file of the object, on the same terms as `local_copy`."""

    def location(self, object_id: str, path: str, version: str = "") -> str:
        """The name in the store under which the bytes of a logical path lie, for people. Raises: NotFoundError."""

    # --- writing -----------------------------------------------------------------------------------------------------
    def add_version(
        self,
        object_id: str,
        add: Mapping[str, Path | bytes],
        *,
        message: str,
        user: str,
        created: datetime,
        remove: Collection[str] = (),
    ) -> str:
        """Add or replace files as one new version, durable when this returns.

        Args:
            object_id: case or task id. add: logical path → file or bytes. remove: logical paths that the new version
                no longer shows (earlier versions keep them). message, user, created (with offset): the version's story.

        Returns: the head after it; the head as it was if nothing would change.
        Raises: DataError for an impossible path or a full disk (nothing is changed); FixityError.
        """

    def purge(
        self,
        object_id: str,
        paths: Collection[str],
        add: Mapping[str, Path | bytes],
        *,
        message: str,
        user: str,
        created: datetime,
    ) -> str:
        """Take files out of every version of an object: for a destruction that was signed off, and for nothing else.

        The object is written anew beside the old one without these bytes, with a last version that tells of it, and
        then put in its place. Bytes that another path still names stay.

        Returns: the new head. Raises: NotFoundError, FixityError, DataError (nothing is changed).
        """

    def restart(self, object_id: str, *, message: str, user: str, created: datetime) -> str:
        """Write an object anew, its newest state as its only version: for records derived from others, of which no
        past state is needed. Put in place of the old one as in `purge`.

        Returns: the head, ``v1``. Raises: NotFoundError, FixityError, DataError (nothing is changed).
        """

    def mend(self, object_id: str, path: str, source: Path) -> bool:
        """Put the right bytes back where those of a logical path were altered or lost.

        The inventory stays as it is: its manifest says which bytes belong there, and no others are written.

        Returns: False if nothing was wrong.
        Raises: NotFoundError; FixityError if the inventory was altered, or ``source`` holds other bytes (nothing is changed).
        """

    # --- preservation: by the names under which objects lie, sound or not ----------------------------------------------
    def names(self) -> tuple[str, ...]:
        """The names under which objects lie, sorted."""

    def name(self, object_id: str) -> str:
        """The name under which the object lies or would lie."""

    def lies(self, object_id: str) -> bool:
        """True if something lies there, sound or not."""

    def check(self, name: str, tally: Tally) -> Inventory | None:
        """Read every file of one object.

        Returns: its inventory, None if that cannot be trusted; faults and counts go to ``tally``.
        """

    def check_root(self, tally: Tally) -> None:
        """The store's own declarations, and what should not lie beside the objects."""

    def files(self, name: str = "") -> AbstractContextManager[Iterable[RawFile]]:
        """Every file of one object (or the store's own, without ``name``), as long as the context lasts while nobody
        can change it: to copy the store as it is."""
