"""What the tests of the river stand in: the small world with its keys in the keystore, and results files."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.world import NOW

if TYPE_CHECKING:
    from guildhall.accounts.services import Actor
    from guildhall.assessment.models import Batch
    from guildhall.core.audit import AuditReport
    from guildhall.core.report import Report
    from guildhall.core.trust import Trust
    from guildhall.credentials.models import Instance
    from guildhall.issuers.models import Issuer
    from tests.world import World

HEADINGS = (
    "姓名",
    "证件类型",
    "证件号码",
    "工作单位",
    "职业",
    "工种",
    "级别",
    "证书编号",
    "发证日期",
    "理论",
    "技能",
    "综合评审",
    "考点",
    "考试日期",
    "认证体系",
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂"


def resident_id(n: int) -> str:
    """Return the n-th synthetic resident ID number (GB 11643); region 110000 with days from 1960 on."""
    day = date(1960, 1, 1).toordinal() + n % 14_000
    seventeen = f"11{n // 14_000 % 100:02}01{date.fromordinal(day):%Y%m%d}{1 + n % 997:03}"
    total = sum(int(digit) * weight for digit, weight in zip(seventeen, _WEIGHTS, strict=True))
    return seventeen + "10X98765432"[total % 11]


def name(n: int) -> str:
    """Return the n-th synthetic name."""
    return _SURNAMES[n % 20] + _GIVEN[n // 20 % 24] + _GIVEN[n // 480 % 24]


def row(n: int, **changes: str) -> dict[str, str]:
    """Return the n-th row of a good file of the national centre."""
    made = dict.fromkeys(HEADINGS, "")
    made |= {
        "姓名": name(n),
        "证件类型": "居民身份证",
        "证件号码": resident_id(n),
        "工作单位": "某某电气有限公司",
        "职业": "6-31-01-03 电工",
        "级别": "4",
        "发证日期": "2026-05-20",
        "理论": str(60 + n % 41),
        "技能": str(60 + n * 7 % 41),
        "考试日期": "2026-05-01",
    }
    return made | changes


def rows(n_rows: int, start: int = 0, **changes: str) -> list[dict[str, str]]:
    """Return so many good rows."""
    return [row(n, **changes) for n in range(start, start + n_rows)]


def csv_file(lines: Iterable[Mapping[str, str]]) -> bytes:
    """Return a results file."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, HEADINGS)
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode()


def bring_in(
    world: World,
    lines: Iterable[Mapping[str, str]],
    *,
    issuer: Issuer | None = None,
    actor: Actor | None = None,
    now: datetime = NOW,
    issue: bool = True,
) -> Batch:
    """Import rows as the national centre's officer (or another) and issue them."""
    from guildhall.assessment.services import import_results
    from guildhall.credentials import services

    issuer, actor = issuer or world.national, actor or world.command
    batch = import_results(csv_file(lines), "results.csv", issuer=issuer, preview_digest=None, actor=actor, now=now)
    return services.issue(batch, actor=actor, now=now) if issue else batch


def trust(world: World) -> Trust:
    """Return what a verifier holds: the authority's key and the log's."""
    from django.conf import settings

    from guildhall.core.trust import Body, Trust
    from guildhall.issuers import selectors
    from guildhall.tlog import keys

    did = selectors.did_of_authority()
    key = f"{did}#key-1"
    return Trust(
        authorities={did: Body(did, {"zh": "主管部门"}, {key: world.signers[key].public_key})},
        logs={settings.LOG_ORIGIN: keys.verifier_key().text},
    )


def verified(world: World, instance: Instance, *, now: datetime = NOW, at: date | None = None) -> Report:
    """Return the report on an instance's bundle."""
    from guildhall.core.verify import verify
    from guildhall.credentials import services
    from guildhall.credentials.models import Instance

    fresh = Instance.objects.select_related("document", "award__accreditation").get(pk=instance.pk)
    return verify(json.dumps(services.bundle(fresh)).encode(), trust=trust(world), now=now, at=at)


def failed(report: Report) -> list[tuple[str, str]]:
    """Return name and code of each check that did not pass."""
    return [(check.name, check.code) for check in report.checks if check.outcome != "passed"]


def audited(folder: Path) -> AuditReport:
    """Return what an auditor from outside makes of the published log."""
    from guildhall.core import audit
    from guildhall.tlog import files, keys

    names = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    return audit.replay(
        lambda path: files.read(folder, path),
        log_keys=[keys.verifier_key()],
        names=names,
        now=NOW + timedelta(days=3650),
    )


def together(deeds: Sequence[Callable[[], object]]) -> list[object]:
    """Run deeds in threads that begin at once; return what each gave or raised."""
    from django.db import connections

    gate = threading.Barrier(len(deeds))
    given: list[object] = [None] * len(deeds)

    def run(place: int, deed: Callable[[], object]) -> None:
        try:
            gate.wait(30)
            given[place] = deed()
        except Exception as error:  # noqa: BLE001 - it is looked at below
            given[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, deed)) for place, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return given
