"""The thread that moves the write-ahead log into the database, so that no commit waits for it."""

import threading

import structlog

from chat.server.ports import Store, StoreError

EVERY_SECONDS = 1.0


class Checkpoints:
    """Calls the store's `checkpoint` regularly, until stopped."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stopping = threading.Event()
        self._log = structlog.get_logger("checkpoint")
        self._thread = threading.Thread(target=self._run, name="checkpoint")

    def start(self) -> None:
        """Start the thread; called once."""
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """End the thread, before the store is closed; returns whether it ended in time.

        A disk that stalls holds it up.
        """
        self._stopping.set()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        told = ""
        while not self._stopping.wait(EVERY_SECONDS):
            try:
                self._store.checkpoint()
                told = ""
            except StoreError as error:
                # the journal meets the same trouble and tells the clients; here once is enough
                if str(error) != told:
                    told = str(error)
                    self._log.error("checkpoint failed", error=told)
