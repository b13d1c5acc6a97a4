"""Call audio from every protocol becomes audio frames; the call's state machine."""
