"""案卷: case files, their catalogue, metadata, receipts, gaps and views."""
