"""What one more certificate would open: posts, certificates, courses by conversion."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from guildhall.core.amounts import amount_text
from guildhall.core.codes.level import LEVELS
from guildhall.core.conversion import Target, most
from guildhall.core.coverage import Standard
from guildhall.core.eligibility import LevelNotInRulesError, NoRulesInForceError, Rules, judge
from guildhall.core.eligibility.rules import ANY_OCCUPATION
from guildhall.core.record import HeldAward, Record
from guildhall.core.routes.matching import Match, rank
from guildhall.core.routes.post import Post
from guildhall.core.routes.seen import Ground, Seen


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate that may be sat from another day on. ``before`` None: not by waiting."""

    occupation: str
    level: str
    before: date | None
    after: date


@dataclass(frozen=True, slots=True)
class Opened:
    """What one more certificate opens.

    Shape:  ``posts`` that fit with it and not without; ``nearer`` posts of which fewer requirements are missing (before, after);
            ``certificates`` that may be sat, or sooner; ``courses``: programme, credits converted before and after.
    Units:  credits in hundredths.
    """

    award: HeldAward
    posts: tuple[Match, ...]
    nearer: tuple[tuple[Match, Match], ...]
    certificates: tuple[Certified, ...]
    courses: tuple[tuple[Target, int, int], ...]


def opened(
    record: Record,
    award: HeldAward,
    *,
    on: date,
    ground: Ground,
    posts: Iterable[Post] = (),
    rules: Rules | None = None,
    targets: Sequence[Target] = (),
    standards: Sequence[Standard] = (),
) -> Opened:
    """Return what a certificate, awarded on its day, opens on a day not before: each with and without it.

    Raises: what ``core.conversion.most`` raises.
    """
    held = Seen(record, ground).record
    more = dataclasses.replace(held, awards=(*held.awards, award))
    listed = tuple(posts)
    before = {(one.post.employer, one.post.id): one for one in rank(listed, held, on=on, ground=ground)}
    after = rank(listed, more, on=on, ground=ground)
    pairs = [(before[one.post.employer, one.post.id], one) for one in after]
    courses = []
    for target in targets:
        without = most(held, target, on=on, standards=standards).converted
        courses.append((target, without, most(more, target, on=on, standards=standards).converted))
    return Opened(
        award,
        tuple(new for old, new in pairs if new.fits and not old.fits),
        tuple((old, new) for old, new in pairs if not new.fits and new.share > old.share),
        () if rules is None else _certificates(held, more, rules, on, award.occupation),
        tuple(one for one in courses if one[2] > one[1]),
    )


def _certificates(held: Record, more: Record, rules: Rules, on: date, own: str) -> tuple[Certified, ...]:
    found = []
    for occupation in sorted({one for one in rules.standards if one != ANY_OCCUPATION} | {own}):
        if occupation not in rules.standards and ANY_OCCUPATION not in rules.standards:
            continue
        for level in LEVELS:
            first, then = (_first(one, rules, occupation, level, on) for one in (held, more))
            if then is not None and (first is None or then < first):
                found.append(Certified(occupation, level, first, then))
    return tuple(found)


def _first(record: Record, rules: Rules, occupation: str, level: str, on: date) -> date | None:
    try:
        return judge(record, rules, occupation=occupation, level=level, on=on).first_on
    except (NoRulesInForceError, LevelNotInRulesError):
        return None


def opened_json(found: Opened) -> dict[str, Any]:
    """Return what a certificate opens as docs/formats/route.md describes it."""
    award = found.award
    return {
        "certificate": {
            "occupation": award.occupation,
            "level": award.level,
            "scheme": award.scheme,
            "awarded_on": award.awarded_on.isoformat(),
        },
        "posts": [_post(one) for one in found.posts],
        "nearer": [
            {**_post(new), "missing_before": old.n("missing"), "missing_after": new.n("missing")}
            for old, new in found.nearer
        ],
        "certificates": [
            {
                "occupation": one.occupation,
                "level": one.level,
                "before": None if one.before is None else one.before.isoformat(),
                "after": one.after.isoformat(),
            }
            for one in found.certificates
        ],
        "courses": [
            {
                "programme": target.programme.code,
                "institution": target.rule_set.institution,
                "rule_set": target.rule_set.id,
                "credits_before": amount_text(before),
                "credits_after": amount_text(after),
            }
            for target, before, after in found.courses
        ],
    }


def _post(found: Match) -> dict[str, Any]:
    return {"id": found.post.id, "employer": found.post.employer, "name": dict(found.post.name)}
