//! What a command comes to, and its exit code.

use std::process::ExitCode;

/// What a command that ran to its end came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything asked for was done.
    Done,
    /// Nothing could be done; messages say why.
    Nothing,
    /// Some inputs were skipped; messages say which.
    InPart,
}

/// Wrong usage or configuration: somebody has to change what was asked for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Misuse(pub String);

impl Outcome {
    /// 0 done, 1 nothing could be done, 3 done in part.
    pub fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => 0,
            Self::Nothing => 1,
            Self::InPart => 3,
        })
    }

    /// The worse of two: what a run of several stages came to.
    pub fn and(self, other: Self) -> Self {
        if self == other { self } else { Self::InPart }
    }
}

/// 2 for [`Misuse`], 1 for everything else.
pub fn code_of(error: &anyhow::Error) -> ExitCode {
    let is_misuse = error.chain().any(|cause| cause.is::<Misuse>());
    ExitCode::from(if is_misuse { 2 } else { 1 })
}

/// Marks a message as wrong usage or configuration.
pub fn misuse(message: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Misuse(message.into()))
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn misuse_is_found_under_its_contexts() {
        let error = Err::<(), _>(misuse("unknown theme"))
            .context("report")
            .unwrap_err();
        assert_eq!(code_of(&error), ExitCode::from(2));
        assert_eq!(code_of(&anyhow::anyhow!("disk full")), ExitCode::from(1));
    }

    #[test]
    fn stages_that_differ_are_done_in_part() {
        assert_eq!(Outcome::Done.and(Outcome::Done), Outcome::Done);
        assert_eq!(Outcome::Done.and(Outcome::Nothing), Outcome::InPart);
    }
}
