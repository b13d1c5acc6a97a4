"""Publish, subscribe, commit: one promise, several engines.

`base.py` holds the promise, `embedded.py` a log in SQLite (the default), `open.py` chooses by URL.
"""
