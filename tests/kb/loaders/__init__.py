"""Loaders of office formats, tested on files made the way offices make them."""
