"""Why something happens to an award: codes that stand in the public log, with their words in two languages.

A code says nothing of a person; what else there is to say stays in the register (``note``).
"""

from __future__ import annotations

from collections.abc import Mapping

from guildhall.core.errors import Error
from guildhall.core.lifecycle import Deed


class UnknownReasonError(Error):
    """The reason is none of those that the deed knows."""

    code = "unknown_reason"


_WORDS: Mapping[str, tuple[str, str]] = {
    "investigation": ("正在调查", "under investigation"),
    "complaint": ("收到投诉", "a complaint was received"),
    "court-order": ("法院或主管机关决定", "order of a court or authority"),
    "cleared": ("调查后排除", "cleared by the investigation"),
    "ended": ("事由消除", "the cause has ended"),
    "misconduct": ("考试作弊或弄虚作假", "misconduct in the assessment"),
    "issuer-error": ("颁证机构差错", "error of the issuer"),
    "not-entitled": ("不符合申报条件", "the candidate was not eligible"),
    "holder-request": ("持证人申请", "request of the holder"),
    "superseded": ("已由其他证书取代", "superseded by another award"),
    "term-ended": ("有效期届满", "the term has ended"),
    "wrong-name": ("姓名有误", "the name was wrong"),
    "wrong-identity": ("证件信息有误", "the identity document was wrong"),
    "wrong-content": ("证书内容有误", "the content was wrong"),
    "name-changed": ("持证人更名", "the holder's name has changed"),
    "lost": ("遗失", "lost"),
    "damaged": ("损毁", "damaged"),
    "other": ("其他", "other"),
}

_OF_DEED: Mapping[Deed, tuple[str, ...]] = {
    Deed.SUSPEND: ("investigation", "complaint", "court-order", "other"),
    Deed.REINSTATE: ("cleared", "ended", "court-order", "other"),
    Deed.REVOKE: ("misconduct", "court-order", "holder-request", "superseded", "issuer-error", "other"),
    Deed.ANNUL: ("misconduct", "not-entitled", "issuer-error", "court-order", "other"),
    Deed.EXPIRE: ("term-ended", "superseded", "other"),
    Deed.CORRECT: ("wrong-name", "wrong-identity", "wrong-content", "name-changed", "other"),
    Deed.REISSUE: ("lost", "damaged", "holder-request", "other"),
}


def reasons(deed: Deed) -> dict[str, dict[str, str]]:
    """Return the reasons that a deed knows: code → words in both languages."""
    return {code: words(code) for code in _OF_DEED[deed]}


def words(code: str) -> dict[str, str]:
    """Return a reason in words; an unknown code stands for itself."""
    zh, en = _WORDS.get(code, (code, code))
    return {"zh": zh, "en": en}


def check(deed: Deed, code: str) -> str:
    """Return the code if the deed knows it.

    Raises: UnknownReasonError.
    """
    if code not in _OF_DEED[deed]:
        raise UnknownReasonError(f"{code} is no reason to {deed.value}", reason=code, known=list(_OF_DEED[deed]))
    return code
