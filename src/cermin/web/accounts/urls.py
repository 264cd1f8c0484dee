"""Sign-in, second factor, sessions: the pages of the library that exist here, and no others."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.urls import path, re_path
from django.views.generic import RedirectView

from cermin.web.accounts import views

_RESET_KEY = r"^sandi/baru/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$"

# The names are those that the library asks for.
sign_in_urls = [
    path("masuk/", account.login, name="account_login"),
    path("keluar/", account.logout, name="account_logout"),
    path("nonaktif/", account.account_inactive, name="account_inactive"),
    path("konfirmasi/", account.reauthenticate, name="account_reauthenticate"),
]
password_urls = [
    path("sandi/", account.password_change, name="account_change_password"),
    path("sandi/buat/", account.password_set, name="account_set_password"),
    path("sandi/lupa/", account.password_reset, name="account_reset_password"),
    path("sandi/lupa/terkirim/", account.password_reset_done, name="account_reset_password_done"),
    path("sandi/baru/selesai/", account.password_reset_from_key_done,
         name="account_reset_password_from_key_done"),
    re_path(_RESET_KEY, account.password_reset_from_key, name="account_reset_password_from_key"),
]  # fmt: skip
second_factor_urls = [
    path("autentikator/", RedirectView.as_view(pattern_name="account"), name="mfa_index"),
    path("autentikator/kode/", mfa.authenticate, name="mfa_authenticate"),
    path("autentikator/konfirmasi/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("autentikator/aktifkan/", views.ActivateView.as_view(), name="mfa_activate_totp"),
    path("autentikator/nonaktifkan/", views.DeactivateView.as_view(), name="mfa_deactivate_totp"),
    path("autentikator/pemulihan/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("autentikator/pemulihan/baru/", views.GenerateCodesView.as_view(),
         name="mfa_generate_recovery_codes"),
    path("autentikator/pemulihan/unduh/", codes.download_recovery_codes,
         name="mfa_download_recovery_codes"),
]  # fmt: skip
session_urls = [
    path("sesi/", views.sessions, name="usersessions_list"),
    path("sesi/<int:session>/akhiri/", views.end_session, name="end_session"),
    path("sesi/lainnya/akhiri/", views.end_other_sessions, name="end_other_sessions"),
]
single_sign_on_urls = [
    path("sso/batal/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("sso/<slug:provider_id>/login/", views.through_provider(oidc.login),
         name="openid_connect_login"),
    path("sso/<slug:provider_id>/login/callback/", views.through_provider(oidc.callback),
         name="openid_connect_callback"),
]  # fmt: skip
urlpatterns = [
    path("", views.account, name="account"),
    *sign_in_urls,
    *password_urls,
    *second_factor_urls,
    *session_urls,
    *single_sign_on_urls,
]
