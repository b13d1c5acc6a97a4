"""Contacts become trends and alerts. Not built yet: the counts and detectors come here."""
