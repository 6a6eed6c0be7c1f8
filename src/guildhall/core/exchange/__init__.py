"""Standards and frameworks as others write them: CASE 1.1, CTDL, tables."""
