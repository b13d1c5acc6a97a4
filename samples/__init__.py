"""Sample material to try Sangdam with: synthetic calls and the means to render them."""
