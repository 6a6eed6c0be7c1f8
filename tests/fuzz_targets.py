"""What is fuzzed: every reader of bytes or text that come from outside, each as a function of bytes that ends well.

A target is named for its reader. ``form`` says how its inputs are built, and so which seeds (``tests.fuzz_seeds``), which
dictionary and which mutations (``tests.fuzz_mutation``) lead the fuzzer behind the first checks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

import orjson

Form = Literal["json", "text", "table", "workbook", "note", "log", "quads", "token", "list", "request", "bytes"]

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
TODAY = date(2026, 11, 22)


@dataclass(frozen=True, slots=True)
class Target:
    """A reader under the fuzzer.

    Units:  ``max_len`` bytes of an input; what readers refuse for its size alone is tried by tests/unit/hostile.
    """

    call: Callable[[bytes], object]
    form: Form = "json"
    max_len: int = 16_384


def text_of(data: bytes) -> str:
    """Return bytes as a text that may hold anything a text can, lone surrogates too."""
    return data.decode("utf-8", "surrogatepass" if _has_surrogates(data) else "replace")


def _has_surrogates(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _document(data: bytes) -> dict[str, Any]:
    from guildhall.core.canonical import strict_json

    value = strict_json.parse(data)
    return value if isinstance(value, dict) else {"value": value}


def targets() -> Mapping[str, Target]:
    """Return every target but the API, which needs a register (``tests.fuzz_api``)."""
    return {name: one for group in _groups() for name, one in group().items()}


def target(name: str) -> Target:
    """Return one target; no more is imported for it than for those beside it."""
    return next(made[name] for group in _groups() if name in (made := group()))


def _groups() -> Sequence[Callable[[], dict[str, Target]]]:
    return (_canonical, _texts, _rules, _tables, _log, _world, _credentials)


def _canonical() -> dict[str, Target]:
    from guildhall.core.canonical import jcs, rdfc, shapes, strict_json

    return {
        "strict_json": Target(strict_json.parse),
        "jcs": Target(lambda data: jcs.canonical(strict_json.parse(data))),
        "rdfc": Target(lambda data: rdfc.canonical_quads(rdfc.parse_nquads(data)), "quads"),
        "jsonld": Target(lambda data: shapes.canonical(_document(data))),
    }


def _credentials() -> dict[str, Target]:
    from guildhall.core import (
        bundle,
        credential,
        data_model,
        did,
        foreign,
        identifiers,
        instants,
        jose,
        keys,
        multibase,
        presentation,
        proofs,
        statement,
        statuslist,
        transcript,
        trust,
        verify,
    )
    from guildhall.core.canonical import strict_json
    from guildhall.core.errors import Error
    from guildhall.credentials.rendering import extract
    from tests.unit.verify.made import ISSUER_KEY, Register, trusted

    held = trusted()
    made = Register(cryptosuite="eddsa-jcs-2022").bundle()
    lists = {one["id"]: one for one in made["statusLists"]}

    def resolve(name: str) -> keys.PublicKey | None:
        return ISSUER_KEY.public_key if name == ISSUER_KEY.key_id else None

    def signed_again(data: bytes) -> object:
        """Sign whatever can be signed, so that what follows the proof is reached too."""
        again = proofs.add_proof(_document(data), ISSUER_KEY, created=NOW, cryptosuite="eddsa-jcs-2022")
        return verify.verify(orjson.dumps({**made, "credential": again}), trust=held, now=NOW)

    def entries(data: bytes) -> None:
        for entry in statuslist.entries_of(_document(data)):
            statuslist.read_entry(entry)

    def names(data: bytes) -> None:
        text = text_of(data)
        readers = (
            did.parse, did.split_url, did.url_of_did_web, did.key_of_did_key, instants.from_text, data_model.read_data_url,
            identifiers.is_url,
        )  # fmt: skip
        for read in readers:
            with suppress(Error):
                read(text)

    def key(data: bytes) -> None:
        kinds = ("Ed25519", "P-256", "P-384")
        keys.PublicKey.from_raw(kinds[len(data) % 3], data[64:]).verify(b"message", data[:64])

    return {
        "data_model": Target(lambda data: data_model.problems(strict_json.parse(data))),
        "proofs": Target(lambda data: proofs.check_proofs(_document(data), resolve, now=NOW)),
        "presentation": Target(lambda data: presentation.check_presentation(_document(data), resolve, now=NOW)),
        "foreign": Target(lambda data: foreign.check_credential(_document(data), resolve, now=NOW, lists=lists.get)),
        "jose": Target(lambda data: jose.check(text_of(data), resolve, now=NOW), "token"),
        "verify": Target(lambda data: verify.verify(data, trust=held, now=NOW)),
        "verify_signed": Target(signed_again),
        "bundle": Target(bundle.parse),
        "credential": Target(lambda data: credential.certified(_document(data))),
        "statement": Target(lambda data: statement.read(_document(data))),
        "transcript": Target(lambda data: transcript.converted(_document(data))),
        "trust": Target(trust.parse),
        "statuslist": Target(lambda data: statuslist.decode(text_of(data), max_bytes=1 << 18), "list"),
        "status_list_credential": Target(lambda data: statuslist.read_list(_document(data), max_bytes=1 << 18)),
        "status_entries": Target(entries),
        "did": Target(lambda data: did.read_document(strict_json.parse(data))),
        "jwk": Target(lambda data: did.key_of_jwk(strict_json.parse(data)), max_len=2_048),
        "names": Target(names, "text", 2_048),
        "keys": Target(key, "bytes", 512),
        "multibase": Target(lambda data: multibase.decode(text_of(data)), "text", 2_048),
        "document_file": Target(extract.read, "bytes", 65_536),
    }


def _log() -> dict[str, Target]:
    from guildhall.core import audit, checkpoint, leaves, merkle, submission, tiles, witness
    from guildhall.core.checkpoint import Checkpoint, VerifierKey
    from guildhall.core.errors import Error
    from tests.unit.log.logs import LI_LOG_KEEPER, LOG_KEY, WEI_WITNESS, WITNESS_KEY, WITNESS_NAME

    def note(data: bytes) -> None:
        parsed = checkpoint.parse_note(data)
        checkpoint.cosignatures(parsed, [WITNESS_KEY], now=NOW)
        checkpoint.cosign(data, WITNESS_NAME, WEI_WITNESS, now=NOW)
        checkpoint.open_checkpoint(data, [LOG_KEY])

    def submitted(data: bytes) -> None:
        """What a log sends to a witness; and the same bytes as a witness's answer."""
        with suppress(Error):
            submission.read_answer(data, unsigned, WITNESS_KEY, now=NOW)
        sent = submission.Submission.parse(data)
        seen = Checkpoint(LOG_KEY.name, sent.old_size, bytes(32)) if sent.old_size else None
        submission.judge(sent, [LOG_KEY], seen)

    unsigned = checkpoint.sign(Checkpoint(LOG_KEY.name, 4, bytes(32)), LI_LOG_KEEPER)

    def spellings(data: bytes) -> None:
        text = text_of(data)
        with_key = VerifierKey.parse(text) if text.count("+") > 1 else None
        if with_key is None:
            tiles.Tile.parse(text)

    def files(data: bytes) -> None:
        """A log's files, parted by a line of its own: ``== path``."""
        parts = data.split(b"\n== ")
        held = {head.decode("utf-8", "replace"): body for head, _, body in (part.partition(b"\n") for part in parts)}
        with suppress(Error):
            stated = Checkpoint.parse(checkpoint.parse_note(held.get("checkpoint", b"")).text)
            remembered = (
                Checkpoint.parse(checkpoint.parse_note(held["remembered"]).text) if "remembered" in held else None
            )
            witness.check_extends(remembered, stated, held.get)
        audit.replay(
            held.get,
            log_keys=[LOG_KEY],
            witness_keys=[WITNESS_KEY],
            remembered=held.get("remembered"),
            names=held,
            now=NOW,
        ).as_json()

    def paths(data: bytes) -> None:
        first, second = int.from_bytes(data[:8], "big"), int.from_bytes(data[8:16], "big")
        hashes = [data[at : at + 32] for at in range(16, len(data), 32)]
        if len(data) % 2:
            merkle.check_inclusion(bytes(32), first, second, hashes[:-1], bytes(32))
        else:
            merkle.check_consistency(first, bytes(32), second, bytes(32), hashes)

    return {
        "checkpoint": Target(lambda data: Checkpoint.parse(checkpoint.parse_note(data).text), "note"),
        "cosigned_note": Target(note, "note"),
        "submission": Target(submitted, "note"),
        "log_names": Target(spellings, "text", 512),
        "log_files": Target(files, "log", 131_072),
        "merkle": Target(paths, "bytes", 4_096),
        "leaves": Target(leaves.parse, max_len=4_096),
        "tiles": Target(lambda data: tiles.parse_entries(data[1:], 1 + data[0]) if data else None, "bytes"),
    }


