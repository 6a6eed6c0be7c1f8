"""JSON-LD to quads, strictly: every member of the document is in the quads, or the document is refused.

JSON-LD lets a processor drop what it does not understand. For a signature that is fatal: what is
dropped is not signed, and anybody may change it. So a term or type that no context defines, an
identifier without a scheme, a value object without a value, an index: each is refused by a coded
error, when signing and when checking alike. RDF has no place for the direction of a text, so it goes
into the datatype (``rdfDirection`` is ``i18n-datatype``), as the processors of other issuers have it.

Expansion is PyLD's (JSON-LD 1.1, scoped and protected contexts), watched at every place where it
would drop something; the step from the expanded form to quads is ours. Contexts come from
``contexts`` alone.

What this module does *not* do: it judges no credential, and it knows no blank-node labels.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, Never

from pyld import jsonld as pyld
from pyld.resolved_context import ResolvedContext

from guildhall.core.canonical import contexts, jcs
from guildhall.core.canonical.rdfc import Quad, iri, literal
from guildhall.core.errors import Error, TooLargeError

MAX_VALUES: Final = 20_000
MAX_DEPTH: Final = 64
MAX_INLINE_CONTEXTS: Final = 64
MAX_CONTEXT_WORK: Final = 40_000
MAX_INTEGER: Final = 2**53 - 1

XSD: Final = "http://www.w3.org/2001/XMLSchema#"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
I18N: Final = "https://www.w3.org/ns/i18n#"
_RDF_TYPE: Final = f"<{RDF}type>"
_RDF_FIRST: Final = f"<{RDF}first>"
_RDF_REST: Final = f"<{RDF}rest>"
_RDF_NIL: Final = f"<{RDF}nil>"


class JsonLdError(Error):
    """The document is not JSON-LD 1.1 (``reason`` is the standard's own error code)."""

    code = "invalid_jsonld"


class UndefinedTermError(Error):
    """A member that no context defines would go unsigned."""

    code = "undefined_term"


class UndefinedTypeError(Error):
    """A type that no context defines would go unsigned."""

    code = "undefined_type"


class RelativeIriError(Error):
    """An identifier that is no absolute IRI means nothing outside its document."""

    code = "relative_iri"


class ReservedTermError(Error):
    """A name of the form ``@word`` that is no keyword is reserved, and ignored by processors."""

    code = "reserved_term"


class DroppedValueError(Error):
    """A value that would be in no quad (``what`` says which rule of JSON-LD would drop it)."""

    code = "dropped_value"


class LanguageTagError(Error):
    """A language tag that is not well-formed would be dropped."""

    code = "invalid_language"


class NumberFormError(Error):
    """A number or numeric text that processors write differently."""

    code = "inexact_number"


class CharacterError(Error):
    """A code point that is no character, or half of one: processors write it differently."""

    code = "noncharacter"


def to_quads(document: Mapping[str, Any]) -> list[Quad]:
    """Return the quads of a JSON-LD document, each term in canonical form, blank nodes named apart.

    Shape:  a JSON object, at most 64 deep, at most 20,000 values; contexts bundled, or inline and small.
    Raises: JsonLdError, UndefinedTermError, UndefinedTypeError, RelativeIriError, ReservedTermError,
            DroppedValueError, LanguageTagError, NumberFormError, CharacterError, TooLargeError, and
            UnknownContextError from ``contexts``.
    Source: JSON-LD 1.1 API, sections 5.1 (expansion) and 8.1 (to RDF).
    """
    quads = list(dict.fromkeys(_Emission().quads(_expanded(_check_bounds(document)))))
    if not quads:
        raise DroppedValueError("The document says nothing: there is nothing to sign.", what="empty")
    return quads


def _check_bounds(document: object) -> dict[str, Any]:
    if type(document) is not dict:
        raise JsonLdError("A JSON-LD document is a JSON object.", reason="not an object")
    n_values = n_inline = 0
    level: list[object] = [document]
    for _ in range(MAX_DEPTH + 1):
        below: list[object] = []
        for item in level:
            below.extend(_members(item))
            n_inline += _n_inline_contexts(item)
        n_values += len(below)
        if n_values > MAX_VALUES or n_inline > MAX_INLINE_CONTEXTS:
            raise TooLargeError("The document has too many values or contexts.", limit=MAX_VALUES, what="values")
        if not below:
            return document
        level = below
    raise TooLargeError(f"The document is nested more than {MAX_DEPTH} deep.", limit=MAX_DEPTH, what="depth")


def _members(value: object) -> Iterable[object]:
    if isinstance(value, dict) and type(value) is dict:
        if any(type(name) is not str for name in value):
            raise JsonLdError("A member's name is not a string.", reason="not JSON")
        return value.values()
    if isinstance(value, list) and type(value) is list:
        return value
    if value is not None and type(value) not in _SCALARS:
        raise JsonLdError("The document holds something that is not JSON.", reason="not JSON")
    if type(value) is int and not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise NumberFormError("A number lies beyond 2^53 - 1.")
    return ()


def _n_inline_contexts(value: object) -> int:
    used = value.get("@context", "") if isinstance(value, dict) else ""
    return sum(type(one) is not str for one in used) if isinstance(used, list) else int(type(used) is not str)


_SCALARS: Final = frozenset({str, int, float, bool})


# --- expansion -------------------------------------------------------------------------------------

_KEYWORD_LIKE: Final = re.compile(r"@[A-Za-z]+")
_KEYWORDS: Final = frozenset(pyld.KEYWORDS)
_LOCK: Final = threading.Lock()  # PyLD's caches are not made for several threads


def _is_reserved(name: str) -> bool:
    return name[:1] == "@" and name not in _KEYWORDS and _KEYWORD_LIKE.fullmatch(name) is not None


class _Contexts:
    """Resolves the contexts of a document from the bundle; what PyLD works out of them is kept here.

    Takes the place of PyLD's ContextResolver, which would fetch, and which writes every scoped context
    out as text to find it again. Here a context object is known by its identity; it is held, so that
    the identity stays its own.
    """

    def __init__(self) -> None:
        self._by_url: dict[str, list[ResolvedContext]] = {}
        self._by_identity: dict[int, ResolvedContext] = {}

    def resolve(self, _active_ctx: Any, context: Any, _base: str) -> list[ResolvedContext]:
        if isinstance(context, Mapping) and "@context" in context:
            context = context["@context"]
        resolved: list[ResolvedContext] = []
        for one in context if isinstance(context, list) else [context]:
            if type(one) is str:
                resolved.extend(self._bundled(one))
            elif one is None or one is False:
                resolved.append(ResolvedContext(False))  # noqa: FBT003 - PyLD's word for "no context"
            elif isinstance(one, Mapping):
                resolved.append(self._of_object(one))
            else:
                raise JsonLdError(
                    "A context is neither an address, an object nor null.", reason="invalid local context"
                )
        return resolved

    def _bundled(self, url: str) -> list[ResolvedContext]:
        if url not in self._by_url:
            self._by_url[url] = self.resolve(None, contexts.context(url), "")
        return self._by_url[url]

    def _of_object(self, context: Mapping[str, Any]) -> ResolvedContext:
        known = self._by_identity.get(id(context))
        if known is None:
            if context.get("@direction") is not None:
                # Processors in wide use forget it at the next context: they would sign another text.
                raise DroppedValueError("A context gives all texts a direction.", what="@direction")
            known = self._by_identity[id(context)] = ResolvedContext(context)
        return known


class _Expansion(pyld.JsonLdProcessor):  # type: ignore[misc]
    """PyLD's expansion with an objection wherever it would let something fall."""

    def __init__(self, *, remember: bool) -> None:
        super().__init__(on_property_dropped=_refuse_term)
        self._context_work = 0
        self._remember = remember

    def _expand(self, active_ctx: Any, active_property: Any, element: Any, options: Any, **more: Any) -> Any:
        expanded = super()._expand(active_ctx, active_property, element, options, **more)
        if expanded is None and element is not None:
            raise DroppedValueError(
                "A value stands where JSON-LD drops it (a bare value, a null value object, an empty node).",
                what="free_floating",
                property=str(active_property or ""),
            )
        return expanded

    def _expand_iri(self, active_ctx: Any, value: Any, base: Any = None, **more: Any) -> Any:
        if type(value) is str and _is_reserved(value):
            raise ReservedTermError(f"{value!r} has the form of a keyword but is none.", term=value)
        if base is not None and type(active_ctx.get("@base")) is not str:
            # Without a base a relative reference stays relative, and is refused as such; PyLD would
            # resolve it against an address that it made up.
            base = None
        return super()._expand_iri(active_ctx, value, base=base, **more)

    def _create_term_definition(
        self, active_ctx: Any, local_ctx: Any, term: Any, defined: Any, options: Any, **more: Any
    ) -> None:
        definition = local_ctx.get(term)
        mapped = [definition]
        if isinstance(definition, Mapping):
            mapped = [definition.get("@id"), definition.get("@reverse")]
        for name in (term, *mapped):
            if type(name) is str and _is_reserved(name):
                raise ReservedTermError(f"{name!r} has the form of a keyword but is none.", term=name)
        super()._create_term_definition(active_ctx, local_ctx, term, defined, options, **more)

    def _process_context(self, active_ctx: Any, local_ctx: Any, options: Any, **more: Any) -> Any:
        if isinstance(local_ctx, Mapping) and "@import" in local_ctx:
            # PyLD merges an import into its cached copy: one document could change another's meaning.
            raise JsonLdError("Contexts that import others are not accepted.", reason="@import")
        if not self._remember or "cycles" in more:  # with cycles: a trial run over a context half made
            self._spend(_cost(local_ctx))
            return super()._process_context(active_ctx, local_ctx, options, **more)
        return self._remembered(active_ctx, local_ctx, options, more)

    def _clone_active_context(self, active_ctx: Any) -> Any:
        child = super()._clone_active_context(active_ctx)
        if "processingMode" in active_ctx:  # PyLD forgets it from one context to the next
            child["processingMode"] = active_ctx["processingMode"]
        return child

    def _spend(self, n: int) -> None:
        self._context_work += n
        if self._context_work > MAX_CONTEXT_WORK:
            raise TooLargeError(
                "The document's contexts need too much work.", limit=MAX_CONTEXT_WORK, what="context_work"
            )

    def _remembered(self, active_ctx: Any, local_ctx: Any, options: Any, more: dict[str, Any]) -> Any:
        """Work out a context once. PyLD does so for every typed node anew, which is most of its time."""
        if type(local_ctx) is list:
            local: object = tuple(one if type(one) is str else id(one) for one in local_ctx)
        else:
            local = local_ctx if type(local_ctx) is str else id(local_ctx)
        key = (id(active_ctx), local, bool(more.get("override_protected")), more.get("propagate", True) is not False)
        known = _worked_out.get(key)
        if known is None:
            self._spend(_cost(local_ctx))
            if len(_worked_out) >= MAX_WORKED_OUT:
                _worked_out.clear()
            processed = super()._process_context(active_ctx, local_ctx, options, **more)
            # Holding what the key names keeps its identities from being given to others.
            _worked_out[key] = known = (active_ctx, local_ctx, processed)
        return known[2]


def _cost(context: Any) -> int:
    """Return about how many terms a context defines: what working it out costs."""
    if isinstance(context, list):
        return 1 + sum(map(_cost, context))
    if isinstance(context, Mapping):
        inner = context.get("@context")
        return 1 + len(context) + (_cost(inner) if isinstance(inner, (list, Mapping)) else 0)
    return 100 if type(context) is str else 1


def _refuse_term(name: str | None) -> Never:
    if name is None:
        raise UndefinedTermError("A member is mapped to nothing by its context: it would go unsigned.", term="")
    raise UndefinedTermError(f"No context defines {name!r}: it would go unsigned.", term=name)


MAX_WORKED_OUT: Final = 2_000
_worked_out: Final[dict[tuple[object, ...], tuple[Any, Any, Any]]] = {}
_shared_contexts: Final = _Contexts()
"""For documents that name bundled contexts only: finite, because the bundle is."""


def _expanded(document: dict[str, Any]) -> list[Any]:
    # An inline context must leave no trace in what other documents are read by.
    inline = _has_inline_context(document)
    processor = _Expansion(remember=not inline)
    options = {
        "base": "",
        "isFrame": False,
        "keepFreeFloatingNodes": False,
        "processingMode": "json-ld-1.1",
        "contextResolver": _Contexts() if inline else _shared_contexts,
    }
    with _LOCK:
        try:
            expanded = processor._expand(processor._get_initial_context(options), None, document, options)  # noqa: SLF001
        except Error:
            raise
        except pyld.JsonLdError as error:
            _translate(error)
        except Exception as error:  # noqa: BLE001 - PyLD answers some malformed documents with whatever it meets
            raise JsonLdError("The document is not JSON-LD 1.1.", reason=type(error).__name__) from None
    if isinstance(expanded, dict) and expanded.keys() == {"@graph"}:
        expanded = expanded["@graph"]
    return expanded if isinstance(expanded, list) else [expanded]


def _has_inline_context(value: object) -> bool:
    if isinstance(value, dict):
        if "@context" in value:
            used = value["@context"]
            if any(type(one) is not str for one in (used if isinstance(used, list) else [used])):
                return True
        return any(_has_inline_context(member) for member in value.values())
    return isinstance(value, list) and any(_has_inline_context(member) for member in value)


def _translate(error: pyld.JsonLdError) -> Never:
    """Raise our own error if PyLD wrapped one, else name the standard's code."""
    cause: BaseException | None = error
    reason = "unknown"
    while cause is not None:
        if isinstance(cause, Error):
            raise cause from None
        if isinstance(cause, pyld.JsonLdError) and getattr(cause, "code", None):
            reason = cause.code
        cause = cause.__cause__
    raise JsonLdError(f"The document is not JSON-LD 1.1 ({reason}).", reason=reason) from None


# --- expanded form to quads ------------------------------------------------------------------------

_IRI_CHARACTER = r'[^\x00-\x20<>"{}|^`#\\\x7f-\xa0\s\ufdd0-\ufdef\ufeff\ufff0-\uffff\ud800-\udfff]'
_IRI: Final = re.compile(rf"[A-Za-z][A-Za-z0-9+.\-]*:{_IRI_CHARACTER}*(?:#{_IRI_CHARACTER}*)?")
_NODE: Final = re.compile(r"_:[A-Za-z0-9_](?:[A-Za-z0-9_.\-]*[A-Za-z0-9_\-])?")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_VALUE_KEYWORDS: Final = frozenset({"@value", "@type", "@language", "@direction"})
_NO_CHARACTER: Final = re.compile("[\ufffe\uffff\ud800-\udfff]")
_CANONICAL_DOUBLE: Final = re.compile(r"-?[1-9]\.(?:0|[0-9]*[1-9])E(?:0|-?[1-9][0-9]*)|0\.0E0|NaN|-?INF")


class _Emission:
    """Walks an expanded document once and names its blank nodes as it meets them."""

    def __init__(self) -> None:
        self._n_nodes = 0
        self._named: dict[str, str] = {}

    def quads(self, expanded: list[Any]) -> Iterator[Quad]:
        for node in expanded:
            yield from self._free_node(node, "")

    def _free_node(self, node: Any, graph: str) -> Iterator[Quad]:
        """A node that no property points to: without properties of its own nothing would hold it."""
        if not isinstance(node, dict):
            raise JsonLdError("A value stands where only a node may.", reason="not a node")
        if "@value" in node or "@list" in node or node.keys() <= {"@id"}:
            raise DroppedValueError("A node without properties stands alone.", what="free_node")
        yield from self._node(node, self._subject(node), graph)

    def _subject(self, node: dict[str, Any]) -> str:
        return self._resource(node["@id"], "@id") if "@id" in node else self._new_node()

    def _new_node(self) -> str:
        self._n_nodes += 1
        return f"_:n{self._n_nodes}"

    def _resource(self, text: object, where: str) -> str:
        if type(text) is str:
            if _NODE.fullmatch(text):
                return self._named.get(text) or self._name(text)
            if _IRI.fullmatch(text):
                return iri(text)
        raise RelativeIriError(f"{text!r} is no absolute IRI.", iri=str(text), property=where)

    def _name(self, label: str) -> str:
        self._named[label] = self._new_node()
        return self._named[label]

    def _node(self, node: dict[str, Any], subject: str, graph: str) -> Iterator[Quad]:
        for name, values in node.items():
            if name[:1] == "@":
                yield from self._keyword(name, values, subject, graph)
                continue
            predicate = self._predicate(name)
            for value in values:
                yield from self._statement(subject, predicate, value, graph)

    def _keyword(self, name: str, values: Any, subject: str, graph: str) -> Iterator[Quad]:
        if name == "@type":
            yield from ((subject, _RDF_TYPE, self._type(kind), graph) for kind in values)
        elif name == "@graph":
            for inner in filter(None, values):  # an empty node in a graph says nothing, and nothing is lost
                yield from self._free_node(inner, subject)
        elif name == "@included":
            for inner in values:
                yield from self._free_node(inner, graph)
        elif name == "@reverse":
            yield from self._reversed(values, subject, graph)
        elif name != "@id":
            raise DroppedValueError(f"JSON-LD drops {name} on the way to RDF.", what=name)

    def _reversed(self, values: dict[str, Any], subject: str, graph: str) -> Iterator[Quad]:
        for name, inners in values.items():
            predicate = self._predicate(name)
            for inner in inners:
                other = self._subject(inner)
                yield other, predicate, subject, graph
                yield from self._node(inner, other, graph)

    def _predicate(self, name: str) -> str:
        if name.startswith("_:"):
            raise UndefinedTermError("A blank node cannot be a property.", term=name)
        return self._resource(name, name)

    def _type(self, kind: object) -> str:
        if type(kind) is str and (_NODE.fullmatch(kind) or _IRI.fullmatch(kind)):
            return self._resource(kind, "@type")
        raise UndefinedTypeError(f"No context defines the type {kind!r}: it would go unsigned.", type=str(kind))

    def _statement(self, subject: str, predicate: str, value: Any, graph: str) -> Iterator[Quad]:
        if "@value" in value:
            yield subject, predicate, self._literal(value), graph
        elif "@list" in value:
            yield from self._list(subject, predicate, value, graph)
        else:
            other = self._subject(value)
            yield subject, predicate, other, graph
            yield from self._node(value, other, graph)

    def _list(self, subject: str, predicate: str, value: dict[str, Any], graph: str) -> Iterator[Quad]:
        if len(value) > 1:
            raise DroppedValueError("JSON-LD drops the index of a list.", what="@index")
        for item in value["@list"]:
            if "@list" in item:
                raise JsonLdError(
                    "Lists of lists are read differently by processors in wide use.", reason="list of lists"
                )
            cell = self._new_node()
            yield subject, predicate, cell, graph
            yield from self._statement(cell, _RDF_FIRST, item, graph)
            subject, predicate = cell, _RDF_REST
        yield subject, predicate, _RDF_NIL, graph

    def _literal(self, value: dict[str, Any]) -> str:
        for name in value:
            if name not in _VALUE_KEYWORDS:
                raise DroppedValueError(f"JSON-LD drops {name} on the way to RDF.", what=name)
        lexical = value["@value"]
        datatype = value.get("@type", "")
        if datatype == "@json":
            return literal(_json_literal(lexical), RDF + "JSON")
        if datatype and not (type(datatype) is str and _IRI.fullmatch(datatype)):
            raise UndefinedTypeError(f"No context defines the datatype {datatype!r}.", type=str(datatype))
        if "@direction" in value:
            datatype = _directed(lexical, value["@direction"], value.get("@language"))
            return self._text(lexical, datatype, None)
        if type(lexical) is str:
            return self._text(lexical, datatype, value.get("@language"))
        return _number_or_boolean(lexical, datatype)

    def _text(self, lexical: str, datatype: str, language: object) -> str:
        if _NO_CHARACTER.search(lexical):
            raise CharacterError("A text holds a code point that is no character.")
        if language is not None:
            if type(language) is not str or not _LANGUAGE.fullmatch(language):
                raise LanguageTagError(f"{language!r} is no language tag.", language=str(language))
            return literal(lexical, language=language)
        if datatype == XSD + "double" and not _CANONICAL_DOUBLE.fullmatch(lexical):
            # Some processors rewrite such a text as a number, some sign it as it is.
            raise NumberFormError(f"{lexical!r} is not the canonical form of a double.", value=lexical)
        if datatype == RDF + "langString":
            raise LanguageTagError("A language-tagged text has no tag.", language="")
        return literal(lexical, datatype)


def _directed(lexical: object, direction: object, language: object) -> str:
    """Return the datatype of a text with a base direction.

    Source: JSON-LD 1.1 API, section 8.2.2, step 13.1.
    """
    if type(lexical) is not str or direction not in ("ltr", "rtl"):
        raise DroppedValueError("Only a text has a direction, ltr or rtl.", what="@direction")
    if language is None:
        return f"{I18N}_{direction}"
    if type(language) is not str or not _LANGUAGE.fullmatch(language):
        raise LanguageTagError(f"{language!r} is no language tag.", language=str(language))
    return f"{I18N}{language.lower()}_{direction}"


def _json_literal(value: object) -> str:
    try:
        return jcs.canonical(value).decode("utf-8")
    except jcs.NotJsonError:
        raise JsonLdError("A JSON literal has no canonical form.", reason="invalid JSON literal") from None


def _number_or_boolean(value: object, datatype: str) -> str:
    if type(value) is bool:
        return literal("true" if value else "false", datatype or XSD + "boolean")
    if type(value) is int or (type(value) is float and value.is_integer()):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise NumberFormError("A number lies beyond 2^53 - 1.", value=str(value)[:32])
        if datatype != XSD + "double":
            return literal(str(int(value)), datatype or XSD + "integer")
    if type(value) is int or type(value) is float:
        return literal(exact_double(value), datatype or XSD + "double")
    raise NumberFormError("A value is neither a text, a boolean nor a number.", value=str(value)[:32])


@lru_cache(maxsize=1024)  # what is equal (1, 1.0, true; 0, -0.0) is written alike; what is refused is not kept
def exact_double(value: float) -> str:
    """Return the canonical lexical form of an xsd:double as JSON-LD writes it (16 digits).

    Raises: NumberFormError for numbers that would not be signed as they are, or not by everybody: those that
            16 digits do not carry, those beyond 2^53 - 1 and those between zero and a millionth (processors
            in wide use write 1e20 in two ways, and 1e-7 as 0); not-a-number and the infinities.
    Source: JSON-LD 1.1 API, section 8.6 (data round tripping).
    """
    if value == 0:
        return "0.0E0"  # minus zero is zero, to other processors and to RFC 8785 alike
    if not 1e-6 <= abs(value) <= MAX_INTEGER:
        raise NumberFormError("A number is too great or too small to be written alike everywhere.", value=repr(value))
    mantissa, exponent = f"{value:.15E}".split("E")
    mantissa = mantissa.rstrip("0")
    lexical = f"{mantissa}{'0' if mantissa.endswith('.') else ''}E{int(exponent)}"
    if float(lexical) != value:
        raise NumberFormError("A number needs more digits than JSON-LD writes.", value=repr(value))
    return lexical
