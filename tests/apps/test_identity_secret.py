"""The secret beside the keystore: whoever can guess it can try out all identity numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from guildhall.assessment import identity


def test_the_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "identity"
    made = identity._kept(file)
    assert len(made) >= 64
    assert identity._kept(file) == made
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o077 == 0
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("left", ["", "\n", "x", "x" * 47])
def test_a_secret_that_was_cut_short_seals_nothing(tmp_path: Path, left: str) -> None:
    """An empty file would be a secret that everybody knows, and nobody would notice."""
    file = tmp_path / "identity"
    file.write_text(left)
    with pytest.raises(identity.IdentitySecretError):
        identity._kept(file)


def test_a_number_opens_beside_its_own_hash_alone() -> None:
    one, other = (identity.keyed_hash("201", number) for number in ("110101196001010013", "110101196001010021"))
    sealed = identity.seal("110101196001010013", one)
    assert identity.unseal(sealed, one) == "110101196001010013"
    for changed, beside in ((sealed, other), (sealed[:-1], one), (b"", one), (sealed[:-1] + b"\0", one)):
        with pytest.raises(identity.IdentitySecretError):
            identity.unseal(changed, beside)