def _tables() -> dict[str, Target]:
    from guildhall.core import results
    from guildhall.core.exchange import tables
    from guildhall.standards.classifications import cn, esco, isco, onet
    from guildhall.standards.classifications.crosswalk import read_crosswalk
    from tests.unit.classifications.made import esco_files, onet_files

    release, european = onet_files(), esco_files()
    sheets, files = sorted(release), sorted(european)

    def one_of_release(data: bytes) -> object:
        """The first byte says which file of the release is another one."""
        return onet.read({**release, sheets[data[0] % len(sheets)]: data[1:]}) if data else onet.read({})

    def one_of_esco(data: bytes) -> object:
        return esco.read({**european, files[data[0] % len(files)]: data[1:]}) if data else esco.read({})

    def rows(data: bytes) -> object:
        return tables.content_of(
            tables.read(data, file_name="x"),
            occupation="6-31-01-03",
            edition="2026",
            name={"zh": "电工"},
            in_force_on=TODAY,
        )

    small = results.Limits(n_unpacked=1 << 22)
    return {
        "results_csv": Target(lambda data: results.parse(data, file_name="x.csv", today=TODAY), "table"),
        "results_xlsx": Target(
            lambda data: results.parse(data, file_name="x.xlsx", today=TODAY, limits=small), "workbook"
        ),
        "corrections": Target(_corrections, "table"),
        "standard_table": Target(rows, "table"),
        "standard_workbook": Target(rows, "workbook"),
        "classification_cn": Target(lambda data: cn.read({"occupations.csv": data}), "table"),
        "classification_isco": Target(lambda data: isco.read({isco.FILE: data}), "table"),
        "classification_esco": Target(one_of_esco, "table"),
        "classification_onet": Target(one_of_release, "workbook"),
        "classification_onet_csv": Target(one_of_release, "table"),
        "crosswalk": Target(read_crosswalk),
        "crosswalk_csv": Target(read_crosswalk, "table"),
    }


