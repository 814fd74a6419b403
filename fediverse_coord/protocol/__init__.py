"""What the words of ActivityPub mean. Pure: no I/O, no clock, no chance."""
