"""Frames become utterances: voice activity, endpointing, one shared scheduler, stabiliser, guards."""
