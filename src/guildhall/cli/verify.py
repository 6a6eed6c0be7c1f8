"""`guildhall verify FILE|-`: check a bundle, a credential or a receipt, with no network and no Django.

Exit status: 0 valid, 1 not valid, 2 could not check.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from guildhall.cli import trust as trust_lists
from guildhall.core.errors import Error
from guildhall.core.report import Outcome, Report, Verdict
from guildhall.core.verify import verify as check

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_WORDS = {
    "zh": {
        "shape": "格式", "proof": "签名", "issuer": "颁证机构", "accreditation": "备案", "dates": "期限", "status": "状态",
        "log": "公开日志", "passed": "通过", "failed": "未通过", "not-run": "未核验",
    },
    "en": {
        "shape": "shape", "proof": "signature", "issuer": "issuer", "accreditation": "accreditation", "dates": "dates",
        "status": "status", "log": "public log", "passed": "passed", "failed": "FAILED", "not-run": "not run",
    },
}  # fmt: skip
_SENTENCES = {
    Verdict.VALID: {"zh": "有效。每一项核验都已通过。", "en": "Valid. Every check has passed."},
    Verdict.NOT_VALID: {"zh": "无效。请看未通过的一项。", "en": "Not valid. See the check that failed."},
    Verdict.UNKNOWN_ISSUER: {
        "zh": "备案由不在信任清单中的机关出具，不能认定有效。",
        "en": "Accredited by a body that is not on the trust list: not to be relied on.",
    },
    Verdict.CANNOT_CHECK: {"zh": "现在无法完成核验。", "en": "Could not be checked completely."},
}
_TOLD = ("verdict", "certificateNumber", "at", "checkedAt")
_RECEIPT = {
    "zh": "这是一份回执，不是证书。登记册于 {checkedAt} 对证书 {certificateNumber} 在 {at} 的状态的回答：{verdict}。",
    "en": "This is a receipt, not a certificate. The register's answer of {checkedAt} about certificate {certificateNumber}"
    " on {at}: {verdict}.",
}
_HINT = {
    "zh": "没有可用的信任清单。请用 --trust 文件，或先运行 guildhall trust add 文件。",
    "en": "No trust list is held. Give one with --trust FILE, or add it once with: guildhall trust add FILE",
}


@app.command()
def verify(
    file: Annotated[str, typer.Argument(help="A file, or - for standard input.")],
    at: Annotated[str, typer.Option("--at", metavar="DATE", help="What was true on that day (YYYY-MM-DD).")] = "",
    trust: Annotated[Path | None, typer.Option("--trust", metavar="FILE", help="Use this trust list only.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en; the environment's language where left out.")] = "",
) -> None:
    """Check a bundle, a credential or a receipt. Exit 0 valid, 1 not valid, 2 could not check."""
    language = lang or ("zh" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("zh") else "en")
    if language not in _WORDS:
        _cannot("bad_language", "the language is zh or en", as_json=as_json)
    try:
        day = date.fromisoformat(at) if at else None
    except ValueError:
        _cannot("bad_date", "the day is written YYYY-MM-DD", as_json=as_json)
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as reason:
        _cannot("file_unreadable", f"{file}: {reason.strerror}", as_json=as_json)
    try:
        held = trust_lists.load(trust)
    except Error as reason:
        _cannot(reason.code, reason.detail, as_json=as_json)
    report = check(data, trust=held, now=datetime.now(UTC), at=day)
    if as_json:
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        _print(report, language)
        if held.empty:
            print("\n" + _HINT[language], file=sys.stderr)
    raise typer.Exit({Verdict.VALID: 0, Verdict.CANNOT_CHECK: 2}.get(report.verdict, 1))


def _print(report: Report, language: str) -> None:
    words = _WORDS[language]
    said = report.subject
    if report.kind == "receipt" and report.check("issuer").outcome is Outcome.PASSED:
        print(_RECEIPT[language].format(**{name: said.get(name, "-") for name in _TOLD}))
    else:
        print(_SENTENCES[report.verdict][language])
    if said.get("number"):
        print(f"  {said['title']}\n  {said['number']}  {said['holder']}  {said['issuer_name']}  {said['issued_on']}")
    marks = {Outcome.PASSED: "[=]", Outcome.FAILED: "[x]", Outcome.NOT_RUN: "[ ]"}
    for line in report.checks:
        print(f"  {marks[line.outcome]} {words[line.name]}: {words[line.outcome.value]} ({line.code}) {line.detail}")


def _cannot(code: str, detail: str, *, as_json: bool) -> NoReturn:
    if as_json:
        print(
            json.dumps(
                {"valid": False, "verdict": "cannot-check", "checks": [], "error": {"code": code, "detail": detail}}
            )
        )
    else:
        print(f"{code}: {detail}", file=sys.stderr)
    raise typer.Exit(2)
