"""Where pages end, computed before any program lays them out; fonts and the characters they have."""
