"""Texts of archived pages: queue, reading, storage, index."""
