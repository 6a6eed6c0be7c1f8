"""`guildhall award …`: what can happen to an award after it was issued, and what it was on any day.

Exit status: 0 done, 1 refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guildhall.cli import answers

if TYPE_CHECKING:
    from guildhall.credentials.models import Award

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="See and change an award.")

Number = Annotated[str, typer.Argument(help="The certificate number.")]
SchemeCode = Annotated[str, typer.Option("--scheme", metavar="CODE", help="The scheme of the number.")]
Reason = Annotated[str, typer.Option("--reason", metavar="CODE", help="Why: a code that the deed knows.")]
Note = Annotated[str, typer.Option("--note", help="More words; they stay in the register.")]
From = Annotated[str, typer.Option("--from", metavar="DAY", help="From this day on (today where left out).")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@app.command()
def show(
    number: Number,
    *,
    scheme: SchemeCode,
    on: Annotated[str, typer.Option("--on", metavar="DAY", help="What was true on that day.")] = "",
    known_at: Annotated[
        str, typer.Option("--known-at", metavar="TIME", help="As it was known then (ISO time with zone).")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show what an award is, or was on a day, and everything that has happened to it."""
    day = answers.day(on, "--on")
    with answers.register(as_json=as_json):
        from guildhall.credentials import deeds, selectors

        award = selectors.award_by_number(scheme, number)
        asked = day or deeds.today(answers.now())
        standing = selectors.state_on(award, asked, known_at=_moment(known_at))
        events = [
            {
                "deed": event.deed,
                "from": event.from_on.isoformat(),
                "until": event.until_on.isoformat() if event.until_on else None,
                "reason": event.reason,
                "at": event.at.isoformat(timespec="seconds"),
                "actor": event.actor,
            }
            for event in selectors.history(award)
        ]
        facts = {**_facts(award), "on": asked.isoformat(), "state": standing.state.value, "events": events}
    if as_json:
        print(json.dumps(facts, ensure_ascii=False))
        return
    print(f"{award.number} ({award.scheme_id}) {award.holder_name}: {standing.state.value} on {asked.isoformat()}")
    for event in events:
        until = f" until {event['until']}" if event["until"] else ""
        print(f"  {event['at']} {event['deed']} from {event['from']}{until}, {event['reason']}, by {event['actor']}")


@app.command()
def suspend(
    number: Number,
    *,
    scheme: SchemeCode,
    reason: Reason,
    from_on: From = "",
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="The last day; open where left out.")] = "",
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Take an award out of force for a time."""
    first, last = answers.day(from_on, "--from"), answers.day(until, "--until")

    def deed(award: Award, today: date, **by: Any) -> object:
        from guildhall.credentials import services

        return services.suspend(award, from_on=first or today, until_on=last, reason=reason, note=note, **by)

    _do(number, scheme, deed, as_json=as_json)


@app.command()
def reinstate(
    number: Number, *, scheme: SchemeCode, reason: Reason, from_on: From = "", note: Note = "", as_json: AsJson = False
) -> None:
    """Put a suspended award into force again."""
    _from_a_day("reinstate", number, scheme, reason=reason, from_on=from_on, note=note, as_json=as_json)


@app.command()
def revoke(
    number: Number, *, scheme: SchemeCode, reason: Reason, from_on: From = "", note: Note = "", as_json: AsJson = False
) -> None:
    """Take an award away for good; what it was before stays true."""
    _from_a_day("revoke", number, scheme, reason=reason, from_on=from_on, note=note, as_json=as_json)


@app.command()
def expire(
    number: Number,
    *,
    scheme: SchemeCode,
    reason: Reason = "term-ended",
    from_on: From = "",
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Let an award run out."""
    _from_a_day("expire", number, scheme, reason=reason, from_on=from_on, note=note, as_json=as_json)


