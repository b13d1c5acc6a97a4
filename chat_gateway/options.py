"""What a site gives its gateway besides the rules: secrets and addresses, read from the settings by the application."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Options:
    """Empty: that channel or service is off."""

    public_url: str = ""
    """Where citizens reach the pages, without a slash at the end."""
    origins: frozenset[str] = frozenset()
    """Public addresses of our own pages besides the Host header's, where a proxy changes it."""
    embed_origins: frozenset[str] = frozenset()
    """Sites that may show the chat within their pages."""
    ars_key: str = field(default="", repr=False)
    instagram_secret: str = field(default="", repr=False)
    instagram_token: str = field(default="", repr=False)
    instagram_verify: str = field(default="", repr=False)
    instagram_url: str = ""
    kakao_secret: str = field(default="", repr=False)
    kakao_token: str = field(default="", repr=False)
    kakao_url: str = ""
    smtp: str = ""
    smtp_password: str = field(default="", repr=False)
    mail_from: str = ""
    push_key: str = field(default="", repr=False)
    push_contact: str = ""
