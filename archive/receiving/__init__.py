"""收件: files from outside are examined, split by page codes and filed."""
