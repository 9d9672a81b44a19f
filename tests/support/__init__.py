"""What several tests share: fakes, clocks, waiting."""
