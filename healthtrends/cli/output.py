"""Everything the commands print: data on stdout, settings and errors on stderr.

With `--json` stdout holds exactly one JSON document, also when the command fails.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from healthtrends.config import Settings, printed
from healthtrends.errors import HealthTrendsError
from healthtrends.observe import Mode, event, for_stream
from healthtrends.visible_text import in_one_line, visible

if TYPE_CHECKING:
    from healthtrends.model.csvtext import Row

ALWAYS_SHOWN = ("kafka.bootstrap_servers", "kafka.topic", "hdfs.url", "hdfs.root", "engine.name")
LOCAL = "(local stack)"


class Output:
    """The output of one invocation."""

    def __init__(self, mode: Mode) -> None:
        self.mode = mode
        self._document_written = False

    def settings(self, settings: Settings) -> None:
        """Print where the run reads and writes, and all that is not the default; `-v`: everything."""
        if self.mode.quiet or self.mode.json:
            return
        values, defaults = printed(settings), printed(Settings())
        shown = {
            key: value
            for key, value in values.items()
            if self.mode.verbose or key in ALWAYS_SHOWN or value != defaults.get(key)
        }
        if self.mode.log_format == "json":
            event("settings", **shown)
            return
        for key, value in shown.items():
            missing = LOCAL if key in ALWAYS_SHOWN else "(not set)"
            self.note(f"  {key} = {missing if value is None else value}")

    def document(self, content: Mapping[str, object]) -> None:
        """Print the one JSON document; does nothing without `--json`."""
        if self.mode.json and not self._document_written:
            self._document_written = True
            self._print(visible(json.dumps(content, indent=2, default=str, ensure_ascii=False)))

    def text(self, line: str) -> None:
        """Print a line of data on stdout; `--json` has the document instead."""
        if not self.mode.json:
            self._print(line)

    def raw(self, content: bytes) -> None:
        """Write bytes to stdout as they are, e.g. a report's CSV; on a terminal spell out control signs."""
        if sys.stdout.isatty():
            self._print(content.decode("utf-8", "backslashreplace").removesuffix("\n"))
            return
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()

    @property
    def draws_tables(self) -> bool:
        """Whether a CSV file is shown as a table."""
        return sys.stdout.isatty() and not self.mode.json

    def csv(
        self,
        title: str,
        header: "Row",
        rows: Iterable["Row"],
        *,
        wide: bool | None = None,
        spreadsheet: bool = False,
    ) -> None:
        """Print a table on a terminal, and the bytes of a CSV file elsewhere. Not with `--json`.

        `spreadsheet`: what one would run as a formula is mere text.
        """
        if self.mode.json:
            return
        from healthtrends.model.csvtext import csv_bytes, for_spreadsheet

        rows = for_spreadsheet(rows) if spreadsheet else rows
        if not self.draws_tables:
            self.raw(csv_bytes(header, rows))
            return
        self.table(title, header, rows, wide=wide)

    def note(self, line: str) -> None:
        """Say something to the person at the terminal, on stderr; `--quiet` hides it."""
        if self.mode.quiet or self.mode.json:
            return
        if self.mode.log_format == "json":
            event("note", text=line.strip())
        else:
            self._print(line, sys.stderr)

    def table(
        self,
        title: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[object]],
        *,
        wide: bool | None = None,
    ) -> None:
        """Print a table on stdout; numbers to the right. Not with `--json`.

        On a terminal the columns that fit, from the left, and a line that names the others; all when `wide`.
        """
        if self.mode.json:
            return
        from healthtrends.cli.table import print_table

        lines = [[in_one_line(_cell(value)) for value in row] for row in rows]
        print_table(in_one_line(title), [in_one_line(column) for column in columns], lines, wide=wide)

    def failure(self, what: str, why: str, next_step: str) -> None:
        """Print what went wrong, why, and what to do next; `--quiet` does not hide it.

        With `--log-format json` it is a line of the log, so that all of stderr is JSON.
        """
        if self.mode.log_format == "json":
            event("error", what=what, why=why, next=next_step)
            return
        said = (("error: ", what), ("  why:  ", why), ("  next: ", next_step))
        # Further lines, of a server or in a file's name, are set in, so that none looks like a line of ours.
        lines = (head + text.replace("\n", "\n" + " " * len(head)) for head, text in said if text)
        self._print("\n".join(lines), sys.stderr)

    def error(self, error: HealthTrendsError) -> None:
        """Print an error; with `--json` it is also the document."""
        self.failure(error.what, error.why, error.next_step)
        self.document(
            {
                "error": {
                    "kind": type(error).__name__,
                    "what": error.what,
                    "why": error.why,
                    "next": error.next_step,
                    "exit_code": error.exit_code,
                }
            }
        )

    @staticmethod
    def _print(text: str, stream: TextIO | None = None) -> None:
        stream = stream or sys.stdout
        print(for_stream(text, stream), file=stream)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
