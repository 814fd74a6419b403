"""That it stands here lets `console/` import the running site and the reader of pages."""
