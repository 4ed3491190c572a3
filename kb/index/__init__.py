"""The projections: dense vectors (Chroma) and lexical postings (tantivy), both rebuilt from SQL at any
time."""
