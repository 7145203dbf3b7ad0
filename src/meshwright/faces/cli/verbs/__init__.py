"""The commands, grouped: setting up, building, runs, reading.

Each parses its words, calls one `app` function and hands the value to a renderer. Every command imports its `app`
function and its renderers inside: `mw --help` and usage errors must not pay for SQL parsers, databases or engines.
"""
