"""Releases with differential privacy: what they cost, that they are drawn once, and what they write."""

import csv
import io
import json
from collections import Counter

import pytest

from healthtrends.adapters.opendp_noise import OpenDpNoise
from healthtrends.config.dp import Dp
from healthtrends.errors import ConfigError, UsageError
from healthtrends.model.privacy_budget import Budget, Spend, refusal, spent
from healthtrends.orchestrate.noisy_release import NoisePlan
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.orchestrate.wiring.noise_plan import open_noise_plan
from tests.unit.test_pipeline import DAYS, World, run, send, world  # noqa: F401  a fixture

DAY = DAYS[0]
FOLDER = f"/r/release_dp/patients_by_diagnosis/date={DAY}"
MOST = Budget(10.0, 0.001)


class Doubled:
    """Noise that a test can foresee; notes how often it was drawn."""

    cost = Budget(1.0, 0.0)

    def __init__(self) -> None:
        self.draws = 0

    def draw(self, counts):
        self.draws += 1
        return {code: 2 * count + self.draws for code, count in counts.items()}


def plan(noise, ceiling=MOST, month=MOST):
    return NoisePlan(noise, 5.0, 5, None, ceiling, month)


class Counting(World):
    """Its engine counts patients by code, in at most some codes each."""

    def count_bounded(self, paths, *_):
        lines = [json.loads(line) for path in paths for line in self.pool.store.read(path).splitlines()]
        return Counter(line["diagnosis_code"] for line in lines)


@pytest.fixture
def final(world):  # noqa: F811
    """A root whose date is published and final."""
    world.__class__ = Counting
    send(world, 3)
    run(world)
    return world


def written(final):
    store = final.pool.store
    text = store.read(f"{FOLDER}/part-00000.csv").decode()
    return list(csv.reader(io.StringIO(text))), json.loads(store.read(f"{FOLDER}/_meta.json"))


def test_a_final_date_is_written_with_its_noise_and_what_it_cost(final):
    """And marked as whole."""
    done = Pipeline(final).noisy_releases.release(DAY, plan(Doubled()))
    rows, meta = written(final)
    assert rows == [["diagnosis", "patients"], ["E11", "7"]]
    assert (meta["epsilon"], meta["delta"], meta["scale"], meta["spend"]) == (1.0, 0.0, 5.0, 1)
    assert done.is_new
    assert final.pool.store.length(f"{FOLDER}/_SUCCESS") == 0


def test_nothing_exact_is_stored_of_a_release(final):
    """Neither in its folder nor with its draw."""
    Pipeline(final).noisy_releases.release(DAY, plan(Doubled()))
    draw = json.loads(final.pool.store.read("/r/_ht/noisy_draws/000001.json"))
    assert draw["counts"] == {"E11": 7}
    assert "records" not in written(final)[1]


def test_the_same_command_again_draws_and_spends_nothing(final):
    """Two draws of one count have a mean with less noise."""
    noise = Doubled()
    for _ in range(2):
        done = Pipeline(final).noisy_releases.release(DAY, plan(noise))
    assert (noise.draws, done.is_new, len(Pipeline(final).noisy_releases.spends())) == (1, False, 1)


def test_another_draw_has_to_be_asked_for_and_spends_again(final):
    """The folder holds the newer one."""
    noise = Doubled()
    Pipeline(final).noisy_releases.release(DAY, plan(noise))
    Pipeline(final).noisy_releases.release(DAY, plan(noise), again=True)
    assert spent(Pipeline(final).noisy_releases.spends()) == Budget(2.0, 0.0)
    assert written(final)[0][1] == ["E11", "8"]


def test_a_spend_beyond_the_ceiling_is_refused_and_nothing_is_drawn(final):
    """The sentence says what is spent and what may be."""
    noise = Doubled()
    with pytest.raises(UsageError) as refused:
        Pipeline(final).noisy_releases.release(DAY, plan(noise, ceiling=Budget(0.5, 0.0)))
    assert "epsilon of all dates would be 1, and 0.5 is the ceiling; 0 are spent" in str(refused.value)
    assert (noise.draws, Pipeline(final).noisy_releases.spends()) == (0, ())


def test_a_process_that_died_before_its_draw_is_finished_at_no_new_cost(final):
    """The spend is there, and nobody has seen anything of it."""

    class Dying(Doubled):
        def draw(self, _):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Pipeline(final).noisy_releases.release(DAY, plan(Dying()))
    Pipeline(final).noisy_releases.release(DAY, plan(Doubled()), again=True)
    assert len(Pipeline(final).noisy_releases.spends()) == 1
    assert written(final)[1]["spend"] == 1


