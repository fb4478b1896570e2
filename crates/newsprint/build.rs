//! Compiles the shipped configuration and the demo's data into the binary, so that it runs from any folder.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()?;
    let mut code = String::new();
    for (name, folder) in [("CONFIG", "config"), ("DEMO", "demo")] {
        println!("cargo::rerun-if-changed={}", root.join(folder).display());
        let files = files_in(&root.join(folder))?;
        writeln!(
            code,
            "pub(crate) static {name}: [(&str, &[u8]); {}] = [",
            files.len()
        )
        .map_err(io::Error::other)?;
        for file in files {
            let inside = file
                .strip_prefix(root.join(folder))
                .map_err(io::Error::other)?;
            let shown = inside.display().to_string().replace('\\', "/");
            writeln!(code, "    ({shown:?}, include_bytes!({file:?})),")
                .map_err(io::Error::other)?;
        }
        writeln!(code, "];").map_err(io::Error::other)?;
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "how cargo tells a build script where to write"
    )]
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(Path::new(&out).join("shipped.rs"), code)?;
    link_libtorch();
    Ok(())
}

/// With the feature `rust-bert`: where the binary finds libtorch, and that it needs it.
#[expect(
    clippy::disallowed_methods,
    reason = "how cargo and scripts/setup-rust-bert tell a build script"
)]
fn link_libtorch() {
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    if let (Some(_), Ok(libtorch)) = (env::var_os("CARGO_FEATURE_RUST_BERT"), env::var("LIBTORCH"))
    {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{libtorch}/lib,--no-as-needed,-ltorch_cpu");
    }
}

/// Data files below `folder`, sorted; scripts are left out.
fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_data = path.extension().is_some_and(|extension| {
            ["toml", "csv", "html"]
                .iter()
                .any(|data| *data == extension)
        });
        if path.is_dir() {
            files.extend(files_in(&path)?);
        } else if is_data {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
