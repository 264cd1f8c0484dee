"""What an agency's sign-in service says about a person, and how much of it is believed."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.conf import settings

from cermin.web.sealing import blind_index


class SingleSignOnProvider(OpenIDConnectProvider):  # type: ignore[misc]  # ships no types
    """Keeps nothing of a person but a blind index of the identifier.

    Identifiers and claims of government services are often employee numbers.
    """

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Return the index; refuse an answer whose two halves are about different people."""
        halves = [half for half in (data.get("id_token"), data.get("userinfo")) if half]
        subjects = {half.get("sub") for half in halves}
        if len(subjects) != 1 or not all(subjects):
            raise OAuth2Error("subjects of the identity token and of the user info differ")
        subject = str(subjects.pop())
        return blind_index(f"sso {self.sub_id}", subject, folder=settings.KEY_FOLDER).hex()

    def extract_extra_data(self, _data: dict[str, Any]) -> dict[str, Any]:
        """Keep nothing."""
        return {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        """Return the address; only a plain true means that it was verified."""
        claims = data.get("userinfo") or data.get("id_token") or {}
        address = claims.get("email")
        verified = claims.get("email_verified") is True
        return [EmailAddress(email=address, verified=verified, primary=True)] if address else []


def trusted_address(sociallogin: SocialLogin) -> str | None:
    """Return the address that this service may vouch for: verified, and in its own domains."""
    domains = {domain.lower() for domain in sociallogin.provider.app.settings["domains"]}
    for address in sociallogin.email_addresses:
        name, _at, domain = address.email.lower().rpartition("@")
        if address.verified and name and domain in domains:
            return f"{name}@{domain}"
    return None
