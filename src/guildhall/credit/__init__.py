"""Credit accounts, outcomes and postings; rule-sets, applications and decisions."""
