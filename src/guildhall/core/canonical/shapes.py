"""The one entry for RDFC of a JSON-LD document: compiled shapes before, the full path behind.

The full path (``jsonld``, then ``rdfc``) costs a millisecond or more, nearly all of it spent on finding
out again what the members mean. Certificates come in few shapes, so a shape that is met a second time
is compiled (``shape_code``), checked once against the full path, and kept in a bounded store. A compiled
shape answers only what it is made for; everything else takes the full path, which is also the only
place where documents are refused.

Nobody can fill the store with rubbish for long: a shape enters on its second meeting only, and the one
longest unused leaves.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from guildhall.core.canonical import jcs, jsonld, rdfc, shape_code
from guildhall.core.canonical.familiar import Familiar
from guildhall.core.canonical.shape_code import Leaf, NotCompilableError, Path
from guildhall.core.errors import Error

MAX_SHAPES: Final = 256
MAX_SHAPES_ALIKE: Final = 16
MAX_MET: Final = 4_096
MAX_TRIES: Final = 4


class UnknownHoleError(Error):
    """A template was made with a place that its sample has not, or filled with other names."""

    code = "unknown_hole"


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return the canonical N-Quads of a JSON-LD document (RDFC-1.0, SHA-256), in UTF-8.

    Shape:  a dict as ``strict_json.parse`` gives it; never changed.
    Raises: every error of ``jsonld.to_quads`` and ``rdfc.canonical_quads``.
    Source: RDFC-1.0; Data Integrity EdDSA Cryptosuites v1.0, section 3.2.3 (transformation).
    """
    if type(document) is dict:
        for shape in _store.alike(document):
            written = shape.read(document)
            if written is not None:
                shape.used = _store.clock
                return written
    written = full(document)
    _store.meet(document, written)
    return written


def full(document: Mapping[str, Any]) -> bytes:
    """Return the same as ``canonical`` by the full path, which is exact for every document.

    Raises: every error of ``jsonld.to_quads`` and ``rdfc.canonical_quads``.
    """
    return rdfc.canonical_quads(jsonld.to_quads(document)).n_quads.encode("utf-8")


# --- the store of shapes ---------------------------------------------------------------------------


class _Store:
    """The compiled shapes, by the names of the members at the document's surface."""

    def __init__(self) -> None:
        self.clock = 0
        self._lock = threading.Lock()
        self._alike: dict[tuple[object, ...], tuple[Familiar, ...]] = {}
        self._met: OrderedDict[int, int] = OrderedDict()

    def alike(self, document: dict[str, Any]) -> Sequence[Familiar]:
        return self._alike.get(_form(document), ())

    def meet(self, document: Mapping[str, Any], written: bytes) -> None:
        """Note that a document took the full path; compile its shape if that happens again."""
        outline = hash(_outline(document))
        with self._lock:
            self.clock += 1
            n_met = self._met.pop(outline, 0) + 1
            self._met[outline] = n_met
            if len(self._met) > MAX_MET:
                self._met.popitem(last=False)
        # The first meeting may be the last. Later ones may stem from accidents of the sample that was
        # compiled (two texts that were equal), so that another sample is given a chance, but not for ever.
        if not 1 < n_met <= 1 + MAX_TRIES:
            return
        read = _compiled(document, written)
        if read is not None:
            with self._lock:
                self._keep(_form(document), Familiar(read, self.clock, full))

    def _keep(self, form: tuple[object, ...], shape: Familiar) -> None:
        # Readers take the tuple without a lock: it is replaced, never changed.
        shapes = sorted((shape, *self._alike.get(form, ())), key=lambda one: one.used, reverse=True)
        self._alike[form] = tuple(shapes[:MAX_SHAPES_ALIKE])
        while sum(map(len, self._alike.values())) > MAX_SHAPES:
            oldest = min(self._alike, key=lambda key: max(one.used for one in self._alike[key]))
            del self._alike[oldest]


def _form(document: Mapping[str, Any]) -> tuple[object, ...]:
    """Return the names of a document's members and of theirs: quick to take, and enough to tell most shapes apart."""
    return (tuple(document), *[tuple(member) for member in document.values() if type(member) is dict])


def _compiled(document: Mapping[str, Any], written: bytes) -> Callable[[object], bytes | None] | None:
    """Compile the document's shape and check it against what the full path wrote."""
    if not shape_code.names_are_safe():
        return None
    try:
        read = shape_code.reader(document)
        return read if read(document) == written else None
    except (NotCompilableError, Error):
        return None
    except Exception:  # noqa: BLE001 - the answer is already written: no mistake in compiling may spoil it
        return None


