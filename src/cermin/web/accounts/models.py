"""People who sign in. What they may do stands in their memberships (organisations)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from cermin.web.privacy import classes


class UserManager(BaseUserManager["User"]):
    """Looks people up by e-mail, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the account with this e-mail address."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """An account: an e-mail address, a name, a language."""

    PRIVACY: ClassVar = classes(
        internal="id language is_active is_operator created_at",
        personal="email name password last_login",
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("alamat surel"), unique=True)
    name = models.CharField(_("nama"), max_length=150)
    language = models.CharField(max_length=2, default="id")
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False)  # may add agencies to this site
    created_at = models.DateTimeField()

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="email_once_whatever_its_case")
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """Return the name, for the sign-in library."""
        return self.name
