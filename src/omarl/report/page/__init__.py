"""The report: one HTML page on recorded runs."""
