"""A receipt: the answer of a register about one document at one moment, for the asker to keep.

The register signs it (eddsa-jcs-2022), so it verifies offline and fails on any changed byte. It carries no digit of an
identity number, and of the holder only what the asker showed: the hash of the document.

What is asked about may be anybody's making. So nothing of its words comes under the register's signature unless a trusted
authority and the log vouch for it; and the day that was asked for always does: what was in force once may not be now.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guildhall.core.credential import STATEMENT_CONTEXTS
from guildhall.core.errors import Error
from guildhall.core.report import Outcome, Report

_VOUCHING = ("proof", "issuer", "accreditation", "log")


class ReceiptOfReceiptError(Error):
    """A receipt was asked for about a receipt: the second would say "valid", whatever the first one says."""

    code = "receipt_of_receipt"


def document(
    report: Report, *, receipt_id: str, register: str, register_name: str, number: str = "", checkpoint: str = ""
) -> dict[str, Any]:
    """Return the unsigned receipt of a report.

    Shape:  ``receipt_id`` urn:uuid; ``register`` the DID that will sign; ``number`` the certificate number asked for,
            left out unless somebody vouches for the document; ``checkpoint`` the log's newest signed note at that
            moment, empty where there is none.
    Raises: ReceiptOfReceiptError.
    """
    if report.kind == "receipt":
        raise ReceiptOfReceiptError("a receipt is given about a certificate, not about another receipt")
    said: dict[str, Any] = {
        "verdict": report.verdict.value,
        "checkedAt": report.checked_at.isoformat(timespec="seconds"),
        "at": report.at.isoformat(),
        "checks": [_line(check.as_json()) for check in report.checks],
    }
    where_known = {
        "certificateNumber": number if _is_vouched_for(report) else "",
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


def _is_vouched_for(report: Report) -> bool:
    return all(check.outcome is Outcome.PASSED for check in report.checks if check.name in _VOUCHING)


def _line(check: Mapping[str, object]) -> dict[str, object]:
    # The sentence about a failure may repeat words of the document that failed.
    members = (
        ("name", "outcome", "code", "detail") if check["outcome"] == Outcome.PASSED else ("name", "outcome", "code")
    )
    return {name: check[name] for name in members}
