"""Rules about wording: bytes to checked facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from guildhall.core.errors import MalformedError
from guildhall.core.reading import Reading, read_json

FORMAT: Final = "guildhall-wording-rules/1"
KINDS: Final = ("word", "emblem", "body")
WHOLE_COUNTRY: Final = "000000"
MAX_RULES: Final = 1_000
MAX_WORD: Final = 80
MAX_WORDS: Final = 10_000
"""Words, renderings and exceptions of all rules: each is looked for at each place of a text."""


class InvalidWordingRulesError(MalformedError):
    """A file of wording rules that does not keep its format; ``problems`` lists the places."""

    code = "invalid_wording_rules"


@dataclass(frozen=True, slots=True)
class Notice:
    """The document that a rule rests on. ``region`` is where it holds: six digits, ``000000`` everywhere.

    ``issued_on`` is None where the day is not confirmed.
    """

    code: str
    title: Mapping[str, str]
    by: Mapping[str, str]
    document_no: str
    issued_on: date | None
    url: str
    region: str

    def cited(self, language: str) -> str:
        """Return the notice as it is cited in one line."""
        title = self.title.get(language) or self.title["zh"]
        if language == "zh":
            return f"《{title}》（{self.document_no}）" if self.document_no else f"《{title}》"
        return f"{title} ({self.document_no})" if self.document_no else title


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: which words, by which clause of which notice, since when.

    ``kind``        ``word`` for wording, ``emblem`` for a picture that is mentioned, ``body`` for the name of another body
    ``words``       the words themselves; ``renderings`` say the same in English, looked for where a certificate is bilingual
    ``exceptions``  longer phrases in which the letters of a word stand together by chance (安全国际)
    """

    code: str
    kind: str
    words: tuple[str, ...]
    renderings: tuple[str, ...]
    exceptions: tuple[str, ...]
    notice: Notice
    clause: str
    in_force_on: date
    ends_on: date | None
    note: Mapping[str, str]

    def holds(self, on: date, region: str) -> bool:
        """Tell whether the rule holds on a day in a region; an empty region means that every rule is asked for."""
        where = self.notice.region.rstrip("0")
        if region and not (region.startswith(where) or where.startswith(region.rstrip("0"))):
            return False
        return self.in_force_on <= on and (self.ends_on is None or on <= self.ends_on)


@dataclass(frozen=True, slots=True)
class Rules:
    """A list of rules. ``variants`` maps other forms of characters in the words to the form that the words have."""

    code: str
    name: Mapping[str, str]
    rules: tuple[Rule, ...]
    variants: Mapping[str, str]


def read_wording_rules(data: bytes) -> Rules:
    """Return the rules of a file.

    Shape:  JSON as in docs/formats/wording-rules.md.
    Raises: InvalidWordingRulesError with the problems; the errors of ``read_json``.
    """
    reading = Reading()
    known = frozenset({"format", "code", "name", "notices", "rules", "variants"})
    rules = _rules(reading, reading.members(read_json(data), "$", known=known))
    if reading.problems:
        raise InvalidWordingRulesError(
            f"the wording rules have {reading.n_problems} problem(s), first {reading.problems[0]}",
            problems=reading.problems,
            n_problems=reading.n_problems,
        )
    return rules


def _rules(reading: Reading, root: Mapping[str, Any]) -> Rules:
    reading.text(root, "format", "$", FORMAT)
    notices: dict[str, Notice] = {}
    for i, item in enumerate(reading.items(root, "notices", "$")):
        notice = _notice(reading, item, f"notices[{i}]")
        if notice.code in notices:
            reading.note(f"notices[{i}].code", "stands twice")
        notices[notice.code] = notice
    items = reading.items(root, "rules", "$")
    if len(items) > MAX_RULES:
        reading.note("rules", f"more than {MAX_RULES} rules")
    rules = [_rule(reading, item, f"rules[{i}]", notices) for i, item in enumerate(items[:MAX_RULES])]
    made = tuple(rule for rule in rules if rule is not None)
    if sum(len(rule.words) + len(rule.renderings) + len(rule.exceptions) for rule in made) > MAX_WORDS:
        reading.note("rules", f"more than {MAX_WORDS} words")
    if len({rule.code for rule in made}) != len(made):
        reading.note("rules", "a code stands twice")
    return Rules(
        code=reading.text(root, "code", "$", r"[a-z0-9][a-z0-9-]{0,31}"),
        name=reading.names(root.get("name"), "name"),
        rules=made,
        variants=_variants(reading, root.get("variants", {})),
    )


def _notice(reading: Reading, document: object, path: str) -> Notice:
    known = frozenset({"code", "title", "by", "document_no", "issued_on", "url", "region"})
    members = reading.members(document, path, known=known)
    return Notice(
        code=reading.text(members, "code", path, r"[a-z0-9][a-z0-9-]{0,31}"),
        title=reading.names(members.get("title"), f"{path}.title"),
        by=reading.names(members.get("by"), f"{path}.by"),
        document_no=reading.text(members, "document_no", path, optional=True),
        issued_on=reading.optional_day(members, "issued_on", path),
        url=reading.text(members, "url", path, r"https?://\S{1,500}", optional=True),
        region=reading.text(members, "region", path, r"[0-9]{6}"),
    )


def _rule(reading: Reading, document: object, path: str, notices: Mapping[str, Notice]) -> Rule | None:
    known = {"code", "kind", "words", "renderings", "exceptions", "notice", "clause", "in_force_on", "ends_on", "note"}
    members = reading.members(document, path, known=frozenset(known))
    notice = notices.get(reading.text(members, "notice", path))
    if notice is None:
        reading.note(f"{path}.notice", "names no notice of this file")
        return None
    kind = reading.text(members, "kind", path)
    if kind not in KINDS:
        reading.note(f"{path}.kind", f"one of {', '.join(KINDS)} is needed")
    in_force_on = reading.day(members, "in_force_on", path)
    ends_on = reading.optional_day(members, "ends_on", path)
    if ends_on is not None and ends_on < in_force_on:
        reading.note(f"{path}.ends_on", "lies before in_force_on")
    return Rule(
        code=reading.text(members, "code", path, r"[a-z0-9][a-z0-9-]{0,47}"),
        kind=kind,
        words=_words(reading, members, "words", path),
        renderings=_words(reading, members, "renderings", path, optional=True),
        exceptions=_words(reading, members, "exceptions", path, optional=True),
        notice=notice,
        clause=reading.text(members, "clause", path),
        in_force_on=in_force_on,
        ends_on=ends_on,
        note=reading.names(members.get("note"), f"{path}.note", optional=True),
    )


def _words(
    reading: Reading, members: Mapping[str, Any], name: str, path: str, *, optional: bool = False
) -> tuple[str, ...]:
    words = reading.texts(members, name, path, optional=optional)
    for word in words:
        if len(word) > MAX_WORD or not any(letter.isalnum() for letter in word):
            reading.note(f"{path}.{name}", f"a word has a letter, and {MAX_WORD} at most")
    return words


def _variants(reading: Reading, value: object) -> dict[str, str]:
    members = reading.members(value, "variants")
    for other, usual in members.items():
        if len(other) != 1 or not isinstance(usual, str) or len(usual) != 1:
            reading.note("variants", "one character is needed for one character")
            return {}
    return dict(members)
