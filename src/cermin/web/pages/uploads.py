"""What every form with a file asks of it."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _


def checked_size(file: UploadedFile[bytes]) -> UploadedFile[bytes]:
    """Refuse a table that is larger than the site takes."""
    if (file.size or 0) > settings.UPLOAD_LIMIT_MB << 20:
        raise forms.ValidationError(
            _("Berkas lebih besar dari {n} MB. Hapus kolom yang tidak perlu.").format(
                n=settings.UPLOAD_LIMIT_MB
            )
        )
    return file
