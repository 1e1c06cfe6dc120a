"""Archives of a release: source archive and wheel, the same bytes for the same commit.

`python -m supply_chain.archives FOLDER` exports the commit that is checked out, so that nothing uncommitted
gets in; builds there; packs the source archive again with one time, one owner and sorted names; and builds
the wheel from what is in it. Tools are those of the environment: nothing is fetched.
"""

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from supply_chain.components import ROOT

_EXECUTABLE = 0o111
SUMS = "SHA256SUMS"


def build(source: Path, folder: Path, epoch: int) -> list[Path]:
    """Build both from a folder of sources that may be written to; give their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    environ = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    with tempfile.TemporaryDirectory() as work:
        made = Path(work, "made")
        _backend("build_sdist", source, made, environ)
        (packed,) = made.glob("*.tar.gz")
        archive = folder / packed.name
        archive.write_bytes(repacked(packed.read_bytes(), epoch))
        with tarfile.open(archive) as tar:
            tar.extractall(work, filter="data")
        _backend("build_wheel", Path(work, packed.name.removesuffix(".tar.gz")), folder, environ)
    (wheel,) = folder.glob("*.whl")
    return [archive, wheel]


def repacked(content: bytes, epoch: int) -> bytes:
    """The same files, in the order of their names, without what tells of the machine and the moment."""
    plain = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(content)) as old,
        tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda each: each.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
            member.mode = 0o755 if member.isdir() or member.mode & _EXECUTABLE else 0o644
            member.pax_headers = {}
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=epoch) as file:
        file.write(plain.getvalue())
    return packed.getvalue()


def sums(folder: Path) -> str:
    """Lines of SHA256SUMS: digest and name of all other files, by name."""
    files = sorted(each for each in folder.iterdir() if each.is_file() and each.name != SUMS)
    return "".join(f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n" for each in files)


def release_epoch() -> int:
    """Seconds since 1970: SOURCE_DATE_EPOCH, else the time of the commit that is checked out."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or _git("log", "-1", "--format=%ct"))


def _backend(function: str, source: Path, target: Path, environ: dict[str, str]) -> None:
    """Call the build backend as an installer does, in the sources' folder."""
    target.mkdir(exist_ok=True)
    code = f"import sys; from setuptools import build_meta; build_meta.{function}(sys.argv[1])"
    command = [sys.executable, "-c", code, str(target.absolute())]
    # A wheel keeps the modes of its files.
    subprocess.run(command, cwd=source, env=environ, check=True, stdout=subprocess.DEVNULL, umask=0o022)


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout


def main(folder: Path) -> None:
    """Build from the commit, and write the sums of all files in the folder."""
    with tempfile.TemporaryDirectory() as source:
        with tarfile.open(fileobj=io.BytesIO(_git("archive", "HEAD"))) as tar:
            tar.extractall(source, filter="data")
        for path in build(Path(source), folder, release_epoch()):
            print(path)
    (folder / SUMS).write_text(sums(folder), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
