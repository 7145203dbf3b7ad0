"""Where versions' files live: immutable, checksummed, durable before a row lists them. `local.LocalStore` is on a path."""
