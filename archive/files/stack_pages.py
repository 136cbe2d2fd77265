"""Copies pages of a stack into separate PDFs without recompressing; runs in limited children."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pikepdf


def split(path: str, parts: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Write each part as a PDF.

    Args:
        path: the stack.
        parts: ``{"file": target, "pages": [from 0 …], "turns": [degrees clockwise …]}``.

    Image and content streams keep their bytes; pages are turned by /Rotate only. The same input gives the same bytes.
    Yields one message for each part, after its bytes are on disk.
    """
    with pikepdf.open(path) as stack:
        for part in parts:
            with pikepdf.new() as form:
                for number, turn in zip(part["pages"], part["turns"], strict=True):
                    form.pages.append(stack.pages[number])
                    if turn:
                        form.pages[-1].rotate(turn, relative=True)
                # into memory first: on a full disk the library would end the process instead of raising an error
                made = io.BytesIO()
                form.save(
                    made,
                    compress_streams=False,
                    stream_decode_level=pikepdf.StreamDecodeLevel.none,
                    object_stream_mode=pikepdf.ObjectStreamMode.disable,
                    deterministic_id=True,
                )
            with Path(part["file"]).open("wb") as target:
                target.write(made.getbuffer())
                target.flush()
                os.fsync(target.fileno())
            yield {"file": part["file"], "bytes": Path(part["file"]).stat().st_size}
