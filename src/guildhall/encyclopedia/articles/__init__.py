"""Articles in two languages: revisions, authors, review."""
