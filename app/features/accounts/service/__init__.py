"""What the features of the two realms sign people in with; each module is one noun.

``realms`` where, ``accounts`` who, ``passwords``, ``one_time`` tokens and codes, ``sessions``,
``signing`` in, ``throttle``.
"""
