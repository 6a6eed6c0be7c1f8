"""What each certificate is, who may award it and what it opens: articles joined to live facts, and search."""
