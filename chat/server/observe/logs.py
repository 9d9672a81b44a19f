"""The server's log: readable lines for a person, or JSON for machines. Set up once, by the entry point."""

import logging
import sys
from typing import TextIO

import structlog


def set_up_logs(*, as_json: bool, stream: TextIO | None = None) -> None:
    """Send the log to a stream, standard error if none is given, from all threads."""
    out = stream or sys.stderr
    renderer: structlog.types.Processor
    if as_json:
        renderer = structlog.processors.JSONRenderer()
    else:
        # plain traces: one that shows local variables would show what people wrote, and tokens
        formatter = structlog.dev.plain_traceback
        renderer = structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=formatter)
    trace = [structlog.processors.format_exc_info] if as_json else []
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=as_json),
            *trace,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(out),
    )
