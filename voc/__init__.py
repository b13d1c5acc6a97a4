"""Contacts become trends and alerts: what they are about, how many that is, and whether it is more than usual."""
