"""拟稿: draft files, the texts they start from, whole papers pasted from Word."""
