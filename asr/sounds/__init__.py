"""What is heard is no speech: hold music, ring tone, busy tone, keys. Pure: time is a count of samples."""

from asr.sounds.watch import SoundEnded, SoundStarted, SoundWatch

__all__ = ["SoundEnded", "SoundStarted", "SoundWatch"]
