"""The tree against the definition of RFC 9162, taken literally, and against an independent library."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from guildhall.core import merkle
from guildhall.core.merkle import InclusionError, InconsistentError, MalformedProofError, Tree
from tests.unit.log.logs import attempt

N = 130
LEAVES = [b"leaf %d" % index for index in range(N)]
HASHES = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in LEAVES]


def largest_power_of_two_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(hashes: Sequence[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = largest_power_of_two_below(len(hashes))
    return hashlib.sha256(b"\x01" + mth(hashes[:k]) + mth(hashes[k:])).digest()


def path(m: int, hashes: Sequence[bytes]) -> list[bytes]:
    """RFC 9162, section 2.1.3.1, word for word."""
    if len(hashes) == 1:
        return []
    k = largest_power_of_two_below(len(hashes))
    if m < k:
        return [*path(m, hashes[:k]), mth(hashes[k:])]
    return [*path(m - k, hashes[k:]), mth(hashes[:k])]


def subproof(m: int, hashes: Sequence[bytes], *, known: bool) -> list[bytes]:
    """RFC 9162, section 2.1.4.1, word for word."""
    if m == len(hashes):
        return [] if known else [mth(hashes)]
    k = largest_power_of_two_below(len(hashes))
    if m <= k:
        return [*subproof(m, hashes[:k], known=known), mth(hashes[k:])]
    return [*subproof(m - k, hashes[k:], known=False), mth(hashes[:k])]


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree(HASHES)


@pytest.fixture(scope="module")
def heads() -> list[bytes]:
    return [mth(HASHES[:size]) for size in range(N + 1)]


def test_a_leaf_and_a_node_are_hashed_with_different_prefixes():
    # RFC 9162, section 2.1.1; the figures are those of the reference vectors of RFC 6962 implementations.
    assert merkle.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle.EMPTY_HEAD.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert (
        merkle.node_hash(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    )
    assert merkle.leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"


def test_the_head_is_the_recursive_definition_at_every_size(tree: Tree, heads: list[bytes]):
    for size in range(N + 1):
        assert merkle.root(HASHES[:size]) == heads[size]
        assert tree.head(size) == heads[size]
        assert merkle.head_from_nodes(tree.node, size) == heads[size]


def test_every_inclusion_path_is_the_recursive_definition_and_leads_to_the_head(tree: Tree, heads: list[bytes]):
    for size in range(1, N + 1):
        for index in range(size):
            expected = path(index, HASHES[:size])
            assert tree.inclusion_path(index, size) == expected
            assert merkle.inclusion_path_from(tree.node, index, size) == expected
            assert merkle.head_from_path(HASHES[index], index, size, expected) == heads[size]


def test_every_consistency_path_is_the_recursive_definition_and_connects_the_heads(tree: Tree, heads: list[bytes]):
    for second in range(1, N + 1):
        for first in range(1, second + 1):
            expected = subproof(first, HASHES[:second], known=True)
            assert tree.consistency_path(first, second) == expected
            merkle.check_consistency(first, heads[first], second, heads[second], expected)


def test_the_heads_are_those_of_an_independent_library(heads: list[bytes]):
    theirs = InmemoryTree(algorithm="sha256")
    for size, leaf in enumerate(LEAVES, start=1):
        theirs.append_entry(leaf)
        assert theirs.get_root() == heads[size]


def test_appending_one_by_one_in_batches_and_at_once_gives_the_same_tree():
    one_by_one, in_batches = Tree(), Tree()
    for value in HASHES:
        one_by_one.append(value)
    for start, stop in ((0, 0), (0, 1), (1, 7), (7, 64), (64, 65), (65, N)):
        in_batches.extend(HASHES[start:stop])
    assert one_by_one._rows == in_batches._rows == Tree(HASHES)._rows


def test_a_path_of_an_earlier_size_stays_the_same_when_the_tree_grows():
    tree = Tree(HASHES[:77])
    before = [tree.inclusion_path(index) for index in range(77)]
    tree.extend(HASHES[77:])
    assert [tree.inclusion_path(index, 77) for index in range(77)] == before
    assert tree.inclusion_path(5) == path(5, HASHES)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 5), (5, 5), (0, -1), (0, 2**63), (2**70, 2**71)])
def test_a_leaf_that_cannot_be_there_is_refused(tree: Tree, index: int, size: int):
    for ask in (
        lambda: merkle.head_from_path(HASHES[0], index, size, []),
        lambda: merkle.inclusion_path_from(tree.node, index, size),
        lambda: tree.inclusion_path(index, size),
    ):
        with pytest.raises(MalformedProofError):
            ask()


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 5), (6, 5), (-1, 5), (1, 2**63)])
def test_sizes_that_allow_no_consistency_proof_are_refused(tree: Tree, first: int, second: int):
    with pytest.raises(MalformedProofError):
        merkle.check_consistency(first, HASHES[0], second, HASHES[0], [])
    with pytest.raises(MalformedProofError):
        tree.consistency_path(first, second)


def test_a_tree_answers_only_for_sizes_that_it_has_had(tree: Tree):
    for ask in (
        lambda: tree.head(N + 1),
        lambda: tree.inclusion_path(0, N + 1),
        lambda: tree.node(1, N),
        lambda: tree.node(-1, 0),
    ):
        with pytest.raises(MalformedProofError):
            ask()


def test_an_inner_node_does_not_pass_for_a_leaf(tree: Tree, heads: list[bytes]):
    # The node over leaves 4 and 5 with the rest of the path of leaf 4: too short for this index and size.
    whole = path(4, HASHES[:8])
    with pytest.raises(MalformedProofError):
        merkle.head_from_path(tree.node(1, 2), 4, 8, whole[1:])
    # As leaf 2 of a tree of 4 it would fit: which is why the size must come from the signed checkpoint.
    assert merkle.head_from_path(tree.node(1, 2), 2, 4, whole[1:]) == heads[8]


def test_a_path_for_another_leaf_index_or_head_is_refused(tree: Tree, heads: list[bytes]):
    good = tree.inclusion_path(5, 100)
    merkle.check_inclusion(HASHES[5], 5, 100, good, heads[100])
    for leaf, index, head in ((HASHES[6], 5, heads[100]), (HASHES[5], 4, heads[100]), (HASHES[5], 5, heads[99])):
        with pytest.raises(InclusionError):
            merkle.check_inclusion(leaf, index, 100, good, head)


def test_changing_any_bit_of_a_path_or_head_is_noticed(tree: Tree, heads: list[bytes]):
    inclusion, consistency = tree.inclusion_path(37, 100), tree.consistency_path(37, 100)
    for place in range(len(inclusion)):
        changed = inclusion.copy()
        changed[place] = bytes([changed[place][0] ^ 1]) + changed[place][1:]
        with pytest.raises(InclusionError):
            merkle.check_inclusion(HASHES[37], 37, 100, changed, heads[100])
    for place in range(len(consistency)):
        changed = consistency.copy()
        changed[place] = changed[place][:-1] + bytes([changed[place][-1] ^ 128])
        with pytest.raises(InconsistentError):
            merkle.check_consistency(37, heads[37], 100, heads[100], changed)
    for first_head, second_head in ((heads[36], heads[100]), (heads[37], heads[99])):
        with pytest.raises(InconsistentError):
            merkle.check_consistency(37, first_head, 100, second_head, consistency)


def test_two_heads_of_one_size_must_be_equal(heads: list[bytes]):
    merkle.check_consistency(9, heads[9], 9, heads[9], [])
    with pytest.raises(InconsistentError):
        merkle.check_consistency(9, heads[9], 9, heads[10], [])
    with pytest.raises(MalformedProofError):
        merkle.check_consistency(9, heads[9], 9, heads[9], [HASHES[0]])


hashes = st.one_of(st.binary(min_size=32, max_size=32), st.binary(max_size=40))
numbers = st.one_of(st.integers(-2, 20), st.integers(-(2**70), 2**70))


@settings(max_examples=200)
@given(leaf=hashes, index=numbers, size=numbers, proof=st.lists(hashes, max_size=8), head=hashes)
def test_any_inclusion_proof_ends_in_an_answer_or_a_coded_error(leaf, index, size, proof, head):
    _, code = attempt(merkle.check_inclusion, leaf, index, size, proof, head)
    assert code in {None, "malformed_proof", "not_included"}


@settings(max_examples=200)
@given(first=numbers, second=numbers, first_head=hashes, second_head=hashes, proof=st.lists(hashes, max_size=8))
def test_any_consistency_proof_ends_in_an_answer_or_a_coded_error(first, second, first_head, second_head, proof):
    _, code = attempt(merkle.check_consistency, first, first_head, second, second_head, proof)
    assert code in {None, "malformed_proof", "inconsistent_heads"}


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=20), max_size=70), st.data())
def test_any_tree_proves_each_of_its_leaves_and_each_of_its_pasts(leaves, data):
    tree = Tree(merkle.leaf_hashes(leaves))
    assert tree.size == len(leaves)
    if leaves:
        index = data.draw(st.integers(0, len(leaves) - 1))
        first = data.draw(st.integers(1, len(leaves)))
        merkle.check_inclusion(
            merkle.leaf_hash(leaves[index]), index, tree.size, tree.inclusion_path(index), tree.head()
        )
        merkle.check_consistency(first, tree.head(first), tree.size, tree.head(), tree.consistency_path(first))
