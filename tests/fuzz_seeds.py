"""What each target begins with: real documents of its own kind, made in memory with fixed keys or shipped with the register.

Nothing here is a recording: each seed is built by the code that writes such documents, or by another library.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

SHIPPED = Path("src/guildhall")
EXAMPLES = Path("docs/examples")


def seeds(target: str) -> list[bytes]:
    """Return the documents with which a target begins."""
    return _MADE[target]() if target in _MADE else _files(*_SHIPPED[target])


def _files(*patterns: str) -> list[bytes]:
    return [file.read_bytes() for pattern in patterns for file in sorted(Path().glob(pattern))]


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


_DEMO = "src/guildhall/demo/study"
_SHIPPED: Mapping[str, tuple[str, ...]] = {
    "record": ("docs/examples/record.json",),
    "post": ("docs/examples/post.json", f"{_DEMO}/posts/*.json"),
    "offers": ("docs/examples/offers.json",),
    "eligibility_rules": ("docs/examples/eligibility-rules.json", "src/guildhall/standards/data/eligibility/*.json"),
    "conversion_rule_set": (
        "docs/examples/rule-set.json", "src/guildhall/core/conversion/published/*.json", f"{_DEMO}/rules-*.json",
    ),
    "coverage_standard": ("docs/examples/standard.json", "docs/examples/standard-edition.json"),
    "coverage_programme": ("docs/examples/programme.json", f"{_DEMO}/programme-460305-2026.json"),
    "standard_edition": ("docs/examples/standard-edition.json",),
    "wording_rules": ("docs/examples/wording-rules.json", "src/guildhall/schemes/data/wording/*.json"),
    "scheme": ("src/guildhall/schemes/data/*.json",),
    "transcript": ("docs/examples/transcript.json",),
    "article": ("src/guildhall/encyclopedia/articles/texts/*.en.md",),
}  # fmt: skip


@cache
def _bundle(cryptosuite: str = "eddsa-jcs-2022") -> dict[str, Any]:
    from guildhall.core.lifecycle import Deed
    from tests.unit.verify.made import NOW, Register

    register = Register(cryptosuite=cryptosuite)
    register.events = [(Deed.SUSPEND, NOW.date(), NOW.date(), "misconduct"), (Deed.CORRECT, NOW.date(), None, "name")]
    return register.bundle()


def _bundles() -> list[bytes]:
    return [_json(_bundle()), _json(_bundle("eddsa-rdfc-2022"))]


def _secured() -> list[bytes]:
    return [
        _json(document)
        for made in (_bundle(), _bundle("eddsa-rdfc-2022"))
        for document in (made["credential"], made["accreditation"], *made["statusLists"])
    ]


def _presentations() -> list[bytes]:
    from guildhall.core import proofs
    from tests.unit.verify.made import ISSUER_KEY, NOW

    bare = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [_bundle()["credential"]],
    }
    signed = proofs.add_proof(
        bare, ISSUER_KEY, created=NOW, cryptosuite="eddsa-jcs-2022", purpose="authentication", challenge="c"
    )
    return [_json(bare), _json(signed)]


def _tokens() -> list[bytes]:
    from guildhall.core import jose
    from tests.unit.verify.made import ISSUER_KEY

    unsigned = {name: value for name, value in _bundle()["credential"].items() if name != "proof"}
    return [jose.sign(unsigned, ISSUER_KEY).encode()]


def _did_documents() -> list[bytes]:
    from guildhall.core import did
    from tests.unit.verify.made import ISSUER, ISSUER_KEY, NOW

    method = did.Method(ISSUER_KEY.key_id, ISSUER_KEY.public_key, ISSUER, expires_at=NOW)
    return [_json(did.document(ISSUER, [method], also_known_as=["https://register.example"]))]


def _jwks() -> list[bytes]:
    return [
        _json({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "a"}),
        _json({"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
               "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}),
    ]  # fmt: skip


def _trust_lists() -> list[bytes]:
    from tests.unit.verify.made import trusted

    return [_json(trusted().as_json())]


def _lists() -> list[bytes]:
    return [one["credentialSubject"]["encodedList"].encode() for one in _bundle()["statusLists"]]


def _entries() -> list[bytes]:
    entry = {
        "type": "BitstringStatusListEntry", "statusPurpose": "message", "statusListIndex": "7", "statusSize": 2,
        "statusListCredential": "https://register.example/status/1", "statusReference": "https://register.example/why",
        "statusMessage": [{"status": f"0x{n:x}", "message": "m"} for n in range(4)],
    }  # fmt: skip
    return [_json({"credentialStatus": entry}), _json({"credentialStatus": [entry, {**entry, "id": "urn:x"}]})]


def _files_of_log(n_leaves: int = 5) -> dict[str, bytes]:
    from guildhall.core import checkpoint, tiles
    from guildhall.core.checkpoint import Checkpoint
    from tests.unit.log.logs import LI_LOG_KEEPER, NOW, ORIGIN, WEI_WITNESS, WITNESS_NAME, ordinary

    grown = tiles.grow(tiles.Edge(), ordinary(n_leaves))
    head = Checkpoint(ORIGIN, grown.edge.size, grown.edge.head)
    signed = checkpoint.cosign(checkpoint.sign(head, LI_LOG_KEEPER), WITNESS_NAME, WEI_WITNESS, now=NOW)
    return {"checkpoint": signed, **{file.path: file.content for file in grown.files}}


def _notes() -> list[bytes]:
    return [_files_of_log()["checkpoint"], _bundle()["checkpoint"].encode()]


def _log() -> list[bytes]:
    small, large = (
        b"".join(b"\n== %s\n%s" % (name.encode(), content) for name, content in _files_of_log(n_leaves).items())
        for n_leaves in (5, 260)
    )
    return [small, small + b"\n== remembered\n" + _files_of_log(3)["checkpoint"], large]


def _paths() -> list[bytes]:
    head = (5).to_bytes(8, "big") + (13).to_bytes(8, "big")
    return [head + bytes(32) * 4, head + bytes(32) * 4 + b"\0"]


def _leaves() -> list[bytes]:
    from guildhall.core.lifecycle import Deed
    from tests.unit.log.logs import deed, ordinary

    return [*ordinary(3), deed(Deed.CORRECT, "x", 5, replaced_by="y")]


def _log_names() -> list[bytes]:
    from tests.unit.log.logs import LOG_KEY, WITNESS_KEY

    return [LOG_KEY.text.encode(), WITNESS_KEY.text.encode(), b"tile/0/x001/x234/067.p/12", b"tile/entries/000"]


def _results() -> list[bytes]:
    from tests.unit.results.sheets import csv_bytes, good

    rows = [good(), good(证件号码="44052419900307002X", 发证日期="2026年11月6日", 理论="'59.5")]
    return [csv_bytes(rows, encoding=encoding) for encoding in ("utf-8", "gb18030", "utf-16")]


def _books() -> list[bytes]:
    from tests.unit.results.sheets import ANNA, good, raw_xlsx, sheet_of, xlsx_bytes

    strings = f"<sst><si><t>姓名</t></si><si><r><t>证件</t></r><r><t>号码</t></r><rPh><t>x</t></rPh></si><si><t>{ANNA}</t></si></sst>"
    styles = '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>'
    cells = ('t="s"', "<v>0</v>"), ('t="s"', "<v>1</v>"), "职业", "级别", "发证日期"
    row = "王伟", ('t="s"', "<v>2</v>"), "电工", ("", "<v>3</v>"), ('s="1"', "<v>46000</v>")
    after = '<mergeCells><mergeCell ref="A3:B4"/></mergeCells>'
    return [xlsx_bytes([good()]), raw_xlsx(sheet_of(cells, row, after=after), strings=strings, styles=styles)]


def _standard_tables(kind: str) -> list[bytes]:
    from guildhall.core import standard
    from guildhall.core.exchange import tables

    document = standard.parse((EXAMPLES / "standard-edition.json").read_bytes())
    return [tables.template(kind), tables.write(document, kind)]


def _packages() -> list[bytes]:
    from guildhall.core import standard
    from guildhall.core.exchange import case_editions
    from tests.fuzz_targets import NOW

    document = standard.parse((EXAMPLES / "standard-edition.json").read_bytes())
    ours = case_editions.package_of(document, base="https://register.example", changed_at=NOW).as_json()
    few = {**ours, "CFItems": ours["CFItems"][:6], "CFAssociations": ours["CFAssociations"][:6]}
    return [_json(ours), _json(few)]


def _cn() -> list[bytes]:
    from tests.unit.classifications.made import CN_ROWS, CN_TABLE, csv_bytes, json_lines

    return [json_lines(CN_ROWS), csv_bytes(CN_TABLE), csv_bytes(CN_TABLE, "gb18030")]


def _isco() -> list[bytes]:
    from tests.unit.classifications.made import esco_files

    return [esco_files()["ISCOGroups.csv"]]


def _numbered(files: Iterable[bytes]) -> list[bytes]:
    return [bytes([number]) + content for number, content in enumerate(files)]


def _esco() -> list[bytes]:
    from tests.unit.classifications.made import esco_files

    made = esco_files()
    return _numbered(made[name] for name in sorted(made))


def _onet() -> list[bytes]:
    from tests.unit.classifications.made import onet_files

    made = onet_files()
    return _numbered(made[name] for name in sorted(made))


def _onet_csv() -> list[bytes]:
    from tests.unit.classifications.made import ONET, csv_bytes, onet_files

    return _numbered(
        csv_bytes(ONET[name.removesuffix(".xlsx")], "utf-8") if name.removesuffix(".xlsx") in ONET else b""
        for name in sorted(onet_files())
    )


def _crosswalks() -> list[bytes]:
    from tests.unit.classifications.made import CROSSWALK

    return [_json(CROSSWALK), (EXAMPLES / "crosswalk.json").read_bytes()]


def _crosswalk_tables() -> list[bytes]:
    from tests.unit.classifications.made import csv_bytes

    head = [
        "from_classification",
        "from_code",
        "relation",
        "to_classification",
        "to_code",
        "source",
        "label_zh",
        "note_en",
        "position",
        "licence",
    ]
    return [
        csv_bytes([head, ["cn-2022", "6-31-01-03", "closeMatch", "esco", "7411.1", "A sample", "电工", "n", "1", "x"]])
    ]


def _classifications() -> list[bytes]:
    whole = json.loads((SHIPPED / "standards/data/cn-2022.json").read_bytes())
    placed = ("group", "parent")
    listed = [{name: value for name, value in one.items() if name not in placed} for one in whole["occupations"][:3]]
    some = {**whole, "groups": [], "occupations": listed}
    tree = {
        "classification": {
            "code": "x-1",
            "family": "x",
            "name": {"zh": "例"},
            "in_force_on": "2026-01-01",
            "source": "s",
        },
        "groups": [{"code": "A", "name": {"zh": "甲"}}, {"code": "A1", "parent": "A", "rank": 1, "name": {"zh": "乙"}}],
        "occupations": [
            {"code": "A1.1", "group": "A1", "name": {"zh": "丙"}, "marks": ["digital"], "url": "https://x.example/1"},
            {"code": "A1.2", "parent": "A1.1", "name": {"zh": "丁"}, "other_names": {"en": ["d"]}, "work_types": []},
        ],
    }
    return [_json(some), _json(tree)]


def _filings() -> list[bytes]:
    whole = json.loads((SHIPPED / "issuers/data/demo.json").read_bytes())
    return [
        _json({"authority": whole.get("authority"), "issuers": whole["issuers"][:2], "filings": whole["filings"][:3]})
    ]


def _world() -> list[bytes]:
    def one(file: Path) -> Any:
        return json.loads(file.read_bytes())

    world = {
        "record": one(EXAMPLES / "record.json"),
        "rules": one(EXAMPLES / "eligibility-rules.json"),
        "offers": one(EXAMPLES / "offers.json"),
        "post": one(EXAMPLES / "post.json"),
        "programme": one(EXAMPLES / "programme.json"),
        "rule_set": one(EXAMPLES / "rule-set.json"),
        "standard": one(EXAMPLES / "standard.json"),
    }
    world["rule_set"] |= {"starts_on": "2025-09-01", "ends_on": "2027-08-31"}
    return [_json(world)]


def _credentials() -> list[bytes]:
    return [_json(_bundle()["credential"])]


def _unsigned() -> list[bytes]:
    return [
        _json({name: value for name, value in made["credential"].items() if name != "proof"})
        for made in (_bundle(), _bundle("eddsa-rdfc-2022"))
    ]


def _statements() -> list[bytes]:
    return [_json(_bundle()["accreditation"])]


def _list_credentials() -> list[bytes]:
    return [_json(one) for one in _bundle()["statusLists"]]


def _document_files() -> list[bytes]:
    from guildhall.credentials.rendering import qr

    return [*_bundles(), *_tokens(), qr.png("https://register.example/c/1"), _pdf()]


def _pdf() -> bytes:
    import pypdf

    writer = pypdf.PdfWriter()
    writer.add_blank_page(width=72, height=72)
    writer.add_attachment("bundle.json", _json({"type": "GuildhallBundle"}))
    with io.BytesIO() as out:
        writer.write(out)
        return out.getvalue()


def _queries() -> list[bytes]:
    asked = (
        "电工",
        "dian gong",
        "6-31-01-03",
        "electricians in Shanghai",
        "電工三級 level-3",
        "ＡＢＣ１２３",
        "lv se 绿色",
    )
    return [one.encode() for one in asked]


def _texts_to_lint() -> list[bytes]:
    return [
        "国 家·职**业**资<b>格</b>证书".encode(),
        b"National Vocational-Qualification certificate",
        "中国國家級".encode(),
    ]


def _codes() -> list[bytes]:
    from tests.unit.results.sheets import ANNA

    found = (
        ANNA,
        "12100000400000000X",
        "6-31-01-03",
        "S000131000001263000042",
        "2334001001500017",
        "三级/高级工",
        "５",
    )
    return [one.encode() for one in found]


def _names() -> list[bytes]:
    return [
        b"did:web:register.example%3A8443:issuers:a#key-1", b"did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        b"2026-11-22T08:00:00.5+08:00", b"data:application/vc+jwt;charset=utf-8,eyJ.e.e", b"https://register.example/a?b#c",
    ]  # fmt: skip


def _keys() -> list[bytes]:
    from tests.unit.verify.made import ISSUER_KEY

    return [ISSUER_KEY.sign(b"message") + ISSUER_KEY.public_key.raw + bytes(n) for n in range(3)]


_QUADS = (
    b'<urn:a> <urn:p> "x"@en .\n_:b0 <urn:p> _:b1 .\n_:b1 <urn:p> _:b0 <urn:g> .\n',
    b'_:a <urn:p> "\\u00e9\\n"^^<http://www.w3.org/2001/XMLSchema#string> .\n# c\n<urn:a> <urn:p> <urn:b> .\n',
)
_MADE: Mapping[str, Callable[[], list[bytes]]] = {
    **dict.fromkeys(("strict_json", "jcs", "jsonld", "data_model", "proofs", "foreign"), _secured),
    "rdfc": lambda: list(_QUADS),
    "presentation": _presentations,
    "jose": _tokens,
    "verify": lambda: _bundles() + _secured()[:2],
    "verify_signed": _unsigned,
    "bundle": _bundles,
    "credential": _credentials,
    "statement": _statements,
    "trust": _trust_lists,
    "statuslist": _lists,
    "status_list_credential": _list_credentials,
    "status_entries": _entries,
    "did": _did_documents,
    "jwk": _jwks,
    "names": _names,
    "keys": _keys,
    "multibase": lambda: [b"z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", b"uH4sIAAAAAAAAA"],
    "document_file": _document_files,
    "checkpoint": _notes,
    "cosigned_note": _notes,
    "submission": lambda: [b"old 0\n\n" + note for note in _notes()],
    "log_names": _log_names,
    "log_files": _log,
    "merkle": _paths,
    "leaves": _leaves,
    "tiles": lambda: [bytes([3]) + b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in _leaves())],
    "results_csv": _results,
    "corrections": _results,
    "results_xlsx": _books,
    "standard_table": lambda: _standard_tables("csv"),
    "standard_workbook": lambda: _standard_tables("xlsx")[:1],
    "case_package": _packages,
    "classification_cn": _cn,
    "classification_isco": _isco,
    "classification_esco": _esco,
    "classification_onet": _onet,
    "classification_onet_csv": _onet_csv,
    "crosswalk": _crosswalks,
    "crosswalk_csv": _crosswalk_tables,
    "classification": _classifications,
    "issuers": _filings,
    "filings": _filings,
    "route_world": _world,
    "eligibility_world": _world,
    "conversion_world": _world,
    "search_query": _queries,
    "wording": _texts_to_lint,
    "codes": _codes,
    "article_name": lambda: [b"two-tracks.zh.md", b"a.en.md"],
}
