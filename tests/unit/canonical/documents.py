"""Credentials at random, honest and hostile, from a seed: the same seed gives the same documents."""

from __future__ import annotations

import copy
import random
from typing import Any

from guildhall.core.canonical import contexts

NAMES = ("张伟", "王芳", "李娜 (Li Na)", "Müller", "Zoë 😀", "أحمد", "𠮷野家", "O'Neil", "热娜·买买提")
TEXTS = (
    "能独立完成工业机器人系统的安装、调试与维护。",
    "Passed with distinction",
    'He said "yes"',
    "line one\nline two",
    "tab\tand \\ backslash",
    "",
    "trailing space ",
    "“引号” – dash … ellipsis",
)
HOSTILE_TEXTS = (
    "\x00", "\x07bell", "back\bspace", "form\ffeed", "vertical\x0btab", "unit\x1fseparator", "del\x7f", "c1\x85next",
    "\u2028line\u2029", "\u202eright-to-left", "\ufeffbom", "\ufffe", "\uffff", "\U0001fffe", "\U0010ffff",
    '"', "\\", '\\"', "\\u0041", "_:a", "_:c14n0 .", "<urn:x>", '" .\n<urn:evil> <urn:p> "x', "@en", "^^<urn:t>",
    "@type", "@none", "@id", "a" * 3000, "\r\n", "\r", "\n", "é", "e\u0301", "😀", "\u0600",
)  # fmt: skip
HOSTILE_IRIS = (
    "", "relative", "/path", "#frag", "?q", "//host/x", "http:x", "https://", "urn:", "did:", "data:,x", "mailto:a@b.c",
    "https://a.example/ space", "https://a.example/<b>", "https://a.example/\n", "https://a.example/é", "https://a.example/😀",
    "https://a.example/%20", "https://a.example/#a#b", "https://a.example/`", "https://a.example/{x}", "_:b0", "_:b1", "_:",
    "@id", "@type", "@foo", "name", "VerifiableCredential", "ex:thing", "HTTPS://A.EXAMPLE/", "http://[::1]/", "x:y", "1:2",
    "https://a.example/\x7f", "https://a.example/\u00a0", "https://a.example/|", "urn:x\\y", "https://a.example/^", "tag:a,2026:b",
)  # fmt: skip
KINDS = frozenset({"VerifiableCredential", "OpenBadgeCredential", "Achievement", "AchievementSubject", "Profile"})
TEXT_MEMBERS = frozenset({
    "name", "description", "narrative", "targetName", "targetCode", "humanCode", "value", "salt", "identityHash",
    "validFrom", "statusPurpose", "statusListIndex", "targetUrl", "resultType", "valueMax",
})  # fmt: skip
ODD_NUMBERS = (
    0, -0.0, 1, -1, 5.0, 0.1, 0.5, 87.5, 1e-7, 1.5e-10, 1e15, 1e16, 1e20, 1e21, 1.5e300, 123456789.123, 2**53 - 1, 2**53,
    -(2**53), 2**64, 0.1 + 0.2, 1 / 3, 100.0, 5e-324,
)  # fmt: skip


