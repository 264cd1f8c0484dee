"""Questionnaires, worksheets and methods as dated YAML: schema, loader, checker."""
