"""The world on loopback that `make demo` shows: servers, followers, judges, a transcript."""
