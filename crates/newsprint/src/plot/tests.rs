//! Each kind of plot against its golden picture, and what hostile, missing or extreme data must not do to any of them.

mod files;
mod samples;

use proptest::prelude::*;

use super::axis::{Axis, date_ticks, days};
use super::svg::escaped;
use super::*;

#[test]
fn every_kind_of_plot_is_drawn_as_its_golden_picture() {
    let golden = [
        (
            "quantile_returns",
            include_str!("tests/quantile_returns.svg"),
        ),
        ("event_study", include_str!("tests/event_study.svg")),
        (
            "tone_against_index",
            include_str!("tests/tone_against_index.svg"),
        ),
        ("lead_lag", include_str!("tests/lead_lag.svg")),
        ("coverage", include_str!("tests/coverage.svg")),
        ("intervals", include_str!("tests/intervals.svg")),
    ];
    let mut changed = vec![];
    for ((name, golden), figure) in golden.into_iter().zip(samples::all()) {
        let drawn = String::from_utf8(figure.drawn(Kind::Svg).unwrap()).unwrap();
        if drawn != golden {
            // Left for the eye.
            let left = std::env::temp_dir().join(format!("newsprint-plot-{name}.svg"));
            std::fs::write(&left, drawn).unwrap();
            changed.push(left);
        }
    }
    assert!(changed.is_empty(), "look at what has changed: {changed:?}");
}

#[test]
fn the_same_figure_is_the_same_bytes_in_every_format() {
    for (one, other) in samples::all().into_iter().zip(samples::all()) {
        for kind in [Kind::Svg, Kind::Png, Kind::Html] {
            assert_eq!(one.drawn(kind).unwrap(), other.drawn(kind).unwrap());
        }
    }
}

#[test]
fn a_png_has_two_pixels_to_the_point_and_ink_of_many_colours() {
    for figure in samples::all() {
        let scene = figure.scene.as_ref().unwrap();
        let png = figure.drawn(Kind::Png).unwrap();
        let picture = tiny_skia::Pixmap::decode_png(&png).unwrap();
        let expected = [scene.width, scene.height].map(|points| (points * 2.0).ceil() as u32);
        assert_eq!([picture.width(), picture.height()], expected);
        let colours = picture.pixels().iter().map(|pixel| {
            assert!(pixel.is_opaque());
            [pixel.red(), pixel.green(), pixel.blue()]
        });
        let colours: std::collections::BTreeSet<_> = colours.collect();
        assert!(colours.len() > 20, "{} colours", colours.len());
        let n_inked = picture.pixels().iter().filter(|pixel| pixel.red() < 128);
        assert!(n_inked.count() > 1_000);
    }
}

#[test]
fn text_of_others_is_text_in_every_format() {
    let hostile = "</title><script>alert('x')</script>&\u{1b}[2J\u{202e}\u{ffff}\"";
    let heading = Heading {
        title: hostile.into(),
        subtitle: hostile.into(),
        measure: hostile.into(),
        notes: vec![hostile.into()],
    };
    let row = IntervalRow {
        label: hostile.into(),
        ..samples::interval("", 0.1, true)
    };
    let figure = intervals(heading, None, hostile, &[row]);
    for kind in [Kind::Svg, Kind::Html] {
        let text = String::from_utf8(figure.drawn(kind).unwrap()).unwrap();
        for forbidden in [
            "<script", "'x'", "\u{1b}", "\u{202e}", "\u{ffff}", "&\u{1b}",
        ] {
            assert!(!text.contains(forbidden), "{forbidden:?} in {text}");
        }
        assert!(text.contains("&lt;/title&gt;&lt;script&gt;alert(&#39;x&#39;)"));
    }
    assert_eq!(escaped("a < b & \"c\"\n"), "a &lt; b &amp; &quot;c&quot; ");
}

#[test]
fn the_page_holds_the_picture_the_data_and_the_notes_and_asks_nothing_of_others() {
    let figure = samples::quantile_returns();
    let page = String::from_utf8(figure.drawn(Kind::Html).unwrap()).unwrap();
    let picture = String::from_utf8(figure.drawn(Kind::Svg).unwrap()).unwrap();
    assert!(page.contains(&picture));
    assert!(page.contains("<th scope=\"col\">date</th><th scope=\"col\" class=\"number\">Q1</th>"));
    let row = "<tr><td>2024-02-01</td><td class=\"number\">-1.500</td><td class=\"number\">–</td>";
    assert!(page.contains(row), "{page}");
    assert!(page.contains("<li>as of 2024-07-30, all that was known</li>"));
    let mut addresses = page
        .match_indices("http:")
        .map(|(place, _)| &page[place..place + 26]);
    assert!(addresses.all(|address| address == "http://www.w3.org/2000/svg"));
    assert!(!page.contains("https:") && !page.contains("src=") && !page.contains("href="));
}

