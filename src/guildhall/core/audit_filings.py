"""What the leaves of a log say of each filing, day by day, and whether the awards logged under it fit that.

An award's leaf does not say the award's own day, only when it was logged; no award is logged before its day. So an award that is
logged before its filing begins is wrong for certain; one that is logged after the filing ended, or while it was suspended, may
be of an earlier day, and only its signed document tells: that is said as a notice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from guildhall.core.accreditation import Suspension
from guildhall.core.credential import CHINA
from guildhall.core.leaves import AccreditationDeed, AccreditationLeaf, AwardLeaf

Tell = Callable[[str, str, str], None]

_DAY = timedelta(days=1)
_IN_FORCE = "in force"
_BEFORE = "not yet in force"


@dataclass(slots=True)
class _Right:
    """One filing as the leaves so far have it. ``starts_on`` None: no leaf has said its days."""

    scheme: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    suspensions: tuple[Suspension, ...] = ()
    told: bool = True
    """Whether every suspension, reinstatement and withdrawal has said its day."""
    awards: dict[date, int] = field(default_factory=dict)
    """The days on which awards were logged, each with the first of them."""
    last: tuple[date, str] | None = None

    @property
    def known(self) -> bool:
        return self.told and self.starts_on is not None

    def on(self, day: date) -> str:
        """Return ``in force``, or why it is not."""
        if self.last is None or self.last[0] != day:
            self.last = day, self._on(day)
        return self.last[1]

    def _on(self, day: date) -> str:
        if self.starts_on is not None and day < self.starts_on:
            return _BEFORE
        if self.ends_on is not None and day > self.ends_on:
            return f"in force until {self.ends_on} only"
        return next((f"suspended from {one.from_on}" for one in self.suspensions if one.covers(day)), _IN_FORCE)


class Filings:
    """The filings of one log, read in order.

    Shape:  ``find`` and ``notice`` are told a code, a place and a detail.
    Units:  one entry a filing and a day on which something was logged under it.
    """

    def __init__(self, find: Tell, notice: Tell) -> None:
        self._find = find
        self._notice = notice
        self._rights: dict[tuple[str, str], _Right] = {}
        self._outside: dict[str, tuple[int, str]] = {}
        self.n_without_days = 0

    def award(self, index: int, leaf: AwardLeaf, *, replaces: bool) -> bool:
        """Judge an award by the day on which it was logged; tell whether its filing is known.

        Shape:  ``replaces``: an earlier leaf names this document as what follows a correction or reissue, which may come at
                any time after the award.
        """
        right = self._rights.get((leaf.issuer, leaf.filing))
        if right is None:
            return False
        if not right.known:
            self.n_without_days += 1
            return True
        if leaf.scheme != right.scheme:
            self._find(
                "filing_of_another_scheme", f"leaf {index}", f"logged in {leaf.scheme}, filed for {right.scheme}"
            )
        day = _day(leaf.at)
        right.awards.setdefault(day, index)
        standing = right.on(day)
        if standing is _IN_FORCE or replaces:
            return True
        detail = f"logged on {day}, and {leaf.filing} was {standing}"
        if standing is _BEFORE:
            self._find("award_before_filing", f"leaf {index}", detail)
        else:
            self._outside[leaf.document] = index, detail
        return True

    def replaced(self, document: str) -> None:
        """Take note that a document follows another: if it was logged just before the deed that names it, it is no new award."""
        self._outside.pop(document, None)

    def deed(self, index: int, leaf: AccreditationLeaf) -> bool:
        """Take in what the authority has done; tell whether the filing was known, as it must be unless it begins here."""
        key = leaf.issuer, leaf.filing
        before = self._rights.get(key)
        if before is None and leaf.deed is not AccreditationDeed.ACCREDIT:
            return False
        after = _changed(before or _Right(), leaf)
        if before is not None and before.known and after.known:
            self._compare(index, leaf, before, after)
        self._rights[key] = after
        return True

    def close(self) -> None:
        """Tell of the awards that were logged outside their filing and replace nothing."""
        for index, detail in self._outside.values():
            self._notice("award_outside_filing", f"leaf {index}", detail)

    def _compare(self, index: int, leaf: AccreditationLeaf, before: _Right, after: _Right) -> None:
        """Hold a deed against the days past on which awards were logged: what it changes there is changed afterwards."""
        today = _day(leaf.at)
        for day, award in before.awards.items():
            was, now = before.on(day), after.on(day)
            if day >= today or (was is _IN_FORCE) is (now is _IN_FORCE):
                continue
            detail = (
                f"{leaf.filing} was {was} on {day}, when leaf {award} was logged, and is now said to have been {now}"
            )
            if now is _IN_FORCE:
                self._find("accreditation_backdated", f"leaf {index}", detail)
            else:
                self._notice("accreditation_taken_back", f"leaf {index}", detail)


def _changed(right: _Right, leaf: AccreditationLeaf) -> _Right:
    """Return the filing after a deed."""
    right = replace(right, last=None)
    from_on = leaf.from_on
    if leaf.deed is AccreditationDeed.ACCREDIT:
        if from_on is None:
            return right
        return replace(right, scheme=leaf.scheme, starts_on=from_on, ends_on=leaf.until_on)
    if from_on is None:
        return replace(right, told=False)
    if leaf.deed is AccreditationDeed.SUSPEND:
        return replace(right, suspensions=(*right.suspensions, Suspension(from_on, leaf.until_on)))
    last = from_on - _DAY
    if leaf.deed is AccreditationDeed.REINSTATE:
        cut = (
            replace(one, until_on=_earlier(one.until_on, last)) for one in right.suspensions if one.from_on < from_on
        )
        return replace(right, suspensions=tuple(cut))
    return replace(right, ends_on=_earlier(right.ends_on, last))


def _earlier(day: date | None, other: date) -> date:
    return other if day is None else min(day, other)


@lru_cache(maxsize=4096)
def _day(at: datetime) -> date:
    return at.astimezone(CHINA).date()
