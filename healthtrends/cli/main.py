"""The entry point: the command group and the one error handler.

Exit codes: 0 done; 1 failed after retries; 2 usage or configuration; 3 data-quality gate; 4 would
lose data or wrong topic; 5 a dependency is down; 6 nothing to verify; 130 interrupted.
"""

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from healthtrends import __version__, interrupt
from healthtrends.adapters.timeouts import end_with
from healthtrends.cli.commands import COMMANDS
from healthtrends.cli.context import Common, shared_options
from healthtrends.cli.output import Output
from healthtrends.errors import HealthTrendsError, UsageError, WriteFailed
from healthtrends.observe import for_stream, guard


class _InOrder(click.Group):
    """Lists the commands in the order of use, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names as they were added."""
        del ctx
        return list(self.commands)


@click.group(cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="healthtrends")
@shared_options
def cli() -> None:
    """Patient records from Kafka, exactly once into HDFS, as daily diagnosis trends by PySpark.

    With nothing configured, a local Kafka and HDFS are used; `healthtrends demo` starts them.
    """


for _command in COMMANDS:
    cli.add_command(_command)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; never raises. Ends the process when a call hangs."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    common = Common()
    output = guard()
    interrupt.install()
    code = _guarded(arguments, common)
    if failure := output.failure():
        lost = WriteFailed(
            "the output could not be written",
            failure.strerror or type(failure).__name__,
            "Make room for it, then ask again; what was stored or published stays.",
        )
        code = code or _known(lost, common)
    end_with(code)
    return code


def _guarded(arguments: list[str], common: Common) -> int:
    try:
        result = cli.main(arguments, prog_name="healthtrends", standalone_mode=False, obj=common)
    except click.exceptions.NoArgsIsHelpError as error:
        print(for_stream(error.format_message(), sys.stdout))  # noqa: T201  a group alone asks for its help
        return 0
    except click.ClickException as error:
        return _usage(error, arguments, common)
    except (KeyboardInterrupt, click.Abort):
        return interrupt.handled()
    except HealthTrendsError as error:
        return _known(error, common)
    except Exception as error:  # noqa: BLE001  the last resort: one line instead of a traceback
        return _unexpected(error, common)
    return result if isinstance(result, int) else 0


def _usage(error: click.ClickException, arguments: list[str], common: Common) -> int:
    common.look_ahead(arguments)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        if common.log_format != "json":
            print(error.ctx.get_usage(), file=sys.stderr)  # noqa: T201
        hint = f"See `{error.ctx.command_path} --help`."
    else:
        hint = "See `healthtrends --help`."
    Output(common.mode()).error(UsageError(error.format_message(), "", hint))
    return UsageError.exit_code


def _known(error: HealthTrendsError, common: Common) -> int:
    if common.verbose:
        _trace(error)
    Output(common.mode()).error(error)
    return error.exit_code


def _unexpected(error: Exception, common: Common) -> int:
    """Name the kind and the place only: the text of a foreign error could hold a patient's value."""
    if common.verbose:
        _trace(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown place"
    reason = error.strerror if isinstance(error, OSError) and error.strerror else ""
    known = HealthTrendsError(
        f"unexpected {type(error).__name__} at {place}",
        reason,
        "Run the same command with -v to see the full trace; nothing half-done was published.",
    )
    Output(common.mode()).error(known)
    return known.exit_code


def _trace(error: Exception) -> None:
    print(for_stream("".join(traceback.format_exception(error)), sys.stderr), file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
