"""Form fields as every page shows them: label, help, field, error, tied together for readers."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Django's templates for forms, with ours for fields and errors."""

    form_template_name = "pages/forms/form.html"
    field_template_name = "pages/forms/field.html"
