//! With the feature `rust-bert`: where this crate's tests find libtorch, and that they need it.

fn main() {
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    #[expect(
        clippy::disallowed_methods,
        reason = "how cargo and scripts/setup-rust-bert tell a build script"
    )]
    let (feature, libtorch) = (
        std::env::var_os("CARGO_FEATURE_RUST_BERT"),
        std::env::var("LIBTORCH"),
    );
    if let (Some(_), Ok(libtorch)) = (feature, libtorch) {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{libtorch}/lib,--no-as-needed,-ltorch_cpu");
    }
}
