"""A match as JSON, with a sentence for each line in two languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from guildhall.core.codes.level import LEVELS
from guildhall.core.coverage import percent
from guildhall.core.eligibility import missing_sentence, time_in_words
from guildhall.core.language import LANGUAGES, in_language
from guildhall.core.record import DIPLOMAS
from guildhall.core.routes.matching import EQUIVALENT, MET, MISSING, Distance, Line, Match
from guildhall.core.routes.requirement import (
    Covers,
    HasWorked,
    HoldsCertificate,
    HoldsDiploma,
    HoldsLicence,
    IsRecent,
    Wish,
)

VERDICTS: Final[Mapping[str, Mapping[str, str]]] = {
    MET: {"zh": "符合", "en": "Met."},
    EQUIVALENT: {"zh": "同等：{via}", "en": "Equivalent: {via}."},
    MISSING: {"zh": "缺少", "en": "Missing."},
}
"""Verdict → sentence."""

_VIA: Final[Mapping[str, Mapping[str, str]]] = {
    "scheme": {"zh": "另一条体系的证书，效力相同", "en": "through the parallel scheme"},
    "level": {"zh": "等级或学历更高", "en": "through a higher level"},
    "related": {"zh": "相关职业（减 {penalty}%）", "en": "through a related occupation ({penalty}% off)"},
}

_DISTANCES: Final[Mapping[str, Mapping[str, str]]] = {
    "licence_missing": {
        "zh": "法定要求，没有“部分符合”：记录中没有有效的准入许可",
        "en": "The law asks for it, and there is no partly: the record holds no licence in force.",
    },
    "certificate_eligible": {
        "zh": "下一张证书：{level}，现在就可以申报；还差 {n_rungs} 级",
        "en": "Next certificate: {level}; it may be applied for now. Rungs to climb: {n_rungs}.",
    },
    "certificate_by_waiting": {
        "zh": "下一张证书：{level}，再过 {time} 可以申报；还差 {n_rungs} 级",
        "en": "Next certificate: {level}; it may be applied for in {time}. Rungs to climb: {n_rungs}.",
    },
    "certificate_not_by_waiting": {
        "zh": "下一张证书：{level}，仅靠等待不能申报；还差 {n_rungs} 级",
        "en": "Next certificate: {level}; waiting alone does not make one eligible. Rungs to climb: {n_rungs}.",
    },
    "certificate_missing": {
        "zh": "下一张证书：{level}；还差 {n_rungs} 级",
        "en": "Next certificate: {level}. Rungs to climb: {n_rungs}.",
    },
    "work_short": {"zh": "还差 {time} 的工作", "en": "{time} of work are missing."},
    "coverage_short": {
        "zh": "覆盖 {share}%，要求 {asked}%；欠缺：{gaps}",
        "en": "{share}% of {asked}% covered; missing: {gaps}.",
    },
    "no_standard": {
        "zh": "没有可据以判断的职业标准，不作推测",
        "en": "There is no standard to judge by; it is not guessed.",
    },
    "diploma_missing": {"zh": "缺{diploma}", "en": "No {diploma} (or higher) as asked for."},
    "not_recent": {
        "zh": "最近 {months} 个月内没有取得证书或从事工作",
        "en": "No certificate or work within the last {months} months.",
    },
}
"""Code of a distance → sentence."""


def match_json(match: Match) -> dict[str, Any]:
    """Return a match as docs/formats/match.md describes it."""
    post = match.post
    return {
        "post": {
            "id": post.id,
            "edition": post.edition,
            "employer": post.employer,
            "name": dict(post.name),
            "occupation": post.occupation,
        },
        "on": match.on.isoformat(),
        "fits": match.fits,
        "first_on": _day(match.first_on),
        "score": score_json(match),
        "requires": [line_json(line) for line in match.lines],
        "prefers": [line_json(line) for line in match.preferred],
    }


def score_json(match: Match) -> dict[str, Any]:
    """Return what a match counts, as ranks are made of it."""
    return {
        "n_required": len(match.lines),
        "n_met": match.n(MET),
        "n_equivalent": match.n(EQUIVALENT),
        "n_missing": match.n(MISSING),
        "n_legal_missing": match.n_legal_missing,
        "share": f"{match.share.numerator}/{match.share.denominator}",
        "penalty": match.penalty,
        "n_preferred": len(match.preferred),
        "n_preferred_met": match.n_preferred,
    }


def line_json(line: Line) -> dict[str, Any]:
    """Return one line of a match."""
    node = line.node
    return {
        "id": node.id,
        "text": dict(node.text),
        "asks": node.join if node.wish is None else node.wish.as_json(),
        "legal": line.legal,
        "verdict": line.verdict,
        "message": {language: sentence(line, language) for language in LANGUAGES},
        "by": list(line.by),
        "via": list(line.via),
        "penalty": line.penalty,
        "first_on": _day(line.first_on),
        "distance": None if line.distance is None or node.wish is None else _distance_json(node.wish, line.distance),
        "parts": [line_json(part) for part in line.parts],
    }


def sentence(line: Line, language: str) -> str:
    """Return one sentence about a line: why it counts, or what is missing.

    Shape:  ``language`` is ``zh`` or ``en``.
    """
    if line.distance is not None and line.node.wish is not None:
        return distance_sentence(line.node.wish, line.distance, language)
    via = ("；" if language == "zh" else ", ").join(
        in_language(_VIA[word], language).format(penalty=line.penalty) for word in line.via
    )
    return in_language(VERDICTS[line.verdict], language).format(via=via)


def distance_code(wish: Wish, distance: Distance) -> str:
    """Return which kind of distance it is: a key of the table of sentences."""
    if isinstance(wish, HoldsCertificate):
        if distance.answer is None:
            return "certificate_missing"
        if distance.eligible:
            return "certificate_eligible"
        return "certificate_not_by_waiting" if distance.eligible_on is None else "certificate_by_waiting"
    if isinstance(wish, Covers):
        return "no_standard" if distance.share is None else "coverage_short"
    kinds = {
        HoldsLicence: "licence_missing",
        HasWorked: "work_short",
        HoldsDiploma: "diploma_missing",
        IsRecent: "not_recent",
    }
    return kinds[type(wish)]


def distance_sentence(wish: Wish, distance: Distance, language: str) -> str:
    """Return one sentence that says what is missing and how far it is."""
    words = {
        "level": _level(distance.next_level, language),
        "n_rungs": distance.n_rungs,
        "time": time_in_words(*distance.time, language),
        "share": "" if distance.share is None else percent(distance.share),
        "asked": getattr(wish, "percent", 0),
        "gaps": _gaps(distance, language),
        "diploma": in_language(DIPLOMAS.get(getattr(wish, "diploma", ""), {}), language),
        "months": getattr(wish, "months", 0),
    }
    return in_language(_DISTANCES[distance_code(wish, distance)], language).format(**words)


def _gaps(distance: Distance, language: str) -> str:
    numbers: Sequence[str] = list(dict.fromkeys(one.cell.number for one in distance.gaps))
    listed = ("、" if language == "zh" else ", ").join(numbers[:5])
    return listed + (" …" if len(numbers) > 5 else "")


def _distance_json(wish: Wish, distance: Distance) -> dict[str, Any]:
    months, days = distance.time
    answer = distance.answer
    return {
        "code": distance_code(wish, distance),
        "first_on": _day(distance.first_on),
        "months": months,
        "days": days,
        "next": None
        if not isinstance(wish, HoldsCertificate)
        else {
            "occupation": wish.occupation,
            "level": distance.next_level,
            "n_rungs": distance.n_rungs,
            "eligible": distance.eligible,
            "eligible_on": _day(distance.eligible_on),
            "clause": None if answer is None or answer.first_clause is None else answer.first_clause.id,
            "missing": []
            if answer is None
            else [
                {
                    "clause": short.clause.id,
                    "missing": [
                        {
                            "code": lack.code,
                            "message": {language: missing_sentence(lack, language) for language in LANGUAGES},
                        }
                        for lack in short.missing
                    ],
                }
                for short in answer.shortfalls
            ],
        },
        "share": None if distance.share is None else percent(distance.share),
        "gaps": [
            {
                "competency": one.cell.number,
                "name": dict(one.cell.name),
                "column": one.cell.column,
                "covered": one.covered,
            }
            for one in distance.gaps
        ],
    }


def _level(code: str, language: str) -> str:
    return in_language(LEVELS[code].name, language) if code in LEVELS else ""


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
