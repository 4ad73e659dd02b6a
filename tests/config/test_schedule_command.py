"""`cliphaven schedule`: recordings written, read and replayed, and refused with a sentence. No database is there."""

import gzip
import json

import pytest
from typer.testing import CliRunner

from cliphaven.config.commands import app
from cliphaven.config.commands.schedule import recordings

HEAD = "source,platform,video_id,creator_id,published_at,ts,views,likes,comments,shares,age_h\n"


def cliphaven(*words):
    return CliRunner().invoke(app, ["schedule", *map(str, words)])


def a_csv(tmp_path, *rows, head=HEAD, name="counts.csv"):
    path = tmp_path / name
    path.write_text(head + "".join(f"{row}\n" for row in rows))
    return path


def a_row(clip, hour, views, *, source="x", posted="2026-10-05 00:00:00+00"):
    return f"{source},youtube,{clip},c,{posted},2026-10-{5 + hour // 24:02} {hour % 24:02}:00:00+00,{views},,,,"


@pytest.mark.parametrize("name", ["world.parquet", "world.csv", "world.csv.gz"])
def test_a_world_that_was_written_is_read_as_it_was(tmp_path, name):
    path = tmp_path / name

    assert cliphaven("traces", path, "--seed", 3, "--clips", 4, "--days", 2).exit_code == 0
    found = recordings.read(path)

    assert [len(curve.times) for curve in found.curves] == [97] * 4  # two days of half hours, and the first moment
    assert {curve.platform for curve in found.curves} == {"tiktok", "instagram", "youtube"}
    assert all(curve.posted == pytest.approx(curve.times[0], abs=1e-6) for curve in found.curves)


def test_all_formats_replay_alike(tmp_path):
    told = []
    for name in ("world.parquet", "world.csv", "world.csv.gz"):
        cliphaven("traces", tmp_path / name, "--clips", 6, "--days", 3)
        told.append(json.loads(cliphaven("replay", "--traces", tmp_path / name, "--json").stdout))

    assert told[0]["alone"] == told[1]["alone"] == told[2]["alone"]
    assert told[0]["clips"] == 6


@pytest.mark.parametrize("policy", ["index", "ladder", "hourly", "fixed:12"])
def test_every_policy_can_be_replayed(policy):
    result = cliphaven("replay", "--generate", 1, "--clips", 3, "--days", 2, "--policy", policy, "--json")
    told = json.loads(result.stdout)

    assert told["policy"] == policy
    assert told["alone"]["cost_usd_hours"] >= told["optimum"]["cost_usd_hours"] > 0


def test_people_get_tables():
    result = cliphaven("replay", "--generate", 1, "--clips", 3, "--days", 2)

    assert result.exit_code == 0
    assert "best possible" in result.stdout
    assert "filled" in result.stdout


def test_rows_that_say_nothing_are_left_out(tmp_path):
    path = a_csv(
        tmp_path,
        a_row("a", 0, 100),
        a_row("a", 5, 200),
        a_row("a", 6, ""),
        a_row("a", 7, "NaN"),
        a_row("b", 0, 100),
        "x,youtube,,c,,2026-10-05 00:00:00+00,5,,,,",
    )

    found = recordings.read(path)

    assert [(curve.clip, curve.views) for curve in found.curves] == [("x/a", [100, 200])]
    assert found.too_short == 1


def test_only_what_is_needed_has_to_be_there_and_a_moment_without_a_zone_is_utc(tmp_path):
    path = a_csv(
        tmp_path,
        "TikTok,7,2026-10-05 00:00:00,10",
        "TikTok,7,2026-10-05 06:00:00,70",
        head="platform,video_id,ts,views\n",
    )

    [curve] = recordings.read(path).curves

    assert (curve.clip, curve.platform, curve.posted) == ("7", "tiktok", curve.times[0])
    assert curve.times[1] - curve.times[0] == 6
    assert curve.times[0] * 3600 == 1_791_158_400  # midnight in Greenwich


def test_the_age_tells_when_a_clip_was_posted(tmp_path):
    path = a_csv(
        tmp_path,
        "youtube,7,2026-10-05 12:00:00,10,12",
        "youtube,7,2026-10-05 18:00:00,70,18",
        head="platform,video_id,ts,views,age_h\n",
    )

    [curve] = recordings.read(path).curves

    assert curve.times[0] - curve.posted == pytest.approx(12)


def test_rows_in_any_order_and_rows_told_twice_are_the_same_recording(tmp_path):
    rows = [a_row(clip, hour, 100 * hour) for clip in ("a", "b") for hour in (0, 3, 9)]
    plain = a_csv(tmp_path, *rows)
    mixed = a_csv(tmp_path, *reversed(rows), *rows[1:4], name="mixed.csv")

    assert recordings.read(mixed) == recordings.read(plain)


