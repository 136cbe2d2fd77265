"""The example year: a made-up county office, its spreadsheets and signed copies."""