def _outline(value: Any, key: str = "") -> object:
    """Return what documents of one shape have in common, so far as it shows without compiling."""
    if type(value) is dict:
        return tuple((name, _outline(member, name)) for name, member in value.items())
    if type(value) is list:
        return ("list", *(_outline(member, key) for member in value))
    if type(value) is str:
        return value if key in shape_code.FIXED_KEYS or key == "@context" else ""
    return value if type(value) is bool else type(value).__name__


_store: Final = _Store()


# --- templates -------------------------------------------------------------------------------------


class Template:
    """A sample document with named holes, for canonicalizing many documents that differ only there."""

    def __init__(self, sample: Mapping[str, Any], holes: Mapping[str, Path | Sequence[Path]]) -> None:
        """Compile a sample.

        Shape:  a hole is a path of member names and indexes, or several paths that get one value; what
                lies there in the sample is a text or a whole number, and is used once for checking.
        Raises: UnknownHoleError; and every error of ``canonical``, since the sample must be canonical.
        """
        self._names = tuple(holes)
        self._leaves = [_leaf(sample, name, place) for name, place in holes.items()]
        self._build = shape_code.builder(sample, self._leaves)
        self._fill: Callable[[tuple[Any, ...]], bytes | None] | None = None
        self._stencil: jcs.Stencil | None = None
        values = tuple(leaf.value for leaf in self._leaves)
        filled = self._build(values)
        written = full(filled)
        if shape_code.names_are_safe():
            try:
                fill = shape_code.filler(filled, self._leaves)
            except (NotCompilableError, Error):
                return
            if fill(values) == written:
                self._fill = fill

    @property
    def is_compiled(self) -> bool:
        """Whether ``render`` has a short way; if not, it is as exact and as slow as ``canonical``."""
        return self._fill is not None

    def render(self, values: Mapping[str, str | int]) -> bytes:
        """Return the canonical N-Quads of the sample with these values in its holes.

        Shape:  one value for every hole, a text or a whole number.
        Raises: UnknownHoleError; every error of ``canonical``.
        """
        given = self._in_order(values)
        if self._fill is not None:
            written = self._fill(given)
            if written is not None:
                return written
        return canonical(self._build(given))

    def digest(self, values: Mapping[str, str | int]) -> bytes:
        """Return the SHA-256 of ``render(values)``.

        Units:  32 bytes.
        """
        return hashlib.sha256(self.render(values)).digest()

    def json(self, values: Mapping[str, str | int]) -> bytes:
        """Return the canonical JSON (RFC 8785) of the sample with these values in its holes.

        Raises: UnknownHoleError; NotJsonError.
        """
        if self._stencil is None:
            self._stencil = jcs.Stencil(self._build, len(self._leaves))
        return self._stencil.canonical(self._in_order(values))

    def document(self, values: Mapping[str, str | int]) -> dict[str, Any]:
        """Return the document itself: a fresh copy of the sample with these values in its holes.

        Raises: UnknownHoleError.
        """
        return self._build(self._in_order(values))

    def _in_order(self, values: Mapping[str, str | int]) -> tuple[str | int, ...]:
        try:
            given = tuple([values[name] for name in self._names])
        except KeyError as missing:
            raise UnknownHoleError(f"No value is given for the hole {missing}.", hole=str(missing.args[0])) from None
        if len(values) != len(given):
            unknown = sorted(set(values) - set(self._names))
            raise UnknownHoleError(f"The template has no hole {unknown[0]!r}.", hole=unknown[0])
        return given


def _leaf(sample: Mapping[str, Any], name: str, place: Path | Sequence[Path]) -> Leaf:
    paths: tuple[Path, ...] = tuple(place) if place and isinstance(place[0], tuple) else (place,)  # type: ignore[arg-type, assignment]
    for path in paths:
        value: Any = sample
        try:
            for step in path:
                value = value[step]
        except (KeyError, IndexError, TypeError):
            raise UnknownHoleError(f"The sample has nothing at the place of the hole {name!r}.", hole=name) from None
        if type(value) is not str and type(value) is not int:
            raise UnknownHoleError(f"The hole {name!r} holds neither a text nor a whole number.", hole=name)
        if "@context" in path or _member_of(path) in shape_code.FIXED_KEYS:
            raise UnknownHoleError(f"The hole {name!r} would change what other members mean.", hole=name)
    return Leaf(paths, value)


def _member_of(path: Path) -> str | int:
    return next(step for step in reversed(path) if type(step) is str)
