"""`mllp`: HL7v2 messages from a TCP port into the topic."""

import dataclasses

import click

from healthtrends import interrupt
from healthtrends.cli.context import CommandContext, command, local_option
from healthtrends.config import Settings
from healthtrends.observe import counted


@command("mllp")
@click.option(
    "--listen", metavar="HOST:PORT", help="Address to listen on; default: mllp.listen, 127.0.0.1:2575."
)
@local_option
def mllp(context: CommandContext, listen: str | None, *, local: bool) -> int:
    """Take HL7v2 messages over MLLP into the topic, until SIGTERM or Ctrl-C.

    A message is acknowledged (AA) once the broker has confirmed it; AE: it did not, send again; AR: no MSH,
    no MSH-10, or too long. The topic gets the bytes as they came, MSH-10 as the key. At the end what is in
    flight is waited for.

    Example: healthtrends mllp --listen 127.0.0.1:2575
    """
    settings = context.settings(mllp__listen=listen)
    from healthtrends.orchestrate.wiring.recorded_job import recorded_job

    with recorded_job(settings, "mllp") as job:
        context.check_servers(settings, local=local)
        context.output.settings(settings)
        job.exit_code = _serve(context, settings)
    return job.exit_code


def _serve(context: CommandContext, settings: Settings) -> int:
    from healthtrends.orchestrate.wiring.long_process import watched
    from healthtrends.orchestrate.wiring.mllp import serve

    with (
        interrupt.stop_request() as request,
        watched(settings, "mllp.counts", context.output.note) as watch,
    ):
        result = serve(settings, request.event, context.output.note, watch)
    context.output.document(dataclasses.asdict(result))
    context.output.text(
        f"{counted(result.accepted, 'message')} accepted into {settings.kafka.topic}, "
        f"{result.failed:,} not confirmed, {result.rejected:,} rejected"
    )
    return interrupt.EXIT_CODE if request.interrupted else 0
