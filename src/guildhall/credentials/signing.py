"""From the two halves of the facts to a signed document and its leaf."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from guildhall.core import credential, leaves, proofs
from guildhall.core.canonical import jcs
from guildhall.core.keys import Signer
from guildhall.credentials import forms

_PLACEHOLDER = "0" * 64


class Press:
    """Signs the documents of one form at one moment with one key.

    Signing the same facts again gives the same bytes: Ed25519 is deterministic, and the time is the stored one.
    """

    def __init__(self, form: Mapping[str, Any], signer: Signer, *, created: datetime, logged_at: datetime) -> None:
        self._form = form
        self._signer = signer
        self._created = created.astimezone(UTC).replace(microsecond=0)
        leaf = leaves.AwardLeaf(
            logged_at.astimezone(UTC).replace(microsecond=0),
            form["issuer"],
            form["scheme"],
            form["filing"],
            _PLACEHOLDER,
        )
        self._leaf_before, self._leaf_after = leaf.to_bytes().split(_PLACEHOLDER.encode())

    def sign(self, instance_id: str, own: bytes) -> tuple[bytes, str, bytes]:
        """Return the signed document in canonical form, the hex of its hash, and its leaf.

        Shape:  ``instance_id`` 32 hex digits; ``own`` JSON text of the half of its own.
        """
        facts = forms.facts(self._form, orjson.loads(own), str(uuid.UUID(hex=instance_id)))
        signed = proofs.add_proof(credential.document(facts), self._signer, created=self._created)
        body = jcs.canonical(signed)
        digest = hashlib.sha256(body).hexdigest()
        return body, digest, self._leaf_before + digest.encode() + self._leaf_after
