"""Handlers of the pages; the views they fill lie in views/."""
