"""How a date is released with noise, by the settings `[dp]`."""

from pathlib import Path

from healthtrends.adapters.opendp_noise import OpenDpNoise
from healthtrends.config.dp import Dp
from healthtrends.errors import ConfigError
from healthtrends.model.opt_out import read_ids
from healthtrends.model.privacy_budget import Budget
from healthtrends.model.rejection import Reason
from healthtrends.model.rules import diagnosis_code
from healthtrends.orchestrate.noisy_release import Noise, NoisePlan


def open_noise_plan(settings: Dp) -> NoisePlan:
    """Make the noise of a release. Raises ConfigError without the package, or for a file that is no list."""
    noise = OpenDpNoise(settings.epsilon, settings.max_codes)
    measure: Noise
    if settings.codes_file is None:
        measure, threshold = noise.thresholded(settings.threshold), settings.threshold
    else:
        measure, threshold = noise.known_codes(_codes(Path(settings.codes_file))), None
    if measure.cost.epsilon > settings.epsilon * (1 + 1e-6):
        raise ConfigError(
            f"the noise would cost {measure.cost.epsilon:g}", "dp.epsilon is less", "report this as a fault"
        )
    return NoisePlan(
        measure,
        noise.scale,
        settings.max_codes,
        threshold,
        Budget(settings.max_epsilon, settings.max_delta),
        Budget(settings.max_epsilon_month, settings.max_delta),
    )


def _codes(path: Path) -> list[str]:
    """Codes of a list, one a line, as reports spell them; each once, sorted."""
    try:
        lines = list(read_ids(path.read_text("utf-8-sig")))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigError(f"the list of codes {path} cannot be read", why, "correct dp.codes_file") from error
    codes = [(number, diagnosis_code(text)) for number, text in lines]
    wrong = next((number for number, code in codes if isinstance(code, Reason)), None)
    if wrong is not None or not codes:
        why = f"line {wrong} is no code" if wrong else "it names no code"
        raise ConfigError(f"the list of codes {path} cannot be used", why, "correct dp.codes_file")
    return sorted({str(code) for _, code in codes})
