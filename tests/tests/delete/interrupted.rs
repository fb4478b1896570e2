//! A removal that is stopped, or that meets a run that asks for the same article.

use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use newsprint_tests::server::{Request, Response, Site, article_page};
use newsprint_tests::{TestApp, crawler};

use super::{ALL, FIRST, LAST, LATER, WORDS, copy_evidence, run, stored, words_left};

#[test]
fn a_removal_that_was_cut_off_is_finished() {
    let (_site, app, address) = stored("newsprint.db");
    // As a kill between the store and the evidence leaves it.
    copy_evidence(&app);
    let delete = ["delete", &address, "--yes"];
    run(&app, "newsprint.db", LAST, &delete).expect_code(0);
    fs::remove_dir_all(app.path().join("evidence")).unwrap();
    let missing = run(&app, "newsprint.db", LAST, &delete).expect_code(3);
    assert!(
        missing.stderr.contains("run this again"),
        "{}",
        missing.stderr
    );
    fs::rename(app.path().join("backup"), app.path().join("evidence")).unwrap();
    assert_eq!(words_left(&app), ALL);
    run(&app, "newsprint.db", LAST, &delete).expect_code(0);
    assert_eq!(words_left(&app), [""; 0]);
}

#[test]
fn a_removal_that_is_killed_anywhere_is_finished() {
    let (_site, app, address) = stored("newsprint.db");
    let files = |folder: &Path| {
        let files = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path());
        files.filter(|file| file.is_file()).collect::<Vec<_>>()
    };
    let copied = |from: &Path| {
        files(from)
            .iter()
            .map(|file| (file.clone(), fs::read(file).unwrap()))
            .collect::<Vec<_>>()
    };
    let whole = [copied(app.path()), copied(&app.path().join("evidence"))].concat();
    let delete = [
        "--db",
        "newsprint.db",
        "--now",
        LAST,
        "delete",
        &address,
        "--yes",
    ];
    let mut n_running = 0;
    for delay in 0..10 {
        for folder in [app.path().to_owned(), app.path().join("evidence")] {
            files(&folder)
                .iter()
                .for_each(|file| fs::remove_file(file).unwrap());
        }
        whole
            .iter()
            .for_each(|(file, bytes)| fs::write(file, bytes).unwrap());
        assert_eq!(words_left(&app), ALL);
        let mut child = app.start(&delete);
        std::thread::sleep(Duration::from_millis(8 * delay));
        n_running += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        app.run(&delete).expect_code(0);
        assert_eq!(words_left(&app), [""; 0], "killed after {delay}");
    }
    assert!(
        n_running >= 3,
        "only {n_running} kills met a running process"
    );
}

/// Removes an article as soon as it is asked for again, before it is answered.
#[derive(Default)]
struct Remover {
    app: OnceLock<(TestApp, String)>,
}

impl Remover {
    fn remove(&self) {
        if let Some((app, address)) = self.app.get() {
            let removed = run(app, "newsprint.db", LATER, &["delete", address, "--yes"]);
            // The log is still read by the run that asks.
            assert!([0, 3].contains(&removed.code), "{removed:?}");
        }
    }
}

#[test]
fn what_was_asked_for_while_it_was_removed_is_not_kept() {
    let remover = Arc::new(Remover::default());
    let in_site = remover.clone();
    let site = Site::start(1, move |request: &Request| match request.path.as_str() {
        "/a" => {
            in_site.remove();
            let words = WORDS[usize::from(in_site.app.get().is_some())];
            let page = article_page("Zugzwang on the Russell 2000", 200);
            Response::html(page.replacen("</p>", &format!(" {words}.</p>"), 1))
        }
        _ => Response::status(404),
    });
    let address = site.at(1, "/a");
    let app = crawler("0.0", &[]);
    run(&app, "newsprint.db", FIRST, &["fetch", "--url", &address]).expect_code(0);
    assert!(remover.app.set((app, address)).is_ok());
    let (app, address) = remover.app.get().unwrap();
    let again = run(app, "newsprint.db", LATER, &["fetch", "--url", address]).expect_code(0);
    assert!(
        again.stderr.contains("1 refused earlier"),
        "{}",
        again.stderr
    );
    assert_eq!(words_left(app), [""; 0]);
    let outcomes = app.select("SELECT outcome, revision_key IS NULL FROM fetch_attempt WHERE role = 'page' ORDER BY attempted_at");
    assert_eq!(outcomes, [["ok", "0"], ["deleted", "1"]]);
    let due = app.select("SELECT due_at FROM fetch_item");
    assert_eq!(due, [["null"]]);
}
