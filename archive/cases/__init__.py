"""案卷: case files: catalogue, metadata, receipts, missing papers and views."""
