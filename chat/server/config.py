"""The server's settings: their meaning, their defaults and the file they stand in."""

from pathlib import Path
from typing import Annotated

import msgspec
from platformdirs import user_config_path, user_data_path

from chat.errors import BadConfig
from chat.names import BadName
from chat.server.domain.addresses import THIS_MACHINE, Counted
from chat.server.domain.rate import Rate, Rates
from chat.server.domain.retention import Kept, Retention

Seconds = Annotated[float, msgspec.Meta(gt=0)]


class ServerConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator may set in `config.toml`; an option of the command line wins over it."""

    listen: tuple[str, ...] = ()
    """Addresses to listen on, `host:port`; none means all interfaces, on port 7420."""
    local: bool = False
    """Without addresses, listen for this machine alone, so that nobody else can join."""
    plain_everywhere: bool = False
    """Let others than this machine talk unencrypted too."""
    certificate: str = ""
    """File of a certificate chain in PEM, read anew when it changes; empty means one that is made."""
    private_key: str = ""
    """File of the certificate's private key in PEM."""
    data: str = ""
    """Folder of the database; empty means the platform's own folder for data."""
    name: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """What clients show as the server's name; empty means the name of the machine."""
    message_of_the_day: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    """Shown to everybody who connects."""
    log_json: bool = False
    """Log lines as JSON, for machines."""
    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2
    """Threads that run requests."""
    heartbeat_seconds: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 30
    """How often a client must say something."""
    grace_seconds: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 15
    """How much longer a silent link is kept."""
    login_seconds: Annotated[int, msgspec.Meta(ge=1, le=600)] = 20
    """Within which a new link must say hello."""
    slow_reader_seconds: Annotated[int, msgspec.Meta(ge=1, le=600)] = 15
    """How long a link may take nothing while something waits for it."""
    guests: bool = True
    """Let people in without an account; else an administrator makes the accounts."""
    rates: Rates = Rates()
    """What one user may do in how short a time."""
    retention: Retention = Retention()
    """What is not kept for ever."""
    links_before_login: Annotated[int, msgspec.Meta(ge=1)] = 16
    """How many links of one address may stay without a login."""
    new_devices: Annotated[int, msgspec.Meta(ge=1)] = 64
    """How many new devices may come from one address within ten minutes."""
    exempt: tuple[str, ...] = THIS_MACHINE
    """Networks whose addresses are not counted for these two."""

    def data_folder(self) -> Path:
        """Return the folder of the database."""
        return Path(self.data).expanduser() if self.data else user_data_path("chat-server", appauthor=False)

    def counted(self) -> Counted:
        """Return who is counted by address.

        Raises:
            BadConfig: `exempt` names what is no network.
        """
        try:
            return Counted(self.exempt)
        except ValueError as error:
            raise BadConfig(f"'exempt' in the settings: {error}; write networks as 192.168.0.0/16.") from None

    def kept(self) -> Kept:
        """Return how much of every conversation is kept.

        Raises:
            BadConfig: `retention` names what can be no channel.
        """
        try:
            return self.retention.kept()
        except BadName as error:
            raise BadConfig(f"'retention' in the settings: {error}") from None

    def new_device_rate(self) -> Rate:
        """Return how many new devices may come from one address."""
        return Rate(self.new_devices, self.new_devices / 600)

    def own_files(self) -> tuple[Path, Path] | None:
        """Return the operator's own certificate and private key; None when the server makes its own.

        Raises:
            BadConfig: only one of the two is named.
        """
        if bool(self.certificate) is not bool(self.private_key):
            named, missing = (
                ("certificate", "private_key") if self.certificate else ("private_key", "certificate")
            )
            raise BadConfig(
                f"The settings name a '{named}' and no '{missing}': name both files, or neither, and the "
                "server makes a certificate of its own."
            )
        if not self.certificate:
            return None
        return Path(self.certificate).expanduser(), Path(self.private_key).expanduser()


def config_path() -> Path:
    """Return where the file is looked for when no other is named."""
    return user_config_path("chat-server", appauthor=False) / "config.toml"
