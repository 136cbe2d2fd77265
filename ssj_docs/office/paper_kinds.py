"""The registry of kinds of paper: the shipped catalogue with the office's own laid over it.

An office adds a kind, or changes one, by files in ``workspace/templates`` alone (docs/own-papers.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path

from ssj_docs.ground.errors import NotFoundError
from ssj_docs.model.paper_kind import DocumentKind, DraftStyle
from ssj_docs.office.paper_kinds_file import read_kinds
from ssj_docs.office.template_files import DRAFTS


class PaperKinds(Mapping[str, DocumentKind]):
    """The kinds by id, in the order of the catalogue."""

    def __init__(self, kinds: Mapping[str, DocumentKind]) -> None:
        self._kinds = kinds

    def __getitem__(self, name: str) -> DocumentKind:
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def find(self, name: str) -> DocumentKind:
        """The kind of this id, Chinese title or page code. Raises: NotFoundError, listing those there are."""
        found = next((kind for kind in self.values() if name in (kind.id, kind.title, kind.code)), None)
        if found is None:
            known = "、".join(f"{kind.id}（{kind.title}）" for kind in self.values())
            raise NotFoundError(f"没有“{name}”这种文书。", f"可用的有：{known}。")
        return found

    def coded(self, code: str) -> DocumentKind | None:
        """The kind of this page code."""
        return next((kind for kind in self.values() if kind.code == code), None)

    def title(self, name: str) -> str:
        """Chinese title of an id; the id itself where no such kind is known (any more)."""
        return self[name].title if name in self else name

    def serving(self, act: str) -> str:
        """Id of the kind that serves a step of the work, the office's own first; empty if none does."""
        found = [kind for kind in self.values() if act in kind.serves]
        return next((kind.id for kind in sorted(found, key=lambda kind: not kind.own)), "")

    def proving(self, what: str) -> tuple[str, ...]:
        """Ids of the kinds that prove something in the assessment, the surest first."""
        return self._proofs.get(what, ())

    @cached_property
    def _proofs(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[DocumentKind]] = {}
        for kind in self.values():
            for what in kind.proves:
                found.setdefault(what, []).append(kind)
        return {
            what: tuple(kind.id for kind in sorted(kinds, key=lambda kind: kind.proves[what]))
            for what, kinds in found.items()
        }

    @cached_property
    def of_cases(self) -> tuple[tuple[str, str], ...]:
        """Id and title of the kinds that are made for a case."""
        return tuple((kind.id, kind.title) for kind in self.values() if kind.per == "case")

    @cached_property
    def usual(self) -> tuple[str, ...]:
        """Ids of the forms that are made for every task unless others are asked for."""
        return tuple(kind.id for kind in self.values() if kind.usual)

    @cached_property
    def drafts(self) -> Mapping[str, DraftStyle]:
        """Texts that a draft can start from, by name."""
        return {style.name: style for style in sorted(self._styles(), key=lambda style: style.name)}

    def _styles(self) -> Iterator[DraftStyle]:
        for kind in self.values():
            yield from kind.drafts


def load_kinds(office_templates: Path | None = None) -> PaperKinds:
    """The kinds of paper; sections of the office's own templates/catalogue.toml change or add kinds.

    Read again when that file has changed, or a draft text came or went.

    Args:
        office_templates: ``workspace/templates``, or None.

    Raises:
        DataError: the office's catalogue is faulty; with a Problem for each place.
    """
    return _kinds(office_templates, _changed(office_templates, "catalogue.toml"), _changed(office_templates, DRAFTS))


def _changed(folder: Path | None, name: str) -> int | None:
    """When a file or folder was last changed, None if there is none."""
    path = folder / name if folder else None
    return path.stat().st_mtime_ns if path is not None and path.exists() else None


@lru_cache(maxsize=16)
def _kinds(folder: Path | None, _catalogue: int | None, _drafts: int | None) -> PaperKinds:
    return PaperKinds(read_kinds(folder))
