"""`doctor`: whether everything that is needed is there."""

from typing import TYPE_CHECKING

import click

from healthtrends.cli.context import CommandContext, command

if TYPE_CHECKING:
    from healthtrends.orchestrate.wiring.topic_survey import Trial
    from healthtrends.survey.proposal import Survey

_SIGN = {"ok": "ok     ", "warning": "warning", "error": "ERROR  "}


@command("doctor")
@click.option(
    "--topic",
    is_flag=True,
    help="Look at 50 messages of the topic instead: what they are, and the settings that fit.",
)
def doctor(context: CommandContext, *, topic: bool) -> int:
    """Check that everything needed is there.

    Python, packages, Java, jars, ports, disk, key, the MLLP door, Kafka and HDFS. Starts nothing; writes
    and deletes a small file under the root, as every run does first.

    Each finding that is not well says what to do next. Exit code 1 when one is an error.
    """
    settings = context.settings()

    import msgspec

    if topic:
        from healthtrends.orchestrate.wiring.topic_survey import survey_topic

        found, trial = survey_topic(settings)
        _show_survey(context, found, trial)
        context.output.document(msgspec.to_builtins({"survey": found, "trial": trial}))
        return 0

    from healthtrends.orchestrate.wiring.doctor import findings
    from healthtrends.orchestrate.wiring.local_stack import local_stack

    checked = []
    for finding in findings(settings, local_stack()):
        checked.append(finding)
        context.output.text(f"{_SIGN[finding.level]} {finding.name}: {finding.text}")
        if finding.next_step and finding.level != "ok":
            context.output.text(f"        next: {finding.next_step}")
    failed = any(finding.level == "error" for finding in checked)
    context.output.document({"ok": not failed, "findings": msgspec.to_builtins(checked)})
    return 1 if failed else 0


def _show_survey(context: CommandContext, found: "Survey", trial: "Trial | None") -> None:
    """Print what the messages are, then the settings as TOML, then what to know about them."""
    show = context.output.text
    show(f"looked at {found.looked_at} messages:")
    for kind in found.kinds:
        name = " in ".join((kind.format, *reversed(kind.envelopes)))
        show(f"  {kind.messages} {name}{f': {kind.detail}' if kind.detail else ''}")
        for what, names in (("charset", kind.charsets), ("events", kind.events), ("ids", kind.ids)):
            if names:
                show(f"      {what}: {', '.join(names)}")
    if found.toml:
        show("")
        show(found.toml.rstrip())
    if trial is not None:
        rejected = sum(trial.rejected.values())
        show("")
        show(f"with these settings: {trial.stored} stored, {trial.skipped} skipped, {rejected} rejected")
        for reason, number in trial.rejected.items():
            show(f"  {number} {reason}")
    for note in found.notes:
        show(f"note: {note}")
