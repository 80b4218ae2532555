"""The mails that tell of a change in the ways into an account."""

from typing import Final

from app.core.mail import MailKind, MailTemplate
from app.features.users.service import mails

# What happened, in English and German, as the middle of a sentence.
_CHANGES: Final = {
    "mfa_enabled": ("a second factor was set up", "wurde ein zweiter Faktor eingerichtet"),
    "mfa_disabled": ("the second factor was removed", "wurde der zweite Faktor entfernt"),
    "recovery_codes_renewed": (
        "new recovery codes were made, and the old ones are void",
        "wurden neue Wiederherstellungscodes erzeugt; die alten gelten nicht mehr",
    ),
    "passkey_added": ("a passkey was added", "wurde ein Passkey hinzugefügt"),
    "passkey_removed": ("a passkey was removed", "wurde ein Passkey entfernt"),
    "identity_linked": (
        "an account at another provider was linked, which signs in to it",
        "wurde ein Konto bei einem anderen Anbieter verknüpft, mit dem man sich anmelden kann",
    ),
    "identity_unlinked": (
        "an account at another provider was unlinked",
        "wurde die Verknüpfung mit einem Konto bei einem anderen Anbieter gelöst",
    ),
}


def _english(happened: str) -> MailTemplate:
    said = f"For your account {{{{ email }}}} at {{{{ project }}}}, {happened}."
    else_ = "If it was not you, set a new password at once: that ends every session."
    return _template("How you sign in to {{ project }} was changed", said, else_)


def _german(happened: str) -> MailTemplate:
    said = f"Für Ihr Konto {{{{ email }}}} bei {{{{ project }}}} {happened}."
    else_ = "Waren Sie das nicht, setzen Sie sofort ein neues Passwort: Das beendet alle Sitzungen."
    return _template("Ihre Anmeldung bei {{ project }} wurde geändert", said, else_)


def _template(subject: str, *lines: str) -> MailTemplate:
    html = "\n".join(f"<p>{line}</p>" for line in lines)
    return MailTemplate(subject, "\n\n".join(lines) + "\n", html + "\n")


NOTICE_KINDS: Final = tuple(
    MailKind(
        name=change,
        description=f"A notice that {english}.",
        variables={},
        prepare=mails.prepare_notice,
        templates={"en": _english(english), "de": _german(german)},
    )
    for change, (english, german) in _CHANGES.items()
)
