"""Why a results file as a whole is refused. Each refusal has its sentences in the table of row codes, too."""

from __future__ import annotations

from guildhall.core.errors import MalformedError, TooLargeError
from guildhall.core.results.problems import RowProblem, problem


class RefusedFileError(MalformedError):
    """The bytes cannot be read as a table of results."""

    code = "refused_file"

    @property
    def problem(self) -> RowProblem:
        """The refusal as a problem of the file (line 0), with sentences in both languages."""
        return as_problem(self)


class UnsupportedFileError(RefusedFileError):
    """Neither CSV nor XLSX."""

    code = "unsupported_file"


class OldWorkbookError(RefusedFileError):
    """A workbook of Excel 97 to 2003 (*.xls)."""

    code = "old_workbook"


class EncryptedWorkbookError(RefusedFileError):
    """A workbook with a password."""

    code = "encrypted_workbook"


class MalformedWorkbookError(RefusedFileError):
    """A workbook whose archive or XML is damaged."""

    code = "malformed_workbook"


class MalformedTableError(RefusedFileError):
    """Delimited text whose quotes do not match."""

    code = "malformed_table"


class UndecodableTextError(RefusedFileError):
    """Text that is neither UTF-8 nor GB 18030 nor UTF-16 with a mark."""

    code = "undecodable_text"


class DamagedUtf8Error(RefusedFileError):
    """Text that is UTF-8 but for a few bytes."""

    code = "damaged_utf8"


class AmbiguousEncodingError(RefusedFileError):
    """Text that is right in UTF-8 and in GB 18030, and different."""

    code = "ambiguous_encoding"


class LargeFileError(TooLargeError):
    """A file beyond a limit of :class:`guildhall.core.results.limits.Limits`."""

    code = "file_too_large"

    @property
    def problem(self) -> RowProblem:
        """The refusal as a problem of the file (line 0), with sentences in both languages."""
        return as_problem(self)


def as_problem(error: RefusedFileError | LargeFileError) -> RowProblem:
    """Return a refusal as a problem of the file as a whole."""
    facts = {name: fact if isinstance(fact, (str, int)) else str(fact) for name, fact in error.params.items()}
    return problem(0, "", error.code, "", **facts)
