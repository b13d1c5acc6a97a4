"""What staff see: HTTP and WebSocket API of the agent panel."""
