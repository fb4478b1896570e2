//! What is recorded does not depend on how it comes: at once, twice, or in parts.

use newsprint_domain::identifier::IndexId;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::clock::Clock;
use crate::table::Format;

fn context() -> Context {
    Context {
        config: Config::shipped().unwrap(),
        clock: Clock::new(Some("2026-11-01T12:00:00Z".parse().unwrap())),
        cancel: CancellationToken::new(),
        format: Format::Table,
        formats: vec![],
        offline: true,
    }
}

/// A line of a file, and whether it is in its first half.
type Line = (String, bool);

/// Lines of closes on sessions from `first` on that move by `steps` basis points; some stand twice, some are no rows at all.
fn lines(context: &Context, first: usize, steps: &[(i16, u8, bool)]) -> Vec<Line> {
    let calendar = context.config.require_calendar("XNYS").unwrap();
    let mut close = 2_000.0;
    let mut lines = Vec::new();
    for (session, (step, odd, is_first)) in calendar.sessions()[first..].iter().zip(steps) {
        close *= 1.0 + f64::from(*step) / 10_000.0;
        let line = format!("{},{close:.2}\n", session.date);
        match odd {
            // A session without a row.
            0 => {}
            1 => lines.extend([(line.clone(), !is_first), (line, *is_first)]),
            2 => lines.extend([("2024-13-45,1\n".into(), *is_first), (line, *is_first)]),
            _ => lines.push((line, *is_first)),
        }
    }
    lines
}

/// What is recorded after these files were imported.
async fn recorded(context: &Context, files: &[String]) -> BTreeMap<NaiveDate, f64> {
    let store = Store::in_memory().await.unwrap();
    for file in files {
        let mut import = Import::new(context, &store, Jumps::Refused);
        import
            .bytes("RUT.csv", file.as_bytes(), None)
            .await
            .unwrap();
    }
    let as_of = AsOf {
        instant: context.now(),
        reconstructed: false,
    };
    let closes = store
        .prices(&IndexId::new("RUT").unwrap(), as_of)
        .await
        .unwrap();
    store.close().await;
    closes
}

#[test]
fn a_file_gives_the_same_closes_twice_and_in_two_halves() {
    let context = context();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let steps = prop::collection::vec((-200_i16..=200, 0_u8..20, any::<bool>()), 1..60);
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let same = runner.run(&(7_000_usize..14_000, steps), |(first, steps)| {
        let lines = lines(&context, first, &steps);
        let file = |is_wanted: &dyn Fn(bool) -> bool| {
            let lines = lines.iter().filter(|(_, is_first)| is_wanted(*is_first));
            let lines: String = lines.map(|(line, _)| line.as_str()).collect();
            format!("Date,Close\n{lines}")
        };
        let whole = file(&|_| true);
        let halves = [file(&|is_first| is_first), file(&|is_first| !is_first)];
        let closes = runtime.block_on(recorded(&context, std::slice::from_ref(&whole)));
        let n_days = steps.iter().filter(|(_, odd, _)| *odd > 0).count();
        prop_assert_eq!(closes.len(), n_days);
        for files in [&[whole.clone(), whole][..], &halves] {
            prop_assert_eq!(&runtime.block_on(recorded(&context, files)), &closes);
        }
        Ok(())
    });
    same.unwrap();
}
