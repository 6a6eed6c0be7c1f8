"""The whole river: from a results file to certificates that anyone can check."""

from __future__ import annotations

import pytest

from guildhall.accounts.models import AuditEntry
from guildhall.assessment import services as assessment
from guildhall.credentials import services
from guildhall.credentials.models import Award, Instance
from tests.apps import river
from tests.world import NOW, World


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, settings):
    settings.LOG_DIR = tmp_path / "log"
    settings.STATUS_DIR = tmp_path / "status"


def test_a_results_file_becomes_awards_that_verify(world: World):
    seen = []
    batch = assessment.import_results(
        river.csv_file(river.rows(7)), "五月.csv", issuer=world.national, preview_digest=None, actor=world.li, now=NOW
    )
    services.issue(batch, actor=world.li, now=NOW, on_progress=seen.append)

    assert Award.objects.count() == 7
    for instance in Instance.objects.all():
        assert river.failed(river.verified(world, instance)) == []
    assert [p.n_issued for p in seen][-1] == 7
    deeds = AuditEntry.objects.filter(subject=str(batch.pk)).order_by("id").values_list("deed", flat=True)
    assert list(deeds) == ["import", "prepare", "sign", "publish"]
