"""One mailbox has one canonical address."""

import pytest

from app.engine.identity.emails import canonical_email


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("ada+notes@a.test", "ada+notes@a.test"),
        ("ada@B\u00fccher.de", "ada@xn--bcher-kva.de"),
    ],
)
def test_case_and_script_of_the_domain_do_not_matter(written: str, canonical: str) -> None:
    assert canonical_email(written) == canonical


@pytest.mark.parametrize(
    "written",
    [
        "",
        "ada",
        "ada@x.com.",
        "ada@x,bob@y",
        "ada@x.com\r\nBcc: bob@y.com",
        "stra\u00dfe@x.com",
        "\u0131da@x.com",
        "ada\x00@x.com",
        '"a b"@x.com',
        "ada@[127.0.0.1]",
        "x" * 300 + "@x.com",
    ],
)
def test_what_could_pass_for_another_address_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical_email(written)


@pytest.mark.parametrize(("length", "is_taken"), [(64, True), (65, False), (200, False)])
def test_at_most_64_characters_stand_before_the_at(length: int, is_taken: bool) -> None:
    address = f"{'a' * length}@example.com"
    if is_taken:
        assert canonical_email(address) == address
        return
    with pytest.raises(ValueError, match="too long"):
        canonical_email(address)
