"""HTML that cannot be broken by what it holds: text is escaped unless it is already HTML.

A treatment code may hold quotes, tags or formulas. Nothing here takes a string for HTML; only `el` makes
`Html`, and `embedded` makes the one form in which data reach a script.
"""

import html
from collections.abc import Iterable

import msgspec

VOID = frozenset({"meta", "link", "input", "br", "col"})
UNENDED = frozenset({"thead", "tbody", "tr", "th", "td", "li", "option", "dt", "dd"})
"""HTML ends them where the next one begins, or that which they are in ends: their end tags are left out."""


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Content = str | Html | None
"""What may stand inside an element: text, HTML, or nothing."""

# A `</script>` or `<!--` in a value would end or change the script element; U+2028 and U+2029 are line ends
# to older JavaScript. Inside a JSON string each may be written as an escape instead.
_IN_SCRIPT = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def el(name: str, /, *children: Content, **attributes: object) -> Html:
    """Make an element; `class_` is `class`, `aria_label` is `aria-label`.

    A value of True is a bare attribute; one of None or False is left out.
    """
    begin = f"<{name}{_attributes(attributes)}>"
    if name in VOID:
        return Html(begin)
    end = "" if name in UNENDED else f"</{name}>"
    return Html(f"{begin}{join(children)}{end}")


def join(children: Iterable[Content]) -> Html:
    """Put pieces behind each other, escaping what is text."""
    return Html("".join(escape(child) for child in children if child is not None))


def escape(content: str) -> str:
    """Text as HTML; HTML as it is."""
    return content if isinstance(content, Html) else html.escape(content, quote=True)


def embedded(value: object) -> Html:
    """JSON that may stand inside a script element, whatever it holds."""
    return Html(msgspec.json.encode(value).decode().translate(_IN_SCRIPT))


def _attributes(attributes: dict[str, object]) -> str:
    shown = ((name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items())
    return "".join(
        f" {name}" if value is True else f' {name}="{html.escape(str(value), quote=True)}"'
        for name, value in shown
        if value is not None and value is not False
    )
