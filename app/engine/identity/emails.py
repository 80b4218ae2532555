"""E-mail addresses: one canonical form, so that one mailbox is one account."""

from email_validator import EmailNotValidError, validate_email

MAX_LENGTH = 254


def canonical_email(address: str) -> str:
    """Lower case, the domain in its ASCII form. Raises ValueError with the reason.

    Only ASCII may stand before the @, at most 64 characters: look-alike letters would let one
    account pass for another, and no mail server has to take more.
    Test domains (``.test``, ``example.com``) are accepted.
    """
    try:
        valid = validate_email(
            address,
            check_deliverability=False,
            allow_smtputf8=False,
            test_environment=True,
            strict=True,  # with the limit on what stands before the @
        )
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    if valid.ascii_email is None or len(valid.ascii_email) > MAX_LENGTH:
        raise ValueError("The address is too long or not in ASCII.")
    return valid.ascii_email.lower()
