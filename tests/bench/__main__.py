"""All benches, one after the other: ``make bench``, or ``make bench ARGS="log pdf"`` for some.

Each prints ratios against a floor or a peer measured in the same run. None of them is a test: machines differ and are noisy.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

_ONLY_WHEN_NAMED = {"million"}
NAMES = sorted(
    file.stem
    for file in Path(__file__).parent.glob("*.py")
    if not file.stem.startswith("_") and file.stem not in _ONLY_WHEN_NAMED
)


def main() -> int:
    """Run the benches that are named, or all of them."""
    wanted = sys.argv[1:] or NAMES
    unknown = set(wanted) - {*NAMES, *_ONLY_WHEN_NAMED}
    if unknown:
        print(f"no such bench: {', '.join(sorted(unknown))}; there are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    failed = []
    for name in wanted:
        print(f"\n── {name}", flush=True)
        start = time.monotonic()
        if subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=False).returncode:
            failed.append(name)
        print(f"── {name}: {time.monotonic() - start:.0f} s", flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
