"""Children in which files from outside are looked at."""

from children import children, gigabyte, signing

__all__ = ["children", "gigabyte", "signing"]
