"""Redaction of personal data, pure."""
