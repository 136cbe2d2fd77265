"""Handlers of the pages; their Jinja templates are in views/."""
