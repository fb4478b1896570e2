//! What can go wrong between a text and its tags.

/// Errors of loading definitions and models, and of running a model.
#[derive(Debug, thiserror::Error)]
pub enum NlpError {
    /// A theme or index definition that cannot work; names the definition and what to mend.
    #[error("{owner}: {problem}")]
    Definition {
        /// Theme or index id.
        owner: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// Model files that do not belong together or are damaged.
    #[error("load model {model}: {problem}")]
    ModelFile {
        /// Which model.
        model: String,
        /// What is wrong.
        problem: String,
    },
    /// The engine failed on a sentence.
    #[error("run model {model}: {problem}")]
    Inference {
        /// Which model.
        model: String,
        /// What the engine said.
        problem: String,
    },
    /// A kept sketch of a text cannot be compared: another version wrote it, or its bytes are damaged.
    #[error("compare a sketch: {problem}")]
    Sketch {
        /// What is wrong and what to do.
        problem: String,
    },
}
