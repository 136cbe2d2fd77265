"""Work behind the pages, in processes of its own."""
