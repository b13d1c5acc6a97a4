"""Publish, subscribe, commit: one promise, several engines.

`base.py` holds the promise, `open.py` chooses the engine by URL, `events.py` puts typed events on top.

The embedded engine, from the bottom: `log.py` (tables of the SQLite file, append, read), `groups.py` (members,
leases, owners, offsets) with the pure `membership.py`, `retention.py`; `writer.py` and `reader.py` are its two
threads, `presence.py` knows which processes live, `subscription.py` and `embedded.py` are what callers hold.
"""
