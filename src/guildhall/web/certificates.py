"""What a certificate says, as facts with their sources, for the pages that show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Q
from django.utils.html import format_html
from django.utils.translation import gettext as _

from guildhall.core.credential import AwardFacts
from guildhall.core.report import Outcome, Report
from guildhall.issuers.models import Issuer
from guildhall.schemes import selectors as schemes
from guildhall.schemes.models import Scheme
from guildhall.standards.models import Occupation
from guildhall.web.register import region_name
from guildhall.web.templatetags.guildhall import day, groups, holder
from guildhall.web.words import Fact, monospace, text

_VOUCHING: Final = ("proof", "issuer", "accreditation")


@dataclass(frozen=True, slots=True)
class Said:
    """What a proven certificate says, with the names that this register knows for its codes."""

    subject: Mapping[str, Any]
    scheme: Scheme | None = None
    issuer: Issuer | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def issuer_name(self) -> str:
        """The issuer's name in the page's language, as this register has it; empty for another register's."""
        return text(self.issuer.organisation.name) if self.issuer else ""


def vouched(report: Report) -> bool:
    """Tell whether an authority that we trust vouches for what the report's document says."""
    return report.kind == "bundle" and all(report.check(name).outcome is Outcome.PASSED for name in _VOUCHING)


def said(report: Report) -> Said | None:
    """Return what a proven certificate says, with the names that this register knows for its codes; None for no other.

    Names are looked up only where a trusted authority vouches for it: a stranger could write our codes into anything.
    """
    subject = report.subject
    if report.kind != "bundle" or not subject:
        return None
    if not vouched(report):
        return Said(subject)
    scheme = Scheme.objects.filter(code=subject.get("scheme", "")).first()
    issuer = Issuer.objects.filter(Q(did=subject.get("issuer", ""))).select_related("organisation").first()
    occupation = Occupation.objects.filter(code=subject.get("occupation", "")).order_by("-classification").first()
    # Names of another register's codes would be guesses.
    return Said(subject, scheme if issuer else None, issuer, occupation.name if occupation and issuer else {})


def facts(known: Said, *, name_given: bool, serial: int | None = None) -> list[Fact]:
    """Return what the certificate says, line by line, each with where it is from.

    Shape:  ``serial`` which document of the award this is, where the register knows it.
    """
    subject, scheme = known.subject, known.scheme
    if subject.get("kind") == "transcript":
        return _converted(known, name_given=name_given)
    level = str(subject["level"])
    ladder = {rung.code: rung.name for rung in schemes.levels(scheme)} if scheme else {}
    lines = [
        Fact(_("Certificate number"), groups(str(subject["number"]))),
        Fact(
            _("Holder"),
            format_html('<span class="name">{}</span>', holder(str(subject["holder"]))),
            _("The name you gave; it matches") if name_given else "",
        ),
        Fact(_("Certificate"), text(scheme.certificate_name) if scheme else str(subject["title"]), _scheme(scheme)),
        Fact(
            _("Occupation"),
            format_html(
                "{} {}", text(known.names) or str(subject["occupation_name"]), monospace(str(subject["occupation"]))
            ),
            str(subject["work_type"]),
        ),
        Fact(_("Level"), text(ladder.get(level, {})) or level, _rung(ladder, level)),
    ]
    if subject["edition"]:
        lines.append(Fact(_("Standard"), _("Edition %(edition)s") % {"edition": subject["edition"]}))
    if subject["results"]:
        lines.append(Fact(_("Results"), _(", ").join(_marks(subject, scheme)), _("points of 100")))
    organisation = known.issuer.organisation if known.issuer else None
    lines += [
        Fact(
            _("Issuer"),
            text(organisation.name) if organisation else str(subject["issuer_name"]),
            _("Filing %(filing)s") % {"filing": subject["filing"]},
        ),
        Fact(_("Region"), text(region_name(str(subject["region"])))),
        Fact(_("Awarded on"), day(str(subject["issued_on"]))),
        Fact(_("Valid until"), day(str(subject["valid_until"])) if subject["valid_until"] else _("for life")),
    ]
    if serial is not None:
        lines.append(Fact(_("Document"), _("No. %(serial)d of this award") % {"serial": serial}))
    return lines


def _converted(known: Said, *, name_given: bool) -> list[Fact]:
    """Return what a college's transcript of conversion says, a line a course."""
    subject = known.subject
    organisation = known.issuer.organisation if known.issuer else None
    return [
        Fact(_("Certificate number"), str(subject["number"])),
        Fact(
            _("Holder"),
            format_html('<span class="name">{}</span>', holder(str(subject["holder"]))),
            _("The name you gave; it matches") if name_given else "",
        ),
        Fact(_("Certificate"), str(subject["title"])),
        Fact(
            _("Issuer"),
            text(organisation.name) if organisation else str(subject["issuer_name"]),
            _("Filing %(filing)s") % {"filing": subject["filing"]},
        ),
        Fact(_("Awarded on"), day(str(subject["issued_on"]))),
        *(
            Fact(
                str(one["course"]),
                str(one["name"]),
                _("%(credits)s credits, grade %(grade)s") % one if one["grade"] else _("%(credits)s credits") % one,
            )
            for one in subject["courses"]
        ),
    ]


def _scheme(scheme: Scheme | None) -> str:
    return text(scheme.name) if scheme and text(scheme.name) != text(scheme.certificate_name) else ""


def _rung(ladder: Mapping[str, Mapping[str, str]], level: str) -> str:
    if level not in ladder:
        return ""
    return _("rung %(place)d of %(of)d") % {"place": list(ladder).index(level) + 1, "of": len(ladder)}


def _marks(subject: Mapping[str, Any], scheme: Scheme | None) -> list[str]:
    names = {part.name.get("zh", ""): part.name for part in schemes.parts(scheme)} if scheme else {}
    return [f"{text(names.get(line['part'], {})) or line['part']} {line['mark']}" for line in subject["results"]]


def short_title(facts_: AwardFacts) -> str:
    """Return occupation and level, for a crumb."""
    return f"{text(facts_.occupation_name)} {text(facts_.level_name)}"
