"""The statements that make a project's private tables of accounts. The console's are Alembic's."""

from app.core.sql import quote_ident
from app.engine.identity.realms import PRIVATE_TABLES, project_tables


def create_private_tables(schema: str) -> tuple[str, ...]:
    """To be run when ``users`` exists. Deleting an account deletes all that hangs on it."""
    t = project_tables(schema)
    account = f"account_id uuid NOT NULL REFERENCES {t.accounts} (id) ON DELETE CASCADE"
    now = "timestamptz NOT NULL DEFAULT now()"
    return (
        f"CREATE TABLE {t.credentials} ({account}, password_hash text, totp_secret text,"
        " totp_confirmed_at timestamptz, totp_last_step bigint,"
        f" recovery_hashes text[] NOT NULL DEFAULT '{{}}', updated_at {now},"
        " CONSTRAINT _credentials_key PRIMARY KEY (account_id))",
        f"CREATE TABLE {t.sessions} (id uuid CONSTRAINT _sessions_key PRIMARY KEY, {account},"
        f" generation bigint NOT NULL DEFAULT 1, created_at {now}, rotated_at timestamptz,"
        " expires_at timestamptz NOT NULL, revoked_at timestamptz, address text, user_agent text)",
        f"CREATE INDEX _sessions_account ON {t.sessions} (account_id)",
        f"CREATE INDEX _sessions_age ON {t.sessions} (expires_at)",
        f"CREATE TABLE {t.identities} (issuer text NOT NULL, subject text NOT NULL,"
        f" provider text NOT NULL, {account}, email text, created_at {now},"
        " CONSTRAINT _identities_key PRIMARY KEY (issuer, subject))",
        f"CREATE INDEX _identities_account ON {t.identities} (account_id)",
        f"CREATE TABLE {t.passkeys} (id uuid CONSTRAINT _passkeys_key PRIMARY KEY, {account},"
        " credential_id bytea NOT NULL CONSTRAINT _passkeys_credential UNIQUE,"
        " public_key bytea NOT NULL, sign_count bigint NOT NULL DEFAULT 0, name text,"
        f" transports text[] NOT NULL DEFAULT '{{}}', created_at {now}, last_used_at timestamptz)",
        f"CREATE INDEX _passkeys_account ON {t.passkeys} (account_id)",
        f"CREATE TABLE {t.tokens} (hash text CONSTRAINT _tokens_key PRIMARY KEY,"
        f" kind text NOT NULL, {account.replace(' NOT NULL', '')}, email text,"
        " data jsonb NOT NULL DEFAULT '{}', attempts bigint NOT NULL DEFAULT 0,"
        f" created_at {now}, expires_at timestamptz NOT NULL, used_at timestamptz)",
        f"CREATE INDEX _tokens_email ON {t.tokens} (kind, email)",
        f"CREATE INDEX _tokens_account ON {t.tokens} (account_id)",
        f"CREATE INDEX _tokens_age ON {t.tokens} (expires_at)",
    )


def close_private_tables(schema: str, role: str) -> str:
    """Take back from ``role`` what the schema's default privileges gave it on these tables."""
    quoted = ", ".join(f"{quote_ident(schema)}.{quote_ident(name)}" for name in PRIVATE_TABLES)
    return f"REVOKE ALL ON {quoted} FROM {quote_ident(role)}"
