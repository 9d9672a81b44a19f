"""What commands ask the server for, and what its answers come to in words; for both modes."""