def test_of_two_counts_of_a_clip_at_one_moment_the_higher_is_taken(tmp_path):
    path = a_csv(tmp_path, a_row("a", 0, 10), a_row("a", 5, 900), a_row("a", 5, 700))

    assert [curve.views for curve in recordings.read(path).curves] == [[10, 900]]


def test_some_sources_can_be_chosen(tmp_path):
    rows = [a_row("a", hour, hour, source=source) for source in ("x", "y") for hour in (0, 5)]

    assert [curve.clip for curve in recordings.read(a_csv(tmp_path, *rows), sources=["y"]).curves] == ["y/a"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("platform,video_id,ts\nyoutube,a,2026-10-05\n", "lacks the column 'views'"),
        (HEAD, "holds no clip"),
        (HEAD + a_row("a", 0, 100) + "\n", "holds no clip"),
        (HEAD + "x,youtube,a,c,,yesterday,5,,,,\n" * 2, "cannot be read"),
        ("", "lacks the column 'platform'"),
        (HEAD + "\n".join([a_row("a", 0, 9), a_row("a", 5, -3)]), "clip 'a' has -3 views at 2026-10-05 05:00:00+00"),
        (HEAD + "\n".join([a_row("a", 0, 9), a_row("a", 5, "inf")]), "a count is from 0 to 100,000,000,000"),
        (HEAD + "\n".join([a_row("a", 0, 9), a_row("a", 5, "many")]), "Could not convert string 'many'"),
        (HEAD + "x,youtube,a,c,,99999-10-05,5,,,,\n" * 2, "moments lie from 1990-01-01 to 2100-01-01"),
        (HEAD + "x,youtube,a,c,,infinity,5,,,,\n" * 2, "moments lie from 1990-01-01 to 2100-01-01"),
        (HEAD + a_row("a", 0, 9, posted="0001-01-01 00:00:00+00") + "\n", "posted 0001-01-01"),
        (HEAD + "x,youtube,a,c,,1999-10-05,5,,,,\nx,youtube,a,c,,2026-10-05,5,,,,\n", "spans 9,862 days"),
    ],
)
def test_what_is_no_recording_is_refused_with_a_sentence(tmp_path, text, sentence):
    path = tmp_path / "counts.csv"
    path.write_text(text)

    result = cliphaven("replay", "--traces", path)

    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1  # one line says it all


@pytest.mark.parametrize("name", ["counts.parquet", "counts.csv.gz"])
@pytest.mark.parametrize("content", [b"", b"\x00\x01 no such thing" * 50])
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)

    result = cliphaven("replay", "--traces", path)

    assert result.exit_code == 2
    assert str(path) in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_an_age_that_cannot_be_is_no_age(tmp_path):
    rows = [f"youtube,7,2026-10-05 0{hour}:00:00,{hour},1e14" for hour in (0, 5)]
    [curve] = recordings.read(a_csv(tmp_path, *rows, head="platform,video_id,ts,views,age_h\n")).curves

    assert curve.posted == curve.times[0]


def test_the_help_says_what_every_option_is():
    told = cliphaven("replay", "--help")

    assert told.exit_code == 0
    assert all(option in told.stdout for option in ("--traces", "--policy", "--mu", "--json", "fixed:H"))


def test_a_cut_short_archive_is_refused(tmp_path):
    path = tmp_path / "counts.csv.gz"
    path.write_bytes(gzip.compress((HEAD + f"{a_row('a', 1, 5)}\n" * 5_000).encode())[:200])

    assert cliphaven("replay", "--traces", path).exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--generate", 1, "--policy", "often"],
        ["--generate", 1, "--budget-from", 2, "--budget-to", 1],
        ["--traces", "nowhere.csv"],
        ["--generate", 1, "--mu", 0],
        ["--generate", 1, "--mu", "nan"],
        ["--generate", 1, "--cpm", "inf"],
        ["--generate", 1, "--cpm", 1e300],
        ["--generate", 1, "--missing", 1],
        ["--generate", 1, "--source", "x"],
        ["--traces", __file__, "--days", 3],
    ],
)
def test_what_makes_no_sense_is_refused(words):
    assert cliphaven("replay", *words).exit_code == 2


def test_a_file_of_another_kind_is_not_written(tmp_path):
    assert cliphaven("traces", tmp_path / "world.json").exit_code == 2
    assert cliphaven("traces", tmp_path / "no" / "world.csv").exit_code == 2
