//! Regressions and hit rates of `newsprint study`, on a small series of twenty dates.
//!
//! What is expected was computed of the same files with pandas 3.1, scipy 1.17 (`binomtest`) and statsmodels 0.15
//! (`OLS(…).fit(cov_type="HAC")`, `proportion_confint(method="wilson")`).

use newsprint_tests::study::{check, run, study};
use newsprint_tests::{TestApp, rows};

#[test]
fn regressions_agree_with_statsmodels() {
    let given = [
        "regression",
        "--input",
        "regression.csv",
        "--y",
        "price",
        "--x",
        "x",
    ];
    let found = |arguments: &[&str]| {
        let output = study(&[&given, arguments].concat()).expect_code(0);
        rows(&output)[0].clone()
    };
    check(
        &found(&["--horizon", "2", "--lags", "auto"]),
        &[
            ("n", 17.0),
            ("n_dropped", 3.0),
            ("lags", 2.0),
            ("alpha", -0.010_362_668_063_784_023),
            ("beta", 0.009_439_668_396_092_823),
            ("se_alpha", 0.007_681_519_275_648_862),
            ("se_beta", 0.005_680_450_484_581_065_5),
            ("t_alpha", -1.349_038_867_432_729_8),
            ("t_beta", 1.661_781_653_007_226_5),
            ("p_alpha", 0.177_324_482_205_760_03),
            ("p_beta", 0.096_556_562_210_397_85),
            ("r_squared", 0.148_951_311_713_440_45),
        ],
    );
    check(
        &found(&["--horizon", "2", "--lags", "1", "--no-correction"]),
        &[
            ("lags", 1.0),
            ("se_beta", 0.004_913_462_956_631_258),
            ("p_beta", 0.054_708_463_800_914_28),
        ],
    );
    check(
        &found(&[]),
        &[
            ("n", 19.0),
            ("lags", 2.0),
            ("se_beta", 0.609_920_354_534_028_6),
        ],
    );
}

#[test]
fn hit_rates_agree_with_scipy_and_statsmodels() {
    let output = study(&[
        "hit-rate",
        "--input",
        "signal.csv",
        "--signal",
        "signal",
        "--y",
        "y",
    ]);
    let rows = rows(&output.expect_code(0));
    check(
        &rows[0],
        &[
            ("n", 10.0),
            ("n_hits", 4.0),
            ("hit_rate", 0.4),
            ("base_rate", 1.0 / 3.0),
            ("low", 0.168_180_329_706_236_1),
            ("high", 0.687_326_230_266_341_7),
            ("p", 0.739_877_051_262_511_2),
        ],
    );
    check(
        &rows[1],
        &[
            ("n", 8.0),
            ("n_hits", 6.0),
            ("base_rate", 2.0 / 3.0),
            ("p", 1.0),
        ],
    );
    check(
        &rows[2],
        &[
            ("n", 18.0),
            ("n_hits", 10.0),
            ("base_rate", (10.0 / 3.0 + 16.0 / 3.0) / 18.0),
        ],
    );
}

#[test]
fn regressions_of_too_little_are_refused() {
    let refused = |text: &str, arguments: &[&str], expected: &str| {
        let app = TestApp::new();
        app.write("r.csv", text);
        let asked = ["regression", "--input", "r.csv", "--y", "y", "--x", "x"];
        let output = run(&app, &[&asked, arguments].concat()).expect_code(2);
        assert!(
            output.stderr.contains(expected),
            "{expected}: {}",
            output.stderr
        );
    };
    let rising = "x,y\n1,2\n2,1\n3,5\n4,3\n5,NaN\n6,4\n";
    refused(
        "x,y\n1,2\n1,1\n1,5\n1,3\n1,4\n",
        &[],
        "column \"x\" is 1 in all of its 5 rows",
    );
    refused(
        "x,y\n1,2\n2,2\n3,2\n4,2\n5,2\n",
        &[],
        "column \"y\" is 2 in all of its 5 rows",
    );
    refused(
        rising,
        &["--horizon", "3"],
        "2 rows have both \"x\" and \"y\" (4 do not): a line needs at least 5",
    );
    refused(rising, &["--lags", "5"], "there are only 5 rows");
    refused(rising, &["--lags", "many"], "a number of rows, or auto");
    refused(
        "x,y\n1,2\n2,soon\n",
        &[],
        "row 2, column \"y\": \"soon\" is no finite number",
    );
}
