//! Files that plots are written into.

use std::fs;

use super::*;
use crate::exit::Misuse;

#[test]
fn a_file_is_written_whole_or_not_at_all_by_the_end_of_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let figure = samples::lead_lag();
    let beginnings = [
        ("a.svg", "<svg"),
        ("a.PNG", "\u{fffd}PNG"),
        ("a.b.html", "<!DOCTYPE html>"),
    ];
    for (name, beginning) in beginnings {
        let path = parse_file(folder.path().join(name).to_str().unwrap()).unwrap();
        fs::write(&path, "an older file").unwrap();
        write(&figure, &path).unwrap();
        let bytes = fs::read(&path).unwrap();
        assert!(
            String::from_utf8_lossy(&bytes).starts_with(beginning),
            "{name}"
        );
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);

    let empty = lead_lag(Heading::default(), "", vec![], 0.1);
    let kept = folder.path().join("a.svg");
    let error = format!("{:#}", write(&empty, &kept).unwrap_err());
    assert!(
        error.ends_with("a.svg: there is nothing to draw: the table has no rows"),
        "{error}"
    );
    assert!(fs::read_to_string(&kept).unwrap().starts_with("<svg"));

    fs::create_dir(folder.path().join("folder.svg")).unwrap();
    assert!(write(&figure, &folder.path().join("folder.svg")).is_err());
    assert!(write(&figure, &folder.path().join("missing/a.svg")).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[test]
fn another_end_of_the_name_is_refused_with_the_three_that_there_are() {
    for name in ["plot", "plot.pdf", "plot.svg.gz", ".svg"] {
        let error = parse_file(name).unwrap_err();
        assert!(
            error.contains(".svg, .png or .html") && error.contains(name),
            "{error}"
        );
        let error = write(&samples::lead_lag(), Path::new(name)).unwrap_err();
        assert!(error.is::<Misuse>(), "{error}");
    }
}
