"""Templates: values keep their type, and nothing but keys and indexes is ever looked up."""

import time
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.features.workflows.templates import (
    LARGEST_RESULT,
    LONGEST_TEXT,
    MOST_EXPRESSIONS,
    TemplateError,
    find_paths,
    look_up,
    parse,
    parse_path,
    render,
)

SCOPE: dict[str, Any] = {
    "record": {
        "id": "r1",
        "total": Decimal("12.50"),
        "paid": False,
        "none": None,
        "name": " Ada ",
        "tags": ["new", "vip"],
        "lines": [{"price": 3}, {"price": 4}],
        "meta": {"0": "zero", "a-b": "dash"},
        "at": "2026-03-01T23:30:00-02:00",
    },
    "now": "2026-11-20T10:00:00Z",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ record.total }}", Decimal("12.50")),
        ("{{record.paid}}", False),
        ("{{record.none}}", None),
        ("{{record.tags}}", ["new", "vip"]),
        ("{{record.lines.1}}", {"price": 4}),
        ("{{record.lines.1.price}}", 4),
        ("{{record.meta.0}}", "zero"),
        ("{{record.meta.a-b}}", "dash"),
    ],
)
def test_a_text_that_is_one_template_keeps_the_values_type(text: str, value: Any) -> None:
    rendered = render(text, SCOPE)

    assert rendered == value
    assert type(rendered) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("order {{record.id}}: {{record.total}}", "order r1: 12.50"),
        ("[{{record.none}}]", "[]"),
        ("tags {{record.tags}}", 'tags ["new","vip"]'),
        (" {{record.paid}}", " false"),
        ("{{record.id}}{{record.id}}", "r1r1"),
    ],
)
def test_within_a_text_values_are_text(text: str, value: str) -> None:
    assert render(text, SCOPE) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{record.name | trim | upper}}", "ADA"),
        ("{{record.name|trim|lower}}", "ada"),
        ("{{record.none | default(3)}}", 3),
        ('{{record.none | default("a | b }} c")}}', "a | b }} c"),
        ("{{record.none | upper | default(false)}}", False),
        ("{{record.id | default(3)}}", "r1"),
        ("{{record.tags | json}}", '["new","vip"]'),
        ("{{record.none | json}}", "null"),
        ("{{record.tags | length}}", 2),
        ("{{record.none | length}}", 0),
        ("{{record.total | length}}", None),
        ("{{record.tags | first}}", "new"),
        ("{{record.tags | last | upper}}", "VIP"),
        ("{{record.total | first}}", None),
        ("{{record.tags | join}}", "new, vip"),
        ('{{record.tags | join(" \\u2014 ")}}', "new — vip"),
        ("{{record.at | date}}", "2026-03-02"),
        ('{{record.at | date("%d.%m.%Y %H:%M")}}', "02.03.2026 01:30"),
        ('{{record.id | date("%Y") | default("never")}}', "never"),
    ],
)
def test_filters_are_total(text: str, value: Any) -> None:
    assert render(text, SCOPE) == value


@pytest.mark.parametrize(
    "text",
    [
        "{{record.__class__.__mro__}}",
        "{{record.__class__}}",
        "{{record.tags.append}}",
        "{{record.id.upper}}",
        "{{record.tags.__len__}}",
        "{{record.tags.9}}",
        "{{record.nothing.further.down}}",
        "{{config}}",
        "{{self}}",
        "{{__builtins__}}",
    ],
)
def test_what_leads_nowhere_is_null_and_attributes_are_never_looked_up(text: str) -> None:
    assert render(text, SCOPE) is None


@pytest.mark.parametrize(
    "text",
    [
        "{% for x in range(10**9) %}{% endfor %}",
        "${record.id}",
        "{0.__init__}",
        "{record}",
        "#{7*7}",
        "<%= 7*7 %>",
        "}} not open",
        "%(record)s",
    ],
)
def test_other_template_languages_are_plain_text(text: str) -> None:
    assert render(text, SCOPE) == text


