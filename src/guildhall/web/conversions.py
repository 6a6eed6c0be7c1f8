"""A plan of conversion as pages show it: rows, reasons, caps and the picture, names in place of ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from guildhall.core.amounts import amount_text, hundredths
from guildhall.credit.models import Outcome
from guildhall.web import drawing
from guildhall.web.drawing import Band, Knot
from guildhall.web.learning import kind_of, name_of, short_name_of
from guildhall.web.templatetags.guildhall import domid, language
from guildhall.web.words import text

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NO_OFFER = "no_offer"
SUPPOSED = "supposed"
"""The id of the certificate that a what-if adds."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a conversion takes of an outcome."""

    id: str
    name: str
    kind: str
    drawn: str
    left: str
    kept: bool
    kept_until: str


@dataclass(frozen=True, slots=True)
class Met:
    """A course that a conversion meets."""

    code: str
    name: str
    credits: str
    grade: str


@dataclass(frozen=True, slots=True)
class Row:
    """One conversion of a plan; ``place`` as refusals name it, from 0. ``caps`` each rule with how full it was and is."""

    place: int
    offer: str
    offer_name: str
    outcomes: tuple[Drawn, ...]
    courses: tuple[Met, ...]
    credits: str
    covered: str
    decision: str
    rules: tuple[str, ...]
    caps: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Left:
    """What is left out, with a sentence and a rule for each reason."""

    id: str
    name: str
    kind: str
    reasons: tuple[tuple[str, str], ...]
    speaks: bool
    """Whether any rule speaks of it at all."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A plan in words."""

    plan: Mapping[str, Any]
    programme: str
    rules: str
    rows: tuple[Row, ...]
    outcomes_left: tuple[Left, ...]
    courses_left: tuple[Left, ...]
    caps: tuple[Mapping[str, Any], ...]
    picture: SafeString

    @property
    def spoken(self) -> tuple[Left, ...]:
        """Courses left out of which a rule speaks."""
        return tuple(one for one in self.courses_left if one.speaks)

    @property
    def unspoken(self) -> tuple[Left, ...]:
        """Courses left out because no rule speaks of them."""
        return tuple(one for one in self.courses_left if not one.speaks)


def shown(
    plan: Mapping[str, Any],
    *,
    programme: Mapping[str, Any],
    rules: Mapping[str, Any],
    supposed: str = "",
    with_picture: bool = True,
) -> Shown:
    """Return a plan (docs/formats/plan.md) with the names that its programme, its rules and the account's outcomes have.

    Shape:  ``supposed`` the name of the certificate that a what-if adds.
    """
    names = _Names(plan, programme, rules, supposed)
    rows = tuple(_row(place, said, names) for place, said in enumerate(plan["decisions"]))
    left = tuple(_left(one, "outcome", names) for one in plan.get("outcomes_left", ()))
    return Shown(
        plan,
        text(programme["name"]),
        text(rules["name"]),
        rows,
        left,
        tuple(_left(one, "course", names) for one in plan.get("courses_left", ())),
        tuple(_cap(one, names) for one in plan.get("caps", ())),
        _picture(plan, names, left) if with_picture and plan.get("flows") else SafeString(""),
    )


class _Names:
    """What ids mean to people."""

    def __init__(
        self, plan: Mapping[str, Any], programme: Mapping[str, Any], rules: Mapping[str, Any], supposed: str
    ) -> None:
        ids = {one["outcome"] for said in plan["decisions"] for one in said["outcomes"]}
        ids |= {one["outcome"] for one in plan.get("outcomes_left", ())}
        known = Outcome.objects.in_bulk([UUID(one) for one in ids if _UUID.fullmatch(one)])
        self.outcomes = {str(key): (name_of(one), kind_of(one)) for key, one in known.items()}
        self.short = {str(key): short_name_of(one) for key, one in known.items()}
        if supposed:
            self.outcomes[SUPPOSED] = (supposed, _("supposed"))
        self.courses = {one["code"]: text(one["name"]) for one in programme["courses"]}
        self.offers = {one["id"]: text(one["name"]) for one in rules["offers"] if one.get("name")}

    def outcome(self, key: str) -> tuple[str, str]:
        return self.outcomes.get(key, (key, ""))

    def course(self, code: str) -> str:
        return self.courses.get(code, code)

    def offer(self, code: str) -> str:
        return self.offers.get(code, code)

    def said(self, sentence: str) -> str:
        """Return a sentence in which outcomes are called by their names."""
        quoted = "“{}”"
        named = _UUID.sub(lambda found: quoted.format(self.outcome(found[0])[0]), sentence)
        return named.replace(f" {SUPPOSED} ", f" {quoted.format(self.outcome(SUPPOSED)[0])} ")


