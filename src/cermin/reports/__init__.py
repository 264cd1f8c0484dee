"""From results to documents: PDF, XLSX, HTML, JSON."""
