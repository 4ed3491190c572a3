"""Finds personal data in folded text, one kind of data a module; what is personal is read from form and place."""
