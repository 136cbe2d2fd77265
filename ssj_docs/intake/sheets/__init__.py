"""Workbooks from outside: cells read in a limited child, tables and headers found, faults marked."""
