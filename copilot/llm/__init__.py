"""The edge to a language model: what stages know (`port`), how it is asked (`structured`), how it is reached."""
