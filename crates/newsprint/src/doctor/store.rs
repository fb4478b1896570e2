//! Whether the store can be read, is of this version's schema, and holds nothing that hangs in the air.

use newsprint_store::{ORPHANS, Store, StoreError, without_password};

use super::{Check, RESTORE, mebibytes, told};
use crate::context::Context;

/// Problems of pages that are named.
const MAX_PROBLEMS: usize = 3;

pub(super) async fn checks(context: &Context, store: &Store) -> Vec<Check> {
    vec![
        Check::or_unreadable("store", size(context, store).await),
        Check::or_unreadable("integrity", integrity(store).await),
        Check::or_unreadable("migrations", migrations(store).await),
        orphans(store).await,
        Check::or_unreadable("evidence", evidence(context, store).await),
        Check::or_unreadable("sums", sums(store).await),
    ]
}

async fn size(context: &Context, store: &Store) -> Result<Check, StoreError> {
    let size = store.size().await?;
    let bytes = mebibytes(size.bytes.try_into().unwrap_or_default());
    let url = without_password(&context.config.settings.store.url);
    Ok(Check::ok(
        "store",
        format!("{url}: {}, {bytes}", size.engine),
    ))
}

/// Whether tables of tone are made of sums that are those of the tags.
async fn sums(store: &Store) -> Result<Check, StoreError> {
    let problems = store.roll_up_problems().await?;
    if problems.is_empty() {
        let found = "sums by theme, index and session are those of the tags, and of their ledger";
        return Ok(Check::ok("sums", found));
    }
    let advice = "`newsprint doctor --rebuild-sums` makes them anew of the tags";
    Ok(Check::fail("sums", problems.join("; "), advice))
}

async fn integrity(store: &Store) -> Result<Check, StoreError> {
    let integrity = store.integrity().await?;
    let n_problems = integrity.problems.len();
    if n_problems == 0 {
        return Ok(Check::ok("integrity", integrity.how));
    }
    let first = integrity.problems.iter().take(MAX_PROBLEMS);
    let first = first.cloned().collect::<Vec<_>>().join("; ");
    let found = format!("{n_problems} problems: {first}");
    Ok(Check::fail("integrity", found, RESTORE))
}

async fn migrations(store: &Store) -> Result<Check, StoreError> {
    let state = store.schema_state().await?;
    let n_applied = state.applied.len();
    Ok(if let Some(version) = state.foreign.first() {
        let found = format!("{version} was applied by another version of newsprint");
        let advice = "install the version of newsprint that made the store, or a newer one";
        Check::fail("migrations", found, advice)
    } else if let Some(version) = state.pending.first() {
        let found = format!("{} are pending, from {version} on", state.pending.len());
        Check::warn(
            "migrations",
            found,
            "`newsprint tag` applies them; make a backup before",
        )
    } else {
        Check::ok("migrations", format!("{n_applied} applied, none pending"))
    })
}

async fn orphans(store: &Store) -> Check {
    let (mut found, mut unreadable) = (Vec::new(), Vec::new());
    for kind in &ORPHANS {
        match store.count_orphans(kind).await {
            Ok(0) => {}
            Ok(n) => found.push(format!("{n} {}", kind.rows)),
            Err(problem) => unreadable.push(format!("{}: {}", kind.rows, told(problem))),
        }
    }
    let name = "orphaned rows";
    if !unreadable.is_empty() {
        let told = format!(
            "{} kinds cannot be checked, {}",
            unreadable.len(),
            unreadable[0]
        );
        found.push(told);
    }
    match found.is_empty() {
        true => Check::ok(name, "none"),
        false => Check::fail(name, found.join("; "), RESTORE),
    }
}

/// Whether the answers that attempts name are still there.
async fn evidence(context: &Context, store: &Store) -> Result<Check, StoreError> {
    let name = "evidence";
    let folder = &context.config.settings.fetch.evidence;
    let files = store.evidence_files().await?;
    if files.is_empty() {
        return Ok(Check::ok(name, "no attempt names a kept answer"));
    }
    let mut problems = Vec::new();
    for file in &files {
        let length = folder.join(&file.file).metadata().map(|found| found.len());
        let last = file.last_offset.try_into().unwrap_or_default();
        match length {
            Ok(length) if length > last => {}
            Ok(length) => problems.push(format!(
                "{} has {length} bytes, and a record from {last} on",
                file.file
            )),
            Err(problem) => problems.push(format!(
                "{} of {} attempts: {problem}",
                file.file, file.n_attempts
            )),
        }
    }
    let shown = folder.display();
    if problems.is_empty() {
        return Ok(Check::ok(name, format!("{} files in {shown}", files.len())));
    }
    let found = format!(
        "{} of {} files are not in {shown} as they were: {}",
        problems.len(),
        files.len(),
        problems[0]
    );
    let advice =
        "put them back from a backup, or set fetch.evidence to the folder that they are in";
    Ok(Check::warn(name, found, advice))
}
