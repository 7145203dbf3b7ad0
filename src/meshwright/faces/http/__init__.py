"""The HTTP face: resources under ``/api/v1``. Routes parse, call one function of `app`, and render its value."""
