"""May a witness cosign this checkpoint? Only if it extends the last one that the witness vouched for.

A cosignature says "this is the largest consistent head that I have seen". A witness that signed a shorter log or another
history would help the log to show different people different things, which is what witnesses are there to prevent.
"""

from __future__ import annotations

from typing import ClassVar

from guildhall.core import merkle
from guildhall.core.checkpoint import Checkpoint
from guildhall.core.errors import Error
from guildhall.core.merkle import InconsistentError
from guildhall.core.tiles import Read, TileNodes


class OtherLogError(Error):
    """The checkpoint is of another log than the one remembered."""

    code: ClassVar[str] = "other_log"


class RolledBackError(Error):
    """The log is smaller than when last seen."""

    code: ClassVar[str] = "checkpoint_rolled_back"


class SplitViewError(Error):
    """The log shows another history than when last seen."""

    code: ClassVar[str] = "split_view"


def check_extends(remembered: Checkpoint | None, offered: Checkpoint, read: Read) -> None:
    """Do nothing if ``offered`` may be vouched for after ``remembered``.

    Shape:  ``remembered`` is the last checkpoint vouched for, None at first sight (then there is nothing to compare: the
            witness begins here). ``read`` gives the log's tiles; what it gives is proved, not believed.
    Raises: OtherLogError; RolledBackError; SplitViewError; MissingTileError, MalformedTileError if the log does not show
            the tiles that would prove it.
    Source: C2SP tlog-witness, "add-checkpoint"; RFC 9162, section 2.1.4.2.
    """
    if remembered is None:
        return
    if remembered.origin != offered.origin:
        raise OtherLogError("the remembered checkpoint is of another log", was=remembered.origin, now=offered.origin)
    if offered.size < remembered.size:
        raise RolledBackError("the log is smaller than when last seen", was=remembered.size, now=offered.size)
    if remembered.size == 0:
        return
    path = TileNodes(read, offered.size).consistency_path(remembered.size)
    try:
        merkle.check_consistency(remembered.size, remembered.root, offered.size, offered.root, path)
    except InconsistentError as error:
        raise SplitViewError(
            f"the log does not extend what was last seen: {error.detail}", was=remembered.size, now=offered.size
        ) from None