@pytest.mark.parametrize("left", [f"{FOLDER}/_SUCCESS", FOLDER])
def test_a_folder_that_is_not_whole_is_filled_with_the_same_draw(final, left):
    """As it is after a process died while it installed."""
    noise = Doubled()
    Pipeline(final).noisy_releases.release(DAY, plan(noise))
    before = written(final)
    final.pool.store.delete(left)
    Pipeline(final).noisy_releases.release(DAY, plan(noise))
    assert written(final) == before
    assert noise.draws == 1


def test_a_date_that_is_not_final_is_refused(world):  # noqa: F811
    """A later record would need a second release."""
    world.__class__ = Counting
    with pytest.raises(UsageError, match="cannot be released"):
        Pipeline(world).noisy_releases.release(DAY, plan(Doubled()))


def test_the_log_with_spends_verifies_and_survives_its_snapshot(final):
    """Snapshots hold the spends."""
    final.snapshot_every = 1
    Pipeline(final).noisy_releases.release(DAY, plan(Doubled()))
    Pipeline(final).noisy_releases.release(DAY, plan(Doubled()), again=True)
    assert [each for each in Pipeline(final).maintenance.verify(None).findings if not each["ok"]] == []
    assert len(Pipeline(final).noisy_releases.spends()) == 2


def test_days_of_a_month_have_a_ceiling_of_their_own():
    """Another month has its own."""
    before = [Spend(date="2025-12-01", at="", epsilon=2.0), Spend(date="2025-11-30", at="", epsilon=2.0)]
    wanted = Spend(date="2025-12-02", at="", epsilon=1.0)
    assert refusal(before, wanted, MOST, Budget(3.0, 0.0)) is None
    assert "of its month would be 3, and 2.5" in refusal(before, wanted, MOST, Budget(2.5, 0.0))


def test_a_tenth_ten_times_is_not_more_than_one():
    """Decimal fractions do not add up exactly."""
    before = [Spend(date="2025-12-01", at="", epsilon=0.1)] * 9
    assert refusal(before, before[0], Budget(1.0, 0.0), Budget(1.0, 0.0)) is None


def test_the_cost_of_known_codes_is_the_epsilon_asked_for():
    """Vector of whole numbers, five codes a patient, epsilon 1: scale 5 (figures of OpenDP)."""
    noise = OpenDpNoise(1.0, 5)
    assert noise.scale == 5.0
    assert noise.known_codes(["A01", "J10.1"]).cost == Budget(1.0, 0.0)


def test_unknown_codes_cost_a_delta_besides():
    """Scale 5 and threshold 60: 1.69e-5 (figures of OpenDP)."""
    cost = OpenDpNoise(1.0, 5).thresholded(60).cost
    assert cost.epsilon == pytest.approx(1.0)
    assert cost.delta == pytest.approx(1.69e-5, rel=1e-2)


def test_a_listed_code_that_nobody_has_gets_noise_too_and_no_other_code_is_told():
    """Whether a code is in the release must not depend on the data."""
    drawn = OpenDpNoise(1.0, 5).known_codes(["A01", "J10.1"]).draw({"J10.1": 500, "Z99": 9})
    assert drawn.keys() == {"A01", "J10.1"}
    assert abs(drawn["J10.1"] - 500) < 200


def test_codes_below_the_threshold_are_left_out():
    """A code of one patient would tell that it is there."""
    drawn = OpenDpNoise(1.0, 5).thresholded(60).draw({"J10.1": 5000, "Z99": 1, "A01": 0})
    assert drawn.keys() == {"J10.1"}


def test_the_noise_is_spread_as_its_scale_says():
    """Mean distance from the count of discrete Laplace noise of scale 5: 2 q / (1 - q^2), q = exp(-1/5)."""
    codes = [f"c{number}" for number in range(20_000)]
    drawn = OpenDpNoise(1.0, 5).known_codes(codes).draw({})
    assert sum(map(abs, drawn.values())) / len(drawn) == pytest.approx(4.967, rel=0.05)


def test_a_list_of_codes_is_read_as_reports_spell_them(tmp_path):
    """With comments and each code once."""
    path = tmp_path / "codes.txt"
    path.write_text("j101  # influenza\nE11\nJ10.1\n")
    found = open_noise_plan(Dp(codes_file=str(path)))
    assert found.noise.draw({}).keys() == {"E11", "J10.1"}
    assert found.threshold is None


@pytest.mark.parametrize("text", ["J10.1\nflu\n", "# none\n"])
def test_a_list_with_a_line_that_is_no_code_is_refused(tmp_path, text):
    """As one without any."""
    path = tmp_path / "codes.txt"
    path.write_text(text)
    with pytest.raises(ConfigError, match="cannot be used"):
        open_noise_plan(Dp(codes_file=str(path)))
