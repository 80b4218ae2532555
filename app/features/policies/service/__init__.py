"""What other features use of policies; each module is one noun.

``definitions`` the policies themselves, ``stored_tests`` the tests that stand guard over them,
``overview`` why, who and what is likely wrong, ``acting`` with whose rights something acts.
"""
