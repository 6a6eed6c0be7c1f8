"""Draw the specimens of a certificate for the README again: ``python -m tests.pictures``. All is invented."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path

from PIL import Image

from guildhall.credentials.rendering.face import CertificateFace, Part, Rung
from guildhall.credentials.rendering.pdf import certificate_png

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
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
ZH = CertificateFace(
    scheme_name={"zh": "职业资格证书", "en": "Vocational qualification certificates"},
    certificate_title={"zh": "职业资格证书", "en": "Vocational Qualification Certificate"},
    holder_name="古丽娜尔·艾合买提",
    occupation_name={"zh": "电工", "en": "Electrician"},
    occupation_code="6-31-01-03",
    level_name={"zh": "三级／高级工", "en": "Level 3 (senior)"},
    ladder=LADDER,
    standard_edition={"zh": "《电工》职业标准（2018 年版）"},
    results=(Part(name={"zh": "理论知识"}, mark="86"), Part(name={"zh": "技能操作"}, mark="91")),
    number=("S", "0000", "31", "000012", "26", "3", "000042"),
    issuer_name={"zh": "申江职业技能鉴定中心"},
    site={"zh": "临港考点"},
    issued_on=date(2026, 11, 6),
    check_url="https://guildhall.example/q/k3x9-w2m7-p6ra",
    register_name={"zh": "岗证通", "en": "Guildhall"},
    register_host="guildhall.example",
    key_fingerprint="9C41 7A0E 5D2B F833",
    log_index=1203,
    log_size=1268,
    accreditation_filing="310017",
)
EN = CertificateFace(
    scheme_name={"zh": "岗位能力证书", "en": "Post Competency Certificate"},
    certificate_title={"zh": "岗位能力证书", "en": "Post Competency Certificate"},
    holder_name="Eleanor Whitcombe",
    occupation_name={"en": "Electrician"},
    occupation_code="6-31-01-03",
    level_name={"en": "Level 3 (senior)"},
    ladder=LADDER,
    standard_edition={"en": "the occupational standard “Electrician”, 2018 edition"},
    results=(Part(name={"en": "Theory"}, mark="88"), Part(name={"en": "Practical skill"}, mark="93")),
    number=("N", "0001", "11", "000001", "26", "3", "000815"),
    issuer_name={"en": "National Vocational Training Centre"},
    issued_on=date(2026, 11, 6),
    valid_until=date(2029, 11, 5),
    check_url="https://guildhall.example/q/b7tn-4qze-m2kc",
    register_name={"zh": "岗证通", "en": "Guildhall"},
    register_host="guildhall.example",
    key_fingerprint="9C41 7A0E 5D2B F833",
    log_index=814,
    log_size=1268,
    accreditation_filing="110001",
)


def main() -> None:
    """Write both pictures, with as few colours as the eye needs."""
    for name, face in (("zh", ZH), ("en", EN)):
        picture = Image.open(BytesIO(certificate_png(face, language=name, width=1500))).convert("RGB")
        picture.quantize(96, dither=Image.Dither.NONE).save(PICTURES / f"certificate-{name}.png", optimize=True)


if __name__ == "__main__":
    main()
