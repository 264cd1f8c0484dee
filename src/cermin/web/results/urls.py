"""Addresses of the results of a cycle below ``/i/<agency>/``."""

from __future__ import annotations

from django.urls import path

from cermin.web.results.views import evidence, results

_EVIDENCE, _RESULT = "periode/<int:year>/bukti-dukung/", "periode/<int:year>/hasil/"

urlpatterns = [
    path(_EVIDENCE, evidence.cycle_evidence, name="cycle_evidence"),
    path(f"{_EVIDENCE}templat/", evidence.cycle_evidence_template, name="cycle_evidence_template"),
    path(f"{_EVIDENCE}terima/", evidence.cycle_evidence_accept, name="cycle_evidence_accept"),
    path(f"{_EVIDENCE}batal/", evidence.cycle_evidence_discard, name="cycle_evidence_discard"),
    path(f"{_EVIDENCE}unduh/", evidence.cycle_evidence_export, name="cycle_evidence_export"),
    path(_RESULT, results.cycle_result, name="cycle_result"),
    path(f"{_RESULT}hitung/", results.cycle_result_compute, name="cycle_result_compute"),
    path(f"{_RESULT}kemajuan/", results.cycle_result_progress, name="cycle_result_progress"),
    path(f"{_RESULT}laporan/<slug:form>/", results.cycle_result_report, name="cycle_result_report"),
    path(f"{_RESULT}berkas/", results.cycle_result_file, name="cycle_result_file"),
    path(f"{_RESULT}jawaban/", results.cycle_result_answers, name="cycle_result_answers"),
    path(f"{_RESULT}komentar/", results.cycle_result_comments, name="cycle_result_comments"),
]
