"""What a learner's pages say of outcomes, of the ledger's deeds and of applications: words, names, groups."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from guildhall.core.amounts import amount_text
from guildhall.core.codes.level import LEVELS
from guildhall.core.outcome import KINDS
from guildhall.core.record import DIPLOMAS
from guildhall.credentials import naming
from guildhall.credentials.models import Instance
from guildhall.credit.models import ApplicationState, Bucket, Deed, Outcome, Unit
from guildhall.credit.selectors import Held, Line
from guildhall.web.histories import STATE_TONES, STATE_WORDS
from guildhall.web.words import text

ACADEMIC: Final = ("diploma", "course", "self-study-exam", "online-course")
CERTIFICATES: Final = ("vocational-certificate",)

DEED_WORDS: Final[Mapping[str, Promise]] = {
    Deed.DEPOSIT: lazy("Banked"),
    Deed.HOLD: lazy("Held for an application"),
    Deed.RELEASE: lazy("Released again"),
    Deed.DECIDE: lazy("Settled by the college’s decision"),
    Deed.EXPIRE: lazy("Run out"),
    Deed.REVERSE: lazy("Taken back after a review"),
    Deed.ANNUL: lazy("Given back: the decision was annulled"),
}
BUCKET_WORDS: Final[Mapping[str, Promise]] = {
    Bucket.AVAILABLE: lazy("available"),
    Bucket.HELD: lazy("held"),
    Bucket.REDEEMED: lazy("redeemed"),
    Bucket.LAPSED: lazy("lapsed"),
    Bucket.EXPIRED: lazy("run out"),
    Bucket.REVERSED: lazy("taken back"),
}
ALWAYS_SHOWN: Final = (Bucket.AVAILABLE, Bucket.HELD, Bucket.REDEEMED)
APPLICATION_WORDS: Final[Mapping[str, Promise]] = {
    ApplicationState.SUBMITTED: lazy("Waiting for the college"),
    ApplicationState.ACCEPTED: lazy("Accepted whole"),
    ApplicationState.PARTLY: lazy("Accepted in part"),
    ApplicationState.REFUSED: lazy("Refused"),
    ApplicationState.APPEALED: lazy("Appealed"),
    ApplicationState.ANNULLED: lazy("Decision annulled"),
    ApplicationState.WITHDRAWN: lazy("Withdrawn"),
}
APPLICATION_TONES: Final[Mapping[str, str]] = {
    ApplicationState.SUBMITTED: "is-blue",
    ApplicationState.APPEALED: "is-blue",
    ApplicationState.ACCEPTED: "is-full",
    ApplicationState.PARTLY: "is-full",
    ApplicationState.REFUSED: "is-red",
    ApplicationState.ANNULLED: "is-red",
    ApplicationState.WITHDRAWN: "is-open",
}
STEP_WORDS: Final[Mapping[str, Promise]] = {
    "submit": lazy("Applied"),
    "decide": lazy("Decided by the college"),
    "withdraw": lazy("Withdrawn"),
    "appeal": lazy("Appealed"),
    "dismiss-appeal": lazy("Appeal dismissed"),
    "annul": lazy("Decision annulled"),
}


def name_of(outcome: Outcome) -> str:
    """Return what an outcome is called: a certificate with its level."""
    level = outcome.facts.get("level", "")
    name = text(outcome.name) if outcome.name else text(KINDS[outcome.kind])
    if outcome.kind in CERTIFICATES and level in LEVELS:
        return f"{name} · {text(LEVELS[level].name)}"
    return name


def short_name_of(outcome: Outcome) -> str:
    """Return the same for a box in a picture: of a certificate its occupation and level."""
    return re.split("：|: ", name_of(outcome))[-1] if outcome.kind in CERTIFICATES else name_of(outcome)


def kind_of(outcome: Outcome) -> str:
    """Return what sort of outcome it is, in words; a diploma of which school."""
    level = outcome.facts.get("level", "")
    if outcome.kind == "diploma" and level in DIPLOMAS:
        return text(DIPLOMAS[level])
    return text(KINDS[outcome.kind])


def amount_of(outcome: Outcome, hundredths: int) -> str:
    """Return an amount in words: credits, or a whole outcome."""
    if outcome.unit == Unit.WHOLE:
        return _("whole") if hundredths else "0"
    return amount_text(hundredths)


@dataclass(frozen=True, slots=True)
class Item:
    """One outcome as the record shows it. ``href`` leads to the certificate's page, empty for others."""

    held: Held
    name: str
    kind: str
    by: str
    on: date
    grade: str
    credits: str
    state: str
    tone: str
    href: str

    @property
    def key(self) -> str:
        """The id by which plans speak of it."""
        return str(self.held.outcome.pk)


def items(rows: Iterable[Held]) -> list[Item]:
    """Return outcomes as the record shows them."""
    held = list(rows)
    tokens = _tokens([one.outcome.award_id for one in held if one.outcome.award_id is not None])
    return [_item(one, tokens.get(one.outcome.award_id, "")) for one in held]


def _item(held: Held, token: str) -> Item:
    outcome = held.outcome
    return Item(
        held,
        name_of(outcome),
        kind_of(outcome),
        text(outcome.depositor.name),
        outcome.attained_on,
        str(outcome.facts.get("grade", "")),
        amount_text(outcome.amount) if outcome.unit == Unit.CREDIT else "",
        str(STATE_WORDS.get(held.state, held.state)),
        STATE_TONES.get(held.state, ""),
        token,
    )


def _tokens(awards: Sequence[UUID]) -> dict[UUID | None, str]:
    """Return by award the token of its newest document that is in the log."""
    rows = Instance.objects.filter(award__in=awards).exclude(document=None).order_by("serial")
    return {award: naming.token_text(bytes(token)) for award, token in rows.values_list("award", "token")}


def in_groups(shown: Sequence[Item]) -> list[tuple[str, str, list[Item]]]:
    """Return the three kinds side by side: a name for the address, the heading, what is in it."""
    kinds = {"academic": ACADEMIC, "certificates": CERTIFICATES}
    known = {kind for some in kinds.values() for kind in some}
    words = (
        ("academic", _("Academic qualifications")),
        ("training", _("Training certificates")),
        ("certificates", _("Qualification certificates")),
    )
    return [
        (key, word, [one for one in shown if _belongs(one.held.outcome.kind, kinds.get(key), known)])
        for key, word in words
    ]


def _belongs(kind: str, kinds: Sequence[str] | None, known: set[str]) -> bool:
    return kind in kinds if kinds is not None else kind not in known


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that the ledger did, in words."""

    at: datetime
    word: str
    name: str
    moves: str
    application_id: object


def entries(lines: Iterable[Line]) -> list[Entry]:
    """Return the history of an account in words."""
    return [
        Entry(line.at, str(DEED_WORDS[line.deed]), name_of(line.outcome), _moves(line), line.application_id)
        for line in lines
    ]


def _moves(line: Line) -> str:
    """Return where credits went, such as ``available −8, held +8``."""
    shown = []
    for bucket in Bucket:
        amount = line.moved.get(bucket, 0)
        if amount and bucket in BUCKET_WORDS:
            sign = "+" if amount > 0 else "−"
            shown.append(f"{BUCKET_WORDS[bucket]} {sign}{amount_of(line.outcome, abs(amount))}")
    return _(", ").join(shown)
