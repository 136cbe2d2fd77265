"""One request as a handler sees it, and the server behind all requests."""
