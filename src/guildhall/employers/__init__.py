"""Employers, posts with their requirements, recognition, and matches."""
