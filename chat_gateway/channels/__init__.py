"""The channels by which citizens write: each provider is one file behind `port.ChannelPort`."""
