"""`chat-server user`, `gate` and `audit`: what the operator does, on a server that runs or is stopped."""

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from chat.config_file import read_settings
from chat.errors import UsageError
from chat.protocol import accounts, staff
from chat.protocol.records import AuditRecord, Gate, UserKind
from chat.server.cli.asking import Ask, Refusal, asking
from chat.server.config import ServerConfig, config_path
from chat.server.domain.audit import broken_at

_HERE = click.make_pass_decorator(ServerConfig)
_PASSWORD = click.option("--password-stdin", is_flag=True, help="Read it as one line of standard input.")


def _settings(context: click.Context, data: str | None, config: Path | None) -> ServerConfig:
    """Return the settings that serving would have, as far as they say where the data is."""
    root = context.find_root().params
    named = config or root.get("config")
    settings = read_settings(named or config_path(), ServerConfig, must_exist=named is not None)
    folder = data or root.get("data")
    return msgspec.structs.replace(settings, data=folder) if folder else settings


def _where(command: Any) -> Any:
    """Add the options that say which server is meant."""
    command = click.option("--data", metavar="FOLDER", help="The server's data folder.")(command)
    return click.option(
        "--config", type=click.Path(path_type=Path), metavar="FILE", help="The server's config file."
    )(command)


@click.group("user")
@_where
@click.pass_context
def user_command(context: click.Context, data: str | None, config: Path | None) -> None:
    """Make accounts and look after them, while the server runs or not."""
    context.obj = _settings(context, data, config)


@user_command.command("add")
@click.argument("nick")
@click.option("--admin", is_flag=True, help="Make it an administrator.")
@_PASSWORD
@_HERE
def add_command(settings: ServerConfig, nick: str, admin: bool, password_stdin: bool) -> None:
    """Make an account NICK; its password is asked for."""
    password = _password(from_input=password_stdin)
    with asking(settings) as ask:
        made = ask(staff.AddUser(id="1", nick=nick, password=password, admin=admin)).user
    click.echo(f"{made.nick} has an account{' and is an administrator' if made.admin else ''}.")


@user_command.command("list")
@_HERE
def list_command(settings: ServerConfig) -> None:
    """List everybody who is known to the server."""
    with asking(settings) as ask:
        after = ""
        while True:
            page = ask(staff.ListUsers(id="1", after=after))
            for row in page.users:
                here = row.here and row.user.kind is not UserKind.BOT  # that is who asks
                marks = [str(row.user.kind.value), *(["admin"] if row.user.admin else [])]
                marks += [*(["disabled"] if row.disabled else []), *(["here"] if here else [])]
                click.echo(f"{row.user.nick}\t{', '.join(marks)}\tsince {row.created:%Y-%m-%d}")
            after = page.next
            if not after:
                return


@user_command.command("passwd")
@click.argument("nick")
@_PASSWORD
@_HERE
def passwd_command(settings: ServerConfig, nick: str, password_stdin: bool) -> None:
    """Give NICK a new password; all devices of the account must log in again."""
    password = _password(from_input=password_stdin)
    with asking(settings) as ask:
        user = ask(staff.SetPassword(id="1", user=f"@{nick}", password=password)).user
    click.echo(f"{user.nick} has a new password.")


@user_command.command("role")
@click.argument("nick")
@click.argument("role", type=click.Choice(["admin", "user"]))
@_HERE
def role_command(settings: ServerConfig, nick: str, role: str) -> None:
    """Make NICK an administrator, or a user like others."""
    with asking(settings) as ask:
        user = ask(staff.SetAdmin(id="1", user=f"@{nick}", admin=role == "admin")).user
    click.echo(f"{user.nick} is {'an administrator' if user.admin else 'a user like others'}.")


@user_command.command("disable")
@click.argument("nick")
@_HERE
def disable_command(settings: ServerConfig, nick: str) -> None:
    """Let NICK in no more, until `enable`; who is here goes at once."""
    with asking(settings) as ask:
        user = ask(staff.DisableUser(id="1", user=f"@{nick}")).user
    click.echo(f"{user.nick} is let in no more; `chat-server user enable {user.nick}` lets them in again.")


@user_command.command("enable")
@click.argument("nick")
@_HERE
def enable_command(settings: ServerConfig, nick: str) -> None:
    """Let NICK in again, who was disabled."""
    with asking(settings) as ask:
        user = ask(staff.DisableUser(id="1", user=f"@{nick}", disabled=False)).user
    click.echo(f"{user.nick} is let in.")


@user_command.command("erase")
@click.argument("nick")
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@_HERE
def erase_command(settings: ServerConfig, nick: str, yes: bool) -> None:
    """Take back all messages that NICK sent, everywhere, for good."""
    if not yes:
        click.confirm(f"Take back all that {nick} said, everywhere, for good?", abort=True, err=True)
    with asking(settings) as ask:
        count = ask(accounts.EraseMessages(id="1", user=f"@{nick}")).messages
    what = {0: "There is no message", 1: "1 message"}.get(count, f"{count:,} messages")
    goes = {0: "to take back", 1: "is being taken back"}.get(count, "are being taken back")
    click.echo(f"{what} of {nick} {goes}.")


@click.command("gate")
@click.argument("mode", required=False, type=click.Choice([gate.value for gate in Gate]))
@_where
@click.pass_context
def gate_command(context: click.Context, mode: str | None, data: str | None, config: Path | None) -> None:
    """Say whom the server lets in, at once: open, no_registration, no_guests or staff_only.

    Without a mode it is told.
    """
    settings = _settings(context, data, config)
    with asking(settings) as ask:
        gate = ask(staff.SetGate(id="1", gate=Gate(mode)) if mode else staff.Stats(id="1")).gate
    # a server that runs may have settings that are not at hand here
    kept_out = gate is Gate.NO_GUESTS and (not settings.guests or mode not in (None, gate.value))
    why = ": `guests = false` in the settings keeps guests out" if kept_out else ""
    click.echo(f"The gate is {gate.value}{why}.")


@click.command("audit")
@click.option("--verify", is_flag=True, help="Find out whether every record is as it was written.")
@_where
@click.pass_context
def audit_command(context: click.Context, verify: bool, data: str | None, config: Path | None) -> None:
    """Show what those did who keep order, the oldest first."""
    with asking(_settings(context, data, config)) as ask:
        records = _records(ask)
    if not verify:
        for each in records:
            words = (each.nick or "server", each.action, each.subject, each.detail)
            click.echo(f"{each.number}\t{each.timestamp:%Y-%m-%d %H:%M:%S}\t" + "\t".join(words).rstrip())
        return
    broken = broken_at(records)
    if broken is not None:
        raise Refusal(f"Record {broken} of the audit log is not as it was written.")
    end = records[-1] if records else None
    last = f", the last one with the number {end.number} and the hash {end.hash}" if end else ""
    click.echo(f"{len(records)} records are as they were written{last}.")


def _records(ask: Ask) -> list[AuditRecord]:
    """Return the whole log, the oldest first."""
    found: list[AuditRecord] = []
    before = None
    while page := ask(staff.Audit(id="1", before=before)).records:
        found += page
        before = page[-1].number
    return found[::-1]


def _password(*, from_input: bool) -> str:
    """Return a new password, typed twice without being shown, or one line of standard input."""
    if from_input:
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise UsageError("There was no password on standard input.")
        return line
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed
