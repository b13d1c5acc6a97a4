"""Utterances become guide suggestions."""
