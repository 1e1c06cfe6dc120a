"""Every command that README and the pages tell a user to type exists; the cheap ones are run.

`make demo` is `healthtrends demo`, which tests/cli/test_demo.py runs; `make test` is what runs this file.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from healthtrends.audit.description import parse_description
from healthtrends.cli.commands.alarms import ShowByDefault
from healthtrends.cli.main import cli
from healthtrends.config import load
from tests.docs.fenced import FENCE, blocks

REPOSITORY = Path(__file__).resolve().parents[2]
README = REPOSITORY / "README.md"
PAGES = (README, *sorted((REPOSITORY / "docs").rglob("*.md")))
AUDIT = REPOSITORY / "docs" / "how-to" / "audit.md"
PIPELINE = "patient_data_pipeline.py"
# What a user has anyway; the options of these programs are not ours to check.
FOREIGN = frozenset(
    {
        "apt",
        "source",
        "cp",
        "python",
        "export",
        "openssl",
        "kinit",
        "klist",
        "kill",
        "cat",
        "git",
        "cd",
        "umask",
        "systemctl",
        "kubectl",
        "helm",
    }
)


def typed(page: Path) -> Iterator[list[str]]:
    """Each command of the page's `sh` blocks, as words; a chain gives several."""
    for block in blocks(page, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            lexer = shlex.shlex(line.partition("<<")[0], posix=True, punctuation_chars=True)
            lexer.whitespace_split = True
            words = list(lexer)
            start = 0
            for at, word in enumerate([*words, "&&"]):
                if word in ("&&", "|", "&", ";", "(", ")"):
                    if words[start:at]:
                        yield words[start:at]
                    start = at + 1


COMMANDS = [(page, words) for page in PAGES for words in typed(page)]


@pytest.mark.parametrize(
    ("page", "words"),
    COMMANDS,
    ids=[f"{page.name}:{' '.join(words)}" for page, words in COMMANDS],
)
def test_every_command_of_the_pages_exists(page, words):
    """With each of its options and arguments."""
    del page
    while "=" in words[0]:  # NAME=value before the command
        words = words[1:]
    if words[0] == "make":
        targets = re.findall(r"^\.PHONY: (.*)$", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE)
        assert set(words[1:]) <= set(targets[0].split())
    elif words[:2] == ["python", PIPELINE]:
        assert parses(["run", *words[2:]])
    elif words[0] == "healthtrends":
        assert parses(words[1:])
    else:
        assert words[0] in FOREIGN or (REPOSITORY / words[0]).is_file(), words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_with_a_secret_are_for_their_owner_from_the_first_byte(page):
    """A chmod afterwards comes too late for who reads at once."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    makes = [line for line in lines if re.search(r"(openssl rand|--kafka-client)\b.* > ", line)]
    assert [line for line in makes if not line.startswith("(umask 077; ")] == []


def parses(words: list[str]) -> bool:
    """Whether the command line takes these words; raises what it would tell the user."""
    words = words.copy()
    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        if isinstance(command, ShowByDefault) and words[0] not in command.commands:
            words.insert(0, "show")
        command = command.commands[words.pop(0)]
    before_redirection = words[: words.index(">")] if ">" in words else words
    command.make_context("healthtrends", before_redirection)
    return True


def test_the_demo_and_the_tests_are_the_commands_that_readme_says():
    """Both do the set-up first."""
    text = (REPOSITORY / "Makefile").read_text("utf-8")
    assert "demo: setup\n\t$(BIN)/healthtrends demo\n" in text
    assert 'test: check\n\t$(BIN)/python -m pytest -m "not long" ' in text
    assert "check: setup\n" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_the_pages_leads_to_a_file(page):
    """Links into the web are left alone."""
    text = FENCE.sub("", page.read_text("utf-8"))
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_every_test_that_readme_names_is_there():
    """A claim without its test is a claim."""
    for path in re.findall(r"`((?:tests|benchmarks)/[^`]+)`", README.read_text("utf-8")):
        assert (REPOSITORY / path).exists(), path


def test_the_folder_tree_is_that_of_the_package():
    """No folder is missing in the picture, none is invented."""
    tree = next(block for block in blocks(REPOSITORY / "CONTRIBUTING.md", "text") if PIPELINE in block)
    lines = re.findall(r"^  ((?:\w+/ ?)+)", tree, re.MULTILINE)
    told = {name for line in lines for name in re.findall(r"\w+", line)}
    package = REPOSITORY / "healthtrends"
    there = {path.name for path in package.iterdir() if (path / "__init__.py").exists()}
    assert told == there


def test_the_configuration_is_accepted(tmp_path):
    """As it stands in every page that shows one."""
    pages = [page for page in PAGES if "reference" not in page.parts and page != AUDIT]
    shown = [(page, block) for page in pages for block in blocks(page, "toml")]
    assert shown
    for number, (_, block) in enumerate(shown):
        file = tmp_path / f"{number}.toml"
        file.write_text(block, "utf-8")
        load(file, {}, {})


def test_the_description_of_tables_is_accepted():
    """The example of `healthtrends audit`, which is no configuration."""
    (description,) = blocks(AUDIT, "toml")
    assert parse_description(description.encode()).derived[0].digits == 2
