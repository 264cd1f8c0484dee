"""Errors of every room.

::

    CerminError
    └── UserError             shown plainly to the person at the keyboard; exit code 2
        ├── NothingToPublish  all is in order, but any figure would tell the answers of a few
        └── ...               rooms may refine it
    (anything else)      a bug: traceback, exit code 1
"""

from __future__ import annotations


class CerminError(Exception):
    """Base of everything Cermin raises on purpose."""


class UserError(CerminError):
    """A mistake that the person can mend.

    Parameters
    ----------
    template
        Indonesian sentence with ``{named}`` gaps; it is the message id of the catalogue.
    gaps
        Values for the gaps.
    """

    def __init__(self, template: str, **gaps: object) -> None:
        super().__init__(template.format(**gaps))
        self.template = template
        self.gaps = gaps


class NothingToPublish(UserError):  # noqa: N818 - says what is the case
    """The answers are counted, and no figure of them may be shown."""
