"""The faces that speak HTTP: federation, the coordinators’ API, pages for people."""
