"""Processes that start together on a fresh home agree about its secrets."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

_ASK = (
    "import sys, time; time.sleep(max(0, float(sys.argv[1]) - time.time()));"
    "from guildhall.site import settings; print(settings.SECRET_KEY, settings.KEYSTORE_PASSPHRASE)"
)


def test_processes_that_start_together_have_the_same_secrets(tmp_path: Path) -> None:

    environment = {name: value for name, value in os.environ.items() if not name.startswith("GUILDHALL_")}
    environment |= {"GUILDHALL_HOME": str(tmp_path / "home")}
    asked = [
        subprocess.Popen(
            [sys.executable, "-c", _ASK, str(time.time() + 1.5)], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    told = {process.communicate(timeout=60)[0] for process in asked}
    assert [process.returncode for process in asked] == [0] * 6
    assert len(told) == 1
    assert all(len(secret) > 40 for secret in told.pop().split())
    assert sorted(file.name for file in (tmp_path / "home" / "keys").iterdir()) == ["passphrase", "secret"]