def _row(place: int, said: Mapping[str, Any], names: _Names) -> Row:
    evidence = said.get("evidence") or {}
    return Row(
        place,
        said["offer"],
        names.offer(said["offer"]),
        tuple(
            Drawn(
                one["outcome"],
                *names.outcome(one["outcome"]),
                one["drawn"],
                "" if one["left"] == "0" else one["left"],
                one.get("left_is") == "kept",
                one.get("kept_until") or "",
            )
            for one in said["outcomes"]
        ),
        tuple(
            Met(one["course"], names.course(one["course"]), one["credits"], one.get("grade") or "")
            for one in said["courses"]
        ),
        said["credits"],
        evidence.get("covered", ""),
        evidence.get("decision", ""),
        tuple(said.get("rules") or [said["offer"]]),
        tuple(_cap(one, names) for one in said.get("caps", ())),
    )


def _cap(said: Mapping[str, Any], names: _Names) -> dict[str, Any]:
    at = said.get("at") or ""
    used = said.get("used", said.get("after", "0"))
    return {
        **said,
        "at": names.outcome(at)[0] if at else "",
        "used": used,
        "share": min(100, round(100 * float(used) / float(said["limit"]))) if float(said["limit"]) else 0,
        "binds": used == said["limit"],
    }


def _left(one: Mapping[str, Any], kind: str, names: _Names) -> Left:
    key = one[kind]
    name, sort = names.outcome(key) if kind == "outcome" else (names.course(key), "")
    reasons = tuple((names.said(reason["text"][language()]), reason["rule"] or "") for reason in one["reasons"])
    return Left(key, name, sort, reasons, any(reason["code"] != _NO_OFFER for reason in one["reasons"]))


# ── the picture ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _picture(plan: Mapping[str, Any], names: _Names, left: Sequence[Left]) -> SafeString:
    flows = plan["flows"]
    outcomes = _places(one["outcome"] for one in flows)
    offers = _places(one["offer"] for one in flows)
    courses = _places(one["course"] for one in flows)
    bands = [
        Band(
            outcomes[one["outcome"]],
            offers[one["offer"]],
            courses[one["course"]],
            hundredths_of(one["credits"]),
            f"{names.outcome(one['outcome'])[0]} → {names.offer(one['offer'])} → {names.course(one['course'])}: "
            + _("%(n)s credits") % {"n": one["credits"]},
        )
        for one in flows
    ]

    def credits_through(kind: str, key: str) -> str:
        total = sum(hundredths_of(one["credits"]) for one in flows if one[kind] == key)
        return _("%(n)s credits") % {"n": amount_text(total)}

    return drawing.flow(
        [Knot(names.short.get(key, key), credits_through("outcome", key), f"#o-{domid(key)}") for key in outcomes],
        [Knot(names.offer(key), key, f"#r-{domid(key)}") for key in offers],
        [Knot(names.course(key), credits_through("course", key), f"#c-{domid(key)}") for key in courses],
        bands,
        idle=[Knot(names.short.get(one.id, one.name), _("not used"), f"#x-{domid(one.id)}") for one in left],
        heads=(_("What you have"), _("By which rule"), _("Courses that it meets")),
        title=_("From outcomes through rules to courses; the table below says the same"),
    )


def _places(keys: Iterable[str]) -> dict[str, int]:
    return {key: place for place, key in enumerate(dict.fromkeys(keys))}


def hundredths_of(written: str) -> int:
    """Return an amount as a plan writes it in hundredths."""
    return hundredths(Decimal(written))
