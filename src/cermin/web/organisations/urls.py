"""Addresses below ``/i/<agency>/``, and those of invitations."""

from __future__ import annotations

from django.urls import path

from cermin.web.organisations.views import (
    agency,
    audit,
    members,
    members_acceptance,
    members_invitations,
    roster,
    roster_people,
    roster_uploads,
    structures,
    units,
    units_editing,
    units_ending,
    units_import,
)

unit_urls = [
    path("unit/", units.unit_list, name="unit_list"),
    path("unit/templat/", units.unit_template_file, name="unit_template"),
    path("unit/tahun-baru/", structures.structure_start, name="structure_start"),
    path("unit/tambah/", units_editing.unit_add, name="unit_add"),
    path("unit/impor/", units_import.unit_import, name="unit_import"),
    path("unit/impor/<uuid:draft>/", units_import.unit_import_preview, name="unit_import_preview"),
    path(
        "unit/impor/<uuid:draft>/masalah/",
        units_import.unit_import_problems,
        name="unit_import_problems",
    ),
    path(
        "unit/impor/<uuid:draft>/buang/",
        units_import.unit_import_discard,
        name="unit_import_discard",
    ),
    path("unit/u/<int:unit>/", units.unit_detail, name="unit_detail"),
    path("unit/u/<int:unit>/ganti-nama/", units_editing.unit_rename, name="unit_rename"),
    path("unit/u/<int:unit>/pindah/", units_editing.unit_move, name="unit_move"),
    path("unit/u/<int:unit>/urutan/", units_editing.unit_reorder, name="unit_reorder"),
    path("unit/u/<int:unit>/gabung/", units_ending.unit_merge, name="unit_merge"),
    path("unit/u/<int:unit>/tutup/", units_ending.unit_close, name="unit_close"),
    path("unit/<int:year>/", units.unit_list, name="unit_list_of_year"),
    path("unit/<int:year>/unduh/", units.unit_export, name="unit_export"),
    path("unit/<int:year>/perubahan/", structures.structure_changes, name="structure_changes"),
    path(
        "unit/<int:year>/perubahan/unduh/",
        structures.structure_changes_export,
        name="structure_changes_export",
    ),
]
roster_urls = [
    path("pegawai/", roster.roster_list, name="roster_list"),
    path("pegawai/cari/", roster.roster_find, name="roster_find"),
    path("pegawai/unduh/", roster.roster_export, name="roster_export"),
    path("pegawai/templat/", roster.roster_template, name="roster_template"),
    path("pegawai/unggah/", roster_uploads.roster_upload, name="roster_upload"),
    path("pegawai/unggah/terbaru/", roster_uploads.roster_upload_newest,
         name="roster_upload_newest"),
    path("pegawai/unggah/<uuid:pk>/", roster_uploads.roster_upload_detail,
         name="roster_upload_detail"),
    path("pegawai/unggah/<uuid:pk>/kemajuan/", roster_uploads.roster_upload_progress,
         name="roster_upload_progress"),
    path("pegawai/unggah/<uuid:pk>/bermasalah/", roster_uploads.roster_bad_rows,
         name="roster_bad_rows"),
    path("pegawai/unggah/<uuid:pk>/terapkan/", roster_uploads.roster_upload_accept,
         name="roster_upload_accept"),
    path("pegawai/unggah/<uuid:pk>/batalkan/", roster_uploads.roster_upload_discard,
         name="roster_upload_discard"),
    path("pegawai/tambah/", roster_people.employee_add, name="employee_add"),
    path("pegawai/<int:pk>/", roster_people.employee_edit, name="employee_edit"),
    path("pegawai/<int:pk>/keluarkan/", roster_people.employee_remove, name="employee_remove"),
]  # fmt: skip
member_urls = [
    path("orang/", members.member_list, name="member_list"),
    path("orang/unduh/", members.member_export, name="member_export"),
    path("orang/peran/", members.member_roles, name="member_roles"),
    path("orang/peran/<int:pk>/cabut/", members.member_remove_role, name="member_remove_role"),
    path("orang/undang/", members_invitations.member_invite, name="member_invite"),
    path(
        "orang/undangan/<int:pk>/kirim-ulang/",
        members_invitations.invitation_resend,
        name="invitation_resend",
    ),
    path(
        "orang/undangan/<int:pk>/batalkan/",
        members_invitations.invitation_revoke,
        name="invitation_revoke",
    ),
    path("orang/<uuid:user_id>/", members.member_detail, name="member_detail"),
    path("orang/<uuid:user_id>/beri-peran/", members.member_give_role, name="member_give_role"),
    path("pengaturan/", agency.agency_edit, name="agency_edit"),
]
audit_urls = [
    path("jejak/", audit.audit_list, name="audit_list"),
    path("jejak/unduh/", audit.audit_export, name="audit_export"),
]

urlpatterns = [*unit_urls, *roster_urls, *member_urls, *audit_urls]

# Below /undangan/, before there is an account.
invitation_urls = [
    path("jawab/", members_acceptance.invitation_answer, name="invitation_answer"),
    path("jawab/ganti-akun/", members_acceptance.invitation_switch, name="invitation_switch"),
    path("<str:token>/", members_acceptance.invitation_open, name="invitation"),
]
