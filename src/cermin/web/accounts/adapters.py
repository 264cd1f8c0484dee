"""How the sign-in library behaves here: nobody signs up; people come by invitation."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by set-up and invitations only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up unasked."""
        return False


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """An agency's sign-in service opens existing accounts only."""


class MFAAdapter(DefaultMFAAdapter):
    """Second factor."""
