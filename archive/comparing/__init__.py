"""Comparing a scan with the page that was issued."""
