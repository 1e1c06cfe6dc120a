"""Whose files are obeyed: those that only their user and root can write."""

import grp
import os
import pwd

import pytest

from healthtrends.config import load
from healthtrends.config.trust import VARIABLE, check_trusted
from healthtrends.errors import ConfigError
from healthtrends.ingest.transform import load_transform
from healthtrends.orchestrate.wiring.page_resources import chosen_words

NOBODY = 65534


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of our own that is the working directory."""
    found = tmp_path / "place"
    found.mkdir(mode=0o755)
    monkeypatch.chdir(found)
    return found


@pytest.fixture
def file(folder):
    """A configuration in it."""
    found = folder / "healthtrends.toml"
    found.write_text('[kafka]\ntopic = "from-file"')
    found.chmod(0o644)
    return found


@pytest.fixture
def give_away(monkeypatch):
    """Let a file or folder belong to somebody else; without root's rights we become somebody else instead."""

    def give(path):
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        else:
            monkeypatch.setattr(os, "geteuid", lambda: NOBODY)

    return give


def refused(file=None, environ=None):
    with pytest.raises(ConfigError, match="is not obeyed") as caught:
        load(file, {}, environ or {})
    return caught.value


def test_a_file_of_our_own_is_obeyed(file):
    """Found by its name, and named."""
    assert load(None, {}, {}).kafka.topic == load(file, {}, {}).kafka.topic == "from-file"


@pytest.mark.parametrize("named", [False, True])
def test_a_file_of_somebody_else_is_refused(file, give_away, named):
    """Found in the working directory, or by --config."""
    give_away(file)
    error = refused(file if named else None)
    assert "belongs to user" in error.what
    assert str(file) in error.next_step


def test_a_folder_of_somebody_else_is_refused(file, give_away):
    """He can put another file in the place of ours."""
    give_away(file.parent)
    assert f"{file.parent} belongs to user" in refused().what


@pytest.mark.parametrize("mode", [0o666, 0o646])
def test_a_file_that_others_may_write_is_refused(file, mode):
    """Whoever owns it."""
    file.chmod(mode)
    assert "may be written by others (-rw-" in refused().what


def test_a_folder_that_others_may_write_is_refused(file):
    """They can rename our file and put their own there."""
    file.parent.chmod(0o777)
    assert "may be written by others (drwxrwxrwx)" in refused().what


def test_a_sticky_folder_above_is_fine(file):
    """As the temporary one: nobody renames there what belongs to others."""
    file.parent.chmod(0o1777)
    assert load(None, {}, {}).kafka.topic == "from-file"


@pytest.mark.parametrize("open_place", ["target", "link"])
def test_the_folders_of_a_link_and_of_its_target_both_count(file, tmp_path, open_place):
    """Whoever can replace either decides what is read."""
    link = tmp_path / "elsewhere" / "ht.toml"
    link.parent.mkdir(mode=0o755)
    link.symlink_to(file)
    assert load(link, {}, {}).kafka.topic == "from-file"
    place = file.parent if open_place == "target" else link.parent
    place.chmod(0o777)
    assert str(place) in refused(link).what


def test_a_link_of_somebody_else_is_refused(file, tmp_path, give_away):
    """Planted in a sticky folder, it leads where its owner likes."""
    link = tmp_path / "ht.toml"
    link.symlink_to(file)
    give_away(link)
    assert "belongs to user" in refused(link).what


@pytest.mark.parametrize(
    ("name", "members", "private"),
    [("{}", [], True), ("{}", ["{}"], True), ("{}", ["someone"], False), ("staff", [], False)],
)
def test_a_group_counts_as_others_but_for_the_owners_own(file, monkeypatch, name, members, private):
    """It has his name, and no other member."""
    owner = pwd.getpwuid(os.geteuid()).pw_name
    found = (name.format(owner), "x", 1, [member.format(owner) for member in members])
    monkeypatch.setattr(grp, "getgrgid", lambda _: grp.struct_group(found))
    file.chmod(0o664)
    if private:
        assert load(None, {}, {}).kafka.topic == "from-file"
    else:
        assert "may be written by others (-rw-rw-r--)" in refused().what


