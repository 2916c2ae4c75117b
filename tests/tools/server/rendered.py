"""Messages of the catalogue name facts in braces; what people read has the facts themselves."""

import re


class Unrendered(AssertionError):
    """A message for people still holds the name of a fact that nobody gave it."""


def check_rendered(text):
    left = re.search(r"\{[a-z][a-z0-9_]*\}", text)
    if left:
        raise Unrendered(f"{left.group()} in: {text}")
