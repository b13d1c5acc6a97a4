"""Servers for try-outs, tests and benchmarks on this machine. Never for production."""
