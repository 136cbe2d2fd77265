"""Names of files from outside in characters that can be stored, shown and sent: a name is any bytes to the system."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

#: control characters, format characters (which can turn the direction of what follows), separators, surrogates
_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def readable_name(path: Path | str) -> str:
    """The last part of a path for people: UTF-8, or else GB18030 (names made on Windows); what cannot be seen as %0A."""
    raw = os.fsencode(Path(path).name)
    for coding in ("utf-8", "gb18030"):
        try:
            text = raw.decode(coding)
            break
        except UnicodeDecodeError:
            continue
    else:
        text = raw.decode("utf-8", "replace")
    return "".join(_shown(character) for character in unicodedata.normalize("NFC", text))


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN:
        return character
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
