"""Guildhall: the open register of vocational certificates."""

__version__ = "0.1.0"
