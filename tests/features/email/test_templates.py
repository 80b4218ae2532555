"""Templates: data of admins that can do nothing but name variables; values are never templates."""

import pytest

from app.core.mail import MailTemplate
from app.features.email.locales import canonical_locale, locales_to_try
from app.features.email.rendering import TemplateFaultError, find_faults, render

NAMES = {"name": "Ada", "link": "https://example.com"}


def written(source: str) -> MailTemplate:
    return MailTemplate("s", source, source)


@pytest.mark.parametrize(
    "value", ["{{7*7}}", "{% if 1 %}x{% endif %}", "{{ ''.__class__ }}", "{# x #}", "${7*7}"]
)
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    rendered = render(
        MailTemplate("{{ name }}", "{{ name }}", "{{ name }}"), {"name": value}, NAMES
    )

    assert rendered.subject == rendered.text == value
    assert "49" not in rendered.html


def test_values_are_escaped_in_html_alone() -> None:
    value = '<script>alert(1)</script>" onload="x\''
    rendered = render(
        MailTemplate("s", "{{ name }}", '<a title="{{ name }}">{{ name|upper }}</a>'),
        {"name": value},
        NAMES,
    )

    assert rendered.text == value
    assert "<script" not in rendered.html.lower()
    assert rendered.html.count('"') == 2


@pytest.mark.parametrize("value", ["a\r\nBcc: x@example.com", "a\nb", "a\u2028b", "a\x0bb\x85c"])
def test_a_subject_is_one_line(value: str) -> None:
    subject = render(MailTemplate("Hi {{ name }}", "t", "h"), {"name": value}, NAMES).subject

    assert len(subject.splitlines()) == 1


def test_a_known_name_without_a_value_is_empty_and_others_do_not_get_in() -> None:
    rendered = render(written("[{{ name }}]"), {"secret": "x"}, NAMES)

    assert rendered.text == "[]"


@pytest.mark.parametrize(
    "source",
    [
        "{{ unknown }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ name.__class__ }}",
        "{{ name['__class__'] }}",
        "{{ name|attr('__class__') }}",
        "{{ name|map('upper') }}",
        "{{ name|safe }}",
        "{{ name * 1000000000 }}",
        "{{ 7 * 7 }}",
        "{{ name ~ name }}",
        "{{ name.upper() }}",
        "{{ range(10) }}",
        "{{ self }}",
        "{% for x in range(1000000000) %}x{% endfor %}",
        "{% for x in name %}x{% endfor %}",
        "{% set name = 1 %}",
        "{% macro m() %}{% endmacro %}",
        "{% include '/etc/passwd' %}",
        "{% import 'x' as x %}",
        "{% if name %}",
        "{{ name",
        "{{ }}",
        "{% if name is defined %}x{% endif %}",
        "{% if name %}" * 30 + "{% endif %}" * 30,
        "{{ " + "(" * 2000 + "name" + ")" * 2000 + " }}",
        "{{ " + "not " * 5000 + "name }}",
    ],
)
def test_what_is_no_plain_template_is_refused(source: str) -> None:
    faults = find_faults(written(source), NAMES)

    assert [fault.pointer for fault in faults] == ["/text", "/html"]
    with pytest.raises(TemplateFaultError):
        render(written(source), {"name": "x"}, NAMES)


@pytest.mark.parametrize(
    "source",
    [
        "Hello {{ name }}",
        "{% if name %}Hello {{ name }}{% else %}Hello{% endif %}",
        "{% if name == 'x' and not link %}y{% endif %}",
        "{{ name|default('you')|upper }} {{ link|urlencode }}",
    ],
)
def test_variables_conditions_and_a_few_filters_are_fine(source: str) -> None:
    assert find_faults(written(source), NAMES) == []


def test_a_mail_has_an_end() -> None:
    with pytest.raises(TemplateFaultError):
        render(written("{{ name }}" * 2_000), {"name": "x" * 4_000}, NAMES)


@pytest.mark.parametrize(
    ("asked", "tried"),
    [
        ("de-AT", ["de-AT", "de", "en"]),
        ("de_at", ["de-AT", "de", "en"]),
        ("en", ["en"]),
        (None, ["en"]),
        ("", ["en"]),
        ("../../etc", ["en"]),
        ("zh-hant", ["zh-Hant", "zh", "en"]),
    ],
)
def test_a_locale_falls_back_to_its_language_and_then_to_english(
    asked: str | None, tried: list[str]
) -> None:
    assert list(locales_to_try(asked)) == tried


@pytest.mark.parametrize("text", ["", "e", "english", "de-", "de-A", "de AT", "de-AT\n", "*"])
def test_what_is_no_locale_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="locale"):
        canonical_locale(text)
