"""The printed strips: every name fits; a decoder that is not ours reads every QR code."""

from __future__ import annotations

import io
import re
import subprocess

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from cermin.reports.strips import PER_PAGE, Strip, StripWords, qr_svg, render_strips

WORDS = StripWords(
    "Undangan survei", "Simpan.", "Halaman", "Kode QR", "Kode", "Jelas.", "x.example"
)
DPI = 300


def strip(number: int, name: str = "", unit: str = "Dinas Kesehatan") -> Strip:
    code = f"K7MF2QXP9TRA{number:04d}"
    lines = (f"{code[:4]}-{code[4:8]}", f"{code[8:12]}-{code[12:]}")
    return Strip(name or f"Pegawai {number}", unit, lines, f"https://x.example/survei/abc/#{code}")


def rendered(strips: list[Strip], language: str = "id") -> bytes:
    return render_strips(strips, WORDS, agency="Kabupaten", unit="Dinas", language=language)


PEOPLE = 250


def test_hundreds_of_people_each_once() -> None:
    pages = PdfReader(io.BytesIO(rendered([strip(n) for n in range(PEOPLE)]))).pages
    assert len(pages) == -(-PEOPLE // PER_PAGE)
    text = "\n".join(page.extract_text() for page in pages)
    assert sorted(map(int, re.findall(r"9TRA-(\d{4})", text))) == list(range(PEOPLE))
    assert sorted(map(int, re.findall(r"Pegawai (\d+)", text))) == list(range(PEOPLE))


@pytest.mark.parametrize(
    "name",
    [
        "Dr. dr. Raden Ayu Kusumaningtyas Cahyaningrum Prawirodirjo Wicaksono, Sp.PD-KGEH., "
        "M.Kes., FINASIM., Ph.D. binti H. Muhammad Prawirodirjo Al",
        "W" * 150,
        "李 😀 \u1e24asan\x07 \u202e #set \\ $x$ *a* _b_ <c>",
        "\u200b",
    ],
)
def test_names_of_any_kind_stay_in_their_panel(name: str, tmp_path) -> None:
    pdf = rendered([strip(n, name, "Unit Pelaksana Teknis " * 9) for n in range(PER_PAGE)])
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    page = picture(pdf, tmp_path)
    gap = page[:, mm(61) : mm(64)]  # between the panel of the name and the symbol
    assert (gap < 128).mean() < 0.02  # cut lines only


def test_the_symbol_on_a_page_is_the_link() -> None:
    link = strip(7).link
    dark = np.pad(symbol_of(qr_svg(link)), 4)  # the quiet zone
    [found] = zxingcpp.read_barcodes(np.kron(255 * (1 - dark), np.ones((4, 4))).astype(np.uint8))
    assert found.text == link


@pytest.mark.parametrize("dpi", [DPI, 100])  # well printed, and as a poor camera sees it
def test_the_printed_symbols_are_the_links(tmp_path, dpi: int) -> None:
    people = [strip(n) for n in range(PER_PAGE)]
    found = zxingcpp.read_barcodes(picture(rendered(people), tmp_path, dpi))
    assert all(one.format == zxingcpp.BarcodeFormat.QRCode for one in found)
    down = sorted(found, key=lambda one: one.position.top_left.y)
    assert [one.text for one in down] == [one.link for one in people]


def symbol_of(svg: str) -> np.ndarray:
    """Return the modules that the path of an SVG draws: lines of ``h``, one unit thick."""
    size = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])
    dark = np.zeros((size, size), dtype=int)
    x, y = 0.0, 0.0
    for step, first, second in re.findall(
        r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", svg.split(' d="')[1]
    ):
        if step == "h":
            dark[int(y), int(x) : int(x + float(first))] = 1
            x += float(first)
        else:
            x, y = (
                (x if step == "m" else 0) + float(first),
                (y if step == "m" else 0) + float(second),
            )
    return dark[4:-4, 4:-4]


def mm(length: float) -> int:
    return round(length / 25.4 * DPI)


def picture(pdf: bytes, folder, dpi: int = DPI) -> np.ndarray:
    (folder / "a.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-r", str(dpi), "-gray", "-singlefile", "a.pdf", "a"]
    subprocess.run(command, cwd=folder, check=True)
    return np.asarray(Image.open(folder / "a.pgm"))
