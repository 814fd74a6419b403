"""What is remembered: two engines behind one set of protocols, one module per table family."""