def test_a_file_that_is_named_in_the_environment_is_obeyed(file):
    """As the error says; among others."""
    file.chmod(0o666)
    environ = {VARIABLE: os.pathsep.join(["/elsewhere/ht.toml", str(file)])}
    assert load(None, {}, environ).kafka.topic == "from-file"


def test_naming_another_file_does_not_help(file):
    """Nor its folder."""
    file.chmod(0o666)
    refused(environ={VARIABLE: f"{file.parent}{os.pathsep}{file}.bak"})


def test_a_missing_file_is_no_matter_of_trust(folder):
    """Whoever opens it says that it is missing."""
    check_trusted(folder / "none.toml", "the file")


def test_links_in_a_circle_end(folder):
    """Opening them fails."""
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    check_trusted(folder / "a", "the file")


def test_the_program_of_an_alert_must_be_trusted(folder):
    """It runs as whoever runs the pipeline."""
    hook = folder / "hook"
    hook.touch()
    hook.chmod(0o777)
    with pytest.raises(ConfigError, match=r"the program of alert\.command .* may be written by others"):
        load(None, {}, {"HEALTHTRENDS_ALERT__COMMAND": f'["{hook}"]'})


def test_a_relative_program_lies_beside_the_file_that_names_it(file, tmp_path, monkeypatch):
    """Else it would be looked for wherever the command is run."""
    file.write_text('[alert]\ncommand = ["./hook", "./as it is"]')
    monkeypatch.chdir(tmp_path)
    assert load(file, {}, {}).alert.command == [str(file.parent / "hook"), "./as it is"]


def test_a_script_lies_beside_the_file_that_names_it(file, tmp_path, monkeypatch):
    """Not where the command is run: a script of the same name may be somebody else's there."""
    file.write_text('[alert]\ncommand = ["python3", "-u", "notify.py", "as it is"]')
    (file.parent / "notify.py").touch(mode=0o644)
    (tmp_path / "notify.py").touch()
    monkeypatch.chdir(tmp_path)
    assert load(file, {}, {}).alert.command == ["python3", "-u", str(file.parent / "notify.py"), "as it is"]


def test_a_script_beside_the_file_must_be_trusted(file):
    """It runs as whoever runs the pipeline."""
    file.write_text('[alert]\ncommand = ["python3", "notify.py"]')
    (file.parent / "notify.py").touch()
    (file.parent / "notify.py").chmod(0o666)
    with pytest.raises(ConfigError, match=r"the file of alert\.command .* may be written by others"):
        load(file, {}, {})


def test_a_script_of_somebody_elses_folder_is_refused(file, tmp_path, monkeypatch):
    """When it lies in the working directory only."""
    file.write_text('[alert]\ncommand = ["python3", "notify.py"]')
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    theirs.chmod(0o777)
    (theirs / "notify.py").touch(mode=0o644)
    monkeypatch.chdir(theirs)
    with pytest.raises(ConfigError, match=r"the file of alert\.command .*theirs may be written by others"):
        load(file, {}, {})


def test_an_argument_that_can_be_no_path_is_an_argument(file):
    """Texts may be long."""
    file.write_text(f'[alert]\ncommand = ["mail", "{"a" * 9000}"]')
    assert load(file, {}, {}).alert.command == ["mail", "a" * 9000]


def test_a_program_without_a_path_is_left_to_the_path_variable(file):
    """As in a shell."""
    file.write_text('[alert]\ncommand = ["mail"]')
    assert load(None, {}, {}).alert.command == ["mail"]


def test_foreign_code_is_not_imported(folder, monkeypatch):
    """It would run before anything could be asked."""
    (folder / "open_module.py").write_text("open('ran', 'w').close()")
    (folder / "open_module.py").chmod(0o666)
    monkeypatch.syspath_prepend(str(folder))
    with pytest.raises(ConfigError, match=r"the module of rejects\.transform"):
        load_transform("open_module:mend")
    assert not (folder / "ran").exists()


def test_a_foreign_message_file_is_refused(folder):
    """Its texts become the pages."""
    file = folder / "words.json"
    file.write_text("{}")
    file.chmod(0o666)
    with pytest.raises(ConfigError, match="the message file"):
        chosen_words(str(file))
