"""考核: indicators with the pages that prove them, report and workbook."""
