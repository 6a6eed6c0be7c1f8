"""Certificates as PDF, read back with pypdf and zxing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import date
from io import BytesIO
from itertools import pairwise
from typing import NamedTuple

import pypdf
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from typst import Compiler

from guildhall.core.errors import MalformedError, TooLargeError
from guildhall.credentials.rendering import pdf, typesetting
from guildhall.credentials.rendering.face import LANGUAGES, IdentityNumberError, Part, Rung
from guildhall.credentials.rendering.fonts import GlyphMissingError
from guildhall.credentials.rendering.lines import TextDoesNotFitError
from guildhall.credentials.rendering.pdf import certificate_pdf, certificate_png, certificates_pdf, missing_glyphs
from guildhall.credentials.rendering.qr import QrTooLongError
from guildhall.credentials.rendering.sheet import MOST_RESULTS, MOST_RUNGS
from guildhall.credentials.rendering.typesetting import Typesetter
from tests.unit.rendering.made import BUNDLE, FACE, built


def opened(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(content))


def text_of(content: bytes, page: int = 0) -> str:
    return opened(content).pages[page].extract_text()


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b]", "", text)


# What it says


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", ["职业资格证书", "兹证明", "电工 三级／高级工", "申江电力装备集团技能评价中心", "2026 年 11 月 6 日", "岗证通登记"]),
        ("en", ["Vocational Qualification Certificate", "This is to certify that", "Electrician, Level 3 (senior)", "6 November 2026", "Registered in Guildhall"]),
        ("both", ["职业资格证书", "Vocational Qualification Certificate", "兹证明", "This is to certify that", "电工 三级／高级工", "Electrician, Level 3 (senior)", "6 November 2026"]),
    ],
)  # fmt: skip
def test_the_certificate_says_in_its_language_what_the_face_holds(language, said):
    text = squeezed(text_of(certificate_pdf(FACE, language=language)))
    for words in [*said, FACE.holder_name, FACE.whole_number, FACE.key_fingerprint, FACE.register_host, "6-31-01-03"]:
        assert squeezed(words) in text, words


def test_the_log_is_counted_from_one_and_the_filing_is_named():
    text = text_of(certificate_pdf(replace(FACE, log_index=1203, log_size=120394), language="en"))
    assert "No. 1,204 of 120,394 in the public log" in text
    assert "Accreditation 沪评备 2025-017" in text


def test_serial_remark_end_of_validity_work_type_and_latin_name_are_printed_where_given():
    face = replace(
        FACE,
        holder_name_latin="Abduraxman Mamtimin",
        work_type={"zh": "电力电缆安装运维工", "en": "Power cable fitter"},
        valid_until=date(2029, 11, 5),
        instance_serial="2",
        remark={"zh": "补发，替代第 1 版", "en": "reissued, replaces document 1"},
    )
    zh, en = (squeezed(text_of(certificate_pdf(face, language=language))) for language in ("zh", "en"))
    for words in (
        "工种：电力电缆安装运维工",
        "有效期至 2029 年 11 月 5 日",
        "补发，替代第 1 版",
        "版次 2",
        "Abduraxman Mamtimin",
    ):
        assert squeezed(words) in zh
    for words in ("Type of work: Power cable fitter", "Valid until 5 November 2029", "reissued, replaces document 1"):
        assert squeezed(words) in en


def test_a_bare_face_makes_a_certificate():
    bare = replace(
        FACE,
        ladder=(),
        results=(),
        site={},
        log_index=None,
        accreditation_filing=None,
        key_fingerprint="",
        number=("7",),
    )
    for language in LANGUAGES:
        assert FACE.holder_name in text_of(certificate_pdf(bare, language=language))


def test_the_sentence_of_the_scheme_replaces_the_standing_one():
    face = replace(FACE, statement={"zh": "参加全部培训并通过考核"})
    assert "参加全部培训并通过考核" in text_of(certificate_pdf(face, language="zh"))
    assert "has passed the prescribed assessment" in text_of(certificate_pdf(face, language="en"))


def test_many_certificates_stand_one_a_page_in_the_order_given():
    faces = [replace(FACE, holder_name=f"王{name}", number=(f"N{i}",)) for i, name in enumerate("甲乙丙丁戊")]
    made = certificates_pdf(faces, language="zh")
    assert [re.search("王.", text_of(made, page)).group() for page in range(5)] == [
        "王甲",
        "王乙",
        "王丙",
        "王丁",
        "王戊",
    ]
    assert len(opened(made).pages) == 5


# What it is


def test_the_sheet_is_a4_across_with_a_single_page_for_each_face():
    for name in ("王芳", "阿卜杜热合曼·" * 12 + "明", "Maximilian " * 30, "龘" * 500):
        reader = opened(certificate_pdf(replace(FACE, holder_name=name), language="both"))
        assert len(reader.pages) == 1
        assert [round(float(v)) for v in reader.pages[0].mediabox[2:]] == [842, 595]


def test_every_font_is_embedded_and_ours():
    made = opened(certificate_pdf(FACE, language="both"))
    found = set()
    for font in made.pages[0]["/Resources"]["/Font"].values():
        for part in font.get_object()["/DescendantFonts"]:
            descriptor = part.get_object()["/FontDescriptor"]
            assert {"/FontFile2", "/FontFile3"} & descriptor.keys()
            found.add(re.sub(r"^/[A-Z]{6}\+|-.*$", "", descriptor["/FontName"]))
    assert found == {"NotoSerifSC", "SourceSerif4"}


def test_it_is_pdf_a_3_and_pdf_ua_with_language_title_and_author():
    made = opened(certificate_pdf(FACE, language="zh"))
    xmp = made.trailer["/Root"]["/Metadata"].get_data().decode()
    assert re.search(r"pdfaid:part>3<", xmp)
    assert re.search(r"pdfaid:conformance>A<", xmp)
    assert re.search(r"pdfuaid:part>1<", xmp)
    root = made.trailer["/Root"]
    assert root["/Lang"].startswith("zh")
    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - pypdf's own boolean
    assert root["/OutputIntents"][0].get_object()["/S"] == "/GTS_PDFA1"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712 - pypdf's own boolean
    assert made.metadata.title == f"职业资格证书 · {FACE.holder_name} · {FACE.whole_number}"
    assert made.metadata.author == FACE.issuer_name["zh"]
    assert opened(certificate_pdf(FACE, language="en")).trailer["/Root"]["/Lang"].startswith("en")


def test_its_date_is_the_day_of_issue_and_no_clock():
    made = opened(certificate_pdf(FACE, language="zh"))
    assert made.metadata.creation_date.date() == FACE.issued_on
    assert made.metadata.modification_date.date() == FACE.issued_on


def test_the_bundle_is_attached_byte_for_byte():
    made = opened(certificate_pdf(FACE, language="zh", bundle=BUNDLE))
    (attachment,) = made.attachment_list
    assert attachment.name == f"{FACE.whole_number}.bundle.json"
    assert attachment.content == BUNDLE
    assert attachment.associated_file_relationship == "/Data"
    assert attachment.subtype == "/application/json"
    assert len(made.trailer["/Root"]["/AF"]) == 1


@pytest.mark.parametrize(
    "bundle", [b'{"a":"\\u0000\\ud842 \\" ]\\n"}', '{"合":"𠮷\u2028#read(\'x\')"}'.encode(), b"{}\r\n"]
)
def test_no_bundle_is_changed_by_being_attached(bundle):
    (attachment,) = opened(certificate_pdf(FACE, language="zh", bundle=bundle)).attachment_list
    assert attachment.content == bundle


def test_a_file_of_many_carries_every_bundle_under_its_own_name():
    faces = [FACE, replace(FACE, number=("N", "2")), FACE, FACE]
    bundles = [b'{"n":1}', b'{"n":2}', None, b'{"n":4}']
    made = opened(certificates_pdf(faces, language="zh", bundles=bundles))
    assert {one.name: one.content for one in made.attachment_list} == {
        f"{FACE.whole_number}.bundle.json": b'{"n":1}',
        "N2.bundle.json": b'{"n":2}',
        f"{FACE.whole_number}-2.bundle.json": b'{"n":4}',
    }


def test_a_number_that_is_no_file_name_makes_a_plain_one():
    face = replace(FACE, number=("../../etc", "/passwd 证"))
    (attachment,) = opened(certificate_pdf(face, language="zh", bundle=BUNDLE)).attachment_list
    assert re.fullmatch(r"[0-9A-Za-z._-]+\.bundle\.json", attachment.name)


def test_the_code_opens_the_check_page_and_so_does_a_click_on_it():
    image = Image.open(BytesIO(certificate_png(FACE, language="zh", width=1200)))
    codes = zxingcpp.read_barcodes(image.convert("L"))
    assert [code.text for code in codes] == [FACE.check_url]
    (link,) = opened(certificate_pdf(FACE, language="zh")).pages[0].annotations
    assert link.get_object()["/A"]["/URI"] == FACE.check_url


@pytest.mark.parametrize("width", [400, 1200, 2000])
def test_the_picture_has_the_width_asked_for_and_the_shape_of_a4(width):
    image = Image.open(BytesIO(certificate_png(FACE, language="en", width=width)))
    assert abs(image.width - width) <= 1
    assert abs(image.width / image.height - 297 / 210) < 0.01


# The same, always


def test_the_same_face_gives_the_same_bytes():
    first = certificate_pdf(FACE, language="both", bundle=BUNDLE)
    certificate_pdf(replace(FACE, holder_name="别人"), language="zh")
    assert certificate_pdf(FACE, language="both", bundle=BUNDLE) == first
    assert certificate_pdf(FACE, language="both", bundle=BUNDLE, setter=Typesetter()) == first


def test_another_process_elsewhere_gives_the_same_bytes():
    code = (
        "import sys; from tests.unit.rendering.made import *;"
        "from guildhall.credentials.rendering.pdf import certificate_pdf as made;"
        "sys.stdout.buffer.write(made(FACE, language='zh', bundle=BUNDLE))"
    )
    there = {**os.environ, "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "SOURCE_DATE_EPOCH": "1", "HOME": "/nonexistent"}
    made = subprocess.run([sys.executable, "-c", code], env=there, capture_output=True, check=True)
    assert made.stdout == certificate_pdf(FACE, language="zh", bundle=BUNDLE)


def test_threads_share_a_typesetter_and_mix_nothing_up():
    faces = [replace(FACE, holder_name=f"王{chr(0x4E00 + 97 * i)}") for i in range(10)]
    alone = [certificate_pdf(face, language="zh") for face in faces]
    shared = Typesetter(at_most=3)
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda face: certificate_pdf(face, language="zh", setter=shared), faces))
    assert together == alone


def test_what_a_large_file_leaves_in_memory_is_forgotten_and_nothing_else(monkeypatch):
    monkeypatch.setattr(typesetting, "_MANY_PAGES", 6)
    setter = Typesetter()
    first = certificate_pdf(FACE, language="zh", setter=setter)
    blanks = []
    monkeypatch.setattr(typesetting.typst, "Compiler", lambda *a, **k: blanks.append(a[0]) or Compiler(*a, **k))
    for _ in range(4):
        certificates_pdf([FACE, FACE, FACE], language="zh", setter=setter)
        assert certificate_pdf(FACE, language="zh", setter=setter) == first
    assert [path.rpartition("/")[2] for path in blanks if path.endswith("empty.typ")] == ["empty.typ"] * 2


def test_a_forked_process_refuses_instead_of_hanging():
    code = (
        "import os; from tests.unit.rendering.made import FACE;"
        "from guildhall.credentials.rendering.pdf import certificate_pdf as made\n"
        "made(FACE, language='zh')\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    try: made(FACE, language='zh')\n"
        "    except RuntimeError: os._exit(7)\n"
        "    os._exit(0)\n"
        "raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 7


# What it refuses

HOSTILE = [
    '#import "x.typ": *',
    '#read("/etc/passwd")',
    "#sys.inputs",
    "]",
    "[#panic()]",
    '"); panic("',
    "\\\\ \\u{1F600}",
    "$ x^2 $",
    "*bold* _slanted_ `raw`",
    "= heading",
    "<label> @reference",
    "// comment /* and */",
    "{standard} {0} {occupation.__class__}",
    "%s %(x)s {{x}}",
    "<b>&amp;</b>",
    "~ -- --- ... -? 'quotes' \"doubled\"",
    "https://evil.example/",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_words_that_look_like_commands_are_printed_as_words(words):
    face = replace(
        FACE,
        holder_name=words,
        certificate_title={"zh": words, "en": words},
        occupation_name={"zh": words, "en": words},
        standard_edition={"zh": words, "en": words},
        issuer_name={"zh": words, "en": words},
        remark={"zh": words, "en": words},
        results=(Part(name={"zh": words}, mark="1"),),
        ladder=(Rung(label={"zh": words}, held=True),),
    )
    for language in ("both", "en"):
        made = certificate_pdf(face, language=language)
        assert squeezed(text_of(made)).count(squeezed(words)) >= 5
        assert words in opened(made).metadata.title


@pytest.mark.parametrize(
    "name", ["𠮷田", "王😀", "ئابدۇرېھمان", "王\u202e芳", "王\n芳", "王\x00芳", "王\u200b芳", "\ud842", "\ue000"]
)
def test_a_name_that_cannot_be_printed_is_refused_and_never_a_box(name):
    for make in (certificate_pdf, certificate_png):
        with pytest.raises(GlyphMissingError) as refusal:
            make(replace(FACE, holder_name=name), language="zh")
        assert refusal.value.params["field"] == "holder_name"
    assert missing_glyphs(name)


@pytest.mark.parametrize(
    "field", [f.name for f in fields(FACE) if f.name not in ("issued_on", "valid_until", "log_index", "log_size")]
)
def test_no_field_prints_a_character_without_a_shape(field):
    bad = "\u202e"
    value = {
        "ladder": (Rung(label={"zh": "级"}, under={"zh": bad}),),
        "results": (Part(name={"zh": "理论"}, mark=bad),),
        "number": ("Y", bad),
    }.get(field, {"zh": bad} if isinstance(getattr(FACE, field), dict) else bad)
    if field == "check_url":
        value = FACE.check_url + bad
    with pytest.raises(GlyphMissingError) as refusal:
        certificate_pdf(replace(FACE, **{field: value}), language="zh")
    assert refusal.value.params["field"] == field


def test_a_rare_character_prints_where_the_register_has_a_font_for_it(tmp_path):
    built(tmp_path / "rare.ttf", {0x20BB7: 1000})
    setter = Typesetter((tmp_path,))
    face = replace(FACE, holder_name="𠮷田")
    assert missing_glyphs("𠮷田") == ["𠮷"]
    assert missing_glyphs("𠮷田", setter=setter) == []
    for language in LANGUAGES:
        made = certificate_pdf(face, language=language, setter=setter)
        assert "𠮷田" in text_of(made)
        assert {font for row, font in fonts_of(made) if row in ("𠮷", "田", "𠮷田")} <= {
            "Rare-Regular",
            "NotoSerifSC-Regular",
        }
    assert ("阿卜杜热合曼·买买提伊明", "NotoSerifSC-Bold") in fonts_of(
        certificate_pdf(FACE, language="zh", setter=setter)
    )


def fonts_of(made: bytes) -> set[tuple[str, str]]:
    """Return the runs of text on the first page with the name of their font."""
    found = set()

    def note(words, _to_page, _to_text, font, _size):
        if words.strip() and font:
            found.add((words.strip(), re.sub(r"^/[A-Z]{6}\+|-Identity-H$", "", font["/BaseFont"])))

    opened(made).pages[0].extract_text(visitor_text=note)
    return found


@pytest.mark.parametrize(
    "number", ["110105194912310021", "11010519491231002X", "11010519491231002x", "110105491231002"]
)
@pytest.mark.parametrize("field", ["holder_name", "holder_name_latin", "remark", "site", "statement", "work_type"])
def test_an_identity_number_is_never_printed(field, number):
    words = f"王芳 {number}"
    value = {"zh": words} if isinstance(getattr(FACE, field), dict) else words
    with pytest.raises(IdentityNumberError) as refusal:
        certificate_pdf(replace(FACE, **{field: value}), language="zh")
    assert refusal.value.params == {"field": field}
    assert number not in refusal.value.detail


def test_certificate_numbers_of_any_length_are_no_identity_numbers():
    for number in (("110105194912310021",), ("2631003001300042",), ("Y" + "0" * 21,)):
        assert certificate_pdf(replace(FACE, number=number), language="zh")


def test_a_name_of_three_thousand_characters_is_refused_by_name():
    with pytest.raises(TextDoesNotFitError) as refusal:
        certificate_pdf(replace(FACE, holder_name="名" * 3000), language="zh")
    assert refusal.value.params["field"] == "holder_name"


def test_long_texts_everywhere_give_way_together_or_are_refused_and_never_overlap():
    long = {
        "zh": "工业机器人系统操作员（含智能制造单元集成与运维方向）" * 3,
        "en": "Industrial robot system operator " * 5,
    }
    face = replace(
        FACE,
        holder_name="阿卜杜热合曼·买买提伊明·" * 5 + "明",
        holder_name_latin="Abduraxman Mamtimin " * 9,
        certificate_title=long,
        occupation_name=long,
        standard_edition=long,
        work_type={"zh": long["zh"], "en": long["en"]},
    )
    made = certificate_pdf(face, language="both")
    rows = rows_of(made)
    start = next(i for i, row in enumerate(rows) if "工业机器人" in row.text)
    stop = next(i for i, row in enumerate(rows) if "学徒工" in row.text)
    column = rows[start:stop]
    assert len({row.baseline for row in column}) > 12
    for above, below in pairwise(column):
        assert above.baseline == below.baseline or above.baseline - below.baseline >= 0.9 * below.size, below.text
    labels = [row for row in rows[stop:] if row.text in ("特级技师", "首席技师", "Chief")]
    assert column[-1].baseline - 0.2 * column[-1].size > max(row.baseline + 0.8 * row.size for row in labels)
    assert rows[stop].baseline > (210 - 157) / 25.4 * 72  # the ladder keeps its place above the foot
    text = squeezed(text_of(made))
    for words in (face.holder_name, face.holder_name_latin, long["zh"], long["en"], face.work_type["en"]):
        assert squeezed(words) in text


class Row(NamedTuple):
    baseline: float
    size: float
    text: str


def rows_of(made: bytes) -> list[Row]:
    """Return the runs of text on the first page, with baseline and size in points."""
    rows: list[Row] = []

    def note(words, to_page, to_text, _font, size):
        if words.strip():
            _, b, _, d, _, f = to_page
            rows.append(Row(round(b * to_text[4] + d * to_text[5] + f, 1), size * d * to_text[3], words.strip()))

    opened(made).pages[0].extract_text(visitor_text=note)
    return rows


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"ladder": tuple(Rung(label={"zh": "级"}) for _ in range(MOST_RUNGS + 1))}, MalformedError),
        ({"results": tuple(Part(name={"zh": "部分"}, mark="1") for _ in range(MOST_RESULTS + 1))}, MalformedError),
        ({"check_url": "javascript:alert(1)"}, MalformedError),
        ({"check_url": "https://a.example/" + "x" * 1300}, QrTooLongError),
    ],
)
def test_more_than_a_sheet_has_room_for_is_refused(change, error):
    with pytest.raises(error):
        certificate_pdf(replace(FACE, **change), language="zh")


def test_as_many_rungs_and_results_as_are_allowed_fit():
    face = replace(
        FACE,
        ladder=tuple(Rung(label={"zh": f"{i}级"}, held=i == 3) for i in range(MOST_RUNGS)),
        results=tuple(Part(name={"zh": f"第{i}部分"}, mark=str(i)) for i in range(MOST_RESULTS)),
    )
    text = squeezed(text_of(certificate_pdf(face, language="zh")))
    assert all(f"{i}级" in text for i in range(MOST_RUNGS))
    assert all(f"第{i}部分{i}" in text for i in range(MOST_RESULTS))


def test_what_cannot_be_one_file_is_refused():
    with pytest.raises(MalformedError):
        certificates_pdf([], language="zh")
    with pytest.raises(MalformedError):
        certificates_pdf([FACE, FACE], language="zh", bundles=[BUNDLE])
    with pytest.raises(MalformedError):
        certificate_pdf(FACE, language="fr")
    with pytest.raises(MalformedError):
        certificate_pdf(FACE, language="zh", bundle=b"\xff\xfe{}")
    with pytest.raises(MalformedError):
        certificate_png(FACE, language="zh", width=100_000)
    with pytest.raises(TooLargeError):
        certificate_pdf(FACE, language="zh", bundle=b" " * (pdf.MAX_BUNDLE + 1))
    with pytest.raises(TooLargeError):
        certificates_pdf([FACE] * (pdf.MAX_PAGES + 1), language="zh")


NAMES = st.text(
    st.one_of(
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5),
        st.characters(min_codepoint=0x3400, max_codepoint=0x4DB5),
        st.sampled_from("·ABCxyzéŁüЖ -'"),
    ),
    min_size=1,
    max_size=60,
).filter(lambda name: name.strip() and not missing_glyphs(name))


@settings(max_examples=12, deadline=None)
@given(NAMES, st.sampled_from(LANGUAGES))
def test_any_printable_name_can_be_read_back(name, language):
    made = certificate_pdf(replace(FACE, holder_name=name), language=language)
    assert squeezed(name) in squeezed(text_of(made))
    assert len(opened(made).pages) == 1
