"""The demonstration: a register, people and results that are nobody's."""

AUTHORITY, NATIONAL, REGIONAL = "authority", "national-centre", "guangdong-centre"
"""Slugs of the authority, the national centre, and the regional centre with a desk of its own in the demonstration."""
