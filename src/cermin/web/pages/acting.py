"""Calling an action from a form: what the person can mend comes back as an error of the form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms

from cermin.core.errors import UserError
from cermin.language import in_words


def attempt(form: forms.BaseForm, action: Callable[..., Any], **kwargs: Any) -> bool:
    """Call ``action``; on a UserError add its words to ``form`` and return False."""
    try:
        action(**kwargs)
    except UserError as error:
        form.add_error(None, in_words(error))
        return False
    return True
