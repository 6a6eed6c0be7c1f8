"""`guildhall audit DIR`: replay a log directory from outside and say what does not fit, with no network and no Django.

Exit status: 0 nothing found, 1 findings, 2 could not audit.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.cells import set_cell_size
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from guildhall.cli import durable, log_files
from guildhall.cli import trust as trust_lists
from guildhall.core.audit import Elsewhere, replay
from guildhall.core.audit_report import AuditReport, Finding, NoCheckpointError
from guildhall.core.checkpoint import VerifierKey
from guildhall.core.errors import Error
from guildhall.core.report import Outcome
from guildhall.core.tiles import CHECKPOINT

app = typer.Typer(add_completion=False, rich_markup_mode=None)

CLEAN, FOUND, COULD_NOT = 0, 1, 2
_N_SHOWN = 50

_WORDS = {
    "en": {
        "head": "head",
        "signature": "signature",
        "memory": "memory",
        "witnesses": "witnesses",
        "leaves": "leaves",
        "schemes": "awards by scheme",
        "time": "time",
        "beyond": "beyond",
        "compared": "elsewhere",
        "without": "without days",
        "awards_without": "{n:,} awards rest on filings of which this log does not say the days",
        "notices": "notices",
        "findings": "findings",
        "none": "none",
        "more": "and {n:,} more",
        "files_beyond": "{n:,} files lie beyond the checkpoint: a publication in progress or broken off",
        "signature-passed": "passed: signed by the log",
        "signature-failed": "FAILED",
        "signature-not-run": "not run: no trusted key for this log",
        "memory-passed": "passed: extends what was seen last",
        "memory-failed": "FAILED",
        "memory-not-run": "not run: nothing was remembered; --remember FILE keeps what is seen",
        "no_key": "Could not check the signature: no trusted key for this log. Give one with --trust FILE, "
        "or add it once with: guildhall trust add FILE",
        "not_compared": "Could not compare with every checkpoint given by --against: a longer one needs its tiles.",
        "compared-passed": "the same log",
        "compared-failed": "ANOTHER HISTORY",
        "compared-not-run": "not compared",
        "cannot": "Could not audit",
    },
    "zh": {
        "head": "树根",
        "signature": "签名",
        "memory": "与上次相比",
        "witnesses": "见证",
        "leaves": "日志条目",
        "schemes": "各认证体系的证书",
        "time": "时间",
        "beyond": "尚未发布",
        "compared": "别处所见",
        "without": "无日期备案",
        "awards_without": "{n:,} 个证书所依据的备案，日志没有记载其日期",
        "notices": "提示",
        "findings": "发现问题",
        "none": "无",
        "more": "另有 {n:,} 项",
        "files_beyond": "{n:,} 个文件在检查点之外：正在发布，或发布中断",
        "signature-passed": "通过：由该日志签名",
        "signature-failed": "未通过",
        "signature-not-run": "未核验：没有该日志的可信密钥",
        "memory-passed": "通过：是上次所见的延续",
        "memory-failed": "未通过",
        "memory-not-run": "未核验：没有上次的记录；用 --remember 文件 保存所见",
        "no_key": "无法核验签名：没有该日志的可信密钥。请用 --trust 文件，或先运行 guildhall trust add 文件。",
        "not_compared": "无法与 --against 给出的每个检查点比较：较长的检查点需要其瓦片。",
        "compared-passed": "同一日志",
        "compared-failed": "另一份历史",
        "compared-not-run": "未比较",
        "cannot": "无法审计",
    },
}
_MEANINGS_ZH = {
    "bad_checkpoint_signature": "缺少日志自己的签名，或签名不符",
    "bad_cosignature": "以已知见证人名义的签名不符",
    "too_few_witnesses": "见证人少于信任清单的要求",
    "checkpoint_rolled_back": "日志比上次所见的短：条目被收回",
    "split_view": "日志给出的历史与上次所见或别处所见不同",
    "other_log": "用来比较的检查点属于另一个日志",
    "missing_file": "缺少应有的文件",
    "malformed_tile": "文件内容多于或少于应有的内容",
    "entries_differ": "条目不是瓦片所记的条目",
    "tile_differs": "瓦片中的哈希与条目或下层瓦片不符",
    "partial_tile_differs": "较早的部分瓦片不是现有瓦片的开头",
    "unexpected_file": "日志中不应有的文件",
    "root_differs": "由条目算出的树根与检查点不符",
    "replay_stopped": "条目及其哈希都缺失，此后的内容没有读取",
    "malformed_leaf": "条目不是本日志的条目",
    "time_goes_back": "条目的时间早于前一条",
    "leaf_from_the_future": "条目的时间晚于现在",
    "duplicate_award": "同一文件第二次作为证书记入",
    "unknown_document": "所涉文件此前没有作为证书记入",
    "unknown_replacement": "更正或补发所指的新文件没有记入日志",
    "unknown_filing": "该机构此前没有这一备案",
    "filing_of_another_scheme": "证书的认证体系与备案的不同",
    "award_before_filing": "证书记入时备案尚未生效",
    "accreditation_backdated": "事后称备案在某日有效，而那天已有证书在备案之外记入",
    "unknown_log": "没有该日志的可信密钥，签名未核验",
    "unknown_signer": "签名者不在信任清单上，不予计入",
    "award_outside_filing": "证书记入之日备案不在有效期内：只有发证日期更早才合规",
    "accreditation_taken_back": "事后称备案在某日无效，而那天已有证书记入",
    "not_compared": "别处的检查点更长，缺少能与本日志相连的瓦片",
}


@app.command()
def audit(
    *,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The log: a directory with checkpoint and tile/.")],
    trust: Annotated[Path | None, typer.Option("--trust", metavar="FILE", help="Use this trust list only.")] = None,
    remember: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The checkpoint seen last: compared with; replaced when nothing was found."),
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR|FILE", help="The same log as another shows it: a directory, or a checkpoint. Repeatable."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en; the environment's language where left out.")] = "",
) -> None:
    """Replay a log directory and say what does not fit. Exit 0 nothing found, 1 findings, 2 could not audit."""
    language = lang or ("zh" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("zh") else "en")
    if language not in _WORDS:
        _cannot("bad_language", "the language is zh or en", "en", as_json=as_json)
    try:
        report = _replay(directory, trust, remember, against or [])
    except Error as reason:
        _cannot(reason.code, reason.detail, language, as_json=as_json)
    except OSError as reason:
        _cannot("file_unreadable", f"{reason.filename}: {reason.strerror}", language, as_json=as_json)
    if as_json:
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        _print(report, language)
    if report.n_findings:
        raise typer.Exit(FOUND)
    if not report.clean:
        print(_WORDS[language]["no_key"], file=sys.stderr)
        raise typer.Exit(COULD_NOT)
    if any(one.outcome is Outcome.NOT_RUN for one in report.compared):
        print(_WORDS[language]["not_compared"], file=sys.stderr)
        raise typer.Exit(COULD_NOT)


def _replay(directory: Path, trust: Path | None, remember: Path | None, against: Sequence[Path]) -> AuditReport:
    listed = trust_lists.load(trust)
    remembered = remember.read_bytes() if remember is not None and remember.exists() else None
    read = log_files.reader(directory)
    note = read(CHECKPOINT)

    def held(path: str) -> bytes | None:
        # A log in use may get a new checkpoint meanwhile; the one first seen is audited, and remembered.
        return note if path == CHECKPOINT else read(path)

    with _progress() as progress:
        bar = progress.add_task("leaves", total=None)
        report = replay(
            held,
            log_keys=[VerifierKey.parse(vkey) for vkey in listed.logs.values()],
            witness_keys=[VerifierKey.parse(vkey) for vkey in listed.witnesses],
            quorums=listed.quorums.get(_origin(note), ()),
            remembered=remembered,
            elsewhere=[_elsewhere(place) for place in against],
            names=log_files.names(directory),
            now=datetime.now(UTC),
            on_progress=lambda done, size: progress.update(bar, completed=done, total=size),
        )
    if report.clean and remember is not None and note is not None:
        durable.replace(remember, note)
    return report


def _origin(note: bytes | None) -> str:
    """Return which log a checkpoint claims to be of; whether that holds, the audit says."""
    return (note or b"").partition(b"\n")[0].decode("utf-8", "replace")


def _elsewhere(place: Path) -> Elsewhere:
    """Return the log as it is shown at another place, with its tiles where they lie beside the checkpoint."""
    file = place / CHECKPOINT if place.is_dir() else place
    note = log_files.reader(file.parent)(file.name)
    if note is None:
        raise NoCheckpointError(f"there is no checkpoint to compare with at {place}")
    return Elsewhere(str(place), note, log_files.reader(file.parent))


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _cannot(code: str, detail: str, language: str, *, as_json: bool) -> NoReturn:
    if as_json:
        answer = {"type": "GuildhallAudit", "clean": False, "error": {"code": code, "detail": detail}}
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    print(f"{_WORDS[language]['cannot']}: {detail} ({code})", file=sys.stderr)
    raise typer.Exit(COULD_NOT)


def _print(report: AuditReport, language: str) -> None:
    words = _WORDS[language]
    lines = [
        ("head", report.stated_root.hex()),
        ("signature", words[f"signature-{report.signature}"]),
        ("memory", words[f"memory-{report.memory}"]),
        ("witnesses", ", ".join(witness.witness for witness in report.witnesses) or words["none"]),
        ("leaves", _counts(report.n_by_kind)),
        ("schemes", _counts(report.n_by_scheme) or words["none"]),
    ]
    if report.first_at and report.last_at:
        lines.append(("time", f"{report.first_at:%Y-%m-%d %H:%M:%S} – {report.last_at:%Y-%m-%d %H:%M:%S} UTC"))
    if report.n_beyond:
        lines.append(("beyond", words["files_beyond"].format(n=report.n_beyond)))
    lines += [
        ("compared", f"{words[f'compared-{other.outcome}']}: {other.place} ({other.size:,})")
        for other in report.compared
    ]
    if report.n_without_days:
        lines.append(("without", words["awards_without"].format(n=report.n_without_days)))
    lines.append(("notices", f"{report.n_notices:,}" if report.n_notices else words["none"]))
    lines.append(("findings", f"{report.n_findings:,}" if report.n_findings else words["none"]))
    print(f"{report.origin}: {report.size:,}")
    for name, text in lines:
        print(f"  {set_cell_size(words[name], 16)}  {text}")
        if name in {"notices", "findings"}:
            notices = name == "notices"
            _print_found(
                report.notices if notices else report.findings,
                report.n_by_notice if notices else report.n_by_code,
                language,
            )


def _print_found(found: Sequence[Finding], n_by_code: Mapping[str, int], language: str) -> None:
    for one in found[:_N_SHOWN]:
        detail = one.detail if language == "en" else _MEANINGS_ZH[one.code]
        print(f"    {one.code}  {one.place}  {detail}")
    n_more = sum(n_by_code.values()) - _N_SHOWN
    if n_more > 0:
        print(f"    {_WORDS[language]['more'].format(n=n_more)}: {_counts(n_by_code)}")


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n:,}" for name, n in counts.items())
