"""Faces of certificates for the tests, of invented people and bodies, and fonts of boxes."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from guildhall.credentials.rendering.face import CertificateFace, Part, Rung

LADDER = tuple(
    Rung(label={"zh": zh, "en": en}, under={"zh": under} if under else {}, held=zh == "三级")
    for zh, under, en in (
        ("学徒工", "", "Apprentice"),
        ("五级", "初级工", "Level 5"),
        ("四级", "中级工", "Level 4"),
        ("三级", "高级工", "Level 3"),
        ("二级", "技师", "Level 2"),
        ("一级", "高级技师", "Level 1"),
        ("特级技师", "", "Special"),
        ("首席技师", "", "Chief"),
    )
)

FACE = CertificateFace(
    scheme_name={"zh": "职业资格证书", "en": "Vocational qualification certificates"},
    certificate_title={"zh": "职业资格证书", "en": "Vocational Qualification Certificate"},
    holder_name="阿卜杜热合曼·买买提伊明",
    occupation_name={"zh": "电工", "en": "Electrician"},
    occupation_code="6-31-01-03",
    level_name={"zh": "三级／高级工", "en": "Level 3 (senior)"},
    ladder=LADDER,
    standard_edition={
        "zh": "《电工》职业标准（2018 年版）",
        "en": "the occupational standard “Electrician”, 2018 edition",
    },
    results=(
        Part(name={"zh": "理论知识", "en": "Theory"}, mark="86"),
        Part(name={"zh": "技能操作", "en": "Practical skill"}, mark="91"),
    ),
    number=("Y", "0001", "31", "000001", "26", "3", "000042"),
    issuer_name={"zh": "申江电力装备集团技能评价中心", "en": "Shenjiang Power Equipment Skills Appraisal Centre"},
    site={"zh": "临港考点", "en": "Lingang site"},
    issued_on=date(2026, 11, 6),
    check_url="https://guildhall.example/q/0198f2c47b1e8d6a9c3f5a1b2c3d4e5f",
    register_name={"zh": "岗证通", "en": "Guildhall"},
    register_host="guildhall.example",
    key_fingerprint="9C41 7A0E 5D2B F833",
    log_index=1203,
    accreditation_filing="沪评备 2025-017",
)

BUNDLE = json.dumps(
    {"type": "GuildhallBundle", "version": 1, "credential": {"name": "阿卜杜热合曼·买买提伊明"}}, ensure_ascii=False
).encode()


def built(path: Path, characters: dict[int, int], *, units: int = 1000, family: str = "Rare") -> Path:
    """Build a font whose glyphs are boxes; ``characters`` gives code point and advance."""
    builder = FontBuilder(units, isTTF=True)
    names = [".notdef", *(f"u{point:X}" for point in characters)]
    pen = TTGlyphPen(None)
    for deed, at in (("moveTo", (50, 0)), ("lineTo", (50, 800)), ("lineTo", (850, 800)), ("lineTo", (850, 0))):
        getattr(pen, deed)(at)
    pen.closePath()
    box = pen.glyph()
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({point: f"u{point:X}" for point in characters})
    builder.setupGlyf(dict.fromkeys(names, box))
    builder.setupHorizontalMetrics(
        {".notdef": (500, 50), **{f"u{point:X}": (advance, 50) for point, advance in characters.items()}}
    )
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable(
        {"familyName": family, "styleName": "Regular", "fullName": f"{family} Regular", "psName": f"{family}-Regular"}
    )
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120)
    builder.setupPost()
    builder.save(path)
    return path