def _corrections(data: bytes) -> object:
    from guildhall.core import results

    found = results.parse(data, file_name="x.csv", today=TODAY)
    return results.corrections(data, found.problems)


def _rules() -> dict[str, Target]:
    from guildhall.core import standard
    from guildhall.core.conversion import read_rule_set
    from guildhall.core.coverage import read_programme, read_standard
    from guildhall.core.eligibility import read_rules
    from guildhall.core.errors import Error
    from guildhall.core.exchange import case, case_editions, ctdl, tables
    from guildhall.core.record import read_record
    from guildhall.core.routes import read_offers, read_post
    from guildhall.core.wording import read_wording_rules
    from guildhall.issuers.reading import read_filings, read_issuers
    from guildhall.schemes.reading import read_scheme
    from guildhall.standards.classifications import own
    from guildhall.standards.reading import read_classification

    def framework(data: bytes) -> None:
        package = case.read_package(data)
        content, _ = case_editions.draft_of(
            package, occupation="6-31-01-03", edition="2026", level="5", in_force_on=TODAY
        )
        with suppress(Error):
            standard.read_draft(content)
        standard.read(case_editions.content_of(package))

    def edition(data: bytes) -> None:
        document = standard.parse(data)
        package = case_editions.package_of(document, base="https://register.example", changed_at=NOW)
        case_editions.content_of(case.read_package(orjson.dumps(package.as_json())))
        ctdl.framework(document, base="https://register.example")
        tables.write(document, "csv")

    return {
        "record": Target(read_record),
        "post": Target(read_post),
        "offers": Target(read_offers),
        "eligibility_rules": Target(read_rules),
        "conversion_rule_set": Target(read_rule_set),
        "coverage_standard": Target(read_standard),
        "coverage_programme": Target(read_programme),
        "standard_edition": Target(edition),
        "case_package": Target(framework, max_len=65_536),
        "wording_rules": Target(read_wording_rules),
        "scheme": Target(read_scheme),
        "issuers": Target(read_issuers),
        "filings": Target(read_filings),
        "classification": Target(lambda data: own.entries(read_classification(data), data)),
    }


