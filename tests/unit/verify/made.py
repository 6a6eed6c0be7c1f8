"""A small register in memory: keys from fixed seeds, one filing, a few awards, a log. No part of the verifier is replaced."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from guildhall.core import bundle, checkpoint, credential, leaves, merkle, proofs, statement, statuslist, trust
from guildhall.core.accreditation import Filing
from guildhall.core.credential import AwardFacts, PartResult, StatusPlace
from guildhall.core.keys import SeedSigner
from guildhall.core.lifecycle import Deed
from guildhall.core.verify import document_hash

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ORIGIN = "https://register.example"
AUTHORITY = "did:web:register.example:authority"
ISSUER = "did:web:register.example:issuers:national-centre"
REGISTER = "did:web:register.example"
LOG = "register.example/log"


def seed(text: str) -> bytes:
    return hashlib.sha256(f"guildhall test seed {text}".encode()).digest()


AUTHORITY_KEY = SeedSigner(f"{AUTHORITY}#key-1", seed("authority"))
ISSUER_KEY = SeedSigner(f"{ISSUER}#key-1", seed("issuer"))
STRANGER_KEY = SeedSigner(f"{ISSUER}#key-1", seed("stranger"))
REGISTER_KEY = SeedSigner(f"{REGISTER}#receipts-1", seed("register"))
LOG_KEY = SeedSigner(LOG, seed("log"))

FILING = Filing(
    filing="110001",
    issuer=ISSUER,
    scheme="pcc",
    occupations=frozenset({"6-31-01-03", "4-10-01-05"}),
    levels=frozenset({"5", "4", "3"}),
    regions=frozenset({"310000"}),
    starts_on=date(2025, 1, 1),
    ends_on=date(2028, 12, 31),
)

FACTS = AwardFacts(
    document_id="urn:uuid:5f0c0c0e-6f4e-4c8e-9a63-0d6a4c3c2b11",
    origin=ORIGIN,
    number="S000131000001263000042",
    holder_name="阿卜杜热合曼·买买提伊明",
    identity_hash="sha256$" + hashlib.sha256(b"x").hexdigest(),
    salt="d2hhdC1hLXNhbHQ",
    issuer=ISSUER,
    issuer_name={"zh": "国家培训中心", "en": "National Training Centre"},
    issuer_credit_code="12100000400000000X",
    scheme="pcc",
    certificate_name={"zh": "岗位能力证书", "en": "Post competency certificate"},
    occupation="6-31-01-03",
    occupation_name={"zh": "电工", "en": "Electrician"},
    classification="cn-2022",
    classification_name={"zh": "职业分类大典（2022年版）", "en": "Classification of occupations (2022)"},
    level="3",
    level_name={"zh": "三级/高级工", "en": "Level 3, senior worker"},
    edition="2018",
    filing="110001",
    region="310000",
    site="SH01",
    site_name={"zh": "上海考点", "en": "Shanghai site"},
    issued_on=date(2026, 11, 6),
    valid_until=date(2031, 11, 5),
    examined_on=date(2026, 10, 18),
    work_type="",
    results=(
        PartResult("theory", "理论知识 Theory", "82", "60"),
        PartResult("skill", "操作技能 Skill", "77.5", "60"),
    ),
    status=StatusPlace(f"{ORIGIN}/status/national-centre-suspension-1.json", 9413),
)
LISTS = {
    "suspension": f"{ORIGIN}/status/national-centre-suspension-1.json",
    "revocation": f"{ORIGIN}/status/national-centre-revocation-1.json",
}
SUSPENDED = frozenset({"suspension"})
ENDED = frozenset({"suspension", "revocation"})
"""What is set in an honest issuer's lists: for a time, and for good."""


def trusted() -> trust.Trust:
    return trust.Trust(
        authorities={
            AUTHORITY: trust.Body(
                AUTHORITY, {"zh": "主管部门", "en": "Authority"}, {AUTHORITY_KEY.key_id: AUTHORITY_KEY.public_key}
            )
        },
        registers={
            REGISTER: trust.Body(
                REGISTER, {"zh": "登记册", "en": "Register"}, {REGISTER_KEY.key_id: REGISTER_KEY.public_key}
            )
        },
        logs={LOG: checkpoint.VerifierKey(LOG, LOG_KEY.public_key).text},
    )


