"""Texts of earlier sites, read: from feeds, saved pages, archives, into one common value."""
