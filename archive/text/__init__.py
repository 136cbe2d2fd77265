"""Texts of archived pages: read, queued, kept and indexed."""
