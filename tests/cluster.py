"""A throw-away PostgreSQL cluster: made in a temporary folder, reached by a Unix socket, gone at the end."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psycopg

_ROLE = "guildhall"
_PATIENCE_SECONDS = 60
_DURABILITY = ("fsync", "full_page_writes", "synchronous_commit")
_LARGE_LOADS = {"max_wal_size": "4GB"}
_PR_SET_PDEATHSIG = 1


class ClusterError(RuntimeError):
    """PostgreSQL is missing or did not start."""


class Cluster:
    """One server process of our own. ``url`` is a libpq address of its database ``guildhall``.

    Tests need not outlive a power cut, so it does not wait for the disk, unless ``durable``.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._durable = durable
        self._programs = _programs()
        self._user = _server_user()
        # Not below TMPDIR: the server's user must be able to reach the folder, and a socket's path is short.
        self._home = Path(tempfile.mkdtemp(prefix="guildhall-pg-", dir="/tmp" if self._user else None))
        self._data = self._home / "data"
        self._owner = os.getpid()
        self._server: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql://{_ROLE}@/guildhall?host={quote(str(self._home), safe='/')}"

    def start(self) -> Cluster:
        """Make the cluster and wait until it answers."""
        if self._user:
            shutil.chown(self._home, self._user.pw_uid, self._user.pw_gid)
        made = subprocess.run(
            [
                *(str(self._programs / "initdb"), "-D", str(self._data), "-U", _ROLE, "--auth=trust"),
                *("--encoding=UTF8", "--locale=C", "--no-sync"),
            ],
            **self._as_server_user(),
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if made.returncode:
            raise ClusterError(f"initdb failed:\n{made.stdout.decode(errors='replace')}")
        options: dict[str, str] = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._home),
            **(_LARGE_LOADS if self._durable else dict.fromkeys(_DURABILITY, "off")),
            "max_connections": "60",
            "log_destination": "stderr",
        }
        with (self._home / "server.log").open("wb") as log:
            self._server = subprocess.Popen(
                [
                    *(str(self._programs / "postgres"), "-D", str(self._data)),
                    *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
                ],
                **self._as_server_user(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - started before any thread is
            )
        self._wait()
        with psycopg.connect(self.url.replace("/guildhall?", "/postgres?"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE guildhall")
        return self

    def stop(self) -> None:
        """End our own server by its process id and remove everything. Only the process that started it does so."""
        if os.getpid() != self._owner:
            return
        if self._server is not None and self._server.poll() is not None:
            log = (self._home / "server.log").read_text(errors="replace")
            print(f"PostgreSQL had ended before ({self._server.returncode}):\n{log[-4000:]}", file=sys.stderr)
        elif self._server is not None:
            self._server.send_signal(signal.SIGINT)  # "fast shutdown"
            try:
                self._server.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
        self._server = None
        shutil.rmtree(self._home, ignore_errors=True)

    def _wait(self) -> None:
        assert self._server is not None
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                psycopg.connect(self.url.replace("/guildhall?", "/postgres?"), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if self._server.poll() is not None or time.monotonic() > deadline:
                    log = (self._home / "server.log").read_text(errors="replace")
                    self.stop()
                    raise ClusterError(f"PostgreSQL did not start: {error}\n{log}") from None
                time.sleep(0.05)
            else:
                return

    def _as_server_user(self) -> dict[str, object]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        environment |= {"HOME": str(self._home), "LC_ALL": "C"}
        asked: dict[str, object] = {"cwd": self._home, "env": environment}
        if self._user:
            asked |= {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        return asked


def _programs() -> Path:
    """Return the folder with initdb and postgres: as told, on the path, or the newest that Debian has."""
    told = os.environ.get("GUILDHALL_POSTGRES_BIN")
    if told:
        return Path(told)
    found = shutil.which("initdb")
    if found:
        # Debian's postgres looks for its own files beside itself: follow the link that put it on the path.
        return Path(found).resolve().parent
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda program: float(program.parents[1].name)
    )
    if not installed:
        raise ClusterError("PostgreSQL is not installed: apt-get install postgresql, or set GUILDHALL_TEST_POSTGRES")
    return installed[-1].parent


def _server_user() -> pwd.struct_passwd | None:
    """Return whom the server runs as: PostgreSQL refuses root, so then its own user or nobody; else ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ClusterError("run by root, and there is neither a user postgres nor nobody")


def _end_with_parent() -> None:
    # If the test run is killed, the kernel ends the server too (Linux only; elsewhere the folder stays behind).
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
