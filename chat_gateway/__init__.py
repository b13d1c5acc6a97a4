"""Live text chat with citizens. Not built yet: protocol, queue and channels come here."""
