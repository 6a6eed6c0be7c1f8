"""A receipt: the answer of a register about one document at one moment, for the asker to keep.

The register signs it (eddsa-jcs-2022), so it verifies offline and fails on any changed byte. It carries no digit of an
identity number, and of the holder only what the asker showed: the hash of the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guildhall.core.credential import STATEMENT_CONTEXTS
from guildhall.core.report import Report


def document(
    report: Report, *, receipt_id: str, register: str, register_name: str, number: str = "", checkpoint: str = ""
) -> dict[str, Any]:
    """Return the unsigned receipt of a report.

    Shape:  ``receipt_id`` urn:uuid; ``register`` the DID that will sign; ``number`` the certificate number asked for;
            ``checkpoint`` the log's newest signed note at that moment, empty where there is none.
    """
    said: dict[str, Any] = {
        "verdict": report.verdict.value,
        "checkedAt": report.checked_at.isoformat(timespec="seconds"),
        "checks": [_line(check.as_json()) for check in report.checks],
    }
    where_known = {
        "certificateNumber": number,
        "documentHash": report.document_hash,
        "asOf": report.as_of,
        "logCheckpoint": checkpoint,
    }
    said |= {name: value for name, value in where_known.items() if value}
    return {
        "@context": list(STATEMENT_CONTEXTS),
        "id": receipt_id,
        "type": ["VerifiableCredential", "VerificationReceipt"],
        "issuer": {"id": register, "name": register_name},
        "validFrom": report.checked_at.isoformat(timespec="seconds"),
        "credentialSubject": said,
    }


def _line(check: Mapping[str, object]) -> dict[str, object]:
    return {name: check[name] for name in ("name", "outcome", "code", "detail")}
