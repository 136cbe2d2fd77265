"""Pictures inserted into a document: relation ids while its parts are filled, media and relations afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from ssj_docs.documents.templates.package_writer import PackedPart, pack
from ssj_docs.documents.templates.sandbox import template_function
from ssj_docs.ground.errors import DataError

_PICTURE_TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
_TYPES = "[Content_Types].xml"
_EMPTY_RELATIONS = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
)


class PlacedPictures:
    """The pictures used by one document.

    Args:
        pictures: PNG or JPEG by name.
        template: the template's name in messages.
    """

    def __init__(self, pictures: Mapping[str, bytes], template: str) -> None:
        self._pictures = dict(pictures)
        self._template = template
        self._part = ""
        self._ids = 0
        self.used: dict[tuple[str, str], str] = {}
        self.place = template_function(self._place)
        self.next_id = template_function(self._next_id)

    def begin(self, part: str) -> None:
        """Start filling a part; relations belong to a part."""
        self._part = part

    def add(self, part: str, name: str, picture: bytes) -> str:
        """Add a picture to a filled part; returns its relation id."""
        self._pictures[name] = picture
        self.begin(part)
        return self._place(name)

    def _next_id(self) -> int:
        self._ids += 1
        return self._ids

    def _place(self, name: str) -> str:
        if name not in self._pictures:
            raise DataError(f"模板“{self._template}”要放图片“{name}”，但没有给出。", "请检查图片的替代文字。")
        return self.used.setdefault((self._part, name), f"rIdPicture{len(self.used) + 1}")

    def parts(self, raw: Mapping[str, bytes]) -> dict[str, PackedPart]:
        """Media, relations and content types for the inserted pictures.

        Args:
            raw: the parts of the template.
        """
        kinds = {name: _picture_kind(self._pictures[name], name) for name in dict.fromkeys(n for _, n in self.used)}
        files = {name: f"picture{i}.{kind}" for i, (name, kind) in enumerate(kinds.items(), 1)}
        made = {
            f"word/media/{file}": pack(f"word/media/{file}", self._pictures[name], 0) for name, file in files.items()
        }
        made[_TYPES] = _typed(raw[_TYPES], tuple(dict.fromkeys(kinds.values())))
        targets: dict[str, tuple[tuple[str, str], ...]] = {}
        for (part, name), rid in self.used.items():
            targets[part] = (*targets.get(part, ()), (rid, files[name]))
        for part, entries in targets.items():
            folder, _, file = part.rpartition("/")
            path = f"{folder}/_rels/{file}.rels"
            made[path] = _related(path, raw.get(path, _EMPTY_RELATIONS), entries)
        return made


# The next form has other pictures with the same names, so these parts do not change.
@lru_cache(maxsize=256)
def _typed(types: bytes, extensions: tuple[str, ...]) -> PackedPart:
    """[Content_Types].xml with the extensions of the pictures."""
    for extension in extensions:
        if f'Extension="{extension}"'.encode() not in types:
            entry = f'<Default Extension="{extension}" ContentType="image/{extension}"/></Types>'
            types = types.replace(b"</Types>", entry.encode())
    return pack(_TYPES, types)


@lru_cache(maxsize=256)
def _related(path: str, old: bytes, entries: tuple[tuple[str, str], ...]) -> PackedPart:
    """The relations of a part with those of its pictures: (id, file name)."""
    added = "".join(f'<Relationship Id="{rid}" Type="{_PICTURE_TYPE}" Target="media/{file}"/>' for rid, file in entries)
    return pack(path, old.replace(b"</Relationships>", added.encode() + b"</Relationships>"))


def _picture_kind(picture: bytes, name: str) -> str:
    """``png`` or ``jpeg``: file extension and MIME subtype in one."""
    if picture.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if picture.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    raise DataError(f"图片“{name}”不是 PNG 或 JPEG。", "请转换图片格式。")