@dataclass
class Register:
    """Makes bundles. Each field may be changed by an attack before ``bundle`` is called."""

    facts: AwardFacts = FACTS
    filing: Filing = FILING
    cryptosuite: str = "eddsa-rdfc-2022"
    issuer_key: SeedSigner = ISSUER_KEY
    authority_key: SeedSigner = AUTHORITY_KEY
    list_key: SeedSigner = ISSUER_KEY
    log_key: SeedSigner = LOG_KEY
    list_issuer: str = ISSUER
    attested: tuple[tuple[str, str], ...] = ((ISSUER_KEY.key_id, ISSUER_KEY.public_key.multibase),)
    set_bits: frozenset[str] = frozenset()
    enclosed: tuple[str, ...] = tuple(LISTS)
    names_both: bool = False
    events: list[tuple[Deed, date, date | None, str]] = field(default_factory=list)
    n_before: int = 5
    n_after: int = 7

    def credential(self) -> dict[str, Any]:
        return self.signed(credential.document(self.facts))

    def signed(self, unsigned: dict[str, Any]) -> dict[str, Any]:
        if self.names_both:
            # As registers wrote it before a certificate named one place only.
            unsigned["credentialStatus"] = [
                statuslist.status_entry(LISTS[purpose], self.facts.status.index, purpose=purpose)
                for purpose in ("revocation", "suspension")
            ]
        return credential.signed(unsigned, self.issuer_key, created=NOW, cryptosuite=self.cryptosuite)

    def statement(self) -> dict[str, Any]:
        unsigned = statement.document(
            self.filing,
            statement_id="urn:uuid:0f2f2d53-5b0d-4b37-9d67-000000110001",
            authority=AUTHORITY,
            authority_name="主管部门",
            issuer_name="国家培训中心",
            credit_code=self.facts.issuer_credit_code,
            keys=self.attested,
            stated_at=NOW,
        )
        return proofs.add_proof(unsigned, self.authority_key, created=NOW, cryptosuite="eddsa-jcs-2022")

    def status_list(self, purpose: str) -> dict[str, Any]:
        bits = statuslist.Bitstring()
        bits.set_all([self.facts.status.index] if purpose in self.set_bits else [])
        unsigned = statuslist.list_credential(LISTS[purpose], self.list_issuer, bits, purpose=purpose, valid_from=NOW)
        return proofs.add_proof(unsigned, self.list_key, created=NOW)

    def bundle(self) -> dict[str, Any]:
        signed = self.credential()
        award = leaves.AwardLeaf(
            at=NOW,
            issuer=self.facts.issuer,
            scheme=self.facts.scheme,
            filing=self.facts.filing,
            document=document_hash(signed),
        ).to_bytes()
        events = [
            leaves.StatusLeaf(
                at=NOW,
                deed=deed,
                document=document_hash(signed),
                from_on=from_on,
                until_on=until_on,
                reason=reason,
                replaced_by="0" * 64 if deed in (Deed.CORRECT, Deed.REISSUE) else None,
            ).to_bytes()
            for deed, from_on, until_on, reason in self.events
        ]
        rows = [b"before %d" % i for i in range(self.n_before)]
        index = len(rows)
        rows += [award, *events]
        rows += [b"after %d" % i for i in range(self.n_after)]
        tree = merkle.Tree()
        tree.extend([merkle.leaf_hash(row) for row in rows])
        size = len(rows)
        head = checkpoint.Checkpoint(origin=LOG, size=size, root=tree.head())
        note = checkpoint.sign(head, self.log_key).decode()

        def included(leaf: bytes, at: int) -> bundle.Inclusion:
            return bundle.Inclusion(leaf, at, size, tuple(tree.inclusion_path(at)))

        return bundle.build(
            credential=signed,
            key=statement.key_member(self.issuer_key.key_id, ISSUER, self.issuer_key.public_key.multibase),
            accreditation=self.statement(),
            status_lists=[self.status_list(purpose) for purpose in self.enclosed],
            inclusion=included(award, index),
            events=[included(leaf, index + 1 + i) for i, leaf in enumerate(events)],
            checkpoint=note,
        )


def with_facts(**changes: Any) -> Register:
    return Register(facts=replace(FACTS, **changes))
