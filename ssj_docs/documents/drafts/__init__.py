"""拟稿: draft files, the texts they start from, and papers pasted from Word."""
