"""收件: files from outside examined, split by page code and filed."""
