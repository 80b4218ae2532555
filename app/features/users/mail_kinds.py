"""The texts of the mails of a project's sign-in, which the project may replace."""

from typing import Final

from app.core.mail import MailKind, MailTemplate
from app.features.users.service import mails

_LINK: Final = {"link": "https://app.example.com/welcome?token=…"}


def _template(subject: str, *lines: str, link: str | None = None) -> MailTemplate:
    """The same words as text and as HTML, with the link where there is one after the first."""
    text, html = [lines[0]], [f"<p>{lines[0]}</p>"]
    if link is not None:
        text.append(f"{link}:\n{{{{ link }}}}")
        html.append(f'<p><a href="{{{{ link }}}}">{link}</a></p>')
    text += lines[1:]
    html += [f"<p>{line}</p>" for line in lines[1:]]
    return MailTemplate(subject, "\n\n".join(text) + "\n", "\n".join(html) + "\n")


MAIL_KINDS: Final = (
    MailKind(
        name=mails.VERIFY_EMAIL,
        description="A link that proves the address of somebody who signed up.",
        variables=_LINK,
        prepare=mails.prepare_verification,
        templates={
            "en": _template(
                "Confirm your e-mail address for {{ project }}",
                "Somebody signed up at {{ project }} with the address {{ email }}. If it was you,"
                " please confirm it.",
                "If it was not you, do not confirm it, and ignore this mail: whoever signed up"
                " would have an account in your name.",
                link="Confirm the address",
            ),
            "de": _template(
                "Bestätigen Sie Ihre E-Mail-Adresse für {{ project }}",
                "Jemand hat sich bei {{ project }} mit der Adresse {{ email }} registriert. Waren"
                " Sie das, dann bestätigen Sie sie bitte.",
                "Waren Sie das nicht, dann bestätigen Sie nichts: Sonst hätte jemand anderes ein"
                " Konto in Ihrem Namen.",
                link="Adresse bestätigen",
            ),
        },
    ),
    MailKind(
        name=mails.RESET_PASSWORD,
        description="A link to a new password.",
        variables=_LINK,
        prepare=mails.prepare_reset,
        templates={
            "en": _template(
                "Set a new password for {{ project }}",
                "Somebody asked for a new password for {{ email }}. The link is good for an hour.",
                "If it was not you, ignore this mail: your password stays as it is.",
                link="Set a new password",
            ),
            "de": _template(
                "Neues Passwort für {{ project }}",
                "Jemand hat für {{ email }} ein neues Passwort angefordert. Der Link gilt eine"
                " Stunde.",
                "Waren Sie das nicht, dann ist nichts zu tun: Ihr Passwort bleibt, wie es ist.",
                link="Neues Passwort setzen",
            ),
        },
    ),
    MailKind(
        name=mails.OTP,
        description="A code to sign in with.",
        variables={"code": "493021"},
        prepare=mails.prepare_code,
        templates={
            "en": _template(
                "{{ code }} is your code for {{ project }}",
                "Your code to sign in is {{ code }}. It is good for ten minutes, once.",
                "Tell it to nobody. If you did not ask for it, ignore this mail.",
            ),
            "de": _template(
                "{{ code }} ist Ihr Code für {{ project }}",
                "Ihr Code zur Anmeldung ist {{ code }}. Er gilt zehn Minuten lang, einmal.",
                "Geben Sie ihn an niemanden weiter. Haben Sie ihn nicht angefordert, dann ist"
                " nichts zu tun.",
            ),
        },
    ),
    MailKind(
        name=mails.MAGIC_LINK,
        description="A link to sign in with.",
        variables=_LINK,
        prepare=mails.prepare_magic_link,
        templates={
            "en": _template(
                "Your link to sign in to {{ project }}",
                "This link signs you in to {{ project }}. It is good for 15 minutes, once.",
                "If you did not ask for it, ignore this mail.",
                link="Sign in",
            ),
            "de": _template(
                "Ihr Link zur Anmeldung bei {{ project }}",
                "Dieser Link meldet Sie bei {{ project }} an. Er gilt 15 Minuten lang, einmal.",
                "Haben Sie ihn nicht angefordert, dann ist nichts zu tun.",
                link="Anmelden",
            ),
        },
    ),
    MailKind(
        name=mails.INVITATION,
        description="An invitation to become a user.",
        variables=_LINK,
        prepare=mails.prepare_invitation,
        templates={
            "en": _template(
                "You are invited to {{ project }}",
                "You are invited to {{ project }}. The link is good for seven days.",
                "If you do not want to, ignore this mail.",
                link="Accept the invitation",
            ),
            "de": _template(
                "Einladung zu {{ project }}",
                "Sie sind zu {{ project }} eingeladen. Der Link gilt sieben Tage.",
                "Möchten Sie nicht, dann ist nichts zu tun.",
                link="Einladung annehmen",
            ),
        },
    ),
    MailKind(
        name=mails.EMAIL_CHANGE,
        description="A link that proves the new address of an account; it goes to that address.",
        variables=_LINK,
        prepare=mails.prepare_email_change,
        templates={
            "en": _template(
                "Confirm your new address for {{ project }}",
                "Please confirm that {{ email }} is the new address of your account.",
                "If you did not ask for it, ignore this mail: nothing changes.",
                link="Use this address",
            ),
            "de": _template(
                "Bestätigen Sie Ihre neue Adresse für {{ project }}",
                "Bitte bestätigen Sie, dass {{ email }} die neue Adresse Ihres Kontos ist.",
                "Haben Sie das nicht angefordert, dann ist nichts zu tun: Nichts ändert sich.",
                link="Diese Adresse verwenden",
            ),
        },
    ),
    MailKind(
        name=mails.EMAIL_PROOF,
        description="A code by which somebody who is signed in proves their address.",
        variables={"code": "493021"},
        prepare=mails.prepare_proof,
        templates={
            "en": _template(
                "{{ code }} confirms your address for {{ project }}",
                "The code that confirms {{ email }} as the address of the account you are signed in"
                " to at {{ project }} is {{ code }}. It is good for ten minutes, once.",
                "Tell it to nobody. If you did not ask for it, somebody else may have an account in"
                " your name: set a new password, and it is yours alone.",
            ),
            "de": _template(
                "{{ code }} bestätigt Ihre Adresse für {{ project }}",
                "Der Code, der {{ email }} als Adresse des Kontos bestätigt, mit dem Sie bei"
                " {{ project }} angemeldet sind, ist {{ code }}. Er gilt zehn Minuten lang,"
                " einmal.",
                "Geben Sie ihn an niemanden weiter. Haben Sie ihn nicht angefordert, hat vielleicht"
                " jemand anderes ein Konto in Ihrem Namen: Setzen Sie ein neues Passwort, dann"
                " gehört es Ihnen allein.",
            ),
        },
    ),
    MailKind(
        name=mails.EMAIL_CHANGED,
        description="A notice to the former address of an account.",
        variables={},
        prepare=mails.prepare_former,
        templates={
            "en": _template(
                "Your address for {{ project }} was changed",
                "Your account at {{ project }} no longer has the address {{ email }}.",
                "If it was not you, write to whoever runs {{ project }} at once.",
            ),
            "de": _template(
                "Ihre Adresse für {{ project }} wurde geändert",
                "Ihr Konto bei {{ project }} hat nicht mehr die Adresse {{ email }}.",
                "Waren Sie das nicht, wenden Sie sich sofort an den Betreiber von {{ project }}.",
            ),
        },
    ),
    MailKind(
        name=mails.EMAIL_TAKEN,
        description="A notice to somebody whose address was used to sign up again.",
        variables={},
        prepare=mails.prepare_notice,
        templates={
            "en": _template(
                "You have an account at {{ project }} already",
                "Somebody signed up at {{ project }} with {{ email }}, which has an account.",
                "If it was you, sign in or set a new password. If not, there is nothing to do.",
            ),
            "de": _template(
                "Sie haben schon ein Konto bei {{ project }}",
                "Jemand wollte sich bei {{ project }} mit {{ email }} anmelden; dazu gibt es schon"
                " ein Konto.",
                "Waren Sie das, dann melden Sie sich an oder setzen Sie ein neues Passwort. Sonst"
                " ist nichts zu tun.",
            ),
        },
    ),
    MailKind(
        name=mails.PASSWORD_CHANGED,
        description="A notice that the password was changed.",
        variables={},
        prepare=mails.prepare_notice,
        templates={
            "en": _template(
                "Your password for {{ project }} was changed",
                "The password of {{ email }} was changed, and every session was ended.",
                "If it was not you, set a new one at once.",
            ),
            "de": _template(
                "Ihr Passwort für {{ project }} wurde geändert",
                "Das Passwort von {{ email }} wurde geändert; alle Sitzungen wurden beendet.",
                "Waren Sie das nicht, setzen Sie sofort ein neues.",
            ),
        },
    ),
)
