"""What can be done with awards: every door comes in here."""

from __future__ import annotations

from guildhall.credentials.attesting import attest
from guildhall.credentials.bundling import Bundler, NotIssuedError, bundle
from guildhall.credentials.deeds import (
    Correction,
    annul,
    correct,
    expire,
    finish,
    reinstate,
    reissue,
    revoke,
    suspend,
)
from guildhall.credentials.issuing import Progress, issue, opening, prepare, progress, publish, sign
from guildhall.credentials.keys import add_key, provide_key
from guildhall.credentials.lists import publish_status_lists
from guildhall.credentials.pressing import pressroom
from guildhall.credentials.transcripts import finish_transcripts, prepare_transcript, take_transcript_back

__all__ = [
    "Bundler",
    "Correction",
    "NotIssuedError",
    "Progress",
    "add_key",
    "annul",
    "attest",
    "bundle",
    "correct",
    "expire",
    "finish",
    "finish_transcripts",
    "issue",
    "opening",
    "prepare",
    "prepare_transcript",
    "pressroom",
    "progress",
    "provide_key",
    "publish",
    "publish_status_lists",
    "reinstate",
    "reissue",
    "revoke",
    "sign",
    "suspend",
    "take_transcript_back",
]
