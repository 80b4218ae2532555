"""E-mail: mails are queued in a transaction, rendered from templates, and sent by the worker."""
