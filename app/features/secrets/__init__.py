"""What a project's steps may send to other servers and nobody may read: named, encrypted."""
