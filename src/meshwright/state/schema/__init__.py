"""The tables of the state by subject; `state.tables` joins them."""
