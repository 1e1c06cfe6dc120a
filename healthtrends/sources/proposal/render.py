"""The proposal as TOML, with a comment for each guess."""

import json
from collections.abc import Iterable, Iterator, Mapping

from healthtrends.sources.proposal.file_form import FormGuess
from healthtrends.sources.proposal.guesses import Guess

_HEAD = """\
# Proposal for {name}, guessed from {rows} rows: read each line and correct it.
# Rules: docs/how-to/map-tables.md. Then: healthtrends produce --check --map THIS {name}
"""


def proposal(name: str, rows: int, form: FormGuess | None, guesses: Iterable[Guess], timezone: str) -> str:
    """The whole file; `form` is None for what has no form to be guessed."""
    guesses = list(guesses)
    lines = [_HEAD.format(name=name, rows=f"{rows:,}"), "[source]", 'format = "record"']
    lines += ["# Zone of times without an offset.", f"timezone = {_value(timezone)}", ""]
    if form is not None:
        lines += ["[source.file]", *_form(form), ""]
    lines += ["[source.mapping]", *(line for guess in guesses for line in _rule(guess))]
    if not any(guess.field == "record_id" for guess in guesses):
        lines += [
            "# record_id: no column looks like the id of a row. Without one a row gets an id of its content:",
            "# sent again it changes nothing, but a corrected row counts as a second record.",
        ]
    return "\n".join(lines) + "\n"


def _form(form: FormGuess) -> Iterator[str]:
    for key in ("delimiter", "charset", "decimal", "quote"):
        if key in form.reasons:
            yield f"# {_line(form.reasons[key])}"
        yield f"{key} = {_value(getattr(form.form, key))}"


def _rule(guess: Guess) -> Iterator[str]:
    yield f"# {_line(guess.why)}"
    yield f'# {guess.field} = "?"   needed: name the column' if guess.rule is None else _setting(guess)


def _setting(guess: Guess) -> str:
    return f"{guess.field} = {_value(guess.rule)}"


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(str(key))} = {_value(each)}" for key, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    # A JSON string is a TOML string but for one character, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    is_bare = key.isascii() and key.replace("_", "").isalpha()
    return key if is_bare else _value(key)


def _line(text: str) -> str:
    """One line without control characters: words of the table stand in comments."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)
