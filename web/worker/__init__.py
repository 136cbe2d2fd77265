"""Background work in separate processes and threads."""