#[test]
fn what_is_not_known_is_a_gap_and_nothing_known_is_nothing_to_draw() {
    let nan = f64::NAN;
    let at = |day| samples::date(2024, 1, day);
    let lines = |values: [f64; 4]| {
        let rows = (2..).zip(values).map(|(day, value)| (at(day), vec![value]));
        let figure = quantile_returns(Heading::default(), rows.collect());
        figure
            .drawn(Kind::Svg)
            .map(|svg| String::from_utf8(svg).unwrap())
    };
    // The line of the quantile is 1.75 points wide, and once more beside its name.
    let n_lines = |svg: &str| svg.matches("stroke-width=\"1.75\"").count() - 1;
    assert_eq!(n_lines(&lines([1.0, 2.0, 3.0, 4.0]).unwrap()), 1);
    assert_eq!(n_lines(&lines([1.0, 2.0, nan, 4.0]).unwrap()), 1);
    assert!(lines([1.0, 2.0, nan, 4.0]).unwrap().contains("<circle"));
    for value in [nan, f64::INFINITY, f64::NEG_INFINITY, f64::MAX] {
        let error = lines([value; 4]).unwrap_err();
        let told = "there is nothing to draw: no row of the table has a value";
        assert_eq!(error.to_string(), told);
        let svg = lines([1.0, value, 3.0, 4.0]).unwrap();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
    let nothing = [
        quantile_returns(Heading::default(), vec![]),
        event_study(Heading::default(), vec![]),
        tone_against_index(Heading::default(), vec![]),
        lead_lag(Heading::default(), "", vec![], 0.1),
        coverage(Heading::default(), vec![]),
        intervals(Heading::default(), Some(0.0), "", &[]),
    ];
    for figure in nothing {
        let error = figure.drawn(Kind::Png).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is nothing to draw: the table has no rows"
        );
    }
}

#[test]
fn no_text_leaves_the_picture() {
    for figure in samples::all().into_iter().chain(samples::extremes()) {
        let scene = figure.scene.unwrap();
        for mark in &scene.marks {
            let scene::Mark::Text {
                at,
                text,
                anchor,
                style,
                ..
            } = mark
            else {
                continue;
            };
            let width = style.width_of(text);
            let left = match anchor {
                scene::Anchor::Start => at.x,
                scene::Anchor::Middle => at.x - width / 2.0,
                scene::Anchor::End => at.x - width,
            };
            assert!(
                left >= 0.0 && left + width <= scene.width,
                "{text:?} from {left}"
            );
            assert!(
                at.y >= style.size() && at.y + 3.0 <= scene.height,
                "{text:?}"
            );
        }
    }
}

/// Whether a number is 1, 2 or 5 times a power of ten.
fn is_round(step: f64) -> bool {
    let shown = format!("{step:.9e}");
    let digits = shown.split('e').next().unwrap().trim_end_matches('0');
    ["1.", "2.", "5."].contains(&digits)
}

proptest! {
    #[test]
    fn ticks_are_four_to_nine_multiples_of_a_round_step_within_the_range(
        middle in -1e9..1e9_f64,
        exponent in -5..9_i32,
        digits in 1.0..10.0_f64,
    ) {
        let width = digits * 10_f64.powi(exponent);
        let (low, high) = (middle - width, middle + width);
        let axis = Axis::around([low, high]).unwrap();
        prop_assert!(axis.low <= low && high <= axis.high);
        prop_assert!((4..=9).contains(&axis.ticks.len()), "{:?}", axis);
        let step = (axis.ticks[axis.ticks.len() - 1].at - axis.ticks[0].at) / (axis.ticks.len() - 1) as f64;
        let rounded: f64 = format!("{step:.0e}").parse().unwrap();
        prop_assert!(is_round(rounded), "{step}");
        for tick in &axis.ticks {
            prop_assert!(axis.low <= tick.at && tick.at <= axis.high, "{:?}", axis);
            let multiple = tick.at / rounded;
            prop_assert!((multiple - multiple.round()).abs() < 1e-4, "{} of {rounded}", tick.at);
        }
        let labels: std::collections::BTreeSet<&String> = axis.ticks.iter().map(|tick| &tick.label).collect();
        prop_assert_eq!(labels.len(), axis.ticks.len());
    }

    #[test]
    fn date_ticks_are_few_in_order_and_within_the_range(start in 0..60_000_u64, length in 1..60_000_u64) {
        let first = samples::date(1900, 1, 1) + chrono::Days::new(start);
        let last = first + chrono::Days::new(length);
        let ticks = date_ticks(first, last);
        prop_assert!((1..=8).contains(&ticks.len()) && (length < 3 || ticks.len() >= 2), "{:?}", ticks);
        prop_assert!(ticks.is_sorted_by(|one, other| one.at < other.at));
        prop_assert!(ticks.iter().all(|tick| days(first) <= tick.at && tick.at <= days(last)));
    }
}

#[test]
fn labels_of_ticks_are_numbers_as_people_read_them() {
    let labels = |low, high| -> Vec<String> {
        let axis = Axis::around([low, high]).unwrap();
        axis.ticks.into_iter().map(|tick| tick.label).collect()
    };
    assert_eq!(labels(-0.04, 0.11)[..3], ["−0.04", "−0.02", "0.00"]);
    assert_eq!(labels(9_000.0, 41_000.0)[..2], ["10,000", "20,000"]);
    assert_eq!(labels(-3.0, -1.0)[..2], ["−3.0", "−2.5"]);
    assert_eq!(labels(7.0, 7.0)[..2], ["6.4", "6.6"]);
    assert_eq!(labels(0.0, 0.0)[..2], ["−1.0", "−0.5"]);
    assert_eq!(labels(0.0, 3e20)[..2], ["0", "1e20"]);
}