def _world() -> dict[str, Target]:
    """What is asked of several documents together: each input is an object with one document below each member."""
    from guildhall.core.canonical import strict_json
    from guildhall.core.conversion import best_plan, plan_json, read_rule_set
    from guildhall.core.conversion.linting import lint
    from guildhall.core.coverage import align, as_json, hold, read_programme, read_standard
    from guildhall.core.eligibility import judge, read_rules
    from guildhall.core.errors import Error
    from guildhall.core.record import read_record
    from guildhall.core.routes import (
        ground,
        match,
        match_json,
        read_offers,
        read_post,
        route,
        route_json,
        to_certificate,
        to_post,
    )

    def parts(data: bytes) -> Callable[[str], bytes]:
        value = strict_json.parse(data)
        given = value if isinstance(value, dict) else {}
        return lambda name: orjson.dumps(given.get(name))

    def ways(data: bytes) -> None:
        part = parts(data)
        held, rules, offers = read_record(part("record")), read_rules(part("rules")), read_offers(part("offers"))
        wanted = read_post(part("post"))
        rests_on = ground([read_standard(part("standard"))], ["pcc", "vqc"])
        match_json(match(wanted, held, on=TODAY, ground=rests_on, rules=rules))
        for goal in (to_post(wanted), to_certificate("6-31-01-03", "4")):
            with suppress(Error):
                route_json(route(held, goal, offers, rules, on=TODAY, ground=rests_on, work=50), offers.currency)

    def sittings(data: bytes) -> None:
        part = parts(data)
        held, rules = read_record(part("record")), read_rules(part("rules"))
        for level in "54321":
            judge(held, rules, occupation="6-31-01-03", level=level, on=TODAY).as_json()

    def plans(data: bytes) -> None:
        part = parts(data)
        held, programme = read_record(part("record")), read_programme(part("programme"))
        rule_set, required = read_rule_set(part("rule_set")), read_standard(part("standard"))
        lint(rule_set, programme)
        for level in "54":
            with suppress(Error):
                as_json(align(required, programme, level=level), required, programme)
        with suppress(Error):
            hold(required, {number: "5" for one in held.outcomes for number in one.competencies}, level="5")
        plan_json(best_plan(held, programme, rule_set, on=TODAY, standards=[required], work=0.01))

    return {
        "route_world": Target(ways, max_len=65_536),
        "eligibility_world": Target(sittings, max_len=32_768),
        "conversion_world": Target(plans, max_len=65_536),
    }


def _texts() -> dict[str, Target]:
    from guildhall.core.codes import certificate_number, credit_code, level, occupation_code, resident_id
    from guildhall.core.wording import lint
    from guildhall.encyclopedia.articles import markdown
    from guildhall.encyclopedia.articles.reading import name_of_file, read_article
    from guildhall.encyclopedia.search import marking, terms
    from guildhall.schemes.wording import wording_rules

    def codes(data: bytes) -> None:
        text = text_of(data)
        for kind in (certificate_number, credit_code, occupation_code, resident_id):
            kind.check(text)
        level.level_of(text)

    def query(data: bytes) -> None:
        text = text_of(data)
        asked = terms.question(text)
        if asked is not None:
            marking.mark(text, asked.pieces)
            marking.excerpt(text, asked.pieces, length=20)
            terms.terms_of([text], [text], [text], [text])

    def article(data: bytes) -> None:
        text = read_article(data, slug="fuzz", language="en")
        markdown.render(text.body, resolve=lambda _: "", fill=lambda _: "")
        markdown.plain_text(text.body)
        markdown.lines_of_words(text.body)

    return {
        "codes": Target(codes, "text", 256),
        "search_query": Target(query, "text", 800),
        "wording": Target(lambda data: lint(text_of(data), wording_rules(), on=TODAY), "text", 1_024),
        "article": Target(article, "text", 8_192),
        "article_name": Target(lambda data: name_of_file(text_of(data)), "text", 256),
    }
