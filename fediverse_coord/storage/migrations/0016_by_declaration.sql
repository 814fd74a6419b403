-- What a declaration was called, here and in its source, without reading through everybody's.

CREATE INDEX slugs_of_declaration ON slugs (declaration);
CREATE INDEX imported_entries_of_declaration ON imported_entries (declaration);
