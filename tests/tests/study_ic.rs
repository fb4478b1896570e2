//! The cross-sectional statistics of `newsprint study`, on a small factor of five assets over twenty dates.
//!
//! What is expected was computed of the same files with alphalens-reloaded 0.5.1 (`mean_return_by_quantile`), pandas 3.1,
//! scipy 1.17 (`spearmanr` by date, `ttest_1samp`) and statsmodels 0.15 (`OLS(…).fit(cov_type="HAC")`).

use newsprint_tests::study::{check, run, study};
use newsprint_tests::{Output, TestApp, fixture, rows};
use serde_json::Value;

fn ic(arguments: &[&str]) -> Output {
    let files = ["ic", "--factor", "factor.csv", "--prices", "prices.csv"];
    study(&[&files, arguments].concat()).expect_code(0)
}

fn notes(output: &Output) -> String {
    output.json()["notes"].to_string()
}

#[test]
fn information_coefficients_agree_with_pandas_and_statsmodels() {
    let output = ic(&["--horizons", "1,5"]);
    let rows = rows(&output);
    check(
        &rows[0],
        &[
            ("horizon", 1.0),
            ("n_dates", 18.0),
            ("n_rows", 89.0),
            ("mean", 0.066_604_105_451_989_01),
            ("std_ddof1", 0.464_055_670_492_938),
            ("icir", 0.143_526_110_522_988_64),
            ("t", 0.608_929_716_168_810_9),
            ("p", 0.550_622_349_104_282_3),
            ("share_positive", 11.0 / 18.0),
            ("nw_lags", 2.0),
            ("nw_t", 0.899_910_869_450_325_6),
            ("nw_p", 0.368_167_685_245_138_54),
        ],
    );
    check(
        &rows[1],
        &[
            ("n_dates", 14.0),
            ("n_rows", 69.0),
            ("mean", -0.170_480_747_372_248_7),
            ("std_ddof1", 0.517_131_842_993_133_3),
            ("t", -1.233_496_943_479_820_9),
            ("p", 0.239_228_203_785_284_56),
            ("nw_lags", 4.0),
            ("nw_t", -2.010_053_956_010_577_5),
            ("nw_p", 0.044_425_478_547_696_316),
        ],
    );
    let notes = notes(&output);
    assert!(
        notes.contains("94 of 95 rows of factor.csv meet prices.csv; 1 have no factor"),
        "{notes}"
    );
    assert!(
        notes.contains("h = 1: 1 of 19 dates have no coefficient"),
        "{notes}"
    );
    assert!(notes.contains("h = 5: 20 of 94 rows have no return and are left out: 20 because the prices end on 2024-01-29"), "{notes}");
}

#[test]
fn a_longer_horizon_takes_no_row_from_a_shorter_one_unless_asked_to() {
    let alone = rows(&ic(&["--horizons", "1"]));
    let beside = rows(&ic(&["--horizons", "1,5,19"]));
    assert_eq!(alone[0], beside[0]);
    assert_eq!(
        beside[2]["mean"],
        Value::Null,
        "one date is too few: {}",
        beside[2]
    );
    let common = rows(&ic(&["--horizons", "1,5", "--common-rows"]));
    check(
        &common[0],
        &[("n_dates", 14.0), ("mean", 0.063_517_679_471_515_03)],
    );
}

#[test]
fn quantiles_agree_with_alphalens() {
    let output = ic(&["--horizons", "1,5", "--quantiles", "2"]);
    let found = output.json()["quantiles"].as_array().unwrap().clone();
    let names = ["n", "mean_return", "mean_demeaned", "std_error"];
    let expected = [
        [
            53.0,
            -0.004_686_190_820_688_644_4,
            -0.001_739_763_008_654_315_6,
            0.001_250_357_328_360_857_5,
        ],
        [
            31.0,
            -0.000_560_113_456_220_825_1,
            0.002_386_314_355_813_504,
            0.002_134_005_335_730_59,
        ],
        [
            84.0,
            0.004_126_077_364_467_819,
            0.004_126_077_364_467_819,
            0.002_473_332_210_098_823_3,
        ],
        [
            40.0,
            -0.005_048_343_067_223_279,
            0.009_379_702_388_327_839,
            0.002_809_012_061_517_031_5,
        ],
        [
            24.0,
            -0.029_779_423_791_640_1,
            -0.015_351_378_336_088_982,
            0.004_513_852_757_464_068_5,
        ],
        [
            64.0,
            -0.024_731_080_724_416_82,
            -0.024_731_080_724_416_82,
            0.005_316_522_874_756_972,
        ],
    ];
    assert_eq!(found.len(), expected.len());
    for (row, expected) in found.iter().zip(expected) {
        let pairs: Vec<(&str, f64)> = names.into_iter().zip(expected).collect();
        check(row, &pairs);
    }
    assert_eq!(found[2]["quantile"], "spread");
    assert!(
        notes(&output).contains("h = 1: 2 of 19 dates have no quantiles"),
        "{}",
        notes(&output)
    );
    let alone = study(&[
        "quantiles",
        "--factor",
        "factor.csv",
        "--prices",
        "prices.csv",
        "--horizons",
        "1,5",
        "--quantiles",
        "2",
    ]);
    assert_eq!(rows(&alone.expect_code(0)), found);
}

