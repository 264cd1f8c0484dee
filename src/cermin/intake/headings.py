"""What columns are called in the files that people have."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """Something to be found in a table, with the headings it goes by, best first."""

    id: str
    title: str
    headings: tuple[str, ...]
    required: bool = False


def fold(text: str) -> str:
    """Return ``text`` without case, accents, spaces and punctuation, for comparing."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in plain if c.isalnum())


NIP = Field(
    "nip", "NIP", ("NIP BARU", "NIP", "NI PPPK", "NIP/NI PPPK", "nipBaru", "Nomor Induk Pegawai")
)
NAME = Field("nama", "Nama", ("NAMA", "NAMA LENGKAP", "NAMA PEGAWAI"))
UNIT_CODE = Field(
    "kode_unit", "Kode unit", ("KODE UNIT", "KODE UNIT KERJA", "KODE OPD", "UNOR ID", "unorId")
)
UNIT = Field(
    "unit",
    "Unit kerja",
    (
        "UNOR NAMA", "unorNama", "UNIT KERJA", "NAMA UNIT", "NAMA UNIT KERJA", "UNIT", "UNOR",
        "OPD", "NAMA OPD", "PERANGKAT DAERAH", "SKPD", "Asal unit kerja", "Unit kerja Anda",
        "Perangkat daerah Anda", "Instansi/Unit Kerja", "SATUAN KERJA",
    ),
)  # fmt: skip
PARENT = Field(
    "induk",
    "Unit induk",
    (
        "UNOR INDUK NAMA", "UNOR INDUK", "unorIndukNama", "UNIT INDUK", "INDUK", "NAMA INDUK",
        "SATUAN KERJA KERJA NAMA", "satuanKerjaKerjaNama", "SATUAN KERJA INDUK NAMA",
    ),
)  # fmt: skip
PARENT_CODE = Field(
    "kode_induk", "Kode induk", ("KODE INDUK", "KODE UNIT INDUK", "PARENT", "PARENT ID")
)
EMPLOYMENT = Field(
    "jenis_pegawai",
    "Jenis pegawai",
    ("JENIS PEGAWAI", "JENIS PEGAWAI NAMA", "STATUS KEPEGAWAIAN", "STATUS PEGAWAI", "JENIS ASN"),
)
SEX = Field("jenis_kelamin", "Jenis kelamin", ("JENIS KELAMIN", "KELAMIN", "GENDER", "L/P", "JK"))
STATUS = Field("kedudukan_hukum", "Kedudukan hukum", ("KEDUDUKAN HUKUM NAMA", "KEDUDUKAN HUKUM"))
POSITION_TYPE = Field(
    "jenis_jabatan", "Jenis jabatan", ("JENIS JABATAN NAMA", "JENIS JABATAN", "jenisJabatan")
)
OFFICE_EMAIL = Field(
    "surel_dinas",
    "Surel",
    (
        "EMAIL GOV", "emailGov", "EMAIL DINAS", "SUREL DINAS", "EMAIL KEDINASAN", "EMAIL INSTANSI",
        "ALAMAT EMAIL DINAS", "EMAIL KANTOR",
    ),
)  # fmt: skip
EMAIL = Field(
    "surel_sendiri",
    "Surel",
    (
        "EMAIL", "ALAMAT EMAIL", "SUREL", "ALAMAT SUREL", "EMAIL PRIBADI", "SUREL PRIBADI",
        "EMAIL PEGAWAI",
    ),
)  # fmt: skip
PHONE = Field(
    "telepon",
    "Nomor HP",
    (
        "NOMOR HP", "NO HP", "nomorHp", "NOMOR HANDPHONE", "NO HANDPHONE", "NOMOR WHATSAPP",
        "NO WHATSAPP", "NOMOR WA", "NO WA", "NO HP/WA", "NOMOR HP/WA", "HP", "WHATSAPP",
        "NOMOR PONSEL", "NOMOR SELULER", "NOMOR TELP", "NO TELP", "NOMOR TELEPON", "NO TELEPON",
        "TELEPON", "NO TELP/HP", "NO HP/TELP",
    ),
)  # fmt: skip
CRITERION = Field("kriteria", "Kode kriteria", ("KODE KRITERIA", "KRITERIA", "ID KRITERIA"), True)
ANSWER = Field("jawaban", "Jawaban", ("JAWABAN", "NILAI", "JAWABAN EVALUATOR"), True)
CODE = Field("kode", "Kode", ("KODE", "KODE UNIT", "ID"))
UNIT_NAME = Field("nama", "Nama unit", ("NAMA", "NAMA UNIT", "UNIT KERJA", "UNIT"), True)

_FIELDS = (
    NIP, NAME, UNIT_CODE, UNIT, PARENT, PARENT_CODE, EMPLOYMENT, SEX, STATUS, CRITERION, ANSWER,
    OFFICE_EMAIL, EMAIL, PHONE,
)  # fmt: skip
# Headings that say plainly what they are, so that no other field is guessed from them.
ALL_HEADINGS = (
    *(heading for field in _FIELDS for heading in field.headings),
    "JENIS JABATAN NAMA",
    "SATUAN KERJA INDUK ID",
)
