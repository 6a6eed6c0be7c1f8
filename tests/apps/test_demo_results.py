"""The shipped results files in the light of the register that ships with them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from guildhall import keystore
from guildhall.accounts.services import COMMAND
from guildhall.assessment.services import import_results, preview
from guildhall.demo import results
from guildhall.demo import world as demo
from guildhall.issuers.selectors import issuer_by_slug

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def loaded(db: None, tmp_path: Path) -> demo.DemoWorld:
    cost = keystore.Cost(ops=1, memory=8 * 1024 * 1024)
    return demo.load(now=NOW, keystore=keystore.open(tmp_path / "keys.json", "p", create=True, cost=cost))


def test_every_row_fares_as_it_was_made_to(loaded: demo.DemoWorld) -> None:
    expected = {file.issuer: file for file in results.files(results.SEED)}
    for slug, name, content in results.shipped():
        seen = preview(content, name, issuer=issuer_by_slug(slug), actor=COMMAND, now=NOW)
        file = expected[slug]
        assert {(p.line, p.code) for p in seen.problems} == {(m.line, m.code) for m in file.mistakes}, name
        assert (seen.n_good, seen.n_bad) == (file.n_good, len(file.mistakes)), name


def test_the_refusals_name_the_filing_that_they_rest_on(loaded: demo.DemoWorld) -> None:
    by_slug = {slug: (name, content) for slug, name, content in results.shipped()}
    for slug, standing, filing in [
        ("hainan-centre", "suspended", "VQC-460000-0002"),
        ("qinghai-centre", "expired", "VQC-630000-0002"),
        ("fujian-centre", "not-yet", "VQC-350000-0002"),
        ("ningxia-centre", "wrong-level", "VQC-640000-0001"),
        ("guangdong-centre", "wrong-region", "VQC-440000-0001"),
    ]:
        name, content = by_slug[slug]
        seen = preview(content, name, issuer=issuer_by_slug(slug), actor=COMMAND, now=NOW)
        (problem,) = seen.problems
        reason = str(problem.params["reason"])
        assert reason.startswith(standing + ":"), slug
        assert filing in reason


def test_imported_the_files_bring_nine_tenths_of_one_scheme(loaded: demo.DemoWorld) -> None:
    n_good: Counter[str] = Counter()
    for slug, name, content in results.shipped():
        batch = import_results(content, name, issuer=issuer_by_slug(slug), preview_digest=None, actor=COMMAND, now=NOW)
        n_good[batch.scheme_id] += batch.n_good
        assert bool(batch.corrections) == bool(batch.n_bad)
    assert n_good == {"pcc": 1152, "vqc": 128}
