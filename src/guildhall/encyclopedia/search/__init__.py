"""The search index: our own bigrams in FTS5 and tsvector."""
