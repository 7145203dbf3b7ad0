"""The figures of the API: a catalog of a thousand products, a server over it, and the users who ask it."""
