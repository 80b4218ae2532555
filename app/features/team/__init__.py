"""Who works on a project: members, roles, invitations."""
