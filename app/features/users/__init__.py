"""App users of a project: signing up and in, their own account, and members' work on users, roles
and invitations."""
