"""The certificate on the home page: invented, and marked as a specimen."""

from __future__ import annotations

from datetime import date

from django.conf import settings

from guildhall.credentials.rendering.face import CertificateFace, Rung
from guildhall.web.templatetags.guildhall import language

_LADDER = (
    ({"zh": "五级", "en": "Level 5"}, {"zh": "初级工"}),
    ({"zh": "四级", "en": "Level 4"}, {"zh": "中级工"}),
    ({"zh": "三级", "en": "Level 3"}, {"zh": "高级工"}),
    ({"zh": "二级", "en": "Level 2"}, {"zh": "技师"}),
    ({"zh": "一级", "en": "Level 1"}, {"zh": "高级技师"}),
)


def face(fingerprint: str) -> CertificateFace:
    """Return an invented certificate; its number exists in no register."""
    return CertificateFace(
        scheme_name={"zh": "岗位能力证书", "en": "Post competency certificates"},
        certificate_title={"zh": "岗位能力证书", "en": "Post Competency Certificate"},
        holder_name="古丽娜尔·艾合买提" if language() == "zh" else "Eleanor Whitcombe",
        occupation_name={"zh": "电工", "en": "Electrician"},
        occupation_code="6-31-01-03",
        level_name={"zh": "三级／高级工", "en": "Level 3 (senior)"},
        ladder=tuple(Rung(label=label, under=under, held=place == 2) for place, (label, under) in enumerate(_LADDER)),
        standard_edition={"zh": "《电工》职业标准（2018 年版）", "en": "the occupational standard Electrician, 2018"},
        number=("S", "0000", "00", "000000", "26", "3", "000000"),
        issuer_name={"zh": "国家职业培训中心", "en": "National Vocational Training Centre"},
        issued_on=date(2026, 11, 6),
        check_url=settings.ORIGIN,
        register_name={"zh": "岗证通", "en": "Guildhall"},
        register_host=settings.HOST,
        key_fingerprint=fingerprint or "0000 0000 0000 0000",
    )
