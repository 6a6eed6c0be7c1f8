"""Certificates to look at: PDF, picture and QR from plain values, and back from a file to what can be checked.

Nothing here reads the database, and nothing depends on it: a certificate page shows a credential, it is not one.
"""
