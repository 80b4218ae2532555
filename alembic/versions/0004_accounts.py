"""Sign-in of app users and admins.

Revision ID: 0004
Revises: 0003
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SCHEMA = "backendify"
NOW = "timestamptz NOT NULL DEFAULT now()"
TABLES = ("tokens", "passkeys", "identities", "sessions", "credentials")
READ_ONLY = ("email", "email_verified", "status", "roles", "last_login_at")
DATA_ROLES = ("backendify_data", "backendify_export")


def upgrade() -> None:
    _create_roles()
    _upgrade_admins()
    for schema in _project_schemas():
        _upgrade_project(schema)
    _upgrade_snapshots()


def downgrade() -> None:
    for schema in _project_schemas():
        for table in TABLES:
            op.execute(f"DROP TABLE {schema}._{table}")
    op.execute("ALTER TABLE backendify.admins ADD password_hash text NOT NULL DEFAULT ''")
    op.execute(
        "UPDATE backendify.admins a SET password_hash = coalesce(c.password_hash, '')"
        " FROM backendify.admin_credentials c WHERE c.account_id = a.id"
    )
    op.execute("ALTER TABLE backendify.admins ALTER password_hash DROP DEFAULT")
    for table in ("tokens", "passkeys", "identities", "credentials"):
        op.execute(f"DROP TABLE backendify.admin_{table}")
    op.execute("ALTER TABLE backendify.admin_sessions RENAME account_id TO admin_id")
    op.execute(
        "ALTER TABLE backendify.admin_sessions RENAME CONSTRAINT fk_admin_sessions_account_id"
        " TO fk_admin_sessions_admin_id"
    )
    op.execute(
        "ALTER INDEX backendify.ix_admin_sessions_account_id RENAME TO ix_admin_sessions_admin_id"
    )
    op.execute("DROP TABLE backendify.roles")


def _create_roles() -> None:
    op.execute(
        f"CREATE TABLE backendify.roles (project_id uuid NOT NULL, name text NOT NULL,"
        f" description text, created_at {NOW}, updated_at {NOW},"
        " CONSTRAINT pk_roles PRIMARY KEY (project_id, name),"
        " CONSTRAINT fk_roles_project_id FOREIGN KEY (project_id)"
        " REFERENCES backendify.projects (id) ON DELETE CASCADE)"
    )


def _upgrade_admins() -> None:
    """Passwords move to a table of their own; sessions call their account what projects do."""
    op.execute("ALTER TABLE backendify.admin_sessions RENAME admin_id TO account_id")
    op.execute(
        "ALTER TABLE backendify.admin_sessions RENAME CONSTRAINT fk_admin_sessions_admin_id"
        " TO fk_admin_sessions_account_id"
    )
    op.execute(
        "ALTER INDEX backendify.ix_admin_sessions_admin_id RENAME TO ix_admin_sessions_account_id"
    )
    for statement in _private_tables("backendify", "admin_", "admins"):
        if "admin_sessions" not in statement:
            op.execute(statement)
    op.execute(
        "INSERT INTO backendify.admin_credentials (account_id, password_hash)"
        " SELECT id, password_hash FROM backendify.admins"
    )
    op.execute("ALTER TABLE backendify.admins DROP password_hash")


def _upgrade_project(schema: str) -> None:
    op.execute(f"ALTER TABLE {schema}.users ALTER email DROP NOT NULL")
    for statement in _private_tables(schema, "_", "users"):
        op.execute(statement)
    for role in DATA_ROLES:
        if _finds("SELECT 1 FROM pg_roles WHERE rolname = :name", name=role):
            for table in TABLES:
                op.execute(f"REVOKE ALL ON {schema}._{table} FROM {role}")


def _private_tables(schema: str, prefix: str, accounts: str) -> tuple[str, ...]:
    t = f"{schema}.{prefix}"
    account = f"account_id uuid NOT NULL REFERENCES {schema}.{accounts} (id) ON DELETE CASCADE"
    return (
        f"CREATE TABLE {t}credentials ({account}, password_hash text, totp_secret text,"
        " totp_confirmed_at timestamptz, totp_last_step bigint,"
        f" recovery_hashes text[] NOT NULL DEFAULT '{{}}', updated_at {NOW},"
        f" CONSTRAINT {prefix}credentials_key PRIMARY KEY (account_id))",
        f"CREATE TABLE {t}sessions (id uuid CONSTRAINT {prefix}sessions_key PRIMARY KEY, {account},"
        f" generation bigint NOT NULL DEFAULT 1, created_at {NOW}, rotated_at timestamptz,"
        " expires_at timestamptz NOT NULL, revoked_at timestamptz, address text, user_agent text)",
        f"CREATE INDEX {prefix}sessions_account ON {t}sessions (account_id)",
        f"CREATE INDEX {prefix}sessions_age ON {t}sessions (expires_at)",
        f"CREATE TABLE {t}identities (issuer text NOT NULL, subject text NOT NULL,"
        f" provider text NOT NULL, {account}, email text, created_at {NOW},"
        f" CONSTRAINT {prefix}identities_key PRIMARY KEY (issuer, subject))",
        f"CREATE INDEX {prefix}identities_account ON {t}identities (account_id)",
        f"CREATE TABLE {t}passkeys (id uuid CONSTRAINT {prefix}passkeys_key PRIMARY KEY, {account},"
        f" credential_id bytea NOT NULL CONSTRAINT {prefix}passkeys_credential UNIQUE,"
        " public_key bytea NOT NULL, sign_count bigint NOT NULL DEFAULT 0, name text,"
        f" transports text[] NOT NULL DEFAULT '{{}}', created_at {NOW}, last_used_at timestamptz)",
        f"CREATE INDEX {prefix}passkeys_account ON {t}passkeys (account_id)",
        f"CREATE TABLE {t}tokens (hash text CONSTRAINT {prefix}tokens_key PRIMARY KEY,"
        f" kind text NOT NULL, {account.replace(' NOT NULL', '')}, email text,"
        " data jsonb NOT NULL DEFAULT '{}', attempts bigint NOT NULL DEFAULT 0,"
        f" created_at {NOW}, expires_at timestamptz NOT NULL, used_at timestamptz)",
        f"CREATE INDEX {prefix}tokens_email ON {t}tokens (kind, email)",
        f"CREATE INDEX {prefix}tokens_account ON {t}tokens (account_id)",
        f"CREATE INDEX {prefix}tokens_age ON {t}tokens (expires_at)",
    )


def _upgrade_snapshots() -> None:
    """Say of the users' system fields, in every recorded schema, what now holds of them.

    The digests stay: they name states that clients may hold, and are never made anew.
    """
    ids = ",".join(f"sys_users_{name}" for name in READ_ONLY)
    flag = "jsonb_build_object('read_only', true)"
    op.execute(
        "UPDATE backendify.schema_versions v SET snapshot = jsonb_set(v.snapshot,"  # noqa: S608 - constants of ours
        " '{collections}', (SELECT jsonb_agg(CASE WHEN c ->> 'id' = 'sys_users'"
        " THEN jsonb_set(c, '{fields}', (SELECT jsonb_agg(CASE"
        f" WHEN f ->> 'id' = 'sys_users_email' THEN (f - 'required') || {flag}"
        f" WHEN f ->> 'id' = ANY('{{{ids}}}'::text[]) THEN f || {flag} ELSE f END"
        " ORDER BY n) FROM jsonb_array_elements(c -> 'fields') WITH ORDINALITY e(f, n)))"
        " ELSE c END ORDER BY m)"
        " FROM jsonb_array_elements(v.snapshot -> 'collections') WITH ORDINALITY d(c, m)))"
    )


def _project_schemas() -> list[str]:
    """Those in this database; the names are ours: ``p_`` and a UUID's hexadecimal digits."""
    found = op.get_bind().execute(
        sa.text(
            "SELECT 'p_' || replace(p.id::text, '-', '') FROM backendify.projects p"
            " JOIN pg_namespace n ON n.nspname = 'p_' || replace(p.id::text, '-', '')"
        )
    )
    return [str(row[0]) for row in found]


def _finds(query: str, **values: str) -> bool:
    return op.get_bind().execute(sa.text(query), values).first() is not None
