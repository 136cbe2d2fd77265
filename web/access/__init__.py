"""Accounts, roles, rights and headers."""
