"""Parameter files that people edit: what means the same is read, what does not is told by place."""

import json
import os
import re

import pytest

import neuroflysim as nfs


@pytest.fixture
def changed(start, tmp_path):
    """Saves the start as .json or .csv, changes its text, and returns the file."""

    def changed(suffix, change):
        path = tmp_path / f"changed{suffix}"
        start.save(path)
        text = path.read_text(encoding="utf-8")
        other = change(text)
        assert other != text
        path.write_text(other, encoding="utf-8", newline="")
        return path

    return changed


def _commas_behind(text):
    return "".join(line + "," * (5 - line.count(",")) + "\r\n" for line in text.splitlines())


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        _commas_behind,
        lambda text: "\ufeff" + _commas_behind(text) + "\r\n,,,,,\r\n\r\n",
        lambda text: text + "# checked on Monday, all well\n",
        lambda text: text.replace("# connectome off", "# T4a is mine\n# connectome off"),
        lambda text: text.replace("time_constant,T5a", "# now T5\ntime_constant,T5a"),
        lambda text: text.replace(",0.05,", ",5e-2,").replace("5e-2", "+.05", 3),
    ],
)
def test_a_table_that_a_spreadsheet_saved_or_a_person_remarked_on_holds_the_same(
    changed, start, change
):
    assert nfs.load_parameters(changed(".csv", change)) == start


WRONG_IN_CSV = [
    ("time_constant,T4a,", "# time_constant,T4a,", "lacks T4a"),
    ("time_constant,T4a,,,0.05,", "time_constant,T4a,,,true,", "T4a is 'true'"),
    ("time_constant,T4a,,,0.05,", "time_constant,T4a,,,nan,", "T4a is 'nan'"),
    ("time_constant,T4a,,,0.05,", "time_constant,T4a,,,inf,", "T4a is 'inf'"),
    ("time_constant,T4a,,,0.05,", "time_constant,T4a,,,1e400,", "T4a is '1e400'"),
    ("time_constant,T4a,,,0.05,", "time_constant,T4a,,,1_000,", "T4a is '1_000'"),
    ("time_constant,T4a,,,0.05,", "time_constant,T4a,,,٠.٥,", "must be a finite number"),
    ("time_constant,T4a,,,0.05,", 'time_constant,T4a,,,"0,05",', "decimals with a point"),
    ("time_constant,T4a,,,0.05,", "time_constant,T4a,,,,", "T4a is ''"),
    ("time_constant,T4a,,,0.05,s", "time_constant,T4a,,,50,ms", "must have 's'"),
    ("time_constant,T4a,,,0.05,s", "time_constant,T4a,,,0.05,", "has the unit ''"),
    ("time_constant,T4a,", "time_constant,T4b,", "stands there already"),
    ("time_constant,T4a,", "time_constant,,", "cell_type is '', but must be named"),
    ("time_constant,T4a,,", "time_constant,T4a,Mi1,", "source_type is 'Mi1'"),
    ("time_constant,T4a,", "Time constant,T4a,", "parameter is 'Time constant'"),
    ("parameter,cell_type,", "parameter,type,", "the columns are parameter, type"),
    ("# connectome offsets sha256", "# offsets sha256", "lacks the sha256 of the offsets"),
    ("# connectome offsets sha256", "# connectome offsets", "once for each table"),
    ("# connectome offsets", "# connectome cell_types", "once for each table"),
    ("# neuroflysim parameters 1\n", "", "its format is"),
    ("# neuroflysim parameters 1\n", "# neuroflysim parameters 2\n", "its format is"),
]


@pytest.mark.parametrize(("old", "new", "said"), WRONG_IN_CSV)
def test_what_a_table_says_wrongly_is_told_with_the_file(changed, old, new, said):
    path = changed(".csv", lambda text: text.replace(old, new, 1))
    with pytest.raises(nfs.InvalidValueError, match=re.escape(said)) as error:
        nfs.load_parameters(path)
    assert "changed.csv" in str(error.value)


