"""Every page there is, by its path: what it says, what it asks for, and where that is sent.

The mails make their links themselves; a test follows each of them to its page here. Whoever serves
one of these paths otherwise, such as a console of its own, takes its line out of ``PAGES``.
"""

from dataclasses import dataclass
from typing import Final, Literal

_AUTH: Final = "/api/projects/{project}/auth"


@dataclass(frozen=True, slots=True)
class Field:
    """What somebody types. A password is asked for twice and sent once."""

    name: str
    label: str
    kind: Literal["text", "email", "password"]
    autocomplete: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Form:
    """What is sent to the JSON route ``route``, and what is said when it went well.

    ``token_as`` is the member of the body that the link's token is sent as. ``ends`` is the route
    that ends the session which ``route`` begins: no page could use its tokens.
    """

    route: str
    button: str
    done: str
    fields: tuple[Field, ...] = ()
    token_as: str | None = "token"  # noqa: S105 - the name of a member
    ends: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """``note`` is for whoever builds the app. ``shows_token``: the token is there to be copied."""

    path: str
    title: str
    words: tuple[str, ...]
    form: Form | None = None
    note: str | None = None
    needs_token: bool = True
    shows_token: bool = False


_EMAIL: Final = Field("email", "E-mail address", "email", "username")
_NAME: Final = Field("name", "Your name (you may leave it out)", "text", "name", required=False)
_PASSWORD: Final = Field("password", "New password", "password", "new-password")

_APP_PAGES: Final = (
    Page(
        path="/projects/{project}/auth/verify",
        title="Confirm your e-mail address",
        words=(
            "Confirm the address only if it was you who signed up. Otherwise close this page:"
            " whoever signed up would have an account in your name.",
        ),
        form=Form(
            route=f"{_AUTH}/verify",
            button="Confirm the address",
            done="The address is confirmed. Close this page and go back to the app.",
        ),
    ),
    Page(
        path="/projects/{project}/auth/reset",
        title="Set a new password",
        words=("Every session of the account ends when the new password is set.",),
        form=Form(
            route=f"{_AUTH}/password/reset",
            button="Set the password",
            done="The new password is set. Go back to the app and sign in with it.",
            fields=(_PASSWORD,),
        ),
    ),
    Page(
        path="/projects/{project}/auth/invitation",
        title="Accept the invitation",
        words=("Choose a password for your account.",),
        form=Form(
            route=f"{_AUTH}/invitations/accept",
            button="Accept the invitation",
            done="Your account is ready. Go to the app and sign in with the address that the"
            " invitation was mailed to and your new password.",
            fields=(_NAME, _PASSWORD),
            ends=f"{_AUTH}/logout",
        ),
    ),
    Page(
        path="/projects/{project}/auth/email-change",
        title="Confirm your new e-mail address",
        words=(
            "Confirm only if it was you who asked for the address to be changed. Every session of"
            " the account ends.",
        ),
        form=Form(
            route=f"{_AUTH}/email/change/confirm",
            button="Use this address",
            done="This is the address of your account now. Go back to the app and sign in with it.",
        ),
    ),
    Page(
        path="/projects/{project}/auth/magic-link",
        title="This link signs in to an app",
        words=(
            "Only the app itself can sign you in, and the link does not lead to it. Nothing was"
            " done here. Go back to the app, and ask it for a code in place of a link if it lets"
            " you.",
        ),
        note="For whoever builds the app: ask for the link with redirect_to, a page of the app's"
        " own that is among the project's auth.redirect_urls. The link then leads there, and that"
        " page sends the token to POST …/auth/magic-link/verify.",
    ),
    Page(
        path="/projects/{project}/auth/org-invitation",
        title="You are invited to an organisation",
        words=(
            "Sign in to the app with the address that the invitation was mailed to, and accept it"
            " there. If the app asks for a code, this is it:",
        ),
        note="For whoever builds the app: invite with redirect_to, a page of the app's own that is"
        " among the project's auth.redirect_urls. That page sends the token, signed in, to POST"
        " …/auth/orgs/invitations/accept.",
        shows_token=True,
    ),
)

_CONSOLE_PAGES: Final = (
    Page(
        path="/forgot-password",
        title="Forgot your password?",
        words=("Have a link to a new password for your console account mailed to you.",),
        form=Form(
            route="/api/auth/password/forgot",
            button="Send the link",
            done="If the address has an account, the mail is on its way.",
            fields=(_EMAIL,),
            token_as=None,
        ),
        needs_token=False,
    ),
    Page(
        path="/reset-password",
        title="Set a new password for the console",
        words=("Every session of the account ends when the new password is set.",),
        form=Form(
            route="/api/auth/password/reset",
            button="Set the password",
            done="The new password is set. Sign in to the console with it.",
            fields=(_PASSWORD,),
        ),
    ),
    Page(
        path="/invitations/accept",
        title="You are invited to work on a project",
        words=("Make an account for the console, with the address that was invited.",),
        form=Form(
            route="/api/auth/register",
            button="Make the account",
            done="Your account is ready, and you are a member of the project.",
            fields=(_EMAIL, _NAME, _PASSWORD),
            token_as="invitation",  # noqa: S106 - the name of a member
            ends="/api/auth/logout",
        ),
        note="With an account already: accept it signed in, by POST /api/invitations/{token}/accept"
        " with the token of the link.",
    ),
)

PAGES: Final = (*_APP_PAGES, *_CONSOLE_PAGES)
