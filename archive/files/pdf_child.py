"""Examines and splits PDFs and pictures in limited children; started by `archive.files.limited_child`."""

from __future__ import annotations

from collections.abc import Mapping

import cv2

from archive.files.child_loop import Operation, serve
from archive.files.file_words import send_words
from archive.files.ofd_reader import send_ofd
from archive.files.page_code_reader import read_image_file, read_pages
from archive.files.page_probe import send_page
from archive.files.pdf_structure import examine
from archive.files.stack_pages import split

OPERATIONS: Mapping[str, Operation] = {
    "examine": examine,
    "read_pages": read_pages,
    "read_image": read_image_file,
    "split": split,
    "load_page": send_page,
    "examine_ofd": send_ofd,
    "words": send_words,
}

if __name__ == "__main__":
    cv2.setNumThreads(1)  # threads do not survive a fork
    serve(OPERATIONS)