def credential(rng: random.Random, *, form: int = 0, blank_nodes: bool = True) -> dict[str, Any]:
    """Return a plausible Open Badges credential; without blank nodes every node has an identifier.

    ``form`` decides which members it has and how many of each, ``rng`` what is in them.
    """
    n = rng.randrange(10**9)
    dice = random.Random(form)

    def node(kind: str, members: dict[str, Any], *, named: bool | None = None) -> dict[str, Any]:
        if named is None:
            named = not blank_nodes or dice.random() < 0.3
        start: dict[str, Any] = {"id": f"urn:uuid:{rng.getrandbits(128):032x}"} if named else {}
        return {**start, "type": [kind] if dice.random() < 0.7 else kind, **members}

    text = lambda: rng.choice(TEXTS) if rng.random() < 0.8 else f"{rng.choice(NAMES)} {rng.randrange(1000)}"  # noqa: E731
    maybe = lambda name, value, chance=0.6: {name: value} if dice.random() < chance else {}  # noqa: E731
    descriptions = [
        {"id": f"urn:uuid:{rng.getrandbits(128):032x}", "type": ["ResultDescription"], "name": text(),
         "resultType": "Percent", **maybe("valueMax", str(rng.randrange(100)))}
        for _ in range(dice.randrange(3))
    ]  # fmt: skip
    achievement = {
        "id": f"https://register.example/achievements/{rng.randrange(40)}",
        "type": ["Achievement"],
        "name": rng.choice(TEXTS[:2]),
        "description": text(),
        "criteria": {"id": f"https://register.example/criteria/{n}", "narrative": text()} if not blank_nodes else
                    {"narrative": text()},
        **maybe("achievementType", "Certification"),
        **maybe("humanCode", f"6-31-{rng.randrange(99):02d}"),
        **maybe("creditsAvailable", 2 * rng.randrange(9) if dice.random() < 0.5 else rng.randrange(9) + 0.5),
        **maybe("tag", [f"tag{rng.randrange(50)}" for _ in range(dice.randrange(3))]),
        **maybe("alignment", [
            node("Alignment", {"targetName": text(), "targetUrl": f"https://register.example/c/{rng.randrange(10**6)}",
                               **maybe("targetCode", f"R-{rng.randrange(10**6)}")})
            for _ in range(dice.randrange(1, 4))
        ]),
        **({"resultDescription": descriptions} if descriptions else {}),
    }  # fmt: skip
    subject = {
        "id": f"did:example:{rng.getrandbits(64):x}",
        "type": ["AchievementSubject"],
        "achievement": achievement,
        **maybe("identifier", [node("IdentityObject", {
            "identityHash": f"sha256${rng.getrandbits(256):x}", "identityType": "name", "hashed": dice.random() < 0.8,
            "salt": f"{rng.getrandbits(32):x}"})]),
        **({"result": [
            node("Result", {"resultDescription": one["id"], "value": str(rng.randrange(101))}) for one in descriptions
        ]} if descriptions else {}),
    }  # fmt: skip
    return {
        "@context": [contexts.VC_V2, contexts.OPEN_BADGES_V3, contexts.OPEN_BADGES_EXTENSIONS],
        "id": f"https://register.example/credentials/{n}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": f"did:web:register.example:issuers:{rng.randrange(30)}", "type": ["Profile"],
                   "name": rng.choice(NAMES)},
        "validFrom": f"2026-{rng.randrange(1, 13):02d}-01T08:00:00Z",
        **maybe("validUntil", "2036-11-22T08:00:00Z"),
        "name": rng.choice(TEXTS) if dice.random() < 0.7 else
                [{"@value": "岗位能力证书", "@language": "zh-CN"}, {"@value": text(), "@language": "en"}],
        "credentialSubject": subject,
        **maybe("credentialStatus", {
            "id": f"https://register.example/status/3#{n}", "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation", "statusListIndex": str(n), "statusListCredential":
            "https://register.example/status/3"}),
        **maybe("credentialSchema", [{"id": "https://register.example/schema/ob.json",
                                      "type": "1EdTechJsonSchemaValidator2019"}]),
        **maybe("evidence", [node("Evidence", {"name": text(), "narrative": rng.choice(NAMES)})]),
    }  # fmt: skip


def certificate(rng: random.Random) -> dict[str, Any]:
    """Return a certificate as a register issues them by the hundred thousand: one shape, new values."""
    n = rng.randrange(10**9)
    mark = f"urn:uuid:{rng.getrandbits(128):032x}"
    return {
        "@context": [contexts.VC_V2, contexts.OPEN_BADGES_V3, contexts.OPEN_BADGES_EXTENSIONS],
        "id": f"https://register.example/credentials/{n}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": "did:web:register.example:issuers:dongfang", "type": ["Profile"], "name": "东方职业技能鉴定中心"},
        "validFrom": "2026-11-22T08:00:00Z",
        "validUntil": "2036-11-22T08:00:00Z",
        "name": "岗位能力证书（高级）",
        "credentialSubject": {
            "id": f"did:key:z6Mk{rng.getrandbits(240):060x}",
            "type": ["AchievementSubject"],
            "identifier": [{"type": "IdentityObject", "identityHash": f"sha256${rng.getrandbits(256):064x}",
                            "identityType": "name", "hashed": True, "salt": f"{rng.getrandbits(64):016x}"}],
            "achievement": {
                "id": "https://register.example/achievements/pcc-6-31-03-07-3",
                "type": ["Achievement"],
                "name": "工业机器人系统运维员 高级工",
                "description": "能独立完成工业机器人系统的安装、调试与维护。",
                "achievementType": "Certification",
                "humanCode": "6-31-03-07-3",
                "inLanguage": "zh-CN",
                "criteria": {"narrative": "理论知识与技能操作均达到60分以上。"},
                "alignment": [{"type": ["Alignment"], "targetName": "机器人调试", "targetCode": "R-12",
                               "targetUrl": "https://register.example/competencies/R-12", "targetType": "CFItem",
                               "targetFramework": "国家职业标准"}],
                "resultDescription": [{"id": mark, "type": ["ResultDescription"], "name": "理论成绩",
                                       "resultType": "Percent", "valueMin": "0", "valueMax": "100"}],
            },
            "result": [{"type": ["Result"], "resultDescription": mark, "value": str(rng.randrange(60, 101))}],
        },
        "credentialStatus": {"id": f"https://register.example/status/3#{n}", "type": "BitstringStatusListEntry",
                             "statusPurpose": "revocation", "statusListIndex": str(n),
                             "statusListCredential": "https://register.example/status/3"},
        "credentialSchema": [{"id": "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json",
                              "type": "1EdTechJsonSchemaValidator2019"}],
        "evidence": [{"id": f"https://register.example/evidence/{n}", "type": ["Evidence"], "name": "操作考核录像",
                      "narrative": "考评员三人签名"}],
    }  # fmt: skip


