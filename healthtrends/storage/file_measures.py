"""What a commit brings into the data folders, as numbers for the sinks."""

from healthtrends.observe import is_measured, measure
from healthtrends.storage.layout import Layout
from healthtrends.storage.manifest import Manifest


def measure_files(layout: Layout, seq: int, committed: Manifest) -> None:
    """Measure the new files of commit `seq`: lines, bytes and files of each folder, and their visit dates."""
    if not is_measured():
        return
    folders = {
        layout.records: committed.add,
        layout.rejects: committed.rejects,
        layout.facts: committed.facts,
    }
    measure(
        "files.committed",
        seq=seq,
        folders={
            folder: (sum(file.lines for file in files), sum(file.bytes for file in files), len(files))
            for folder, files in folders.items()
            if files
        },
        dates=sorted({file.date for file in committed.add}),
    )
