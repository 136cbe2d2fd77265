"""What is indexed: fields, records of pages, and how text is normalised."""