@pytest.mark.parametrize(
    "text",
    [
        "{{7*7}}",
        "{{ ''.__class__ }}",
        "{{record['id']}}",
        "{{record.id()}}",
        "{{record[0]}}",
        "{{range(10**9)}}",
        "{{record.id",
        "{{record.id}",
        "{{}}",
        "{{ . }}",
        "{{record..id}}",
        "{{record.}}",
        "{{record.id |}}",
        "{{record.id | default}}",
        "{{record.id | default(}}",
        "{{record.id | default([1])}}",
        "{{record.id | default(record.total)}}",
        "{{record.id | default('x')}}",
        "{{record.id | default(1 2)}}",
        '{{record.id | default("\\ud800")}}',
        "{{record.id | default(" + "9" * 5000 + ")}}",
        "{{record.id | default(1e999999)}}",
        '{{record.id | default("x',
        "{{record.id | upper(1)}}",
        "{{record.id | join(3)}}",
        '{{record.at | date("%c %Z")}}',
        '{{record.at | date("%")}}',
        "{{record" + ".a" * 40 + "}}",
        "{{{{record.id}}}}",
    ],
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(TemplateError) as caught:
        render({"a": [text]}, SCOPE)

    assert caught.value.code == "template_invalid"
    assert caught.value.pointer == "/a/0"


def test_an_unknown_filter_names_the_nearest() -> None:
    with pytest.raises(TemplateError) as caught:
        render("{{record.id | uper}}", SCOPE)

    violation = caught.value.as_violation("/steps/0/with")
    assert violation.code == "template_unknown_filter"
    assert violation.pointer == "/steps/0/with"
    assert violation.hint is not None
    assert "'upper'" in violation.hint


def test_values_are_never_read_as_templates() -> None:
    scope = {"record": {"text": "{{secrets.key}}", "key": "{{"}, "secrets": {"key": "s3cret"}}

    assert render("{{record.text}}", scope) == "{{secrets.key}}"
    assert render("> {{record.key}}secrets.key}}", scope) == "> {{secrets.key}}"


def test_keys_are_never_templates() -> None:
    assert render({"{{record.id}}": 1}, SCOPE) == {"{{record.id}}": 1}
    assert list(find_paths({"{{record.id}}": 1})) == []


def test_every_path_is_found_with_its_pointer() -> None:
    value = {"a/b": ["x", "{{record.lines.0.price}} {{user.id | upper}}"], "c": {"d": "{{now}}"}}

    assert list(find_paths(value)) == [
        ("/a~1b/1", ("record", "lines", 0, "price")),
        ("/a~1b/1", ("user", "id")),
        ("/c/d", ("now",)),
    ]


def test_paths_can_be_read_alone() -> None:
    assert parse_path("record.lines.0") == ("record", "lines", 0)
    assert look_up(("record", "lines", 0, "price"), SCOPE) == 3
    for text in ("", "1", "a..b", "a.", "a b", "{{a}}", "a" + ".b" * 40):
        assert parse_path(text) is None


def test_nesting_is_limited_before_the_stack_is() -> None:
    deep: Any = "{{record.id}}"
    for _ in range(1_000_000):
        deep = [deep]

    for work in (lambda: render(deep, SCOPE), lambda: list(find_paths(deep))):
        with pytest.raises(TemplateError) as caught:
            work()
        assert caught.value.code == "template_too_deep"
    while isinstance(deep, list):  # taken apart by hand: the collector would recurse
        deep = deep[0]


def test_a_value_put_in_counts_for_the_depth() -> None:
    deep: Any = 1
    for _ in range(31):
        deep = {"a": deep}

    assert render(["{{deep}}"], {"deep": deep}) == [deep]
    with pytest.raises(TemplateError, match="deep"):
        render([["{{deep}}"]], {"deep": deep})


@pytest.mark.parametrize(
    "value",
    [
        ["{{big}}{{big}}"],
        ["{{big}}"] * 1000,
        ["{{list}}"] * 1000,
        ["{{list | json}}"] * 1000,
        ["{{big | json | json | json | length}}"] * 1000,
    ],
)
def test_the_result_is_limited_in_size(value: Any) -> None:
    scope = {"big": "x" * (LARGEST_RESULT // 2 + 1), "list": [{"a": "b" * 90}] * 10_000}
    began = time.process_time()

    with pytest.raises(TemplateError) as caught:
        render(value, scope)

    assert caught.value.code == "template_result_too_large"
    assert time.process_time() - began < 2


def test_texts_and_their_templates_are_limited() -> None:
    render("{{a}}" * MOST_EXPRESSIONS, {})
    with pytest.raises(TemplateError):
        render("{{a}}" * (MOST_EXPRESSIONS + 1), {})
    with pytest.raises(TemplateError) as caught:
        render("{{a}}" + "x" * LONGEST_TEXT, {})
    assert caught.value.code == "template_too_long"


@pytest.mark.parametrize(
    "text",
    [
        "{{" * 30_000,
        "{{a|" + "trim|" * 12_000,
        '{{a|default("' + "\\" * 60_000,
        "{{a" + " " * 60_000,
        "{{" + "a." * 30_000,
        "{{" + "a" * 60_000,
        "{{a|default(" + "[" * 60_000,
        "{{a|default(" + "1," * 30_000,
    ],
    ids=lambda text: text[:20],
)
def test_reading_takes_time_in_proportion(text: str) -> None:
    began = time.process_time()

    with pytest.raises(TemplateError):
        parse(text)

    assert time.process_time() - began < 1


@given(st.text() | st.text(alphabet='{}|.()"\\ abrecordupper019%-,'))
def test_any_text_is_rendered_or_refused(text: str) -> None:
    with suppress(TemplateError):
        render(text, SCOPE)


@given(st.text(alphabet='{}|.()"\\ abdefault019%,'), JSON)
def test_any_filter_on_any_value_is_rendered_or_refused(text: str, value: Any) -> None:
    with suppress(TemplateError):
        render("{{a|" + text + "}}", {"a": value})


@pytest.mark.parametrize(
    "name", ["upper", "lower", "trim", "json", "length", "first", "last", "join", "date"]
)
@given(JSON)
def test_no_filter_fails_on_any_value(name: str, value: Any) -> None:
    render(f"{{{{a | {name}}}}} and {{{{a | {name} | json}}}}", {"a": value})


@given(JSON.filter(lambda value: "{{" not in repr(value)))
def test_what_holds_no_template_is_left_as_it_is(value: Any) -> None:
    assert render(value, SCOPE) == value


@given(JSON)
def test_one_template_gives_back_any_value(value: Any) -> None:
    assert render({"a": ["{{x}}"]}, {"x": value}) == {"a": [value]}


def test_where_a_text_is_html_every_value_is_escaped() -> None:
    scope = {"a": '<b>"&', "list": ["<"]}
    value = {"html": "<p>{{a}}</p>", "text": "{{a}}", "more": {"html": "{{a}}"}}

    assert render(value, scope, html={"html"}) == {
        "html": "<p>&lt;b&gt;&quot;&amp;</p>", "text": '<b>"&', "more": {"html": '<b>"&'}
    }  # fmt: skip
    assert render({"html": "{{a}}"}, scope, html={"html"}) == {"html": "&lt;b&gt;&quot;&amp;"}
    assert render({"html": "{{list}}"}, scope, html={"html"}) == {"html": "[&quot;&lt;&quot;]"}
    assert render({"html": "{{none}}"}, scope, html={"html"}) == {"html": ""}
