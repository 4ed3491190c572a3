"""Schema changes of the knowledge base, with their own version table beside the application's."""
