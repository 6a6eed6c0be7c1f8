"""How much a results file may hold. Beyond it the file is refused as a whole, never read in part."""

from __future__ import annotations

from dataclasses import dataclass

from guildhall.core.results.refusals import LargeFileError

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Work bounds.

    Units:  ``n_bytes`` of the file as sent; ``n_unpacked`` bytes of a workbook's parts together, so that a small
            archive cannot grow without end; ``n_rows`` rows with something in them; ``n_columns`` to the last cell
            in use; ``n_problems`` told of one file.
    """

    n_bytes: int = 64 * MIB
    n_unpacked: int = 256 * MIB
    n_rows: int = 200_000
    n_columns: int = 256
    n_problems: int = 200_000

    def require(self, what: str, n: int, limit: int) -> None:
        """Refuse the file if there is more than the limit.

        Raises: LargeFileError.
        """
        if n > limit:
            raise LargeFileError(f"The file has more than {limit} {what}.", what=what, limit=limit)