def test_a_wrong_number_of_a_table_is_told_with_its_line(changed):
    path = changed(".csv", lambda text: text.replace("T4a,,,0.05", "T4a,,,fast", 1))
    line = next(k for k, text in enumerate(path.read_text().splitlines(), 1) if "fast" in text)
    with pytest.raises(nfs.InvalidValueError, match=f"line {line}: time_constant of T4a"):
        nfs.load_parameters(path)


WRONG_IN_JSON = [
    ('"T4a": 0.05', '"T4a": true', "time_constant_s of T4a is true, but must be a number"),
    ('"T4a": 0.05', '"T4a": "0.05"', 'T4a is "0.05", but must be a number'),
    ('"T4a": 0.05', '"T4a": null', "T4a is null, but must be a number"),
    ('"T4a": 0.05', '"T4a": [0.05]', "T4a is [0.05], but must be a number"),
    ('"T4a": 0.05', '"T4a": NaN', "NaN is no finite number"),
    ('"T4a": 0.05', '"T4a": 1e400', "1e400 is no finite number"),
    ('"T4a": 0.05', '"T4a": 0.05, "T4a": 0.08', "the key 'T4a' stands twice"),
    ('"T4a": 0.05', '"T4x": 0.05', "lacks T4a and has the unknown T4x"),
    ('"T4a": 0.05', '"T4a": -0.05', "time_constant of T4a is -0.05"),
    ('"connectome_sha256"', '"connectome"', "a key is 'connectome'"),
    ('"offsets"', '"Offsets"', "lacks the sha256 of the offsets"),
    ('"format"', '"note": "mine", "format"', "a key is 'note'"),
    ('"neuroflysim parameters 1"', "1", "format is 1, but must be text"),
]


@pytest.mark.parametrize(("old", "new", "said"), WRONG_IN_JSON)
def test_what_a_json_file_says_wrongly_is_told_with_file_and_key(changed, old, new, said):
    path = changed(".json", lambda text: text.replace(old, new, 1))
    with pytest.raises(nfs.InvalidValueError, match=re.escape(said)) as error:
        nfs.load_parameters(path)
    assert "changed.json" in str(error.value)


KEYS = (
    "format",
    "written_by",
    "connectome_sha256",
    "time_constant_s",
    "resting_potential",
    "synapse_strength",
)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("value", [None, -1, True, [], "x", {}, "MISSING"], ids=repr)
def test_no_key_of_a_json_file_may_be_missing_or_of_another_kind(changed, key, value):
    def change(text):
        document = json.loads(text)
        document[key] = value
        if value == "MISSING":
            del document[key]
        return json.dumps(document)

    if (key, value) == ("written_by", "x"):
        return
    with pytest.raises(nfs.InvalidValueError, match=r"changed\.json"):
        nfs.load_parameters(changed(".json", change))


def test_blocks_nested_beyond_reason_are_told(tmp_path):
    (tmp_path / "deep.json").write_text('{"a":' * 100_000 + "1" + "}" * 100_000)
    with pytest.raises(nfs.InvalidValueError, match=r"deep\.json: .* nested beyond reason"):
        nfs.load_parameters(tmp_path / "deep.json")


@pytest.mark.parametrize("name", ["pipe.json", "pipe.csv"])
def test_a_pipe_is_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(nfs.InvalidValueError, match="is a pipe and no file"):
        nfs.load_parameters(tmp_path / name)


@pytest.mark.parametrize("path", ["a" * 5_000, "a" * 5_000 + ".json", "a\0b", "a\0b.csv"])
def test_a_name_that_no_file_can_have_is_told(path):
    with pytest.raises(nfs.InvalidValueError):
        nfs.load_parameters(path)


def test_a_device_is_no_file(tmp_path):
    (tmp_path / "zero.json").symlink_to("/dev/zero")
    with pytest.raises(nfs.InvalidValueError, match="is a device and no file"):
        nfs.load_parameters(tmp_path / "zero.json")
