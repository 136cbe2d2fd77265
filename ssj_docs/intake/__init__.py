"""From workbooks and drafts to models and problems."""
