"""The test bed itself."""

from __future__ import annotations

import os
import socket

import pytest
from django.conf import settings
from django.db import connection

from tests.world import World


def test_the_tests_write_into_a_home_of_their_own(world: World) -> None:
    assert str(settings.HOME).startswith("/tmp/guildhall-test-")
    assert settings.ORIGIN == "http://register.test"
    assert world.national.did == "did:web:register.test:issuers:national-centre"


def test_the_database_is_the_one_asked_for(db: None) -> None:
    asked = os.environ.get("GUILDHALL_TEST_DATABASE", "sqlite")
    assert connection.vendor == {"sqlite": "sqlite", "postgres": "postgresql"}[asked]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode")
            assert cursor.fetchone() == ("wal",)


def test_the_network_beyond_this_machine_is_out_of_reach() -> None:
    with pytest.warns(UserWarning, match="tried to use socket"), pytest.raises(RuntimeError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


@pytest.mark.django_db(transaction=True)
def test_a_test_that_commits_leaves_nothing_behind_in_append_only_tables() -> None:
    from tests.world import build

    build()


@pytest.mark.django_db(transaction=True)
def test_the_next_test_finds_the_tables_empty() -> None:
    from guildhall.accounts.models import AuditEntry

    assert AuditEntry.objects.count() == 0
