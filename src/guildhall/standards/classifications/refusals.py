"""Why the files of a classification are refused as a whole."""

from __future__ import annotations

from guildhall.core.errors import MalformedError


class InvalidClassificationError(MalformedError):
    """Files of a classification that do not keep their format.

    ``problems`` lists the first places as sentences, ``places`` the same as members, ``n_problems`` counts all.
    """

    code = "invalid_classification"
