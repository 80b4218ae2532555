"""What other features use of app users; each module is one noun.

``realms`` a project as a realm, ``records`` the rows of users, ``signing`` up and in, ``mailbox``
what a mailed token does, ``account`` a user's own affairs, ``deleting`` a record, ``members`` what
members do to users, ``roles``.
"""
