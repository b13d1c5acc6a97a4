"""The shared language of all services: audio frames, events, topics, errors. No I/O.

Everything that passes between two services is one of these types, as bytes on the bus.
"""
