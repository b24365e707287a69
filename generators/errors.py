"""The one error of stores."""


class StoreError(ValueError):
    """A store can't be written, read or trusted. One line that says what to do."""
