"""Addresses below ``/i/<agency>/``, and those of invitations."""

from __future__ import annotations

from django.urls import URLPattern, path

from cermin.web.organisations.views import agency, members, members_acceptance, members_invitations

unit_urls: list[URLPattern] = []
roster_urls: list[URLPattern] = []
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
audit_urls: list[URLPattern] = []

urlpatterns = [*unit_urls, *roster_urls, *member_urls, *audit_urls]

# Below /undangan/, before there is an account.
invitation_urls = [
    path("jawab/", members_acceptance.invitation_answer, name="invitation_answer"),
    path("jawab/ganti-akun/", members_acceptance.invitation_switch, name="invitation_switch"),
    path("<str:token>/", members_acceptance.invitation_open, name="invitation"),
]