CERTIFICATE_HOLES = {
    "id": ("id",),
    "holder": ("credentialSubject", "id"),
    "identity": ("credentialSubject", "identifier", 0, "identityHash"),
    "salt": ("credentialSubject", "identifier", 0, "salt"),
    "description": (
        ("credentialSubject", "achievement", "resultDescription", 0, "id"),
        ("credentialSubject", "result", 0, "resultDescription"),
    ),
    "mark": ("credentialSubject", "result", 0, "value"),
    "entry": ("credentialStatus", "id"),
    "index": ("credentialStatus", "statusListIndex"),
    "evidence": ("evidence", 0, "id"),
}
"""Where one certificate of a batch differs from the next."""


def presentation(rng: random.Random, *, form: int = 0) -> dict[str, Any]:
    """Return a presentation of some credentials (each in a graph of its own)."""
    return {
        "@context": [contexts.VC_V2],
        "type": ["VerifiablePresentation"],
        "holder": f"did:example:{rng.randrange(10**6)}",
        "verifiableCredential": [
            credential(rng, form=form + one, blank_nodes=form % 2 == 0) for one in range(1 + form % 2)
        ],
    }  # fmt: skip


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the paths of all values below a value, contexts left out."""
    found = []
    if isinstance(value, dict):
        for name, member in value.items():
            if name != "@context":
                found += [(*path, name), *places(member, (*path, name))]
    elif isinstance(value, list):
        for index, member in enumerate(value):
            found += [(*path, index), *places(member, (*path, index))]
    return found


def at(document: Any, path: tuple[str | int, ...]) -> Any:
    """Return the value at a path."""
    for step in path:
        document = document[step]
    return document


def mutated(rng: random.Random, document: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a document, spoilt in one to three places: mostly values, sometimes its build."""
    spoilt = copy.deepcopy(document)
    for _ in range(rng.randrange(1, 4)):
        every = places(spoilt)
        if rng.random() < 0.6:
            texts = [path for path in every if path[-1] in TEXT_MEMBERS and isinstance(at(spoilt, path), str)]
            path = rng.choice(texts or every)
            at(spoilt, path[:-1])[path[-1]] = rng.choice(HOSTILE_TEXTS)
            continue
        inner = [path for path in every if not isinstance(at(spoilt, path), (dict, list))]
        path = rng.choice(inner if inner and rng.random() < 0.7 else every)
        _spoil(rng, spoilt, at(spoilt, path[:-1]), path[-1])
    return spoilt


def _spoil(rng: random.Random, document: dict[str, Any], parent: Any, key: str | int) -> None:
    value = parent[key]
    same_kind = [at(document, path) for path in places(document) if type(at(document, path)) is type(value)]
    ways = [
        lambda: rng.choice(HOSTILE_TEXTS),
        lambda: rng.choice(HOSTILE_IRIS),
        lambda: rng.choice(ODD_NUMBERS),
        lambda: rng.choice((None, True, False, [], {}, [[]], "")),
        lambda: copy.deepcopy(rng.choice(same_kind)),
        lambda: [copy.deepcopy(value), copy.deepcopy(value)],
        lambda: [copy.deepcopy(value), rng.choice(HOSTILE_TEXTS)],
        lambda: {"@value": rng.choice((*HOSTILE_TEXTS, *ODD_NUMBERS, None)), "@language": rng.choice(("zh", "en-GB", "x y", "", "ZH-Hans"))},
        lambda: {"@value": rng.choice(HOSTILE_TEXTS), "@type": rng.choice(HOSTILE_IRIS)},
        lambda: {"@value": "x", "@language": "ar", "@direction": "rtl"},
        lambda: {"@value": "x", "@index": "i"},
        lambda: {"@list": [copy.deepcopy(value), "x", "x"]},
        lambda: {"@set": [copy.deepcopy(value)]},
        lambda: {"id": rng.choice(HOSTILE_IRIS)},
        lambda: {"id": rng.choice(HOSTILE_IRIS), "name": rng.choice(HOSTILE_TEXTS)},
        lambda: {"@json": value},
    ]  # fmt: skip
    way = rng.choice((0, 0, 0, 1, 1, 4, 4, *range(len(ways) + 5)))
    if key in ("type", "@type") or (isinstance(parent, list) and str(value) in KINDS):
        way = rng.choice((way, 3, 5, len(ways) + 1))
    if way < len(ways):
        parent[key] = ways[way]()
    elif isinstance(parent, dict):
        extra = rng.choice(("undefined", "@foo", "@index", "@nest", "id", "type", "@type", "name", "x:y", "urn:p", "@included",
                            "https://p.example/q", "description", "@graph", "", " ", "@reverse", "proof", "evidence"))  # fmt: skip
        if way == len(ways):
            del parent[key]
        elif way == len(ways) + 1:
            parent[extra] = rng.choice((*HOSTILE_TEXTS, *HOSTILE_IRIS))
        elif way == len(ways) + 2:
            parent[extra] = copy.deepcopy(value)
        elif way == len(ways) + 3:
            parent[extra] = {"id": rng.choice(HOSTILE_IRIS), "name": "x"}
        else:
            parent[extra] = parent.pop(key)
