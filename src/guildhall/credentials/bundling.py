"""Bundles: a credential with everything that is needed to check it, put together from what is stored and published."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from guildhall.core import bundle as bundles
from guildhall.core import proofs, statement
from guildhall.core.bundle import Inclusion
from guildhall.core.errors import NotFoundError
from guildhall.credentials.attesting import latest_statement
from guildhall.credentials.models import EventLeaf, Instance, ListCredential, Transcript, TranscriptEventLeaf
from guildhall.issuers.models import Accreditation, IssuerKey
from guildhall.tlog import cosigning
from guildhall.tlog.services import LeafNotPublishedError, Published


class NotIssuedError(NotFoundError):
    """The document is not signed yet, or no checkpoint covers it yet."""

    code = "not_issued_yet"


def bundle(instance: Instance | Transcript) -> dict[str, Any]:
    """Return the bundle of one document of an award, or of a transcript.

    Raises: NotIssuedError; LogDamagedError.
    """
    return Bundler.load().bundle(instance)


@dataclass(slots=True)
class Bundler:
    """Makes many bundles at one checkpoint; what they share is read once.

    Where the operator demands witnesses, a bundle rests on the newest checkpoint that has enough of them, unless something of
    its document is newer: then on the newest, which they are still to cosign.
    """

    _published: Published
    _witnessed: Published | None = None
    _statements: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    _keys: dict[str, dict[str, str]] = field(default_factory=dict)
    _lists: dict[UUID, list[dict[str, Any]]] = field(default_factory=dict)

    @staticmethod
    def load() -> Bundler:
        """Begin with the last checkpoint.

        Raises: NotIssuedError before the first one.
        """
        try:
            return Bundler(Published.load(), cosigning.witnessed())
        except LeafNotPublishedError:
            raise NotIssuedError("nothing is published yet") from None

    def bundle(self, instance: Instance | Transcript) -> dict[str, Any]:
        """Return the bundle of one document.

        Raises: NotIssuedError; LogDamagedError.
        """
        document = getattr(instance, "document", None)
        if document is None or document.leaf_id >= self._published.checkpoint.size:
            raise NotIssuedError("the document is not in the published log yet")
        indices = [document.leaf_id, *_event_leaves(instance)]
        published = self._at(max(index for index in indices if index < self._published.checkpoint.size))
        of_leaf, *of_events = (_inclusion(published, index) for index in indices if index < published.checkpoint.size)
        credential = orjson.loads(bytes(document.body))
        return bundles.build(
            credential=credential,
            key=self._key(proofs.methods_of(credential)[0], credential["issuer"]["id"]),
            accreditation=self._statement(
                instance.accreditation if isinstance(instance, Transcript) else instance.award.accreditation
            ),
            status_lists=self._list(instance.status_list_id),
            inclusion=of_leaf,
            events=of_events,
            checkpoint=published.note,
        )

    def _at(self, index: int) -> Published:
        """Return the published log to show a leaf in, and all before it."""
        if self._witnessed is not None and index < self._witnessed.checkpoint.size:
            return self._witnessed
        return self._published

    def _statement(self, accreditation: Accreditation) -> dict[str, Any]:
        if accreditation.pk not in self._statements:
            latest = latest_statement(accreditation)
            if latest is None:
                raise NotIssuedError("the filing is not attested yet", filing=accreditation.filing)
            self._statements[accreditation.pk] = orjson.loads(bytes(latest.body))
        return self._statements[accreditation.pk]

    def _key(self, key_id: str, issuer: str) -> dict[str, str]:
        if key_id not in self._keys:
            multibase = IssuerKey.objects.values_list("multibase", flat=True).get(pk=key_id)
            self._keys[key_id] = statement.key_member(key_id, issuer, multibase)
        return self._keys[key_id]

    def _list(self, list_id: UUID) -> list[dict[str, Any]]:
        if list_id not in self._lists:
            bodies = (
                ListCredential.objects.filter(status_list=list_id).order_by("purpose").values_list("body", flat=True)
            )
            self._lists[list_id] = [orjson.loads(bytes(body)) for body in bodies]
        return self._lists[list_id]


def _inclusion(published: Published, index: int) -> Inclusion:
    included = published.inclusion(index)
    return Inclusion(included.leaf, included.index, included.size, included.path)


def _event_leaves(instance: Instance | Transcript) -> list[int]:
    """Return the indices of the leaves that say what happened to a document, in the log's order."""
    leaves = (
        TranscriptEventLeaf.objects.filter(event__transcript=instance)
        if isinstance(instance, Transcript)
        else EventLeaf.objects.filter(instance=instance)
    )
    return list(leaves.order_by("leaf").values_list("leaf", flat=True))
