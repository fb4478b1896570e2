//! Whether the machine has room, tells the time, and who says to be at work.

use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use newsprint_store::{OpenLease, Place, Presence, Store, StoreError};

use super::{Check, listed, mebibytes};
use crate::context::Context;

/// Bytes below which there is no room to go on, and below which there soon will be none.
const NO_ROOM: u64 = 100 << 20;
const LITTLE_ROOM: u64 = 1 << 30;

/// Bytes from which on a write-ahead log slows down who reads, in sixteen times the size at which SQLite folds it in.
const LONG_LOG: u64 = 64 << 20;

/// How far two clocks may be apart.
const MAX_SKEW: TimeDelta = TimeDelta::seconds(5);

pub(super) async fn checks_of_store(context: &Context, store: &Store) -> Vec<Check> {
    vec![
        Check::or_unreadable("clock", clock(context, store).await),
        Check::or_unreadable("leases", leases(context, store).await),
    ]
}

/// Room for the store and its evidence, and the length of the log.
pub(super) fn disks(context: &Context) -> Vec<Check> {
    let settings = &context.config.settings;
    let mut checks = Vec::new();
    match Place::of(&settings.store.url) {
        Ok(Place::File(file)) => {
            let folder = file.parent().unwrap_or(Path::new("")).to_owned();
            checks.push(room("disk of the store", folder));
            checks.push(log(&file));
        }
        Ok(Place::Server(_)) => {
            let found = "not visible from here: look at the server's";
            checks.push(Check::ok("disk of the store", found));
        }
        // What is wrong with the address was told where it was opened.
        Err(_) => {}
    }
    if !settings.fetch.evidence.as_os_str().is_empty() {
        checks.push(room(
            "disk of the evidence",
            settings.fetch.evidence.clone(),
        ));
    }
    checks
}

/// Room on the disk of a folder, or of the next one above it that is there.
fn room(name: &'static str, mut folder: PathBuf) -> Check {
    while !folder.as_os_str().is_empty() && !folder.exists() {
        folder.pop();
    }
    if folder.as_os_str().is_empty() {
        folder.push(".");
    }
    let shown = folder.display().to_string();
    let free = match free_bytes(&folder) {
        Ok(free) => free,
        Err(problem) => {
            let advice = "check that the folder may be read";
            return Check::warn(name, format!("{shown}: {problem}"), advice);
        }
    };
    let found = format!("{} free at {shown}", mebibytes(free));
    let advice = "make room, or move the store or the evidence to another disk";
    match free {
        free if free < NO_ROOM => Check::fail(name, found, advice),
        free if free < LITTLE_ROOM => Check::warn(name, found, advice),
        _ => Check::ok(name, found),
    }
}

#[cfg(unix)]
fn free_bytes(folder: &Path) -> std::io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> std::io::Result<u64> {
    Err(std::io::Error::other("room cannot be told on this system"))
}

/// How long the write-ahead log has grown.
fn log(file: &Path) -> Check {
    let name = "write-ahead log";
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    let bytes = Path::new(&log).metadata().map_or(0, |found| found.len());
    match bytes {
        0 => Check::ok(name, "empty"),
        bytes if bytes <= LONG_LOG => Check::ok(name, mebibytes(bytes)),
        bytes => {
            let advice = "end what has read for long; `newsprint tag` then folds it into the store";
            Check::warn(name, mebibytes(bytes), advice)
        }
    }
}

async fn clock(context: &Context, store: &Store) -> Result<Check, StoreError> {
    let name = "clock";
    let before = context.clock.wall();
    if let Some(theirs) = store.server_clock().await? {
        let ours = before + (context.clock.wall() - before) / 2;
        let apart = (theirs - ours).abs();
        if apart > MAX_SKEW {
            let found = format!(
                "the server's is {} seconds apart from ours",
                apart.num_seconds()
            );
            return Ok(Check::warn(
                name,
                found,
                "let both machines keep time by NTP",
            ));
        }
    }
    let later = store.recorded_after(context.now()).await?;
    if later.is_empty() {
        return Ok(Check::ok(name, "no row was recorded later than now"));
    }
    let later: Vec<String> = later
        .iter()
        .map(|later| {
            let latest = later.latest.format("%Y-%m-%d %H:%M:%S UTC");
            format!("{} rows of {} by {latest}", later.n_rows, later.table)
        })
        .collect();
    let found = format!("recorded later than now: {}", listed(&later));
    let advice = "set this machine's clock; tables show these rows once their time has come, or with --as-of";
    Ok(Check::warn(name, found, advice))
}

/// Leases of the dead, which keep others from the work.
async fn leases(context: &Context, store: &Store) -> Result<Check, StoreError> {
    let name = "leases";
    let now = context.clock.wall();
    let leases = store.open_leases().await?;
    if leases.is_empty() {
        return Ok(Check::ok(name, "none is held"));
    }
    let is_old = |lease: &&OpenLease| lease.until < now - TimeDelta::days(1);
    let old: Vec<String> = leases.iter().filter(is_old).map(told).collect();
    let advice = "the next `newsprint run` takes them over";
    if !old.is_empty() {
        let found = format!(
            "ended more than a day ago and were never given back: {}",
            listed(&old)
        );
        return Ok(Check::warn(name, found, advice));
    }
    let held: Vec<String> = leases.iter().map(told).collect();
    if is_anybody_there(context).await? {
        return Ok(Check::ok(
            name,
            format!("held by who is at work: {}", listed(&held)),
        ));
    }
    let found = format!("held by nobody who is alive: {}", listed(&held));
    Ok(Check::warn(name, found, advice))
}

fn told(lease: &OpenLease) -> String {
    let until = lease.until.format("%Y-%m-%d %H:%M:%S UTC");
    format!("{} by {} until {until}", lease.what, lease.holder)
}

async fn is_anybody_there(context: &Context) -> Result<bool, StoreError> {
    let presence = Presence::join(&context.config.settings.store.url).await?;
    let is_alone = presence.is_alone();
    presence.leave().await;
    Ok(!is_alone)
}
