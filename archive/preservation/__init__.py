"""Preservation: fixity, four properties, backup, rebuilding, retention, destruction, transfer."""
