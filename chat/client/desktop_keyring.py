"""The keyring of the desktop, where there is one, asked on a thread of its own and with a deadline.

A locked keyring may ask the desktop for a password, and where nobody is there to type it it never answers.
So whoever asks waits a few seconds at most. What was asked goes on meanwhile, on the daemon thread
`keyring`; until that is done all else is refused at once, so nobody is asked for a password twice. The
package `keyring` may be missing. It is imported when it is needed first, on that thread: finding the
keyrings takes a tenth of a second, and may hang as well. Knows nothing of identities. Any thread may ask.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from chat.text import sanitize_line

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "chat-tui"
"""By what the entries of this program are found in a keyring."""

PATIENCE = 3.0
"""How many seconds an answer may take."""

RECOMMENDED = 1.0
"""From this priority on a keyring protects better than a file of one's own, by its own author's word.

Below are those that write plain files, that ask on the terminal, which the screen has, and that keep nothing.
"""

_REASON_CHARACTERS = 160

T = TypeVar("T")


class KeyringAway(Exception):
    """The keyring did not do what was asked; the text says why, to be put behind "the keyring".

    Attributes:
        advice: what helps, as the beginning of a sentence in which `{}` stands for the keyring.
        passing: whether what was asked still goes on.
    """

    def __init__(self, why: str, advice: str = "Unlock the {}", *, passing: bool = False) -> None:
        super().__init__(why)
        self.advice = advice
        self.passing = passing


class NoKeyring(KeyringAway):
    """There is none on this machine, or none that protects."""


class DesktopKeyring:
    """What is asked of the keyring.

    Args:
        seconds: how long an answer may take.
    """

    def __init__(self, seconds: float = PATIENCE) -> None:
        self._seconds = seconds
        self._guard = threading.Lock()
        self._name = ""
        self._overdue: Future[object] | None = None

    @property
    def name(self) -> str:
        """What it is called; empty before it has answered."""
        with self._guard:
            return self._name

    def get(self, entry: str) -> str | None:
        """Give what is kept under a name, None for nothing; raises `KeyringAway`."""
        return self._ask(lambda keyring: keyring.get_password(SERVICE, entry))

    def put(self, entry: str, secret: str) -> None:
        """Keep something, and see that it is really there; raises `KeyringAway`."""

        def store(keyring: "KeyringBackend") -> bool:
            keyring.set_password(SERVICE, entry, secret)
            return keyring.get_password(SERVICE, entry) == secret

        if not self._ask(store):
            raise KeyringAway("does not give back what it was given")

    def delete(self, entry: str) -> None:
        """Keep it no more; raises `KeyringAway`, also when there is nothing."""
        self._ask(lambda keyring: keyring.delete_password(SERVICE, entry))

    def _ask(self, job: "Callable[[KeyringBackend], T]") -> T:
        with self._guard:
            if self._overdue is not None and not self._overdue.done():
                raise KeyringAway("does not answer", passing=True)
        answer: Future[T] = Future()
        threading.Thread(target=self._answer, args=(job, answer), name="keyring", daemon=True).start()
        try:
            error = answer.exception(self._seconds)
        except TimeoutError:
            with self._guard:
                self._overdue = answer  # type: ignore[assignment] # whatever it will be
            raise KeyringAway("does not answer", passing=True) from None
        if isinstance(error, KeyringAway):
            raise error
        if error is not None:
            raise KeyringAway(f"refuses ({_reason(error)})") from None
        return answer.result()

    def _answer(self, job: "Callable[[KeyringBackend], T]", answer: "Future[T]") -> None:
        """What the thread does."""
        try:
            keyring = _found()
            with self._guard:
                self._name = _name(keyring)
            answer.set_result(job(keyring))
        except Exception as error:  # noqa: BLE001 # every keyring has its own, and whoever asked is told
            answer.set_exception(error)


def _found() -> "KeyringBackend":
    """The keyring to use: of several the first that protects; raises `NoKeyring`."""
    try:
        # here, not at the top: see the module's docstring
        import keyring  # noqa: PLC0415
        from keyring.backends.chainer import ChainerBackend  # noqa: PLC0415
    except ImportError:
        raise NoKeyring("can't be asked without its package", "Install the package keyring") from None
    chosen = keyring.get_keyring()
    several = chosen.backends if isinstance(chosen, ChainerBackend) else [chosen]
    for each in several:
        if each.priority >= RECOMMENDED:
            return each
    raise NoKeyring("can't be reached from here", "Start the client where the {} is")


def _name(keyring: "KeyringBackend") -> str:
    """What people know it by: `SecretService` of `SecretService Keyring`."""
    return sanitize_line(keyring.name.removesuffix(" Keyring")).strip()


def _reason(error: BaseException) -> str:
    """What a keyring says of its own trouble, on one line."""
    words = sanitize_line(str(error)).strip().rstrip(".!")
    return words[:_REASON_CHARACTERS] or type(error).__name__
