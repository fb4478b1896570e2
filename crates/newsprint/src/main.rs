//! The `newsprint` command.

use std::process::ExitCode;

/// Reading pages is mostly small allocations, which the system's own allocator makes on threads of their own at a third of the cost of
/// reading them (BENCHMARKS.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    newsprint::main()
}
