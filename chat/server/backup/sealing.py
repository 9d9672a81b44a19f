"""Encryption of a backup with a passphrase: scrypt makes the key, AES-256-GCM encrypts piece by piece.

    magic, version, cost, block size, lanes, salt, nonce prefix, check    the header
    piece, piece, ... last piece                                          each with its tag behind it

The nonce of a piece is the prefix, its place and whether it is the last, and the header is authenticated with
each: so a piece that was changed, moved, doubled, left out or put in is found, and a file that was cut off
too. The check tells a wrong passphrase from a damaged file. Knows no tar. One thread at a time.
"""

import hmac
import os
import unicodedata
from hashlib import sha256
from pathlib import Path
from typing import IO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from msgspec import Struct

from chat.errors import ChatError

PIECE = 64 * 1024
"""Bytes of the plain file in each piece but the last."""
PASSPHRASE_CHARACTERS = 8
"""How long a new passphrase must be at least."""

_MAGIC = b"chat-server encrypted backup\n"
_VERSION = 1
_COST, _BLOCK_SIZE, _LANES = 17, 8, 1  # 128 MiB, some 0.3 s
_MOST_COST, _MOST_BLOCK_SIZE, _MOST_LANES = 20, 16, 4  # what a stranger's file may make us spend
_PARAMETERS = len(_MAGIC) + 4
_SALT, _PREFIX, _CHECK, _TAG = 16, 7, 32, 16
_HEADER = _PARAMETERS + _SALT + _PREFIX + _CHECK


class BadSeal(ChatError):
    """An encrypted file can't be read with what was given; the message goes on behind the file's name."""


class Passphrase(Struct, frozen=True):
    """What encrypts and decrypts backups."""

    text: str
    cost: int = _COST
    """Logarithm of how much making a key of it costs when encrypting."""


class Writable(Protocol):
    """What encrypted bytes are written to."""

    def write(self, data: bytes) -> int:
        """Write all of it."""


class Sealer:
    """Encrypts what is written to it; what was written is whole only after `finish`."""

    def __init__(self, file: Writable, passphrase: Passphrase) -> None:
        """Write the header."""
        self._file = file
        opening = (
            _MAGIC + bytes([_VERSION, passphrase.cost, _BLOCK_SIZE, _LANES]) + os.urandom(_SALT + _PREFIX)
        )
        key, check = _keys(passphrase.text, opening)
        self._header = opening + check
        self._cipher = AESGCM(key)
        self._waiting = bytearray()
        self._piece = self._size = 0
        file.write(self._header)

    def write(self, data: bytes) -> int:
        """Take bytes of the plain file."""
        self._waiting += data
        self._size += len(data)
        # a whole piece stays until more comes, since it may be the last
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(data)

    def tell(self) -> int:
        """Return how many bytes of the plain file were written."""
        return self._size

    def finish(self) -> None:
        """Write the last piece."""
        self._seal(bytes(self._waiting), last=True)

    def _seal(self, data: bytes, *, last: bool) -> None:
        nonce = _nonce(self._header, self._piece, last=last)
        self._file.write(self._cipher.encrypt(nonce, data, self._header))
        self._piece += 1


class Unsealed:
    """The plain file in an encrypted one, for reading at any place; what is wrong raises `BadSeal`."""

    def __init__(self, file: IO[bytes], passphrase: Passphrase) -> None:
        """Look at header and last piece, so that a wrong passphrase and a file cut off are found at once."""
        self._file = file
        self._header = _header_of(file)
        key, check = _keys(passphrase.text, self._header[:-_CHECK])
        if not hmac.compare_digest(check, self._header[-_CHECK:]):
            raise BadSeal("can't be decrypted: the passphrase is another one. Try again.")
        self._cipher = AESGCM(key)
        sealed = file.seek(0, os.SEEK_END) - _HEADER
        self._pieces = max(-(-sealed // (PIECE + _TAG)), 1)
        self._size = sealed - self._pieces * _TAG
        self._at = 0
        self._open: tuple[int, bytes] = -1, b""
        self._plain(self._pieces - 1)

    def tell(self) -> int:
        """Return where the next byte is read."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Read elsewhere next."""
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes, fewer at the end; all that is left when negative."""
        end = self._size if size < 0 else min(self._at + size, self._size)
        found = []
        while self._at < end:
            piece, offset = divmod(self._at, PIECE)
            found.append(self._plain(piece)[offset : offset + end - self._at])
            self._at += len(found[-1])
        return b"".join(found)

    def _plain(self, piece: int) -> bytes:
        """Decrypt a piece, unless it is the one that was decrypted last."""
        if self._open[0] != piece:
            self._file.seek(_HEADER + piece * (PIECE + _TAG))
            sealed = self._file.read(PIECE + _TAG)
            nonce = _nonce(self._header, piece, last=piece == self._pieces - 1)
            try:
                self._open = piece, self._cipher.decrypt(nonce, sealed, self._header)
            except InvalidTag:
                raise BadSeal("is damaged, or was cut off: take another one.") from None
        return self._open[1]


def is_sealed(path: Path) -> bool:
    """Return whether a file says that it is an encrypted backup; raises `OSError`."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _header_of(file: IO[bytes]) -> bytes:
    file.seek(0)
    header = file.read(_HEADER)
    version, *parameters = header[len(_MAGIC) : _PARAMETERS].ljust(4, b"\0")
    if version > _VERSION:
        raise BadSeal("was made by a newer version of chat-server: update this one.")
    mosts = (_MOST_COST, _MOST_BLOCK_SIZE, _MOST_LANES)
    if len(header) < _HEADER or not all(
        0 < each <= most for each, most in zip(parameters, mosts, strict=True)
    ):
        raise BadSeal("is damaged, or was cut off: take another one.")
    return header


def _keys(passphrase: str, opening: bytes) -> tuple[bytes, bytes]:
    """Return the key of the pieces and the check of the header, by what stands before it."""
    cost, block_size, lanes = opening[len(_MAGIC) + 1 : _PARAMETERS]
    salt = opening[_PARAMETERS : _PARAMETERS + _SALT]
    # the same letters may be typed as other code points on another machine
    typed = unicodedata.normalize("NFKC", passphrase).encode()
    keys = Scrypt(salt=salt, length=64, n=1 << cost, r=block_size, p=lanes).derive(typed)
    return keys[:32], hmac.digest(keys[32:], opening, sha256)


def _nonce(header: bytes, piece: int, *, last: bool) -> bytes:
    prefix = header[_PARAMETERS + _SALT : _HEADER - _CHECK]
    return prefix + piece.to_bytes(4, "big") + bytes([last])
