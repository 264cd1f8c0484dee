"""Employee numbers of a roster: broken cells and doubled people, shown only masked."""

from __future__ import annotations

import re

import polars as pl

from cermin.core.nip import NipProblem, mask, normalise, parse_nip
from cermin.intake.archive import CellFault
from cermin.intake.categories import SEXES
from cermin.intake.problems import Problems
from cermin.intake.tables import Table
from cermin.language import _

# Certainly sound; only the others are looked at one by one.
_SOUND = (
    r"^(?:19[4-9]\d|20\d\d)(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2[0-8])"
    r"(?:19[5-9]\d|20\d\d)(?:0[1-9]|[1-9]\d)[12]\d{3}$"
)
_YOUNGEST = 16
_DATE = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d|\d{1,2}[/-]\d{1,2}[/-]\d{4}")
# Odd, but the number still tells people apart; counted and said, not refused.
_ODD = frozenset({NipProblem.BAD_APPOINTMENT, NipProblem.APPOINTED_TOO_YOUNG})


def check_numbers(
    table: Table,
    frame: pl.DataFrame,
    position: int,
    *,
    problems: Problems,
    notes: list[str],
    heading: str,
) -> pl.DataFrame:
    """Report broken numbers; return ``frame`` with plain digits and sex filled in from them."""
    rounded = {
        row
        for (row, column), fault in (table.faults or {}).items()
        if column == table.first_column + position and fault is CellFault.LONG_NUMBER
    }
    nip = pl.col("nip")
    grown_up = nip.str.slice(8, 4).cast(pl.Int32, strict=False) - nip.str.slice(0, 4).cast(
        pl.Int32, strict=False
    )
    sound = nip.str.contains(_SOUND) & ~nip.str.ends_with("000") & (grown_up >= _YOUNGEST)
    sound = sound.fill_null(value=False) & ~pl.col("row").is_in(sorted(rounded))
    doubtful = frame.filter(~sound)
    digits: dict[int, str | None] = {}
    odd = 0
    for row, cell, employment in doubtful.select("row", "nip", "jenis_pegawai").rows():
        digits[row], fault = _judge(cell, employment, rounded=row in rounded)
        odd += fault in _ODD
        if fault is not None and fault not in _ODD:
            what, remedy = _words(cell, fault)
            problems.add(
                _("NIP rusak"), what, remedy,
                file=table.file, sheet=table.sheet, row=row, column=heading,
            )  # fmt: skip
    if odd:
        notes.append(
            _("{file}, {sheet}: {n} NIP bertanggal pengangkatan tidak lazim; tetap dihitung.")
            .format(file=table.file, sheet=table.sheet, n=odd)
        )  # fmt: skip
    return _completed(frame, digits)


def report_duplicates(people: pl.DataFrame, problems: Problems, file: str) -> None:
    """Name every row whose number stood before, in its own or another sheet."""
    doubled = people.filter(pl.col("nip").is_not_null() & pl.col("nip").is_duplicated())
    first: dict[str, tuple[str, int]] = {}
    for nip, sheet, row in doubled.select("nip", "sheet", "row").rows():
        if nip not in first:
            first[nip] = (sheet, row)
            continue
        place = _("baris {row}").format(row=first[nip][1])
        if first[nip][0] != sheet:
            place = _("lembar {sheet} baris {row}").format(sheet=first[nip][0], row=first[nip][1])
        problems.add(
            _("NIP ganda"),
            _("NIP {nip} sudah ada di {place}.").format(nip=mask(nip), place=place),
            _("Hapus salah satu baris; satu pegawai dihitung sekali."),
            file=file, sheet=sheet, row=row, column="NIP",
        )  # fmt: skip


def _judge(
    cell: str | None, employment: str | None, *, rounded: bool
) -> tuple[str | None, NipProblem | None]:
    """Return the plain digits and what is wrong; people outside the service have no number."""
    if cell is None:
        return None, None if employment == "Non-ASN" else NipProblem.EMPTY
    if rounded:
        return None, NipProblem.SPREADSHEET_NUMBER
    nip = parse_nip(cell, youngest=_YOUNGEST)
    hard = [problem for problem in nip.problems if problem not in _ODD]
    if hard:
        return None, hard[0]
    return normalise(nip.digits), nip.problems[0] if nip.problems else None


def _completed(frame: pl.DataFrame, digits: dict[int, str | None]) -> pl.DataFrame:
    if digits:
        replaced = pl.col("row").replace_strict(digits, default=None, return_dtype=pl.String)
        judged = pl.col("row").is_in(list(digits))
        frame = frame.with_columns(
            pl.when(judged).then(replaced).otherwise(pl.col("nip")).alias("nip")
        )
    told = pl.col("nip").str.slice(14, 1).replace_strict(
        {"1": SEXES[0], "2": SEXES[1]}, default=None, return_dtype=pl.String
    )  # fmt: skip
    return frame.with_columns(pl.col("jenis_kelamin").fill_null(told))


def _words(cell: str | None, fault: NipProblem) -> tuple[str, str]:
    """Return what is wrong with a cell, and the remedy; the cell is shown masked."""
    as_text = _("Ekspor ulang dari SIASN dengan kolom NIP berformat teks (Text), lalu tempel lagi.")
    shown = mask(normalise(cell or ""))
    if cell and _DATE.match(cell):
        return _("Sel NIP berisi tanggal."), _("Isi 18 digit NIP sebagai teks.")
    texts = {
        NipProblem.EMPTY: (
            _("NIP kosong."),
            _("Isi NIP; untuk sel gabungan (merge), pisahkan lalu isi setiap baris."),
        ),
        NipProblem.SPREADSHEET_NUMBER: (
            _("NIP tersimpan sebagai angka (seperti 1,98E+17) sehingga digit akhirnya hilang."),
            as_text,
        ),
        NipProblem.LOST_DIGITS: (
            _("Tiga digit akhir NIP {nip} menjadi 000: terpotong oleh Excel.").format(nip=shown),
            as_text,
        ),
        NipProblem.NOT_DIGITS: (
            _("NIP memuat huruf atau tanda lain."),
            _("Isi 18 digit NIP sebagai teks."),
        ),
        NipProblem.WRONG_LENGTH: (
            _("NIP {nip} terdiri atas {n} digit, seharusnya 18.").format(
                nip=shown, n=len(normalise(cell or ""))
            ),
            _("Lengkapi NIP menjadi 18 digit."),
        ),
        NipProblem.BAD_BIRTH_DATE: (
            _("Delapan digit awal NIP {nip} bukan tanggal lahir.").format(nip=shown),
            _("Periksa kembali NIP pada SIASN."),
        ),
        NipProblem.BAD_SEX: (
            _("Digit ke-15 NIP {nip} bukan 1 atau 2.").format(nip=shown),
            _("Periksa kembali NIP pada SIASN."),
        ),
    }
    return texts[fault]