#[test]
fn prices_may_have_a_row_per_asset_and_stand_in_any_order() {
    let app = TestApp::new();
    let wide = std::fs::read_to_string(fixture("study").join("prices.csv")).unwrap();
    let mut lines = wide.lines();
    let assets: Vec<&str> = lines.next().unwrap().split(',').skip(1).collect();
    let mut long = vec!["date,asset,volume,close".to_owned()];
    for line in lines.rev() {
        let (date, closes) = line.split_once(',').unwrap();
        let closes = assets.iter().zip(closes.split(','));
        long.extend(closes.map(|(asset, close)| format!("{date} 00:00:00,{asset},1,{close}")));
    }
    app.write("long.csv", &long.join("\n"));
    let factor = std::fs::read_to_string(fixture("study").join("factor.csv")).unwrap();
    app.write("factor.csv", &factor);
    let found = run(
        &app,
        &[
            "ic",
            "--factor",
            "factor.csv",
            "--prices",
            "long.csv",
            "--horizons",
            "1,5",
        ],
    );
    assert_eq!(
        rows(&found.expect_code(0)),
        rows(&ic(&["--horizons", "1,5"]))
    );
}

#[test]
fn what_does_not_meet_is_said_and_never_dropped_in_silence() {
    let prices =
        "date,A,B,C\n2024-01-02,1,2,3\n2024-01-03,2,2,5\n2024-01-04,3,1,\n2024-01-05,1,2,3\n";
    let refused = |factor: &str, prices: &str, expected: &str| {
        let app = TestApp::new();
        app.write("f.csv", factor);
        app.write("p.csv", prices);
        let output = run(
            &app,
            &[
                "ic",
                "--factor",
                "f.csv",
                "--prices",
                "p.csv",
                "--horizons",
                "1",
            ],
        );
        let output = output.expect_code(2);
        assert!(
            output.stderr.contains(expected),
            "{expected}: {}",
            output.stderr
        );
        assert_eq!(output.stdout, "");
    };
    let zoned = "date,asset,factor\n2024-01-02T00:00:00-05:00,A,1\n";
    refused(
        zoned,
        prices,
        "0 of 1 rows of f.csv meet a close of p.csv: only one of the two states a zone",
    );
    refused(
        "date,asset,factor\n2024-01-02 16:00,A,1\n",
        prices,
        "1 are of dates that it does not hold (the first 2024-01-02 16:00:00",
    );
    refused(
        "date,asset,factor\n2024-01-02,a,1\n",
        prices,
        "1 are of assets that it does not hold (the first \"a\")",
    );
    refused(
        "date,asset,factor\n2024-01-02,A,1\n2024-01-02,A,2\n",
        prices,
        "row 2, column \"date\": 2024-01-02 of \"A\" stands in row 1 too",
    );
    refused(
        "date,asset,factor\n2024-01-02,A,1\n",
        "date,A\n2024-01-02,1\n2024-01-02,1\n",
        "stands in row 1 too",
    );
    refused(
        "date,asset,factor\n2024-01-02,A,1\n",
        "date,A\n2024-01-02,0\n",
        "a close is above zero",
    );
    refused(
        "date,asset\n2024-01-02,A\n",
        prices,
        "it has no column \"factor\"",
    );

    let app = TestApp::new();
    let days = ["02", "03", "04", "06"]
        .map(|day| format!("2024-01-{day},A,1\n2024-01-{day},B,2\n2024-01-{day},C,3\n"));
    app.write("f.csv", &format!("date,asset,factor\n{}", days.concat()));
    app.write("p.csv", prices);
    let asked = [
        "ic",
        "--factor",
        "f.csv",
        "--prices",
        "p.csv",
        "--horizons",
        "1",
    ];
    let output = run(&app, &asked).expect_code(0);
    let told = notes(&output);
    assert!(told.contains("9 of 12 rows of f.csv meet p.csv; 3 are of dates that it does not hold (the first 2024-01-06"), "{told}");
    assert!(
        told.contains(
            "h = 1: 2 of 9 rows have no return and are left out: 2 because a close is missing"
        ),
        "{told}"
    );
    assert_eq!(rows(&output)[0]["n_rows"], 7);
    let carried = run(&app, &[&asked[..], &["--carry-closes"]].concat()).expect_code(0);
    assert_eq!(rows(&carried)[0]["n_rows"], 9);
    app.write(
        "f.csv",
        "date,asset,factor\n2024-01-02,A,1\n2024-01-03,A,2\n",
    );
    let alone = run(&app, &asked).expect_code(1);
    assert!(notes(&alone).contains("too few"), "{}", notes(&alone));
    assert_eq!(rows(&alone)[0]["mean"], Value::Null);
}
