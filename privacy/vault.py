"""What was said, word for word, sealed: AES-256-GCM under a key of the site's own, bound to its conversation.

Masked text travels; the words themselves leave the process that heard them only sealed, and only the gateway and
its database see them.
"""

import base64
import hashlib
import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contracts.errors import BadSetting

_NONCE: Final = 12


class Vault:
    """Seals and opens.

    Args:
        secret: at least 32 characters, the same in all processes of a site.
    """

    def __init__(self, secret: str) -> None:
        derive = HKDF(hashes.SHA256(), 32, salt=None, info=b"sangdam.vault")
        self._cipher = AESGCM(derive.derive(secret.encode()))
        derive = HKDF(hashes.SHA256(), 32, salt=None, info=b"sangdam.vault.hash")
        self._hash_key = derive.derive(secret.encode())

    def seal(self, plain: bytes, about: str) -> bytes:
        """Nonce, ciphertext and tag: 28 bytes longer. `about` is the contact's id; it opens with the same one only."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """What was sealed.

        Raises:
            BadSetting: sealed under another key, about something else, or damaged.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
        except (InvalidTag, ValueError):
            raise BadSetting(
                "봉인된 내용을 열 수 없습니다. 모든 프로세스의 SANGDAM_VAULT_KEY가 같은지, 바뀌지 않았는지 확인하십시오.",
                "what is sealed cannot be opened; is SANGDAM_VAULT_KEY the same in all processes, and unchanged?",
            ) from None

    def hash(self, text: str, about: str) -> str:
        """HMAC-SHA256 in hex under the site's key: to find again what itself is sealed. Without the key nobody can
        try all telephone numbers. `about` says what it is of, so that equal texts of two kinds differ.
        """
        return hmac.new(self._hash_key, f"{about}\0{text}".encode(), hashlib.sha256).hexdigest()

    def seal_text(self, plain: bytes, about: str) -> str:
        """As `seal`, in base64, for JSON."""
        return base64.b64encode(self.seal(plain, about)).decode()

    def open_text(self, sealed: str, about: str) -> bytes:
        """As `open`, from base64."""
        try:
            raw = base64.b64decode(sealed, validate=True)
        except ValueError:
            raw = b""
        return self.open(raw, about)
