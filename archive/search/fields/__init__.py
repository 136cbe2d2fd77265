"""What is indexed: the search fields, records of pages, and normalisation of text."""
