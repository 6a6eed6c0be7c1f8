"""The pure library: codes, canonical forms, proofs, log, bundles, verification.

Nothing in here knows a framework, a clock, a disk, a network or chance: it is
*given* ``now``, bytes, a signer, trust material and contexts.
"""
