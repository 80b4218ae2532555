"""The text of the mail that invites to an organisation, which the project may replace."""

from typing import Final

from app.core.mail import MailKind, MailTemplate
from app.features.organisations.service import invitations

MAIL_KINDS: Final = (
    MailKind(
        name=invitations.MAIL,
        description="An invitation to an organisation; it goes to that address only.",
        variables={
            "link": "https://app.example.com/join?token=…",
            "organisation": "Analytical Engines",
            "role": "member",
        },
        prepare=invitations.prepare_invitation,
        templates={
            "en": MailTemplate(
                subject="You are invited to {{ organisation }}",
                text="You are invited to join {{ organisation }} at {{ project }}. Sign in with"
                " {{ email }} to accept; the link is good for seven days.\n\n"
                "Join:\n{{ link }}\n\nIf you do not want to, ignore this mail.\n",
                html="<p>You are invited to join {{ organisation }} at {{ project }}. Sign in with"
                " {{ email }} to accept; the link is good for seven days.</p>\n"
                '<p><a href="{{ link }}">Join</a></p>\n'
                "<p>If you do not want to, ignore this mail.</p>\n",
            ),
            "de": MailTemplate(
                subject="Einladung zu {{ organisation }}",
                text="Sie sind zu {{ organisation }} bei {{ project }} eingeladen. Melden Sie sich"
                " mit {{ email }} an, um anzunehmen; der Link gilt sieben Tage.\n\n"
                "Beitreten:\n{{ link }}\n\nMöchten Sie nicht, dann ist nichts zu tun.\n",
                html="<p>Sie sind zu {{ organisation }} bei {{ project }} eingeladen. Melden Sie"
                " sich mit {{ email }} an, um anzunehmen; der Link gilt sieben Tage.</p>\n"
                '<p><a href="{{ link }}">Beitreten</a></p>\n'
                "<p>Möchten Sie nicht, dann ist nichts zu tun.</p>\n",
            ),
        },
    ),
)
