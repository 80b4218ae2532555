"""Who did what: the change logs of projects and of the control plane, asked from one place."""
