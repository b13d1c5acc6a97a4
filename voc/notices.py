"""What a mail or webhook says of an alert: topic, district, numbers and the page's link, never what anybody said."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notices:
    """Where alerts are told, and the address of the page that the notices link to."""

    public_url: str = ""
    ways: tuple[str, ...] = ()
    """Of `mail`, `webhook`."""
