"""What every page shares: layout, style, form fields, exports, error pages."""
