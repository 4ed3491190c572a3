"""Prompts as files: front matter (id, version, variables, purpose) and body. None is needed offline."""
