"""Pictures put into one document: relation ids while its parts are filled, media and relations afterwards."""

from __future__ import annotations

from collections.abc import Mapping

from ssj_docs.documents.package_writer import PackedPart, pack
from ssj_docs.documents.template_sandbox import template_function
from ssj_docs.errors import DataError

_PICTURE_TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
_EMPTY_RELATIONS = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
)


class PlacedPictures:
    """The pictures used by one document.

    Args:
        pictures: PNG or JPEG by name. template: what to call the template in messages.
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
        """Say which part is filled next; relations belong to a part."""
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
        """Media, relations and content types for the pictures that were placed."""
        files = {name: f"picture{i}" for i, name in enumerate(dict.fromkeys(n for _, n in self.used), 1)}
        made: dict[str, PackedPart] = {}
        types = raw["[Content_Types].xml"]
        for name, stem in files.items():
            extension, mime = _picture_kind(self._pictures[name], name)
            files[name] = f"{stem}.{extension}"
            made[f"word/media/{files[name]}"] = pack(f"word/media/{files[name]}", self._pictures[name], level=0)
            if f'Extension="{extension}"'.encode() not in types:
                entry = f'<Default Extension="{extension}" ContentType="{mime}"/></Types>'
                types = types.replace(b"</Types>", entry.encode())
        made["[Content_Types].xml"] = pack("[Content_Types].xml", types, level=1)
        for part in dict.fromkeys(part for part, _ in self.used):
            folder, _, file = part.rpartition("/")
            path = f"{folder}/_rels/{file}.rels"
            entries = "".join(
                f'<Relationship Id="{rid}" Type="{_PICTURE_TYPE}" Target="media/{files[name]}"/>'
                for (owner, name), rid in self.used.items()
                if owner == part
            )
            old = raw.get(path, _EMPTY_RELATIONS)
            content = old.replace(b"</Relationships>", entries.encode() + b"</Relationships>")
            made[path] = pack(path, content, level=1)
        return made


def _picture_kind(picture: bytes, name: str) -> tuple[str, str]:
    if picture.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png", "image/png"
    if picture.startswith(b"\xff\xd8\xff"):
        return "jpeg", "image/jpeg"
    raise DataError(f"图片“{name}”不是 PNG 或 JPEG。", "请转换图片格式。")
