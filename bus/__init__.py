"""Publish, subscribe, commit: one promise, several engines.

`base.py` holds the promise, `open.py` chooses the engine by URL, `events.py` puts typed events on top.

The embedded engine, from the bottom: `log.py` (tables of the SQLite file, append, read), `groups.py` (members,
leases, owners, offsets) with the pure `membership.py`, `retention.py`; `writer.py` and `reader.py` are its two
threads, `presence.py` knows which processes live, `subscription.py`, `follower.py` and `embedded.py` are what callers
hold; `excerpt.py` looks back. `admission.py` is the bounded line of publishers, on both engines.

The Kafka engine: `kafka_settings.py` (the URL) and `kafka_topics.py` (what topics should be) are pure but for their
questions to the cluster by `kafka_admin.py`; `kafka_producer.py` publishes; `kafka_poll.py` is the thread that reads,
`kafka_inbox.py` the box it fills, `kafka_commits.py` the offsets on their way, `kafka_assignor.py` the sharing;
`kafka_member.py`, `kafka_follower.py` and `kafka.py` are what callers hold, `kafka_excerpt.py` looks back,
`kafka_failures.py` tells what goes wrong.
"""
