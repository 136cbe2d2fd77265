"""A child whose pages of a file named bomb.pdf bring it down, as a hostile file would; started by the tests."""

import os
import signal

from archive.files.child_loop import serve
from archive.files.page_probe import send_page


def load_page(path, page, draw, pixels):
    if path.endswith("bomb.pdf"):
        os.kill(os.getpid(), signal.SIGSEGV)
    yield from send_page(path, page, draw, pixels)


if __name__ == "__main__":
    serve({"load_page": load_page})
