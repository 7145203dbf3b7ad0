"""Files into the model: discovery, YAML with positions, SQL, the parse cache; `files.standards` for ODCS and ODPS.

Enter by `files.loader.load_mesh`.
"""
