"""What JSON documents look like, as types: the functions beside this package write them, the OpenAPI document tells them.

A type whose `schema` is a literal is a document, called in OpenAPI as it is here; others are parts of documents. Every field is
there, but where it says NotRequired; fields may be added. Nothing of it is needed at run time.
"""
