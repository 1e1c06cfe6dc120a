"""Refusal of a message from within its readers; the decoder turns it into a rejection, which is a value."""

from healthtrends.model.rejection import Reason, Rejection


class Refusal(Exception):
    """A message that cannot be used as a whole."""

    def __init__(self, reason: Reason, place: str) -> None:
        """`place`: segment and field, such as `PV1-44`."""
        super().__init__(place)
        self.rejection = Rejection(reason, place)
