"""Where versions' files live: immutable, checksummed, durable before a row lists them. See `local.LocalStore`."""
