"""Korean speech from openly licensed weights, to render sample calls.

A generator for developers, not part of the running product: nothing outside ``samples`` imports it, and
what it needs stands in ``samples/requirements.txt``.
"""
