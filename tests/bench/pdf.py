"""Certificates against WeasyPrint and QR codes against segno, as ratios of one run: ``python -m tests.bench.pdf``.

Peer:   WeasyPrint, given the same words, the same fonts, the same QR code and the same drawings as HTML, its fonts
        loaded once; and once more without the engraved ground ("plain"), which costs it most.
All contenders run in turn in each round; a ratio is the median of the per-round ratios, above 1 where we are faster.
"""

from __future__ import annotations

import base64
import gc
import html
import json
import logging
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import segno
import weasyprint
from weasyprint.text.fonts import FontConfiguration

from guildhall.credentials.rendering import qr, sheet
from guildhall.credentials.rendering.face import CertificateFace
from guildhall.credentials.rendering.fonts import VENDORED, font_set
from guildhall.credentials.rendering.pdf import certificate_pdf, certificates_pdf
from guildhall.credentials.rendering.typesetting import TEMPLATES
from tests.unit.rendering.made import FACE

N_SINGLE, N_PEER_SINGLE = 24, 6
N_BATCH, N_PEER_BATCH = 100, 8
N_CODES, N_PEER_CODES = 600, 60
ROUNDS = 7
BUNDLE = json.dumps({"type": "GuildhallBundle", "filling": "x" * 6000}).encode()

STYLE = """
@font-face{font-family:N;src:url(file://%(fonts)s/noto-serif-sc/NotoSerifSC_400Regular.ttf);font-weight:400}
@font-face{font-family:N;src:url(file://%(fonts)s/noto-serif-sc/NotoSerifSC_700Bold.ttf);font-weight:700}
@font-face{font-family:S;src:url(file://%(fonts)s/source-serif-4/SourceSerif4_400Regular.ttf);font-weight:400}
@font-face{font-family:S;src:url(file://%(fonts)s/source-serif-4/SourceSerif4_600SemiBold.ttf);font-weight:700}
@page{size:297mm 210mm;margin:0} body{margin:0;font-family:S,N;color:#1c1b19}
section{position:relative;width:297mm;height:209.9mm;page-break-after:always}
section>div,section>img{position:absolute} p{margin:0}
.body{left:30mm;top:40mm;width:237mm;text-align:center} h1{font-size:37pt;color:#1f3e73;margin:0}
.name{font-size:48pt;font-weight:700} .award{font-size:26pt;font-weight:700}
.ladder{left:64mm;top:130mm;display:flex;width:168mm;font-size:8pt;text-align:center;align-items:flex-end}
.ladder div{flex:1} .ladder i{display:block;border:.4pt solid #a09785}
.check{left:25mm;top:160mm;font-size:8.4pt} .check img{width:26mm} .sign{right:54mm;top:160mm;text-align:right}
"""


