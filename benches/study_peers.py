"""Times newsprint's study commands against alphalens and statsmodels on the same files; see study_peers.sh.

Each side reads the files and computes all numbers in processes of their own, start and imports included: alphalens cleans the factor and computes
information coefficients and mean returns by quantile, statsmodels the HAC regressions, in one process; newsprint runs
`study ic` and `study regression`. The times are medians of whole processes, the sides taking turns.
"""

import contextlib
import io
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

HORIZONS, QUANTILES, ROUNDS = (1, 5, 10, 21), 5, 5
N_DATES, N_ASSETS = 1000, 20


def write_data(folder: Path) -> None:
    """A factor of 20,000 rows that says a little of the next day, closes of 20 assets, and a regression of 20,000 rows."""
    import numpy as np
    import pandas as pd

    draw = np.random.default_rng(20240717)
    dates = pd.bdate_range("2018-01-01", periods=N_DATES + max(HORIZONS))
    assets = [f"A{number:02d}" for number in range(N_ASSETS)]
    returns = draw.normal(0, 0.015, (len(dates), N_ASSETS))
    closes = pd.DataFrame(100 * np.exp(returns.cumsum(0)), index=dates, columns=assets)
    closes.rename_axis("date").to_csv(folder / "prices.csv")
    factor = pd.DataFrame(returns[1 : N_DATES + 1] * 5 + draw.normal(size=(N_DATES, N_ASSETS)), index=dates[:N_DATES], columns=assets)
    factor = factor.stack().rename_axis(["date", "asset"]).rename("factor")
    factor.reset_index().to_csv(folder / "factor.csv", index=False)
    errors = draw.normal(size=N_DATES * N_ASSETS)
    for row in range(1, len(errors)):
        errors[row] += 0.5 * errors[row - 1]
    x = draw.normal(size=len(errors))
    pd.DataFrame({"x": x, "y": 0.02 * x + errors}).to_csv(folder / "regression.csv", index=False)


def peers(folder: Path) -> dict[str, float]:
    """All numbers by alphalens, pandas, scipy and statsmodels."""
    warnings.filterwarnings("ignore")
    import alphalens
    import numpy as np
    import pandas as pd
    import statsmodels.api as sm
    from scipy import stats

    prices = pd.read_csv(folder / "prices.csv", index_col="date", parse_dates=True)
    factor = pd.read_csv(folder / "factor.csv", parse_dates=["date"]).set_index(["date", "asset"]).factor
    with contextlib.redirect_stdout(io.StringIO()):
        data = alphalens.utils.get_clean_factor_and_forward_returns(factor, prices, periods=HORIZONS, quantiles=QUANTILES)
    columns = alphalens.utils.get_forward_returns_columns(data.columns)
    coefficients = alphalens.performance.factor_information_coefficient(data)
    demeaned, errors = alphalens.performance.mean_return_by_quantile(data)
    raw, _ = alphalens.performance.mean_return_by_quantile(data, demeaned=False)
    found = {}
    for horizon, column in zip(HORIZONS, columns, strict=True):
        known = coefficients[column].dropna()
        t, p = stats.ttest_1samp(known, 0)
        lags = max(horizon - 1, math.floor(4 * (len(known) / 100) ** (2 / 9)))
        fit = sm.OLS(known.values, np.ones(len(known))).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
        row = {
            "n_dates": len(known), "n_rows": len(data), "mean": known.mean(), "std_ddof1": known.std(), "icir": known.mean() / known.std(),
            "t": t, "p": p, "share_positive": (known > 0).mean(), "nw_t": fit.tvalues[0], "nw_p": fit.pvalues[0],
        }
        found |= {f"ic {horizon} {name}": float(value) for name, value in row.items()}
        for quantile in demeaned.index:
            row = {
                "mean_return": raw.loc[quantile, column], "mean_demeaned": demeaned.loc[quantile, column],
                "std_error": errors.loc[quantile, column],
            }
            found |= {f"quantile {horizon} {int(quantile)} {name}": float(value) for name, value in row.items()}
    rows = pd.read_csv(folder / "regression.csv").dropna()
    lags = math.floor(4 * (len(rows) / 100) ** (2 / 9))
    fit = sm.OLS(rows.y, sm.add_constant(rows.x)).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
    for place, name in enumerate(("alpha", "beta")):
        for kind, values in (("", fit.params), ("se_", fit.bse), ("t_", fit.tvalues), ("p_", fit.pvalues)):
            found[f"regression {kind}{name}"] = float(values.iloc[place])
    return found | {"regression r_squared": float(fit.rsquared)}


def commands(newsprint: str, folder: Path) -> list[list[str]]:
    ic = ["--factor", "factor.csv", "--prices", "prices.csv", "--horizons", ",".join(map(str, HORIZONS)), "--quantiles", str(QUANTILES)]
    regression = ["--input", "regression.csv", "--y", "y", "--x", "x", "--lags", "auto"]
    return [
        [newsprint, "study", "ic", *ic, "--common-rows", "--format", "json"],
        [newsprint, "study", "regression", *regression, "--format", "json"],
    ]


def ours(newsprint: str, folder: Path) -> dict[str, float]:
    """All numbers by newsprint."""
    answers = [
        json.loads(subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout)
        for command in commands(newsprint, folder)
    ]
    found = {f"ic {row['horizon']} {name}": value for row in answers[0]["rows"] for name, value in row.items()}
    for row in answers[0]["quantiles"]:
        found |= {f"quantile {row['horizon']} {row['quantile']} {name}": value for name, value in row.items()}
    return found | {f"regression {name}": value for name, value in answers[1]["rows"][0].items()}


def timed(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main(newsprint: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_data(folder)
        peer = [sys.executable, __file__, "--peer", str(folder)]
        run_ours = lambda: [subprocess.run(command, cwd=folder, check=True, capture_output=True) for command in commands(newsprint, folder)]
        numbers, expected = ours(newsprint, folder), json.loads(subprocess.check_output(peer))
        # The first run of each, above, warmed the files and, of Python, the compiled modules.
        times = [(timed(run_ours), timed(lambda: subprocess.check_output(peer))) for _ in range(ROUNDS)]
        mine, theirs = (statistics.median(side) for side in zip(*times, strict=True))
        inside = json.loads(subprocess.check_output([*peer, "--inside"]))
    difference, where = max((abs(numbers[key] - value) / max(abs(value), 1e-300), key) for key, value in expected.items())
    print(f"rows: {N_DATES * N_ASSETS} of a factor, {N_DATES * N_ASSETS} of a regression; numbers compared: {len(expected)}")
    print(f"alphalens + statsmodels: {theirs:8.3f} s (whole process); {inside:.3f} s without start and imports")
    print(f"newsprint:               {mine:8.3f} s (two whole processes)")
    print(f"ratio: {theirs / mine:.0f} (whole processes), {inside / mine:.0f} (without Python's start and imports)")
    print(f"largest relative difference: {difference:.1e} ({where})")


if __name__ == "__main__":
    if sys.argv[1] == "--peer":
        result = peers(Path(sys.argv[2]))
        if "--inside" in sys.argv:
            print(json.dumps(timed(lambda: peers(Path(sys.argv[2])))))
        else:
            print(json.dumps(result))
    else:
        main(sys.argv[1])
