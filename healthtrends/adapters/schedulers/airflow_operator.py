"""Operator for Airflow 3: the reports of a date as a task.

    HealthTrendsOperator(task_id="reports", date="{{ ds }}", config="healthtrends.toml", retries=3)

A task that ends with a server down is tried again by Airflow's own `retries`; one that no retry helps fails
at once. The XCom of the task is the summary of the run.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from healthtrends.adapters.schedulers.command import RUN, Command, Ended, arguments, not_started


class HealthTrendsOperator(BaseOperator):  # type: ignore[misc]  # Airflow is not there when types are checked
    """Runs `healthtrends run` for `date`, or from `date` to `last`.

    `command` is the program with its subcommand, by its path where it has an environment of its own;
    `environ` is added to the variables of the worker. With `fail_on_gate` a run that passed a quality limit
    fails; else it succeeds with a warning in its log, as all is stored and published.
    """

    template_fields: Sequence[str] = ("date", "last", "config", "environ")

    def __init__(
        self,
        *,
        date: str,
        last: str | None = None,
        config: str | None = None,
        command: Sequence[str] = RUN,
        environ: Mapping[str, str] | None = None,
        fail_on_gate: bool = False,
        **kwargs: Any,  # noqa: ANN401  as of every operator
    ) -> None:
        super().__init__(**kwargs)
        self.date = date
        self.last = last
        self.config = config
        self.command = command
        self.environ = environ
        self.fail_on_gate = fail_on_gate
        self._running: Command | None = None

    def execute(self, context: Any) -> dict[str, Any]:  # noqa: ANN401, ARG002  Airflow's context
        """Run the command; its lines are those of the task's log."""
        try:
            line = arguments(self.date, self.last, self.config, self.command)
            self._running = Command(line, self.environ)
        except (ValueError, OSError) as error:
            raise AirflowFailException(not_started(error)) from error
        with self._running as running:
            ended = running.wait(self.log.info)
        return self._judged(ended)

    def on_kill(self) -> None:
        """Ask the command to end in order."""
        if self._running is not None:
            self._running.stop()

    def _judged(self, ended: Ended) -> dict[str, Any]:
        if ended.is_done and not (ended.has_failed_gate and self.fail_on_gate):
            if ended.has_failed_gate:
                self.log.warning("%s; all is stored and published", ended.text)
            return ended.summary
        if ended.is_worth_a_retry:
            raise AirflowException(ended.text)
        raise AirflowFailException(ended.text)
