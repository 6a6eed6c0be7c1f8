"""C2SP tlog-tiles: names, bytes, growth, and proofs from static files alone."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core import merkle, tiles
from guildhall.core.merkle import MalformedProofError
from guildhall.core.tiles import ENTRIES, Edge, MalformedTileError, MissingTileError, Tile, TileNodes
from tests.unit.log.logs import attempt

# Sizes at which something happens: one short of a tile, a tile, one more, two tiles, a tile of level 1 and beyond.
SIZES = [1, 2, 3, 5, 255, 256, 257, 511, 512, 513, 1000, 65_535, 65_536, 65_537, 66_000]


@pytest.fixture(scope="module")
def leaves() -> list[bytes]:
    return [b"leaf %d" % index for index in range(SIZES[-1])]


@pytest.fixture(scope="module")
def tree(leaves) -> merkle.Tree:
    return merkle.Tree(merkle.leaf_hashes(leaves))


@pytest.fixture(scope="module")
def grown(leaves) -> dict[str, bytes]:
    """The files of a log that was published at each of the sizes."""
    files: dict[str, bytes] = {}
    edge = Edge()
    for size in SIZES:
        growth = tiles.grow(edge, leaves[edge.size : size])
        edge = growth.edge
        files.update((file.path, file.content) for file in growth.files)
    return files


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),  # the specification's example
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 999), "tile/0/999"),
        (Tile(0, 1000), "tile/0/x001/000"),
        (Tile(63, 5, 1), "tile/63/005.p/1"),
        (Tile(1, 1_000_000, 255), "tile/1/x001/x000/000.p/255"),
        (Tile(ENTRIES, 273, 112), "tile/entries/273.p/112"),
    ],
)
def test_a_tile_has_the_path_that_the_specification_gives_it(tile: Tile, path: str):
    assert tile.path == path
    assert Tile.parse(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "", "tile", "tile/0", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/100/000", "tile/-1/000",
        "tile/0/x000/001", "tile/0/001/000", "tile/0/x001/x000", "tile/0/x01/000", "tile/0/000.p/0", "tile/0/000.p/256",
        "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p", "tile/0/000.p/1/2", "tile/data/000", "tile/8/0/000/", "/tile/0/000",
        "tile/0/000\n", "tile/0/٠٠٠", "tile/entries", "tile/0/../../etc", "tile/0/" + "x001/" * 20 + "000", "TILE/0/000",
        "tile/0/x009/x223/x372/x036/x854/x775/808",
    ],
)  # fmt: skip
def test_any_other_spelling_of_a_path_is_refused(path: str):
    with pytest.raises(MalformedTileError):
        Tile.parse(path)


@pytest.mark.parametrize(
    ("level", "index", "width"), [(-2, 0, 1), (64, 0, 1), (0, -1, 1), (0, 2**63, 1), (0, 0, 0), (0, 0, 257)]
)
def test_a_tile_that_no_log_has_cannot_be_named(level: int, index: int, width: int):
    with pytest.raises(MalformedTileError):
        Tile(level, index, width)


def test_a_log_of_70000_leaves_has_the_tiles_that_the_specification_counts():
    # C2SP tlog-tiles, "Partial Tiles": 273 full and one of width 112 at level 0; one full and one of width 17 at level 1;
    # one of width 1 at level 2.
    hashes = [tile for tile in tiles.tiles_of(70_000) if tile.level != ENTRIES]
    assert sum(tile.level == 0 and tile.width == 256 for tile in hashes) == 273
    assert [tile for tile in hashes if tile.level == 0][-1] == Tile(0, 273, 112)
    assert [tile for tile in hashes if tile.level >= 1] == [Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)]
    entries = [tile for tile in tiles.tiles_of(70_000) if tile.level == ENTRIES]
    assert len(entries) == 274
    assert entries[-1] == Tile(ENTRIES, 273, 112)


def test_a_log_of_256_leaves_has_a_full_tile_and_one_hash_above():
    assert [t for t in tiles.tiles_of(256) if t.level >= 0] == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles.tiles_of(0)) == []


def test_growing_in_steps_gives_every_file_that_each_size_needs(grown, tree):
    for size in SIZES:
        for tile in tiles.tiles_of(size):
            assert tile.path in grown
    assert len(grown) == len({tile.path for size in SIZES for tile in tiles.tiles_of(size)}), "and no file more"


def test_growing_at_once_in_steps_or_leaf_by_leaf_gives_the_same_edge_and_files(leaves):
    at_once = tiles.grow(Edge(), leaves[:700])
    edge = Edge()
    files: dict[str, bytes] = {}
    for leaf in leaves[:700]:
        growth = tiles.grow(edge, [leaf])
        edge = growth.edge
        files.update((file.path, file.content) for file in growth.files)
    assert edge == at_once.edge
    assert {file.path: file.content for file in at_once.files}.items() <= files.items()


def test_a_tile_holds_the_heads_of_full_tiles_below(grown, tree, leaves):
    assert grown["tile/0/001"] == b"".join(hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves[256:512])
    first_above = tiles.parse_hashes(grown["tile/1/000"], 256)
    assert first_above[3] == merkle.root(tiles.parse_hashes(grown["tile/0/003"], 256))
    assert grown["tile/2/000.p/1"] == merkle.root(first_above)


def test_the_edge_knows_the_head_at_every_size(leaves, tree):
    edge = Edge()
    assert edge.head == merkle.EMPTY_HEAD
    for size in range(1, 600):
        edge = tiles.grow(edge, leaves[size - 1 : size]).edge
        assert edge.head == tree.head(size)
    for size in SIZES:
        assert tiles.grow(Edge(), leaves[:size]).edge.head == tree.head(size)


def test_the_edge_can_be_read_back_from_the_files(grown, leaves):
    for size in SIZES:
        assert tiles.edge_at(grown.get, size) == tiles.grow(Edge(), leaves[:size]).edge


def test_full_tiles_stand_in_for_partial_ones_that_were_deleted(grown, leaves, tree):
    full_only = {path: content for path, content in grown.items() if ".p/" not in path}
    assert tiles.edge_at(full_only.get, 1000) == tiles.grow(Edge(), leaves[:1000]).edge
    assert TileNodes(full_only.get, 1000).inclusion_path(7) == tree.inclusion_path(7, 1000)


def test_growing_without_partial_tiles_writes_full_ones_only(leaves):
    growth = tiles.grow(tiles.grow(Edge(), leaves[:100]).edge, leaves[100:600], partial=False)
    assert [file.path for file in growth.files] == ["tile/entries/000", "tile/entries/001", "tile/0/000", "tile/0/001"]
    assert growth.edge == tiles.grow(Edge(), leaves[:600]).edge


@pytest.mark.parametrize("step", [256, 1000, 9_999])
def test_growing_far_in_steps_gives_every_file_once_the_partial_ones_are_added(leaves, tree, step: int):
    edge, files = Edge(), {}
    for start in range(0, 66_000, step):
        growth = tiles.grow(edge, leaves[start : min(start + step, 66_000)], partial=False)
        edge = growth.edge
        files.update((file.path, file.content) for file in growth.files)
    assert not any(".p/" in path for path in files)
    files.update((file.path, file.content) for file in tiles.partial_files(edge))
    assert set(files) == {tile.path for tile in tiles.tiles_of(66_000)}
    assert TileNodes(files.get, 66_000).head() == tree.head()


def test_partial_tiles_that_the_last_checkpoint_had_are_not_written_again(leaves):
    # One more leaf changes level 0 only; one that fills a tile also changes level 1, and level 2 stays as it was.
    assert [file.path for file in tiles.partial_files(tiles.grow(Edge(), leaves[:66_000]).edge, since=65_999)] == [
        "tile/entries/257.p/208", "tile/0/257.p/208",
    ]  # fmt: skip
    assert [file.path for file in tiles.partial_files(tiles.grow(Edge(), leaves[:65_793]).edge, since=65_791)] == [
        "tile/entries/257.p/1", "tile/0/257.p/1", "tile/1/001.p/1",
    ]  # fmt: skip


def test_growing_by_nothing_changes_nothing():
    assert tiles.grow(Edge(), []).files == ()


def test_a_tile_that_did_not_grow_is_not_written_again(leaves):
    edge = tiles.grow(Edge(), leaves[:300]).edge
    assert [file.path for file in tiles.grow(edge, leaves[300:301]).files] == [
        "tile/entries/001.p/45",
        "tile/0/001.p/45",
    ]


def test_paths_from_tiles_are_the_paths_of_the_tree(grown, tree):
    for size in SIZES:
        nodes = TileNodes(grown.get, size)
        assert nodes.head() == tree.head(size)
        for index in {0, size // 3, size // 2, size - 1}:
            assert nodes.inclusion_path(index) == tree.inclusion_path(index, size)
        for first in {1, max(1, size // 3), max(1, size // 2), size}:
            assert nodes.consistency_path(first) == tree.consistency_path(first, size)


def test_only_so_many_tiles_are_kept_open(grown, tree):
    nodes = TileNodes(grown.get, SIZES[-1], n_tiles=3)
    for index in range(0, SIZES[-1], 997):
        assert nodes.inclusion_path(index) == tree.inclusion_path(index)
        assert len(nodes._opened) <= 3


def test_a_missing_tile_is_named(grown):
    without = {path: content for path, content in grown.items() if path != "tile/0/003"}
    with pytest.raises(MissingTileError) as caught:
        TileNodes(without.get, 66_000).inclusion_path(3 * 256)
    assert caught.value.params["path"] == "tile/0/003"
    with pytest.raises(MissingTileError):
        tiles.edge_at({}.get, 5)


def test_nodes_beyond_the_size_are_refused(grown):
    nodes = TileNodes(grown.get, 1000)
    for level, index in ((0, 1000), (3, 125), (10, 0), (-1, 0), (0, -1)):
        with pytest.raises(MalformedProofError):
            nodes.node(level, index)
    for size in (-1, 2**63):
        with pytest.raises(MalformedTileError):
            TileNodes(grown.get, size)
        with pytest.raises(MalformedTileError):
            tiles.edge_at(grown.get, size)


def test_a_wrong_tile_gives_a_path_that_no_longer_leads_to_the_head(grown, tree, leaves):
    forged = {**grown, "tile/0/000": b"\x00" * 8192}
    path = TileNodes(forged.get, 66_000).inclusion_path(300)
    assert merkle.head_from_path(merkle.leaf_hash(leaves[300]), 300, 66_000, path) == tree.head(), (
        "another tile's fault"
    )
    path = TileNodes(forged.get, 66_000).inclusion_path(3)
    assert merkle.head_from_path(merkle.leaf_hash(leaves[3]), 3, 66_000, path) != tree.head()


def test_entries_are_written_after_their_length():
    assert tiles.entries_to_bytes([b"", b"ab"]) == b"\x00\x00\x00\x02ab"
    assert tiles.entries_to_bytes([b"x" * 65_535])[:2] == b"\xff\xff"
    with pytest.raises(MalformedTileError):
        tiles.entries_to_bytes([b"x" * 65_536])
    with pytest.raises(MalformedTileError):
        tiles.grow(Edge(), [b"x" * 65_536])


@pytest.mark.parametrize(
    ("entries", "width"),
    [(b"", 1), (b"\x00", 1), (b"\x00\x01", 1), (b"\x00\x00", 2), (b"\x00\x00\x00\x00", 1), (b"\x00\x00\x00", 1), (b"\x00\x02a", 1)],
)  # fmt: skip
def test_entries_with_a_byte_too_few_or_too_many_are_refused(entries: bytes, width: int):
    with pytest.raises(MalformedTileError):
        tiles.parse_entries(entries, width)


@pytest.mark.parametrize("n_bytes", [0, 31, 33, 63, 96])
def test_hashes_of_another_length_than_the_width_are_refused(n_bytes: int):
    with pytest.raises(MalformedTileError):
        tiles.parse_hashes(b"x" * n_bytes, 2)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_entries_come_back_as_they_were_written(leaves):
    assert tiles.parse_entries(tiles.entries_to_bytes(leaves), len(leaves)) == leaves


@settings(max_examples=200)
@given(entries=st.binary(max_size=60), width=st.integers(0, 10))
def test_any_bytes_are_the_one_form_of_their_entries_or_a_coded_error(entries, width):
    leaves, code = attempt(tiles.parse_entries, entries, width)
    assert code in {None, "malformed_tile"}
    if code is None:
        assert len(leaves) == width
        assert tiles.entries_to_bytes(leaves) == entries


@settings(max_examples=200)
@given(
    st.one_of(
        st.text(max_size=40),
        st.from_regex(r"tile/(entries|[0-9]{1,2})/(x[0-9]{3}/){0,3}[0-9]{3}(\.p/[0-9]{1,3})?", fullmatch=True),
    )
)
def test_any_text_is_the_one_path_of_its_tile_or_a_coded_error(path):
    tile, code = attempt(Tile.parse, path)
    assert code in {None, "malformed_tile"}
    assert code or tile.path == path
