"""Texts of a schema as comments: one line, and nothing in it that a tool would obey."""


def one_line(text: str | None) -> str:
    """Without line breaks, and without characters that show nothing or turn the line around."""
    words = "".join(each if each.isprintable() else " " for each in text or "").split()
    return " ".join(words)
