"""The road out: publish → fan_out → deliver. Each step starts from the row the last one left."""
