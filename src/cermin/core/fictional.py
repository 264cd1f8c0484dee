"""Kabupaten Rawa Bening (fiktif): a made-up agency for demonstrations and tests.

The agency, its units and all of its people are invented. Names of people are a common given name
with a plant, gem or sky; every employee number has a serial of 900 or more, and birth date,
appointment and sex that fit together (`cermin.core.nip`).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from cermin.core.population import Frame, Unit
from cermin.core.simulation import STRATA, STRATUM_SHARES, STRATUM_VARIABLES, Ints

AGENCY = "rawa-bening"
AGENCY_NAME = "Kabupaten Rawa Bening (fiktif)"
AGENCY_CLASS = "kabupaten"
PEOPLE = 6000
FIRST_SERIAL = 900  # marks an employee number as made up

# id, name, parent, own people of PEOPLE
_UNITS: tuple[tuple[str, str, str | None, int], ...] = (
    ("setda", "Sekretariat Daerah", None, 8),
    ("setda-asisten-1", "Asisten Pemerintahan dan Kesejahteraan Rakyat", "setda", 3),
    ("setda-asisten-3", "Asisten Administrasi Umum", "setda", 3),
    ("setda-tapem", "Bagian Tata Pemerintahan", "setda-asisten-1", 17),
    ("setda-kesra", "Bagian Kesejahteraan Rakyat", "setda-asisten-1", 14),
    ("setda-hukum", "Bagian Hukum", "setda-asisten-1", 12),
    ("setda-organisasi", "Bagian Organisasi", "setda-asisten-3", 16),
    ("setda-umum", "Bagian Umum", "setda-asisten-3", 64),
    ("setda-prokopim", "Bagian Protokol dan Komunikasi Pimpinan", "setda-asisten-3", 9),
    ("setwan", "Sekretariat DPRD", None, 58),
    ("inspektorat", "Inspektorat Daerah", None, 61),
    ("disdik", "Dinas Pendidikan dan Kebudayaan", None, 96),
    ("disdik-timur", "Koordinator Wilayah Pendidikan Rawa Timur", "disdik", 14),
    ("disdik-barat", "Koordinator Wilayah Pendidikan Rawa Barat", "disdik", 11),
    ("sd-timur", "Gugus Sekolah Dasar Rawa Timur", "disdik-timur", 880),
    ("smp-timur", "Gugus Sekolah Menengah Pertama Rawa Timur", "disdik-timur", 398),
    ("sd-barat", "Gugus Sekolah Dasar Rawa Barat", "disdik-barat", 773),
    ("smp-barat", "Gugus Sekolah Menengah Pertama Rawa Barat", "disdik-barat", 341),
    ("skb", "Sanggar Kegiatan Belajar Rawa Bening", "disdik", 7),
    ("dinkes", "Dinas Kesehatan", None, 92),
    ("pkm-timur", "Puskesmas Rawa Timur", "dinkes", 118),
    ("pkm-barat", "Puskesmas Rawa Barat", "dinkes", 104),
    ("pkm-hulu", "Puskesmas Rawa Hulu", "dinkes", 87),
    ("labkesda", "UPTD Laboratorium Kesehatan Daerah", "dinkes", 9),
    ("rsud", "RSUD Rawa Bening", None, 912),
    ("dpupr", "Dinas Pekerjaan Umum dan Penataan Ruang", None, 176),
    ("uptd-alat", "UPTD Peralatan dan Perbengkelan", "dpupr", 6),
    ("perkim", "Dinas Perumahan dan Kawasan Permukiman", None, 71),
    ("satpolpp", "Satuan Polisi Pamong Praja", None, 184),
    ("dinsos", "Dinas Sosial", None, 66),
    ("dp3a", "Dinas Pemberdayaan Perempuan dan Perlindungan Anak", None, 48),
    ("uptd-ppa", "UPTD Perlindungan Perempuan dan Anak", "dp3a", 4),
    ("dlh", "Dinas Lingkungan Hidup", None, 142),
    ("dukcapil", "Dinas Kependudukan dan Pencatatan Sipil", None, 63),
    ("dpmd", "Dinas Pemberdayaan Masyarakat dan Desa", None, 47),
    ("dishub", "Dinas Perhubungan", None, 118),
    ("diskominfo", "Dinas Komunikasi dan Informatika", None, 54),
    ("dpmptsp", "Dinas Penanaman Modal dan PTSP", None, 49),
    ("disnaker", "Dinas Tenaga Kerja", None, 57),
    ("distan", "Dinas Pertanian dan Pangan", None, 208),
    ("uptd-benih", "UPTD Balai Benih", "distan", 8),
    ("disdag", "Dinas Perdagangan dan Perindustrian", None, 121),
    ("arsip", "Dinas Perpustakaan dan Kearsipan", None, 38),
    ("bappeda", "Badan Perencanaan Pembangunan Daerah", None, 67),
    ("bpkad", "Badan Pengelolaan Keuangan dan Aset Daerah", None, 94),
    ("bkpsdm", "Badan Kepegawaian dan Pengembangan SDM", None, 59),
    ("bpbd", "Badan Penanggulangan Bencana Daerah", None, 52),
    ("kesbangpol", "Badan Kesatuan Bangsa dan Politik", None, 27),
    ("kec-timur", "Kecamatan Rawa Timur", None, 34),
    ("kel-melati", "Kelurahan Melati", "kec-timur", 12),
    ("kel-kenanga", "Kelurahan Kenanga", "kec-timur", 9),
    ("kel-teratai", "Kelurahan Teratai", "kec-timur", 11),
    ("kec-barat", "Kecamatan Rawa Barat", None, 31),
    ("kel-cempaka", "Kelurahan Cempaka", "kec-barat", 8),
    ("kel-dahlia", "Kelurahan Dahlia", "kec-barat", 5),
    ("kec-hulu", "Kecamatan Rawa Hulu", None, 24),
)

_MEN = re.findall(
    r"\w+",
    "Agus Bagas Cahyo Danu Eko Fajar Galih Hendra Iwan Joko Krisna Lukman Made Nanda Oka Putra "
    "Rahmat Surya Taufik Umar Wahyu Yoga Zaki Bambang",
)
_WOMEN = re.findall(
    r"\w+",
    "Ayu Bunga Citra Dewi Endah Fitri Gita Hana Indah Jelita Kartika Lestari Maya Nur Okta Putri "
    "Ratna Sari Tuti Utami Wulan Yanti Zahra Ningsih",
)
_SECOND = re.findall(
    r"\w+",
    "Angkasa Bayu Cemara Cendana Delima Embun Fajarina Gading Intan Jingga Kamboja Kejora "
    "Lazuardi Mahoni Melur Mentari Mutiara Nilam Nirmala Palapa Pelangi Permata Purnama Rembulan "
    "Safir Samudra Seruni Tanjung Telaga Wijaya",
)


@dataclass(frozen=True)
class FictionalEmployee:
    """One made-up row of a roster."""

    nip: str
    name: str
    unit: str
    employment: str
    sex: str
    birth_date: date


def fictional_kabupaten() -> list[Unit]:
    """Units in three levels, parents before children; several have only three to nine people."""
    return [Unit(id_, name, parent) for id_, name, parent, _ in _UNITS]


def fictional_people(people: int = PEOPLE) -> Ints:
    """Own people of each unit in the shares of the full size (largest remainder), shape (U,)."""
    share = np.array([own for *_, own in _UNITS], dtype=np.float64)
    exact = people * share / share.sum()
    whole = np.floor(exact).astype(np.int64)
    rest = np.argsort(whole - exact, kind="stable")[: people - int(whole.sum())]
    whole[rest] += 1
    return np.asarray(whole)


def fictional_frame(*, year: int, seed: int, people: int = PEOPLE) -> Frame:
    """The agency in one year, its people drawn into strata; the same every year for a seed."""
    rng = np.random.default_rng(seed)
    headcount = rng.multinomial(fictional_people(people), STRATUM_SHARES).astype(np.int64)
    return Frame(
        agency=AGENCY,
        agency_name=AGENCY_NAME,
        agency_class=AGENCY_CLASS,
        year=year,
        units=tuple(fictional_kabupaten()),
        stratum_variables=STRATUM_VARIABLES,
        strata=STRATA,
        headcount=headcount,
    )


def fictional_roster(frame: Frame, *, seed: int) -> list[FictionalEmployee]:
    """Make up an employee for every head of ``frame``, sorted by unit and stratum.

    Parameters
    ----------
    frame
        A frame whose strata are type of employment and sex (`simulation.STRATA`).
    """
    rng = np.random.default_rng(seed)
    taken: Counter[str] = Counter()
    roster = []
    for unit, row in zip(frame.units, frame.headcount, strict=True):
        for (employment, sex), n in zip(frame.strata, row, strict=True):
            for _ in range(int(n)):
                roster.append(_employee(unit.id, employment, sex, frame.year, rng, taken))
    return roster


def _employee(  # noqa: PLR0917 - one row from its parts
    unit: str,
    employment: str,
    sex: str,
    year: int,
    rng: np.random.Generator,
    taken: Counter[str],
) -> FictionalEmployee:
    appointed, middle = _appointment(employment, year, rng)
    # Everybody is 57 at most, so nobody is retired; a contract may begin later in life.
    latest = 35 if employment in ("PNS", "CPNS") else 50
    age = int(rng.integers(20, min(latest, 57 - (year - appointed)) + 1))
    born = date(appointed - age, 1, 1) + timedelta(days=int(rng.integers(365)))
    start = f"{born:%Y%m%d}{appointed}{middle:02}{1 if sex == 'Laki-laki' else 2}"
    nip = f"{start}{FIRST_SERIAL + taken[start]}"
    taken[start] += 1
    given = _MEN if sex == "Laki-laki" else _WOMEN
    name = f"{given[rng.integers(len(given))]} {_SECOND[rng.integers(len(_SECOND))]}"
    return FictionalEmployee(nip, name, unit, employment, sex, born)


def _appointment(employment: str, year: int, rng: np.random.Generator) -> tuple[int, int]:
    """Year, and month (PNS) or contract digits (PPPK), of the first appointment."""
    if employment == "CPNS":
        return year - int(rng.integers(0, 2)), int(rng.integers(1, 7))
    if employment == "PNS":
        return year - int(rng.integers(2, 35)), int(rng.integers(1, 13))
    earliest = 1 if employment == "PPPK Paruh Waktu" else 5
    return year - int(rng.integers(0, earliest + 1)), 21
