"""Sentences and addresses that the script of the survey page needs."""

from __future__ import annotations

from django.templatetags.static import static
from django.utils.translation import gettext as _


def script_words() -> dict[str, str]:
    """Return sentences by their names in the script, which fills ``{gaps}``, and its files."""
    return {
        "sending_js": static("survey/sending.js"),
        "blind_js": static("survey/blind.js"),
        **_entering(),
        **_answering(),
        **_sending(),
        **_refusals(),
    }


def _entering() -> dict[str, str]:
    return {
        "code_shape": _("Kode undangan terdiri atas 16 huruf dan angka. Periksa lagi."),
        "checking": _("Memeriksa kode…"),
        "not_checked": _(
            "Kode belum dapat diperiksa karena tidak ada jaringan. Anda tetap dapat mengisi; "
            "kode diperiksa ketika jawaban dikirim."
        ),
        "already_sent": _("Jawaban dengan kode ini sudah terkirim dari ponsel ini."),
    }


def _answering() -> dict[str, str]:
    return {
        "progress": _("{n} dari {total} pertanyaan dijawab"),
        "progress_group": _("Bagian {group} dari {groups}. {n} dari {total} pertanyaan dijawab"),
        "show_all": _("Tampilkan semua pertanyaan dalam satu halaman"),
        "show_groups": _("Tampilkan satu kelompok per layar"),
        "chosen": _("{n} dari {k} dipilih"),
        "enough": _("Anda sudah memilih {k}. Batalkan satu pilihan sebelum memilih yang lain."),
        "choose_exactly": _("Pilih tepat {k}, atau kosongkan semuanya; yang Anda pilih {n}."),
        "clear": _("Hapus"),
        "clear_answer": _("Hapus jawaban"),
        "none_answered": _("Belum ada pertanyaan yang dijawab."),
        "review_title": _("Periksa sebelum mengirim"),
        "nothing_skipped": _("Semua pertanyaan sudah dijawab."),
        "skipped": _("{n} pertanyaan dilewati. Anda boleh mengirim begitu saja."),
        "group_skipped": _("{title}: {n} pertanyaan"),
        "not_kept": _(
            "Ponsel ini tidak dapat menyimpan isian. Jangan tutup halaman ini sebelum terkirim."
        ),
    }


def _sending() -> dict[str, str]:
    return {
        "sending": _("Sedang mengirim…"),
        "try_now": _("Coba kirim sekarang"),
        "trying": _("Dicoba lagi dengan sendirinya."),
        "kept": _("Jawaban Anda belum terkirim dan masih ada di ponsel ini."),
        "other_sent": _("Jawaban yang menunggu di ponsel ini sudah terkirim."),
        "gone": _("Jawaban ini tidak lagi tersimpan di ponsel ini."),
    }


def _refusals() -> dict[str, str]:
    """Sentences for the ``reason`` of a refusal: the server's own are in one language only."""
    return {
        "reason_unknown": _(
            "Kode undangan tidak dikenal. Periksa lagi, atau minta kode baru ke penghubung unit."
        ),
        "reason_taken": _(
            "Surat suara undangan ini sudah diambil; jawaban hanya dapat dikirim satu kali."
        ),
        "reason_closed": _("Survei ini tidak sedang menerima jawaban."),
        "reason_forged": _("Surat suara ini tidak sah untuk survei ini."),
        "reason_malformed": _("Permintaan ini tidak terbaca."),
        "reason_not_found": _(
            "Survei ini tidak ada. Periksa alamatnya, atau hubungi penghubung unit Anda."
        ),
        "reason_not_sent": _(
            "Belum terkirim: situs sedang terganggu. Jawaban Anda tersimpan di ponsel ini."
        ),
    }
