"""What organisations do; each module is one noun.

``enabling`` the collections, ``orgs`` an organisation, ``members`` who belongs to it, ``roles``
what they may do there, ``invitations`` how one gets in, ``records`` the rows.
"""
