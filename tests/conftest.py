"""The test bed: a home folder of its own, one of two databases, no network.

``GUILDHALL_TEST_DATABASE``  ``sqlite`` (default) or ``postgres``
``GUILDHALL_TEST_POSTGRES``  address of a PostgreSQL server to use instead of a throw-away cluster of our own
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# Everything below up to the first fixture happens before Django reads its settings.
HOME = Path(tempfile.mkdtemp(prefix="guildhall-test-"))
DATABASE = os.environ.get("GUILDHALL_TEST_DATABASE", "sqlite")
_OWNER = os.getpid()


def _clean_up() -> None:
    if os.getpid() == _OWNER:
        shutil.rmtree(HOME, ignore_errors=True)


atexit.register(_clean_up)
for _name in [name for name in os.environ if name.startswith("GUILDHALL_") and not name.startswith("GUILDHALL_TEST")]:
    if _name != "GUILDHALL_POSTGRES_BIN":
        del os.environ[_name]
os.environ["GUILDHALL_HOME"] = str(HOME)
os.environ["GUILDHALL_ORIGIN"] = "http://register.test"
os.environ["GUILDHALL_PASSPHRASE"] = "a passphrase for tests"
os.environ["DJANGO_SETTINGS_MODULE"] = "guildhall.site.settings"
if DATABASE == "postgres":
    if "GUILDHALL_TEST_POSTGRES" not in os.environ:
        from tests.cluster import Cluster

        _cluster = Cluster().start()
        atexit.register(_cluster.stop)
        # Worker processes of one run share the cluster.
        os.environ["GUILDHALL_TEST_POSTGRES"] = _cluster.url
    os.environ["GUILDHALL_DATABASE"] = os.environ["GUILDHALL_TEST_POSTGRES"]
elif DATABASE != "sqlite":
    raise pytest.UsageError(f"GUILDHALL_TEST_DATABASE is sqlite or postgres, not {DATABASE}")

from django.conf import settings  # noqa: E402
from hypothesis import HealthCheck  # noqa: E402
from hypothesis import settings as hypothesis  # noqa: E402

# A busy machine is no finding: what a test promises is counted in examples, never in milliseconds.
hypothesis.register_profile("guildhall", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("guildhall")

# The password of a test person is no secret: the real hashers are slow on purpose.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# The workers of a parallel run have read the settings of the run that began them: each gets folders of its own.
_HOME_READ = settings.HOME
for _name in ("HOME", "LOG_DIR", "STATUS_DIR", "KEYSTORE_PATH"):
    setattr(settings, _name, HOME / getattr(settings, _name).relative_to(_HOME_READ))
if DATABASE == "sqlite":
    # A file, as in life: threads and processes then meet the locks that they will meet there.
    settings.DATABASES["default"]["TEST"] = {
        "NAME": str(HOME / "test.sqlite3"), "MIRROR": None, "CHARSET": None, "COLLATION": None, "MIGRATE": True,
    }  # fmt: skip

from tests.flush import flush_past_triggers  # noqa: E402
from tests.world import world  # noqa: E402

__all__ = ["world"]

_LOOPBACK = ["127.0.0.1", "::1", "localhost"]
_WITH_LOOPBACK = {"apps", "e2e"}


def pytest_report_header() -> str:
    return f"guildhall: {DATABASE}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """No network for anybody; this machine itself for tests of apps and doors."""
    for item in items:
        room = item.path.relative_to(Path(__file__).parent).parts[0]
        if item.get_closest_marker("enable_socket") or item.get_closest_marker("allow_hosts"):
            continue
        if room in _WITH_LOOPBACK:
            item.add_marker(pytest.mark.allow_hosts(_LOOPBACK))
        else:
            item.add_marker(pytest.mark.disable_socket)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.option.allow_unix_socket = True


@pytest.fixture(scope="session", autouse=True)
def _flush() -> Iterator[None]:
    with flush_past_triggers():
        yield
