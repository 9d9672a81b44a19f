"""The tree of errors that end a program with a sentence for the person at the keyboard.

    ChatError             the program can't go on                        70
      UsageError          asked for something that can't be asked        64
      NoConnection        no server there, or none that we understand    69
      BadConfig           a setting, a port or a folder can't be used    78

The text of an error is one whole sentence that says what was wrong and what to do. What a
server answers on the wire is not an error of this tree. Raised and caught on any thread.
"""

from typing import ClassVar


class ChatError(Exception):
    """The program can't go on; its text is a sentence to show, without a stack trace."""

    exit_code: ClassVar[int] = 70
    """What the process ends with when nobody handles the error."""


class UsageError(ChatError):
    """Asked for something that can't be asked, as by a wrong option or name."""

    exit_code = 64


class NoConnection(ChatError):
    """There is no server at the address, or none that we understand."""

    exit_code = 69


class BadConfig(ChatError):
    """A setting is wrong, or the port or folder it names can't be used."""

    exit_code = 78
