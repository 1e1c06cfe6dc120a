"""Check of a batch before its commit: each offset is accounted for, and it ends where it had to end."""

from healthtrends.errors import StagingFailed
from healthtrends.ingest.batch import Staged
from healthtrends.ingest.stager import Staging
from healthtrends.ingest.worker_protocol import Task

_NEXT_STEP = "run again; if it stays so, it is a fault of the program: report it with this line"


def check_batch(task: Task, staging: Staging, staged: Staged, *, is_halted: bool) -> None:
    """Raise StagingFailed unless each offset is stored, rejected, or in a hole.

    A batch that was halted may end before its end, no other.
    """
    offsets = sum(end - task.starts[partition] for partition, end in staged.nexts.items())
    messages = staged.counts.messages
    holes = sum(hole.offsets for hole in staged.holes)
    if messages + holes != offsets:
        raise StagingFailed(
            f"{offsets} offsets were read, {messages} messages came of them and {holes} gave none",
            "nothing was committed",
            _NEXT_STEP,
        )
    if any(end < task.starts[partition] for partition, end in staged.nexts.items()):
        raise StagingFailed("a batch ended before its start", "nothing was committed", _NEXT_STEP)
    if staged.nexts != staging.nexts and not is_halted:
        raise StagingFailed("a batch ended before its end", "nothing was committed", _NEXT_STEP)
