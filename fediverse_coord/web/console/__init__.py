"""The console: where coordinators write, in a browser, without script.  INTERFACE: Paths.

`doors` lets people in and out, `visits` knows who comes and whether a form is ours, `typed` reads
forms. Each other module is a page and what can be done on it: it parses, calls one function of the
desk, and answers. `views` are what pages show, `words` what they say.
"""
