"""How many of which witnesses must have cosigned a checkpoint before a verifier believes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from guildhall.core import checkpoint
from guildhall.core.checkpoint import Cosignature, Note, VerifierKey
from guildhall.core.errors import Error


class TooFewWitnessesError(Error):
    """Fewer of the named witnesses than the verifier demands have cosigned the checkpoint."""

    code: ClassVar[str] = "too_few_witnesses"


@dataclass(frozen=True, slots=True)
class Quorum:
    """``n`` of these witnesses.

    Shape:  ``of`` verifier key texts, no two of one public key; 1 <= n <= len(of).
    Source: C2SP tlog-policy (one group; groups of groups are not supported).
    """

    n: int
    of: tuple[str, ...]


def witnessed(note: Note, witnesses: Iterable[str], quorums: Iterable[Quorum]) -> tuple[Cosignature, ...]:
    """Return whose cosignatures a checkpoint carries, once every quorum is met.

    Shape:  ``witnesses`` verifier key texts of all witnesses that are known; a cosignature by one of them that is not
            asked for must hold, too.
    Raises: TooFewWitnessesError; BadCosignatureError; MalformedVerifierKeyError.
    Source: C2SP tlog-policy, "What is a policy?"; signed-note, "Signatures".
    """
    demanded = tuple(quorums)
    texts = dict.fromkeys((*witnesses, *(text for quorum in demanded for text in quorum.of)))
    found = {text: checkpoint.cosignatures(note, [VerifierKey.parse(text)]) for text in texts}
    for quorum in demanded:
        n = sum(1 for text in quorum.of if found[text])
        if n < quorum.n:
            raise TooFewWitnessesError(
                f"{n} of the witnesses have cosigned the checkpoint, and {quorum.n} are needed", n=n, n_needed=quorum.n
            )
    return tuple(one for cosigned in found.values() for one in cosigned)
