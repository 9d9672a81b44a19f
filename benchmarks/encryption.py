"""What encryption costs: the same load plain and over TLS, and many connections that say nothing.

    python -m benchmarks.encryption            one sender to 100 and to 1,000 members, a minute
    python -m benchmarks.encryption --idle N   what N idle encrypted connections cost somebody who talks
    python -m benchmarks.encryption --quick    small and short, to see that it works

Server, members and senders are processes of their own, as in `benchmarks.fanout`.
"""

import argparse
import contextlib
import resource
import time
from dataclasses import replace
from multiprocessing.connection import Connection

from benchmarks.fanout import Client, Crew, Load, connected, measure, memory_mib, server


def beside_tls(load: Load) -> list[str]:
    """Return two rows, plain and TLS, and one of what TLS is to plain."""
    rows, told = [], []
    for encrypt in (False, True):
        it = measure(replace(load, encrypt=encrypt))
        assert it.flat is not None
        figures = (
            it.flat.deliveries,
            it.flat.cpu_per_delivery,
            it.paced.cpu_per_delivery,
            it.paced.delay(0.5),
            it.paced.delay(0.99),
            it.per_connection,
        )
        told.append(figures)
        cells = "{:,.0f} | {:.2f} | {:.2f} | {:.1f} | {:.1f} | {:.1f}".format(*figures)
        rows.append(f"| {load.senders} → {load.members:,} {'TLS' if encrypt else 'plain'} | {cells} |")
    plain, tls = told
    ratios = " | ".join(f"{mine / theirs:.2f}" for mine, theirs in zip(tls, plain, strict=True))
    return [*rows, f"| TLS to plain | {ratios} |"]


def idle(count: int) -> str:
    """Say how fast somebody is answered without, and beside, so many idle encrypted connections."""
    crew = Crew()
    with server() as (address, pid):
        try:
            talker = Client(address, "talker", encrypt=True)
            alone = answered(talker)
            before, began = memory_mib(pid), time.monotonic()
            crew.start(idlers, address, count)
            seconds = time.monotonic() - began
            kib = (memory_mib(pid) - before) * 1024 / count
            beside = answered(talker)
        finally:
            crew.quit()
    return (
        f"{count:,} idle TLS connections in {seconds:.1f} s, {kib:.1f} KiB each; a ping's p50 / p99: "
        f"{alone[0]:.1f} / {alone[1]:.1f} ms alone, {beside[0]:.1f} / {beside[1]:.1f} ms beside them"
    )


def idlers(address: tuple[str, int], count: int, pipe: Connection) -> None:
    """Connect so many times, say nothing, and stay until told to quit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(count + 100, hard)), hard))
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(connected(address, encrypt=True))
        pipe.send("joined")
        pipe.recv()


def answered(client: Client) -> tuple[float, float]:
    """Return p50 and p99 of the milliseconds until a ping is answered."""
    taken = []
    for _ in range(500):
        began = time.monotonic()
        client.ask("ping")
        taken.append((time.monotonic() - began) * 1000)
    taken.sort()
    return taken[250], taken[494]


def main() -> None:
    """Print the table, or the sentence."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="small and short")
    parser.add_argument("--idle", type=int, metavar="N", help="so many idle encrypted connections")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each run")
    options = parser.parse_args()
    if options.idle:
        print(idle(options.idle))
        return
    print("| | deliveries/s | CPU µs each | paced: CPU µs each | p50 ms | p99 ms | KiB a connection |")
    print("|---|---|---|---|---|---|---|")
    for members in (10,) if options.quick else (100, 1000):
        print("\n".join(beside_tls(Load(1, members, options.seconds))), flush=True)


if __name__ == "__main__":
    main()