def seconds(job: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def people(n: int, round_: int) -> list[CertificateFace]:
    """Faces that differ in name and link, and between rounds, so that nothing is remembered."""
    return [
        replace(
            FACE,
            holder_name=f"王{chr(0x4E00 + (i * 37 + round_) % 20000)}{chr(0x4E00 + (i * 101 + round_) % 20000)}",
            check_url=f"{FACE.check_url}{round_}{i}",
        )
        for i in range(n)
    ]


class Peer:
    """WeasyPrint with our fonts, which it loads once."""

    def __init__(self, *, ground: bool) -> None:
        self.ground = '<img src="ground.svg" style="left:0;top:0;width:297mm">' if ground else ""
        self.fonts = FontConfiguration()
        self.style = weasyprint.CSS(string=STYLE % {"fonts": VENDORED}, font_config=self.fonts)

    def pdf(self, faces: Sequence[CertificateFace]) -> bytes:
        page = "<html lang=zh><title>certificates</title><body>" + "".join(self.section(face) for face in faces)
        made = weasyprint.HTML(string=page, base_url=f"file://{TEMPLATES}/")
        return made.write_pdf(stylesheets=[self.style], font_config=self.fonts)

    def section(self, face: CertificateFace) -> str:
        words = sheet.sheet(face, "zh", font_set())
        lines = {
            name: "<br>".join(html.escape(line) for line, _ in it["lines"])
            for name, it in words.items()
            if _is_setting(it)
        }
        code = base64.b64encode(words["qr"].encode()).decode()
        rungs = "".join(
            f"<div>{'<br>'.join(label for label, _ in labels)}<i style='height:{1 + i * 0.85}mm'></i></div>"
            for i, (labels, _) in enumerate(words["ladder"]["rungs"])
        )
        checks = "".join(f"<p>{a} <b>{b}</b>" for a, b in words["checks"])
        marks = "".join(f"<p>{a} <b>{b}</b>" for a, b in words["results"])
        return (
            f"<section>{self.ground}"
            f'<div style="left:25mm;top:21mm"><img src="seal.svg" style="width:9mm">{lines["brand"]}</div>'
            f'<div style="right:25mm;top:21mm">{lines["top"]}</div>'
            f"<div class=body><h1>{lines['title']}</h1><p>{lines['under_title']}<p>{words['certify']}"
            f"<p class=name>{lines['name']}<p>{lines['statement']}<p class=award>{lines['award']}</div>"
            f"<div class=ladder>{rungs}</div>"
            f'<div class=check><img src="data:image/svg+xml;base64,{code}"><p>{words["number_label"]}'
            f"<p><b>{lines['number']}</b>{checks}</div>"
            f'<div style="left:141mm;top:175mm;font-size:8.4pt">{words["results_label"]}{marks}</div>'
            f"<div class=sign><b>{lines['issuer']}</b><p>{lines['site']}<p>{lines['days']}</div>"
            f'<img src="seal.svg" style="left:244mm;top:160mm;width:27mm">'
            f'<div style="left:30mm;top:190mm;font-size:7pt">{lines["fine"]}</div></section>'
        )


def _is_setting(value: object) -> bool:
    return isinstance(value, dict) and "lines" in value


def run(rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """Return rates and ratios by name.

    Units:  ``rate`` per second on this machine; ``ratio`` without unit; ``target`` the least that the ratio should be.
    """
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)
    peer, plain = Peer(ground=True), Peer(ground=False)
    url = FACE.check_url
    rates: dict[str, list[float]] = {}

    def measure(name: str, n: int, job: Callable[[], object]) -> None:
        rates.setdefault(name, []).append(n / seconds(job))

    for round_ in range(rounds + 1):
        faces = people(N_BATCH, round_)
        measure(
            "one", N_SINGLE, lambda f=faces: [certificate_pdf(x, language="zh", bundle=BUNDLE) for x in f[:N_SINGLE]]
        )
        measure("many", N_BATCH, lambda f=faces: certificates_pdf(f, language="zh"))
        for name, it in (("peer", peer), ("plain", plain)):
            measure(f"{name} one", N_PEER_SINGLE, lambda f=faces, it=it: [it.pdf([x]) for x in f[:N_PEER_SINGLE]])
            measure(f"{name} many", N_PEER_BATCH, lambda f=faces, it=it: it.pdf(f[:N_PEER_BATCH]))
        measure("code", N_CODES, lambda: [qr.matrix(f"{url}{i}") for i in range(N_CODES)])
        measure("svg", N_CODES, lambda: [qr.svg(f"{url}{i}") for i in range(N_CODES)])
        measure("segno", N_PEER_CODES, lambda: [segno.make(f"{url}{i}", error="m") for i in range(N_PEER_CODES)])
    timed = {name: found[1:] for name, found in rates.items()}  # the first round warms up

    def row(ours: str, theirs: str, target: float | None = None) -> dict[str, float]:
        ratio = statistics.median(a / b for a, b in zip(timed[ours], timed[theirs], strict=True))
        answer = {"rate": statistics.median(timed[ours]), "ratio": ratio}
        return answer if target is None else {**answer, "target": target}

    return {
        "one certificate a file / WeasyPrint": row("one", "peer one", 20),
        "100 certificates in one file / WeasyPrint": row("many", "peer many", 50),
        "one certificate a file / WeasyPrint, plain": row("one", "plain one"),
        "100 certificates in one file / WeasyPrint, plain": row("many", "plain many"),
        "QR modules / segno": row("code", "segno"),
        "QR as SVG / segno's modules": row("svg", "segno"),
    }


def main() -> None:
    """Print the table, or JSON with ``--json``."""
    table = run()
    if "--json" in sys.argv:
        print(json.dumps(table, indent=2))
        return
    print(f"{'job':<52}{'per second':>14}{'ratio':>9}{'target':>9}")
    for name, row in table.items():
        target = f"{row['target']:9g}" if "target" in row else ""
        print(f"{name:<52}{row['rate']:>14,.0f}{row['ratio']:>9.2f}{target}")


if __name__ == "__main__":
    main()
