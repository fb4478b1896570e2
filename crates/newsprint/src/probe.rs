//! probe: one step at a time, from outside: JSON lines in, JSON lines out, in order. A bad line gives its id and an error and
//! stops nothing.

mod feed;
mod fetch;
mod page;
mod robots;
mod sentiment;
mod session;
mod text;
mod themes;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::exit::Outcome;
use crate::output::print_line;

/// Lines that are worked on together.
const CHUNK: usize = 64;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum ProbeCommand {
    /// Pages to metadata and body: lines of {"id","url","html"}
    Page(Batch),
    /// An address to what was decided, requested and answered, hop by hop
    Fetch {
        /// The address
        #[arg(value_name = "ADDRESS")]
        address: String,
    },
    /// Feeds to their entries: lines of {"id","file","url"?}
    Feed(Batch),
    /// Robots files to decisions: lines of {"id","file","cases":[[agent, path],…]}
    Robots(Batch),
    /// Texts to tags: lines of {"id","title","text","published_at","target"?}
    Text(Batch),
    /// Sentences to probabilities: lines of {"id","text","target"?,"target_start"?,"target_end"?}
    Sentiment(Batch),
    /// Sentences to the themes that the model alone finds possible: lines of {"id","text"}
    Themes(Batch),
    /// Instants or dates to sessions: lines of {"id","published_at"}
    Session {
        /// The exchange, by its market identifier code
        #[arg(long, value_name = "MIC")]
        exchange: String,
        #[command(flatten)]
        batch: Batch,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Batch {
    /// File of JSON lines; paths in it are relative to it
    #[arg(long, value_name = "FILE")]
    batch: PathBuf,
}

pub(crate) async fn command(context: &Context, command: &ProbeCommand) -> anyhow::Result<Outcome> {
    match command {
        ProbeCommand::Page(batch) => batch.each(|line| page::probe(context, batch.folder(), &line)),
        ProbeCommand::Fetch { address } => fetch::probe(context, address).await,
        ProbeCommand::Feed(batch) => batch.each(|line| feed::probe(batch.folder(), &line)),
        ProbeCommand::Robots(batch) => batch.each(|line| robots::probe(batch.folder(), &line)),
        ProbeCommand::Text(batch) => {
            let tagger = context.load_tagger()?;
            batch.in_chunks(|lines| text::probe(&tagger, lines))
        }
        ProbeCommand::Sentiment(batch) => {
            let model = context.load_model()?;
            batch.in_chunks(|lines| sentiment::probe(model.as_ref(), lines))
        }
        ProbeCommand::Themes(batch) => {
            let model = context.load_model()?;
            batch.in_chunks(|lines| themes::probe(model.as_ref(), lines))
        }
        ProbeCommand::Session { exchange, batch } => {
            let calendar = context.config.require_calendar(exchange)?;
            batch.each(|line| session::probe(calendar, &line))
        }
    }
}

type Answer = Result<Map<String, Value>, String>;

impl Batch {
    /// The folder that paths in it are relative to.
    fn folder(&self) -> &Path {
        self.batch.parent().unwrap_or(Path::new(""))
    }

    /// Answers each line on its own.
    fn each<T: DeserializeOwned>(&self, answer: impl Fn(T) -> Answer) -> anyhow::Result<Outcome> {
        self.in_chunks(|lines: Vec<T>| lines.into_iter().map(&answer).collect())
    }

    /// Answers lines a chunk at a time; `answer` gives one answer for each line, in order.
    fn in_chunks<T: DeserializeOwned>(
        &self,
        answer: impl Fn(Vec<T>) -> Vec<Answer>,
    ) -> anyhow::Result<Outcome> {
        let shown = self.batch.display();
        let text = std::fs::read(&self.batch).with_context(|| format!("read {shown}"))?;
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let mut n_failed = 0;
        for chunk in lines.chunks(CHUNK) {
            let read: Vec<(Value, Result<T, String>)> =
                chunk.iter().map(|line| read_line(line)).collect();
            let (ids, parsed): (Vec<Value>, Vec<Result<T, String>>) = read.into_iter().unzip();
            let mut problems: Vec<Option<String>> = Vec::new();
            let mut good = Vec::new();
            for line in parsed {
                problems.push(line.map(|line| good.push(line)).err());
            }
            let mut answers = answer(good).into_iter();
            for (id, problem) in ids.into_iter().zip(problems) {
                let answer = match problem {
                    Some(problem) => Err(problem),
                    None => answers.next().unwrap_or_else(|| Err("no answer".into())),
                };
                n_failed += usize::from(answer.is_err());
                print_line(&with_id(id, answer).to_string())?;
            }
        }
        Ok(match n_failed {
            0 => Outcome::Done,
            _ if n_failed == lines.len() => Outcome::Nothing,
            _ => Outcome::InPart,
        })
    }
}

fn read_line<T: DeserializeOwned>(line: &str) -> (Value, Result<T, String>) {
    let value: Value = match serde_json::from_str(line) {
        Ok(value) => value,
        Err(error) => return (Value::Null, Err(format!("no JSON: {error}"))),
    };
    let id = value.get("id").cloned().unwrap_or(Value::Null);
    (
        id,
        serde_json::from_value(value).map_err(|error| error.to_string()),
    )
}

fn with_id(id: Value, answer: Answer) -> Value {
    let mut object = Map::from_iter([("id".to_owned(), id)]);
    match answer {
        Ok(fields) => object.extend(fields),
        Err(error) => {
            object.insert("error".into(), json!(error));
        }
    }
    Value::Object(object)
}

/// The fields of a JSON object.
fn fields(value: Value) -> Answer {
    match value {
        Value::Object(fields) => Ok(fields),
        other => Err(format!("no object: {other}")),
    }
}
