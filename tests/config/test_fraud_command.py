"""`cliphaven fraud`: files scored, calibrated on and replayed, and refused with a sentence. No database is there."""

import gzip
import json

import pytest
from typer.testing import CliRunner

from cliphaven.config.commands import app
from cliphaven.config.commands.fraud import evaluating
from cliphaven.config.commands.fraud.many_cores import answered
from cliphaven.fraud.rules.worlds.sampling import Sampling

HEAD = "source,platform,video_id,creator_id,published_at,ts,views,likes,comments,shares,age_h\n"


def cliphaven(*words):
    return CliRunner().invoke(app, ["fraud", *map(str, words)])


def a_csv(tmp_path, *rows, head=HEAD, name="counts.csv"):
    path = tmp_path / name
    text = (head + "".join(f"{row}\n" for row in rows)).encode()
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return path


def a_row(clip, hour, views, likes="", *, source="x"):
    moment = f"2026-10-{5 + hour // 24:02} {hour % 24:02}:00:00+00"
    return f"{source},TikTok,{clip},c-{clip},2026-10-05 00:00:00+00,{moment},{views},{likes},,,"


def a_burst(clip="a"):
    """Ten views an hour, three thousand in one, and no likes for them."""
    gains = [10, 10, 10, 10, 3_000, 10, 10, 10, 10]
    return [a_row(clip, hour + 2, 1_000 + sum(gains[:hour]), 80) for hour in range(len(gains) + 1)]


def a_quiet_clip(clip="b"):
    return [a_row(clip, hour + 2, 1_000 + 20 * hour, 80 + hour) for hour in range(10)]


@pytest.mark.parametrize("name", ["counts.csv", "counts.csv.gz"])
def test_a_file_is_scored_with_reasons_the_most_doubted_first(tmp_path, name):
    result = cliphaven("score", "--observations", a_csv(tmp_path, *a_quiet_clip(), *a_burst(), name=name), "--json")
    told = json.loads(result.stdout)

    assert [clip["clip"] for clip in told["clips"]] == ["x/a", "x/b"]
    assert [clip["band"] for clip in told["clips"]] == ["hold", "clear"]
    assert "3,000 views came in" in json.dumps(told["clips"][0]["reasons"])
    assert told["clips"][0]["onset_at"] == "2026-10-05T06:00:00+00:00"


def test_rows_in_any_order_are_the_same_bytes(tmp_path):
    there = cliphaven("score", "--observations", a_csv(tmp_path, *a_burst(), name="a.csv"), "--json").stdout
    back = cliphaven("score", "--observations", a_csv(tmp_path, *a_burst()[::-1], name="b.csv"), "--json").stdout

    assert there == back


def test_people_get_a_table(tmp_path):
    result = cliphaven("score", "--observations", a_csv(tmp_path, *a_burst()))

    assert result.exit_code == 0
    assert "1 of them doubted" in result.stdout


def test_as_of_a_moment_later_rows_are_not_known(tmp_path):
    file = a_csv(tmp_path, *a_burst())
    told = json.loads(cliphaven("score", "--observations", file, "--at", "2026-10-05 05:30:00", "--json").stdout)

    assert told["clips"][0]["band"] == "clear"


def test_an_empty_counter_was_not_measured(tmp_path):
    file = a_csv(tmp_path, *(a_row("a", hour, 1_000 * 2**hour) for hour in range(6)))
    told = json.loads(cliphaven("score", "--observations", file, "--json").stdout)

    assert not {"elastic", "slump", "eng_total"} & told["clips"][0]["strengths"].keys()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "lacks the column 'platform'"),
        ("views\n1\n", "lacks the column 'platform'"),
        (HEAD, "no reading"),
        (HEAD + "x,tiktok,a,c,,2026-10-05,,,,,\n", "no reading"),
        (HEAD + "x,tiktok,a,c,,2026-10-05,-5,,,,\n", "no reading"),
        (HEAD + "x,tiktok,a,c,,yesterday,5,,,,\n", "cannot be read"),
        (HEAD + "x,tiktok,a,c,,2026-10-05,many,,,,\n", "cannot be read"),
    ],
)
@pytest.mark.parametrize("command", ["score", "backtest"])
def test_a_file_that_holds_nothing_is_refused_in_one_line(tmp_path, content, said, command):
    path = tmp_path / "bad.csv"
    path.write_text(content)
    result = cliphaven(command, "--observations", path, "--json")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_file_that_is_not_there_is_refused(tmp_path):
    result = cliphaven("score", "--observations", tmp_path / "nothing.csv")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "There is no file" in result.stderr


def test_tables_that_are_none_are_refused(tmp_path):
    bad = tmp_path / "tables.json"
    bad.write_text("{}")
    result = cliphaven("score", "--observations", a_csv(tmp_path, *a_burst()), "--calibration", bad)

    assert result.exit_code == 2
    assert "is no calibration" in result.stderr


def test_an_installation_s_own_history_becomes_peer_tables(tmp_path):
    rows = [row for number in range(220) for row in a_quiet_clip(f"clip-{number:03}")]
    tables = tmp_path / "tables.json"
    made = cliphaven("calibrate", tables, "--observations", a_csv(tmp_path, *rows))
    told = json.loads(
        cliphaven("score", "--observations", a_csv(tmp_path, *a_burst()), "--calibration", tables, "--json").stdout
    )

    assert made.exit_code == 0, made.output
    assert told["calibration"] == json.loads(tables.read_text())["id"]
    assert told["clips"][0]["band"] == "hold"


def test_too_few_clips_are_no_peers(tmp_path):
    result = cliphaven("calibrate", tmp_path / "tables.json", "--observations", a_csv(tmp_path, *a_burst()))

    assert result.exit_code == 2
    assert "need 200" in result.stderr


def test_a_backtest_tells_what_changed_thresholds_would_have_held(tmp_path):
    file = a_csv(tmp_path, *a_burst(), *a_quiet_clip())
    told = json.loads(cliphaven("backtest", "--observations", file, "--hold-from", 99, "--cpm", 100, "--json").stdout)

    assert (told["now"]["clips_held"], told["then"]["clips_held"]) == (1, 0)
    assert told["no_longer_held"] == ["x/a"]
    # 3,040 views at a dollar a thousand: 304 cents.
    assert told["now"]["cents_held"] == (3_040 * 100 + 500) // 1000


def test_an_evaluation_tells_rows_and_targets(monkeypatch):
    monkeypatch.setattr(evaluating, "WAYS", (Sampling.HOURLY,))
    monkeypatch.setattr(evaluating, "KINDS", ("burst",))
    result = cliphaven("evaluate", "--seed", 3, "--clips", 50, "--attacks", 10, "--days", 8, "--json")
    told = json.loads(result.stdout)

    rows = {row["kind"]: row for row in told["rows"]["hourly"]}
    assert rows["honest"]["clips"] == 50
    assert rows["burst"]["share"] > 0.5
    assert {figure["name"] for figure in told["targets"]} >= {"burst: found", "duplicate: found", "payout ring: wrong"}


def test_many_cores_answer_in_order():
    heard = []

    assert list(answered(abs, list(range(-40, 0)), tell=heard.append)) == list(range(40, 0, -1))
    assert heard[-1] == 1.0
