"""What is kept between requests: figures, indexes, pictures, previews."""
