"""The wrong forms of the protocol: each is one switch that the model looks at, and each must be caught."""

from enum import Enum


class Mutant(Enum):
    """One rule of docs/explanation/commit-protocol.md left out or turned round."""

    COLLECT_OTHERS = "R3 deletes the staging of every other epoch"
    NO_HELP = "the newest commit is not rolled forward before the next one"
    NO_OWNER_CHECK = "a writer that lost a number does not look who owns its partitions"
    NO_SNAPSHOT_LOOK = "a writer that finds its manifest at a number does not look for a snapshot of it"
    ROLL_BEFORE_LOOK = "a writer rolls forward before it looks for a snapshot of its number"
    SNAPSHOT_UNPLACED = "a snapshot is written of a state that is not rolled forward"
    NO_SECOND_LOOK = "a reader does not look at the snapshots again"
    NO_NEXT_CHECK = "a writer that lost a number does not look at the next offsets and the files to remove"
    SAME_NAME = "a second attempt to create a file uses the first one's name"
    OVERWRITE = "a manifest is renamed to its number with overwriting"
    PUBLISH_FIRST = "files are put in place before the manifest has its number"
    RESUME_FROM_BROKER = "a writer begins at the offsets that the broker remembers"


NONE: frozenset[Mutant] = frozenset()
