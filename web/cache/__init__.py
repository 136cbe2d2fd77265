"""Data kept between requests: figures, open indexes, pictures, previews."""
