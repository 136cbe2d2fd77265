"""From signed paper to proof: receiving, keeping, finding and assessing (imports ssj_docs, never the reverse)."""
