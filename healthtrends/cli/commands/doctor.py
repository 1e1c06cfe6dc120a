"""`doctor`: whether everything that is needed is there."""

from healthtrends.cli.context import CommandContext, command

_SIGN = {"ok": "ok     ", "warning": "warning", "error": "ERROR  "}


@command("doctor")
def doctor(context: CommandContext) -> int:
    """Check that everything needed is there.

    Python, packages, Java, jars, ports, disk, key, the MLLP door, Kafka and HDFS. Starts nothing; writes
    and deletes a small file under the root, as every run does first.

    Each finding that is not well says what to do next. Exit code 1 when one is an error.
    """
    settings = context.settings()

    import msgspec

    from healthtrends.orchestrate.wiring.doctor import findings
    from healthtrends.orchestrate.wiring.local_stack import local_stack

    found = []
    for finding in findings(settings, local_stack()):
        found.append(finding)
        context.output.text(f"{_SIGN[finding.level]} {finding.name}: {finding.text}")
        if finding.next_step and finding.level != "ok":
            context.output.text(f"        next: {finding.next_step}")
    failed = any(finding.level == "error" for finding in found)
    context.output.document({"ok": not failed, "findings": msgspec.to_builtins(found)})
    return 1 if failed else 0
