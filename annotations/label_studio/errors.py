"""What can go wrong between the corpus and a Label Studio server."""

from __future__ import annotations


class LabelStudioError(ValueError):
    """A task or annotation that is not as it has to be; the message says where."""


class ServerError(Exception):
    """The server cannot be reached or refuses; the message says what to do and never holds a token."""


class LabelsDifferError(Exception):
    """A project whose labels are not this program's.

    Attributes:
        differences: One line for each difference.
    """

    def __init__(self, project: str, differences: list[str]) -> None:
        super().__init__(f"{project}: {'; '.join(differences)}")
        self.differences = differences
