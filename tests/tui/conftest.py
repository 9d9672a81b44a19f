"""What the tests of the full-screen client share."""

from tests.support.snapshots import snap_compare

__all__ = ["snap_compare"]
