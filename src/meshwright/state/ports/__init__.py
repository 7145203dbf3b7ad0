"""The sides of the state, each a protocol of its own; `state.protocol` joins them."""
