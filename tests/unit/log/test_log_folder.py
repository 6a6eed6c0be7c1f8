"""The files of a published log on a disk that other publishers use, too."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from guildhall.core.tiles import File
from guildhall.tlog import files


def test_a_folder_that_another_publisher_removes_meanwhile_does_not_stop_this_one(tmp_path: Path):
    # Whoever has filled a tile removes the folder of its partial files, and a slower publisher may be writing into it.
    ended = threading.Event()

    def remove() -> None:
        while not ended.is_set():
            shutil.rmtree(tmp_path / "log/tile/0/000.p", ignore_errors=True)

    thread = threading.Thread(target=remove)
    thread.start()
    try:
        for n in range(60):
            content = b"%d" % n
            group = [File(f"tile/0/000.p/{width}", content) for width in (1, 2, 3)]
            files.write(tmp_path / "log", [*group, File("tile/0/001", content)])
            assert (tmp_path / "log/tile/0/001").read_bytes() == content
    finally:
        ended.set()
        thread.join()
    assert not list((tmp_path / ".log.unfinished").iterdir())