@app.command()
def annul(number: Number, *, scheme: SchemeCode, reason: Reason, note: Note = "", as_json: AsJson = False) -> None:
    """Declare that an award never was."""

    def deed(award: Award, _today: date, **by: Any) -> object:
        from guildhall.credentials import services

        return services.annul(award, reason=reason, note=note, **by)

    _do(number, scheme, deed, as_json=as_json)


@app.command()
def reissue(number: Number, *, scheme: SchemeCode, reason: Reason, note: Note = "", as_json: AsJson = False) -> None:
    """Make a new document of the same facts in place of one that was lost."""

    def deed(award: Award, _today: date, **by: Any) -> object:
        from guildhall.credentials import services

        return services.reissue(award, reason=reason, note=note, **by)

    _do(number, scheme, deed, as_json=as_json)


@app.command()
def correct(
    number: Number,
    *,
    scheme: SchemeCode,
    reason: Reason,
    name: Annotated[str | None, typer.Option("--name", help="The holder's name as it should be.")] = None,
    id_kind: Annotated[str | None, typer.Option("--id-kind", help="The kind of identity document.")] = None,
    id_number: Annotated[str | None, typer.Option("--id-number", help="Its number as it should be.")] = None,
    work_type: Annotated[str | None, typer.Option("--work-type", help="The work type as it should be.")] = None,
    examined_on: Annotated[str, typer.Option("--examined-on", metavar="DAY", help="The day of the exam.")] = "",
    mark: Annotated[list[str] | None, typer.Option("--mark", metavar="PART=POINTS", help="A part's mark.")] = None,
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Make a new document with right facts under the same number."""
    exam = answers.day(examined_on, "--examined-on")
    marks = dict(_mark(text) for text in mark or ())

    def deed(award: Award, _today: date, **by: Any) -> object:
        from guildhall.credentials import services

        correction = services.Correction(
            holder_name=name,
            id_kind=id_kind,
            id_number=id_number,
            work_type=work_type,
            examined_on=exam,
            marks=marks or None,
        )
        return services.correct(award, correction, reason=reason, note=note, **by)

    _do(number, scheme, deed, as_json=as_json)


def _from_a_day(name: str, number: str, scheme: str, reason: str, *, from_on: str, note: str, as_json: bool) -> None:
    first = answers.day(from_on, "--from")

    def deed(award: Award, _today: date, **by: Any) -> object:
        from guildhall.credentials import services

        return getattr(services, name)(award, from_on=first, reason=reason, note=note, **by)

    _do(number, scheme, deed, as_json=as_json)


def _do(number: str, scheme: str, deed: Callable[..., object], *, as_json: bool) -> None:
    with answers.register(as_json=as_json):
        from guildhall.accounts.services import COMMAND
        from guildhall.credentials import deeds, selectors

        now = answers.now()
        award = selectors.award_by_number(scheme, number)
        deed(award, deeds.today(now), actor=COMMAND, now=now)
        award.refresh_from_db()
        state = selectors.state_on(award, deeds.today(now)).state.value
        current = selectors.current_instance(award)
        facts = {**_facts(award), "state": state, "instance": current.serial if current is not None else None}
    print(json.dumps(facts, ensure_ascii=False) if as_json else f"{award.number}: {state}")


def _facts(award: Award) -> dict[str, object]:
    return {
        "number": award.number,
        "scheme": award.scheme_id,
        "holder": award.holder_name,
        "issued_on": award.issued_on.isoformat(),
        "valid_until": award.valid_until.isoformat() if award.valid_until else None,
    }


def _mark(text: str) -> tuple[str, str]:
    part, equals, points = text.partition("=")
    if not equals:
        raise typer.BadParameter("a mark is written theory=86", param_hint="--mark")
    return part.strip(), points.strip()


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        moment = None
    if text and (moment is None or moment.tzinfo is None):
        raise typer.BadParameter("a time is written 2026-11-22T08:00:00Z", param_hint="--known-at")
    return moment
