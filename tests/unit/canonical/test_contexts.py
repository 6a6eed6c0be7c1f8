"""Contexts: bundled, pinned, and nothing else."""

from __future__ import annotations

import hashlib
import json
import re
from importlib import resources

import pytest

from guildhall.core.canonical import contexts, shape_code
from guildhall.core.canonical.contexts import UnknownContextError
from tests import javascript

PACKAGE = resources.files("guildhall")
SOURCES = PACKAGE.joinpath("vendor", "SOURCES.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("url", contexts.CONTEXTS)
def test_every_context_has_the_pinned_hash_and_is_a_context(url):
    bundled = contexts.CONTEXTS[url]
    data = PACKAGE.joinpath(bundled.path).read_bytes()
    assert hashlib.sha256(data).hexdigest() == bundled.sha256
    assert list(contexts.context(url)) == ["@context"]


def test_every_vendored_context_stands_in_the_list_of_sources_with_its_address_and_hash():
    for url, bundled in contexts.CONTEXTS.items():
        if bundled.path.startswith("vendor/"):
            path = bundled.path.removeprefix("vendor/")
            assert f"| `{path}` | <{url}> | `{bundled.sha256}` |" in SOURCES


def test_every_vendored_context_file_has_the_hash_that_the_list_of_sources_gives():
    rows = re.findall(r"\| `(contexts/[^`]+)` \| [^|]+ \| `([0-9a-f]{64})` \|", SOURCES)
    listed = dict(rows)
    folder = PACKAGE.joinpath("vendor", "contexts")
    found = {f"contexts/{package.name}/{file.name}": file for package in folder.iterdir() for file in package.iterdir()}
    assert listed.keys() == found.keys()
    for path, file in found.items():
        assert hashlib.sha256(file.read_bytes()).hexdigest() == listed[path]


@pytest.mark.parametrize("url", ["https://evil.example/context", "", "https://www.w3.org/ns/credentials/v2#", "v2"])
def test_a_context_that_is_not_bundled_is_refused(url):
    with pytest.raises(UnknownContextError) as caught:
        contexts.context(url)
    assert caught.value.code == "unknown_context"
    assert caught.value.params == {"url": url}


def test_a_caller_who_changes_a_context_changes_only_his_copy():
    contexts.context(contexts.VC_V2)["@context"]["issuer"] = "https://evil.example/"
    assert contexts.context(contexts.VC_V2)["@context"].get("issuer") != "https://evil.example/"


def test_a_changed_file_is_never_served(monkeypatch):
    url = "https://spoilt.example/"
    spoilt = contexts.Bundled(contexts.CONTEXTS[contexts.VC_V2].path, "0" * 64)
    monkeypatch.setattr(contexts, "CONTEXTS", {**contexts.CONTEXTS, url: spoilt})
    with pytest.raises(RuntimeError):
        contexts.context(url)


def test_contexts_published_as_modules_are_read_as_javascript_reads_them():
    with javascript.script("modules.mjs") as script:
        for url, bundled in contexts.CONTEXTS.items():
            if bundled.path.endswith(".js"):
                answer = script.ask({"module": PACKAGE.joinpath(bundled.path).read_text(encoding="utf-8")})
                assert json.dumps(answer["exported"], sort_keys=True) == json.dumps(
                    contexts.context(url), sort_keys=True
                )


def test_our_own_context_redefines_nothing_of_the_ones_it_is_used_with():
    theirs = contexts.context(contexts.VC_V2)["@context"]
    ours = contexts.context(contexts.GUILDHALL_V1)["@context"]
    for term in ours.keys() & theirs.keys() - {"@protected", "@version"}:
        assert ours[term] == theirs[term]


def test_no_bundled_context_gives_a_plain_iri_another_meaning():
    # On this the compiled shapes rely; were it ever false, they would switch themselves off.
    assert shape_code.names_are_safe()


@pytest.mark.parametrize(
    "definition",
    [{"https": "https://x.example/"}, {"urn": {"@id": "https://x.example/"}}, {"a:b": "https://x.example/"},
     {"value": "@value"}, {"kind": {"@id": "@type"}}, {"T": {"@id": "urn:t", "@context": {"did": "urn:did:"}}}],
)  # fmt: skip
def test_a_context_that_would_do_so_is_noticed(definition):
    assert not shape_code._is_safe(definition)
