"""The read side of the mesh: lists and search over everything that it describes and shows, as values.

What is here is made of the mesh as written and of an environment's pointers and versions, product by product; when
something changes, only what has to do with it is made anew. `app.catalog` keeps the current one, `faces` show it.
"""
