"""Who acts: a person on a page, a command, or the background worker."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """As kept in the audit trail; texts, so that the trail outlives the account."""

    id: str  # of the account; "" for the system
    name: str
    page: str  # path of the page, or the command

    @property
    def is_system(self) -> bool:
        """Whether no person is behind it."""
        return not self.id


def system(page: str) -> Actor:
    """Return the site itself acting, from the background worker or the command ``page``."""
    return Actor(id="", name="Cermin", page=page)
