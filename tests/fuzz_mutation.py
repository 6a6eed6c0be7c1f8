"""Changes that keep the form of an input: strict JSON, archives and tokens would refuse nearly all that random bytes make of them.

Each form is taken apart, one part or some are changed, and it is put together again. Every third time the bytes are left to
the fuzzer itself. What a call does depends on its seed alone, so that a finding can be made again.
"""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

Mutate = Callable[[bytes, int], bytes]
"""The fuzzer's own change of bytes: (bytes, longest) → bytes."""

TEXTS: Sequence[str] = (
    "", " ", "x", "0", "-1", "1.5", "100", "2026-02-30", "9999-12-31", "0001-01-01", "2026-11-22", "6-31-01-03", "5", "1.1.1",
    "\u0000", "\ufeff", "\u202e", "电工", "😀", "\ue000", "a" * 300, "{{count}}", "=1+1", "'", '"', "\\", "../x", "urn:x",
    "https://x.example/", "did:web:x", "did:key:z6Mk", "@id", "@type", "@context", "_:b0", "u", "z", "NaN", "1e400",
    "2026-11-22T08:00:00Z", "sha256$x", "\u0661", "I\u0307", "toString", "__proto__",
)  # fmt: skip
NUMBERS: Sequence[object] = (
    0, -1, 1, 2, 99, 100, 2**31, 2**53 - 1, -(2**53) + 1, 0.5, 1e308, 1e-300, -0.0, 1e21, True, False, None,
)  # fmt: skip
_MOST_NODES = 20_000


def mutate(form: str, data: bytes, *, max_size: int, seed: int, plain: Mutate, donors: Sequence[Any]) -> bytes:
    """Return a changed input of a form.

    Shape:  ``donors`` are parsed documents of the target, out of which parts are taken over.
    """
    rng = random.Random(seed)
    own = _FORMS.get(form)
    if own is not None and rng.randrange(3):
        try:
            changed = own(data, rng, plain, donors)
        except Exception:  # noqa: BLE001 - what no longer has its form is left to plain changes, whatever it breaks here
            changed = b""
        if changed and len(changed) <= max_size:
            return changed
    return plain(data, max_size)


# --- JSON ------------------------------------------------------------------------------------------------------------


def _json(data: bytes, rng: random.Random, plain: Mutate, donors: Sequence[Any]) -> bytes:
    value = json.loads(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        value = change(value, rng, plain, donors)
    return written(value)


def written(value: object) -> bytes:
    """Return a value as JSON in UTF-8, as the strict reader wants it (without the surrogates that it refuses)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def change(value: Any, rng: random.Random, plain: Mutate, donors: Sequence[Any]) -> Any:
    """Change one node of a parsed document, in place where it can be; return the document."""
    found = places(value)
    if not found:
        return _other(value, rng, plain, donors)
    holder, key = rng.choice(found)
    match rng.randrange(9):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder[key:key] = [json.loads(json.dumps(holder[key]))] * rng.choice((1, 1, 2, 20))
        case 1:
            holder[rng.choice((f"{key} ", str(key).upper(), rng.choice(TEXTS)))] = holder[key]
        case 2:
            other, place = rng.choice(found)
            holder[key] = json.loads(json.dumps(other[place]))
        case 3 if donors:
            holder[key] = json.loads(json.dumps(_piece(rng.choice(donors), rng)))
        case 4:
            holder[key] = rng.choice(([holder[key]], {"zh": holder[key]}, [], {}, [[]], {"id": holder[key]}))
        case 5 if isinstance(holder, dict) and donors:
            donor = _piece(rng.choice(donors), rng)
            if isinstance(donor, dict) and donor:
                name = rng.choice(list(donor))
                holder[name] = json.loads(json.dumps(donor[name]))
        case 6 if isinstance(holder, list):
            rng.shuffle(holder)
        case _:
            holder[key] = _other(holder[key], rng, plain, donors)
    return value


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return each place of a parsed document: an object or list, and the name or number of what stands there."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting and len(found) < _MOST_NODES:
        one = waiting.pop()
        if isinstance(one, dict):
            found += [(one, key) for key in one]
            waiting += one.values()
        elif isinstance(one, list):
            found += [(one, at) for at in range(len(one))]
            waiting += one
    return found


def _piece(value: Any, rng: random.Random) -> Any:
    found = places(value)
    if not found:
        return value
    holder, key = rng.choice(found)
    return holder[key]


def _other(value: Any, rng: random.Random, plain: Mutate, donors: Sequence[Any]) -> Any:
    if isinstance(value, str) and rng.randrange(3):
        return _text(value, rng, plain)
    if isinstance(value, int | float) and rng.randrange(2):
        return value + rng.choice((-1, 1, 10, -value, value, 0.5))
    match rng.randrange(4):
        case 0:
            return rng.choice(NUMBERS)
        case 1 if donors:
            return json.loads(json.dumps(_piece(rng.choice(donors), rng)))
        case _:
            return rng.choice(TEXTS)


def _text(text: str, rng: random.Random, plain: Mutate) -> str:
    match rng.randrange(6):
        case 0:
            return plain(text.encode("utf-8", "replace"), 400).decode("utf-8", "replace")
        case 1:
            at = rng.randrange(len(text) + 1)
            return text[:at] + rng.choice(TEXTS) + text[at:]
        case 2 if text:
            at = rng.randrange(len(text))
            return text[:at] + text[at + 1 :]
        case 3 if text:
            at = rng.randrange(len(text))
            return text[:at] + chr((ord(text[at]) + rng.choice((-1, 1))) % 0x10FFFF) + text[at + 1 :]
        case 4:
            return text * rng.choice((2, 3, 40))
        case _:
            return rng.choice(TEXTS)


# --- tables, notes, logs ---------------------------------------------------------------------------------------------


def _table(data: bytes, rng: random.Random, plain: Mutate, donors: Sequence[Any]) -> bytes:
    head, rest = (data[:1], data[1:]) if data[:1] < b"\x20" else (b"", data)
    encoding = "utf-16" if rest[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = rest.decode(encoding)
    if text.lstrip("\ufeff")[:1] == "{":
        lines = text.splitlines()
        at = rng.randrange(len(lines))
        lines[at] = _json(lines[at].encode(), rng, plain, donors).decode()
        return head + "\n".join(lines).encode(encoding)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    for _ in range(rng.choice((1, 1, 2))):
        row = rng.choice(rows)
        match rng.randrange(6):
            case 0:
                rows.insert(rng.randrange(len(rows) + 1), list(row))
            case 1:
                rows.remove(row)
            case 2:
                row.insert(rng.randrange(len(row) + 1), rng.choice(TEXTS))
            case 3:
                other = rng.choice(rows)
                row[rng.randrange(len(row))] = rng.choice(other)
            case _:
                at = rng.randrange(len(row))
                row[at] = _text(row[at], rng, plain)
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=rng.choice((",", ",", ",", ";", "\t"))).writerows(rows)
    return head + out.getvalue().encode(encoding, "replace")


def _lines(data: bytes, rng: random.Random, plain: Mutate, _donors: Sequence[Any]) -> bytes:
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    match rng.randrange(5):
        case 0:
            lines.insert(at, rng.choice(lines))
        case 1:
            del lines[at]
        case 2:
            other = rng.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            words = lines[at].split(b" ")
            words[rng.randrange(len(words))] = rng.choice(TEXTS).encode("utf-8", "replace")
            lines[at] = b" ".join(words)
        case _:
            lines[at] = plain(lines[at], 300) if lines[at] else b"0"
    return b"\n".join(lines)


# --- what is packed ----------------------------------------------------------------------------------------------------


def _workbook(data: bytes, rng: random.Random, plain: Mutate, _donors: Sequence[Any]) -> bytes:
    head, rest = (data[:1], data[1:]) if data[:2] != b"PK" else (b"", data)
    with zipfile.ZipFile(io.BytesIO(rest)) as archive:
        parts = {name: archive.open(name).read(200_000) for name in archive.namelist()[:30]}
    name = rng.choice(list(parts))
    match rng.randrange(8):
        case 0:
            del parts[name]
        case 1:
            parts[rng.choice(list(parts))] = parts[name]
        case _:
            parts[name] = _xml(parts[name], rng, plain)
    with io.BytesIO() as out:
        with zipfile.ZipFile(out, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
            for part, content in parts.items():
                archive.writestr(zipfile.ZipInfo(part), content)
        return head + out.getvalue()


def _xml(data: bytes, rng: random.Random, plain: Mutate) -> bytes:
    pieces = data.replace(b">", b">\0").split(b"\0")
    at = rng.randrange(len(pieces))
    match rng.randrange(6):
        case 0:
            pieces.insert(at, rng.choice(pieces))
        case 1:
            del pieces[at]
        case 2:
            words = pieces[at].split(b'"')
            words[rng.randrange(len(words))] = rng.choice(TEXTS).encode("utf-8", "replace")
            pieces[at] = b'"'.join(words)
        case 3:
            other = rng.randrange(len(pieces))
            pieces[at], pieces[other] = pieces[other], pieces[at]
        case 4:
            pieces[at] = rng.choice(TEXTS).encode("utf-8", "replace") + pieces[at]
        case _:
            pieces[at] = plain(pieces[at], 300) if pieces[at] else b" "
    return b"".join(pieces)


def _list(data: bytes, rng: random.Random, plain: Mutate, _donors: Sequence[Any]) -> bytes:
    packed = base64.urlsafe_b64decode(data[1:] + b"=" * (-len(data[1:]) % 4))
    match rng.randrange(3):
        case 0:
            packed = plain(packed, len(packed) + 64)
        case 1:
            bits = gzip.decompress(packed)[: rng.choice((1, 100, 16_384, 1 << 17))]
            packed = gzip.compress(bits * rng.choice((0, 1, 2, 5)), mtime=0)
        case _:
            packed += gzip.compress(b"more", mtime=0) if rng.randrange(2) else b"more"
    return rng.choice((b"u", b"u", b"u", b"m", b"")) + base64.urlsafe_b64encode(packed).rstrip(b"=")


def _token(data: bytes, rng: random.Random, plain: Mutate, donors: Sequence[Any]) -> bytes:
    from tests.unit.verify.made import ISSUER_KEY

    parts = data.split(b".")
    at = rng.randrange(2)
    opened = base64.urlsafe_b64decode(parts[at] + b"=" * (-len(parts[at]) % 4))
    parts[at] = base64.urlsafe_b64encode(_json(opened, rng, plain, donors)).rstrip(b"=")
    if rng.randrange(4):
        parts[2] = base64.urlsafe_b64encode(ISSUER_KEY.sign(parts[0] + b"." + parts[1])).rstrip(b"=")
    return b".".join(parts)


def _request(data: bytes, rng: random.Random, plain: Mutate, donors: Sequence[Any]) -> bytes:
    if not rng.randrange(4):
        return bytes([rng.randrange(256), rng.randrange(3)]) + data[2:]
    return data[:2] + _json(data[2:], rng, plain, donors)


_FORMS: dict[str, Callable[[bytes, random.Random, Mutate, Sequence[Any]], bytes]] = {
    "json": _json,
    "table": _table,
    "note": _lines,
    "log": _lines,
    "quads": _lines,
    "workbook": _workbook,
    "list": _list,
    "token": _token,
    "request": _request,
}

# --- dictionaries ------------------------------------------------------------------------------------------------------

_WORDS: dict[str, Sequence[str]] = {
    "json": (
        '{"',
        '":',
        '","',
        "[]",
        "{}",
        "null",
        "true",
        "1e308",
        "\\u0000",
        "\\ud800",
        "@context",
        "@type",
        "@id",
        '"zh":',
    ),
    "text": (
        "{{",
        "}}",
        "**",
        "](",
        "```",
        "| - |",
        "\n## ",
        "article:",
        "https://",
        "did:web:",
        "\u200b",
        "·",
        "／",
        "级",
    ),
    "table": (
        ",",
        '"',
        '""',
        "\r\n",
        ";",
        "\t",
        "sep=;",
        "姓名",
        "证件号码",
        "发证日期",
        "'",
        "=",
        "\ufeff",
        "1.1E+17",
    ),
    "note": ("\n\n", "— ", "+", "=\n", "cosignature/v1\n", "time ", "go.sum database tree\n"),
    "log": ("\n== ", "tile/0/000", "tile/entries/000", ".p/4", "checkpoint", "remembered"),
    "quads": ("_:b0", " .\n", "^^<", '"@en', "<urn:", "\\u0041", "\\U0001F600"),
    "workbook": ("PK\x03\x04", "<row", "<c r=", "<v>", ' t="s"', "<si>", "<t>", "&amp;", "<!DOCTYPE", "_x000D_"),
    "token": ("eyJ", ".", '{"alg":"EdDSA"', "vc+jwt", '"kid"', '"none"'),
    "list": ("H4sI", "uH4s", "AAAA"),
    "bytes": ("%PDF-1.7", "obj", "endobj", "stream", "/Filter", "/FlateDecode", "xref", "trailer", "/EmbeddedFiles"),
}


def dictionary(form: str) -> str:
    """Return the words of a form as the fuzzer reads them (one quoted text to a line, bytes beyond ASCII as \\xNN)."""
    words = [*_WORDS.get(form, ()), *(TEXTS[:20] if form in ("json", "request", "table") else ())]
    if form == "request":
        words += _WORDS["json"]
    return "".join(f'"{_quoted(word)}"\n' for word in words if word)


def _quoted(word: str) -> str:
    return "".join(
        chr(byte) if 0x20 <= byte < 0x7F and chr(byte) not in '"\\' else f"\\x{byte:02x}" for byte in word.encode()
    )
