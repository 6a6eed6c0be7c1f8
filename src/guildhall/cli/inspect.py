"""`guildhall inspect FILE|-`: what a bundle, a credential or a receipt says. It judges nothing: use `verify` for that."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from guildhall.core import bundle as bundles
from guildhall.core import credential, leaves, statement, statuslist, transcript
from guildhall.core.canonical import strict_json
from guildhall.core.errors import Error
from guildhall.core.keys import PublicKey

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def inspect(file: Annotated[str, typer.Argument(help="A file, or - for standard input.")]) -> None:
    """Show what a document says, as JSON, without judging it. Exit 0 readable, 2 not."""
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        said = _said(strict_json.parse(data, max_bytes=bundles.MAX_BYTES))
    except OSError as reason:
        print(f"file_unreadable: {file}: {reason.strerror}", file=sys.stderr)
        raise typer.Exit(2) from None
    except Error as reason:
        print(f"{reason.code}: {reason.detail}", file=sys.stderr)
        raise typer.Exit(2) from None
    print(json.dumps({"note": "unverified; use: guildhall verify"} | said, ensure_ascii=False, indent=2))


def _said(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise bundles.NotABundleError("this is not a JSON object")
    if value.get("type") != "GuildhallBundle":
        return {"kind": "document", "types": value.get("type"), "says": _subject(value)}
    bundle = bundles.take_apart(value)
    stated = statement.read(bundle.accreditation)
    key = PublicKey.from_multibase(str(bundle.key.get("publicKeyMultibase")))
    return {
        "kind": "bundle",
        "says": _facts(bundle.credential),
        "status": [
            {
                "purpose": entry.get("statusPurpose"),
                "list": entry.get("statusListCredential"),
                "index": entry.get("statusListIndex"),
            }
            for entry in statuslist.entries_of(bundle.credential)
        ],
        "key": {"id": bundle.key.get("id"), "fingerprint": key.fingerprint},
        "accreditation": {
            "authority": stated.authority,
            "filing": stated.filing.filing,
            "scheme": stated.filing.scheme,
            "n_occupations": len(stated.filing.occupations),
            "levels": sorted(stated.filing.levels),
            "regions": sorted(stated.filing.regions),
            "from": stated.filing.starts_on.isoformat(),
            "until": stated.filing.ends_on.isoformat() if stated.filing.ends_on else None,
        },
        "status_lists": [one.get("id") for one in bundle.status_lists],
        "log": {
            "index": bundle.inclusion.index,
            "size": bundle.inclusion.size,
            "leaf": leaves.parse(bundle.inclusion.leaf).to_bytes().decode(),
            "events": [one.leaf.decode(errors="replace") for one in bundle.events],
            "checkpoint": bundle.checkpoint.splitlines(),
        },
    }


def _facts(signed: Mapping[str, Any]) -> dict[str, object]:
    if transcript.is_transcript(signed):
        return transcript.converted(signed).as_json()
    return credential.certified(signed).as_json()


def _subject(value: dict[str, Any]) -> object:
    try:
        return _facts(value)
    except Error:
        return value.get("credentialSubject")
