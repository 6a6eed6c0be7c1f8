"""From a stored document to what is printed of it: the face of a certificate, for pages and for PDF alike."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple

import orjson
from django.conf import settings

from guildhall.accounts.models import OrganisationKind
from guildhall.core.codes import certificate_number
from guildhall.core.credential import AwardFacts
from guildhall.core.keys import PublicKey
from guildhall.core.language import in_language
from guildhall.credentials import forms, naming
from guildhall.credentials.models import Instance, InstanceKind
from guildhall.credentials.rendering.face import CertificateFace, Part, Rung
from guildhall.issuers.models import IssuerKey
from guildhall.schemes import selectors as schemes
from guildhall.schemes.models import Scheme
from guildhall.tlog.services import latest_checkpoint

REGISTER_NAME: Mapping[str, str] = {"zh": "岗证通", "en": "Guildhall"}
_EVERY_PART: Mapping[str, str] = {
    "zh": "通过规定的各部分考核",
    "en": "has passed every part of the prescribed assessment",
}
_HALVES = re.compile(r"\s*[/／,，]\s*")


def check_url(instance: Instance) -> str:
    """Return the address in the QR code: the document's own page."""
    return f"{settings.ORIGIN}/q/{naming.token_text(bytes(instance.token))}"


def register_fingerprint() -> str:
    """Return the fingerprint of the authority's newest key, as it is printed; empty while there is none."""
    newest = (
        IssuerKey.objects.filter(organisation__kind=OrganisationKind.AUTHORITY)
        .order_by("-starts_at", "-key_id")
        .values_list("multibase", flat=True)
        .first()
    )
    return PublicKey.from_multibase(newest).fingerprint if newest else ""


def facts(instance: Instance) -> AwardFacts:
    """Return all that a document says, from its two stored halves."""
    return forms.facts(orjson.loads(instance.form.facts), orjson.loads(instance.facts), str(instance.pk))


def face(instance: Instance) -> CertificateFace:
    """Return the face of one document of an award.

    The ladder and the names of the parts are the scheme's of today; everything else is what was signed.
    """
    return faces([instance])[0]


def faces(instances: Sequence[Instance]) -> list[CertificateFace]:
    """Return the faces of many documents; what they share is read once.

    Shape:  read with ``document``, ``form`` and ``award__scheme`` along, or each costs a few queries.
    """
    checkpoint = latest_checkpoint()
    size = checkpoint.size if checkpoint is not None else 0
    fingerprint = register_fingerprint()
    return [_face(instance, size, fingerprint) for instance in instances]


def _face(instance: Instance, size: int, fingerprint: str) -> CertificateFace:
    said = facts(instance)
    scheme = instance.award.scheme
    document = getattr(instance, "document", None)
    index = document.leaf_id if document is not None and document.leaf_id < size else None
    return CertificateFace(
        scheme_name=scheme.name,
        certificate_title=said.certificate_name,
        holder_name=said.holder_name,
        occupation_name=said.occupation_name,
        occupation_code=said.occupation,
        work_type={"zh": said.work_type} if said.work_type else {},
        level_name=said.level_name,
        ladder=ladder(scheme, said.level),
        standard_edition=standard(said),
        statement={} if said.edition else _EVERY_PART,
        results=_results(said, scheme),
        number=number_groups(said.number, scheme.number_layout),
        issuer_name=said.issuer_name,
        site=said.site_name,
        issued_on=said.issued_on,
        valid_until=said.valid_until,
        check_url=check_url(instance),
        register_name=REGISTER_NAME,
        register_host=settings.HOST,
        key_fingerprint=fingerprint,
        log_index=index,
        log_size=size if index is not None else None,
        instance_serial=str(instance.serial) if instance.serial > 1 else None,
        remark=_remark(instance),
        accreditation_filing=said.filing,
    )


def number_groups(number: str, layout: str) -> tuple[str, ...]:
    """Return a certificate number in the parts of its layout; joined they are the number."""
    parts = certificate_number.parse(number, layout)
    if isinstance(parts, (certificate_number.Opaque, certificate_number.Ambiguous)):
        return (number,)
    return tuple(astuple(parts))


def ladder(scheme: Scheme, level: str) -> tuple[Rung, ...]:
    """Return the scheme's ladder with the awarded level held, lowest rung first."""
    return tuple(_rung(rung, held=rung.code == level) for rung in schemes.levels(scheme))


def _rung(level: schemes.Level, *, held: bool) -> Rung:
    halves = {tag: _HALVES.split(name, maxsplit=1) for tag, name in level.name.items()}
    under = {tag: half[1] for tag, half in halves.items() if len(half) > 1}
    return Rung(label={tag: half[0] for tag, half in halves.items()}, under=under, held=held)


def standard(said: AwardFacts) -> dict[str, str]:
    """Return the occupational standard that a document names, as a sentence's object; empty where it names none."""
    if not said.edition:
        return {}
    zh, en = (in_language(said.occupation_name, tag) for tag in ("zh", "en"))
    return {
        "zh": f"《{zh}》职业标准（{said.edition} 年版）",
        "en": f"the occupational standard “{en}”, {said.edition} edition",
    }


def _results(said: AwardFacts, scheme: Scheme) -> tuple[Part, ...]:
    names = {part.code: part.name for part in schemes.parts(scheme)}
    return tuple(Part(name=names.get(part.code, {"zh": part.name}), mark=part.mark) for part in said.results)


def _remark(instance: Instance) -> dict[str, str]:
    replaced = instance.serial - 1
    if instance.kind == InstanceKind.CORRECTION:
        return {"zh": f"更正，替代第 {replaced} 版", "en": f"Corrected; takes the place of document {replaced}"}
    if instance.kind == InstanceKind.REISSUE:
        return {"zh": f"补发，替代第 {replaced} 版", "en": f"Reissued; takes the place of document {replaced}"}
    return {}
