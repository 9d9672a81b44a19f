"""`chat-server` itself: alone it serves, with a command behind it, it does that."""

import sys
from pathlib import Path
from typing import Any

import click

from chat import __version__
from chat.errors import ChatError, UsageError
from chat.server.cli.backups import backup_command, restore_command
from chat.server.cli.people import audit_command, gate_command, user_command
from chat.server.cli.serving import ServeOptions, serve

INTERRUPTED = 130
"""Exit code after Ctrl+C, as shells have it."""

_FOR_ALL = ("data", "config")


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "CHAT_SERVER"},
)
@click.option("--listen", multiple=True, metavar="ADDRESS", help="Listen on host:port; may be given again.")
@click.option("--local", is_flag=True, default=None, help="Listen for this machine alone.")
@click.option("--lan", is_flag=True, default=None, hidden=True)
@click.option("--data", metavar="FOLDER", help="Where the database is kept.")
@click.option("--name", help="The server's name, as clients show it.")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Another config file.")
@click.option("--log-json", is_flag=True, default=None, help="Log lines as JSON.")
@click.option("--owner-pipe", is_flag=True, help="Stop when standard input ends, as a hosted server does.")
@click.version_option(__version__, prog_name="chat-server")
@click.pass_context
def command(context: click.Context, /, **given: Any) -> None:
    """Serve a chat to the network, or with --local to this machine alone, on port 7420.

    With a command, do that instead.
    """
    if context.invoked_subcommand is None:
        serve(ServeOptions(**given))
        return
    strays = [f"--{name.replace('_', '-')}" for name in given if _is_for_serving(context, name)]
    if strays:
        raise UsageError(f"{' and '.join(strays)} can't be used with {context.invoked_subcommand}.")


def _is_for_serving(context: click.Context, name: str) -> bool:
    """Whether an option for serving alone stands on the command line itself, not in the environment."""
    return (
        name not in _FOR_ALL and context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    )


command.add_command(backup_command)
command.add_command(restore_command)
command.add_command(user_command)
command.add_command(gate_command)
command.add_command(audit_command)


def main() -> None:
    """Run the command; errors end it with a sentence and their exit code."""
    try:
        command.main(standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.Abort:
        sys.exit(INTERRUPTED)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(UsageError.exit_code)
    except ChatError as error:
        click.echo(f"chat-server: {error}", err=True)
        sys.exit(error.exit_code)
