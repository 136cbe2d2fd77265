"""Calculates where pages end, without a layout program; fonts and the characters they have."""
