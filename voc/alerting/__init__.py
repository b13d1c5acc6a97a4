"""Signals become alerts: one an event, what it says, what became of it, who is told."""
