"""What a coordination means: pure, without I/O of any kind."""
