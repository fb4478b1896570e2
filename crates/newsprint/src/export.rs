//! export: tables as files, with what they were made of, so that they can be made again.

mod article_rows;
mod dictionary;
mod folder;
mod manifest;
mod other_rows;
mod parts;
pub(crate) mod reproduce;
mod tables;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use newsprint_domain::digest::Sha256Sum;
use newsprint_domain::identifier::{IndexId, Mic};
use newsprint_store::{ExportAsked, ExportedArticle, RunKey, Store};

use crate::cli::parse_date;
use crate::columnar::sink::Form;
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::output::print;
use crate::progress::say;
use crate::report::{KnownArgs, Selection, TableArgs};
use crate::table::Format;
use article_rows::{Asked, Page, TableThread};
use folder::Unfinished;
use manifest::{Hashed, Inputs, Manifest, RunOf};
use parts::{FileEntry, Parts};
use tables::{Name, SCHEMA_VERSION};

/// Articles that are read at a time.
const PAGE: u32 = 2_000;

/// Longer than any exchange was ever closed.
const LONGEST_CLOSURE: u64 = 31;

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// The folder to write: a new one, or that of an earlier export, which is replaced
    #[arg(long, value_name = "DIR", required_unless_present = "explain")]
    to: Option<PathBuf>,
    /// Only this table; may be repeated
    #[arg(long, value_enum, value_name = "NAME")]
    table: Vec<Name>,
    /// Only this theme; may be repeated
    #[arg(long, value_name = "ID")]
    theme: Vec<String>,
    /// Only this index, and what is said of it; may be repeated
    #[arg(long, value_name = "ID")]
    index: Vec<String>,
    /// First session
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    from: Option<NaiveDate>,
    /// Last session
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    until: Option<NaiveDate>,
    #[command(flatten)]
    known: KnownArgs,
    /// Print what the tables' columns mean instead
    #[arg(long)]
    explain: bool,
}

/// What an export is made of.
struct Source<'a> {
    context: &'a Context,
    store: &'a Store,
    selection: Selection,
    run: Option<RunKey>,
    exchange: Mic,
    forms: Vec<Form>,
    tables: Vec<Name>,
}

pub(crate) async fn command(context: &Context, args: &ExportArgs) -> anyhow::Result<Outcome> {
    let tables = asked_tables(&args.table);
    let Some(to) = args.to.as_deref().filter(|_| !args.explain) else {
        print(&dictionary::as_markdown(&tables))?;
        return Ok(Outcome::Done);
    };
    let forms = asked_forms(context)?;
    let selection = args.asked().selection(context)?;
    let unfinished = Unfinished::begin(to)?;
    let read = async |store: &Store| {
        let source = Source::new(context, store, selection, (forms, tables)).await?;
        source.write(&unfinished).await
    };
    let manifest = context.reading(read).await?;
    unfinished.finish()?;
    let n_rows: u64 = manifest.files.iter().map(|file| file.rows).sum();
    let n_files = manifest.files.len();
    say(&format!(
        "{n_rows} rows in {n_files} files in {}, as of {}",
        to.display(),
        manifest.as_of
    ));
    Ok(if n_rows > 0 {
        Outcome::Done
    } else {
        Outcome::Nothing
    })
}

/// All tables, or those that are named, in their own order.
fn asked_tables(named: &[Name]) -> Vec<Name> {
    let tables = Name::ALL.into_iter();
    tables
        .filter(|table| named.is_empty() || named.contains(table))
        .collect()
}

/// Parquet, unless other forms are named.
fn asked_forms(context: &Context) -> anyhow::Result<Vec<Form>> {
    if context.formats.is_empty() {
        return Ok(vec![Form::Parquet]);
    }
    let forms = context.formats.iter().map(|format| match format {
        Format::Parquet => Ok(Form::Parquet),
        Format::Csv => Ok(Form::Csv),
        Format::Jsonl => Ok(Form::JsonLines),
        _ => Err(misuse(
            "an export is written as parquet, csv or jsonl: name one or several of these with --format",
        )),
    });
    let mut forms: Vec<Form> = forms.collect::<anyhow::Result<_>>()?;
    forms.sort();
    forms.dedup();
    Ok(forms)
}

impl ExportArgs {
    /// As tables are asked for.
    fn asked(&self) -> TableArgs {
        TableArgs {
            theme: self.theme.clone(),
            index: self.index.clone(),
            from: self.from,
            to: self.until,
            known: self.known.clone(),
            ..TableArgs::default()
        }
    }
}

impl<'a> Source<'a> {
    async fn new(
        context: &'a Context,
        store: &'a Store,
        selection: Selection,
        (forms, tables): (Vec<Form>, Vec<Name>),
    ) -> anyhow::Result<Self> {
        let run = selection.run(store).await?;
        let (run, run_id) = run.unzip();
        // What is read later is of the same run, whatever is promoted meanwhile.
        let selection = Selection {
            run: run_id,
            ..selection
        };
        Ok(Self {
            exchange: selection.exchange(context)?,
            context,
            store,
            selection,
            run,
            forms,
            tables,
        })
    }

    /// Writes all files into the folder, the manifest last.
    async fn write(&self, unfinished: &Unfinished) -> anyhow::Result<Manifest> {
        let root = unfinished.path();
        let (mut files, revisions) = self.write_articles(root).await?;
        let closes = other_rows::known_prices(self).await?;
        for table in &self.tables {
            let mut parts = Parts::new(root, *table, &self.forms);
            match table {
                Name::ThemeDay => other_rows::theme_day(self, &mut parts).await?,
                Name::Returns => other_rows::returns(self, &closes, &mut parts)?,
                Name::Prices => other_rows::prices(self, &closes, &mut parts)?,
                Name::Runs => other_rows::runs(self, self.run, &mut parts).await?,
                _ => continue,
            }
            files.extend(parts.finish()?);
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        let inputs = Inputs {
            revisions,
            closes: other_rows::price_digests(&closes),
        };
        let manifest = self.manifest(files, inputs).await?;
        unfinished.write("data_dictionary.json", &dictionary::as_json(&self.tables)?)?;
        unfinished.write("data_dictionary.md", &dictionary::as_markdown(&self.tables))?;
        unfinished.write(manifest::FILE, &manifest.text()?)?;
        Ok(manifest)
    }

    /// The tables that are read article by article, all in one pass, each on a thread of its own.
    async fn write_articles(
        &self,
        root: &Path,
    ) -> anyhow::Result<(Vec<FileEntry>, Option<Hashed>)> {
        let is_of_articles = |table: &&Name| {
            use Name::{Articles, IndexTags, Sessions, ThemeTags};
            matches!(table, Articles | IndexTags | Sessions | ThemeTags)
        };
        let asked = Arc::new(self.asked().await?);
        let threads = self.tables.iter().filter(is_of_articles).map(|table| {
            let parts = Parts::new(root, *table, &self.forms);
            TableThread::start(*table, asked.clone(), parts)
        });
        let threads: Vec<TableThread> = threads.collect::<anyhow::Result<_>>()?;
        if threads.is_empty() {
            return Ok((vec![], None));
        }
        let read = self.read_articles(&threads).await;
        let mut files = Vec::new();
        for thread in threads {
            files.extend(thread.finish()?);
        }
        Ok((files, Some(read?)))
    }

    /// Sends every page to all threads; the digest of the revisions.
    async fn read_articles(&self, threads: &[TableThread]) -> anyhow::Result<Hashed> {
        let asked = self.period();
        let (mut sum, mut n) = (Sha256Sum::default(), 0);
        let mut last: Option<ExportedArticle> = None;
        loop {
            let articles = self.store.export_page(&asked, last.as_ref(), PAGE).await?;
            let is_last = articles.len() < PAGE as usize;
            for article in &articles {
                sum.update(article.revision_id.as_bytes());
                n += 1;
            }
            last = articles.last().cloned();
            let page = Arc::new(self.page(articles).await?);
            for thread in threads {
                if !thread.send(&page).await {
                    return Ok(Hashed {
                        n,
                        sha256: sum.finish(),
                    });
                }
            }
            if is_last {
                return Ok(Hashed {
                    n,
                    sha256: sum.finish(),
                });
            }
            if self.context.is_cancelled() {
                return Err(anyhow::anyhow!("stopped; nothing was exported"));
            }
        }
    }

    /// Articles with what the tables that are asked for need besides.
    async fn page(&self, articles: Vec<ExportedArticle>) -> anyhow::Result<Page> {
        let mut page = Page::default();
        let as_of = self.selection.as_of;
        if self.tables.contains(&Name::Articles) {
            let publishers = &self.context.config.publishers;
            let allows = |id: &str| {
                let mut allowing = publishers.iter().filter(|row| row.export_text);
                allowing.any(|row| row.id.as_str() == id)
            };
            let allowed = articles.iter().filter(|article| allows(&article.publisher));
            let allowed: Vec<&str> = allowed
                .map(|article| article.revision_id.as_str())
                .collect();
            if !allowed.is_empty() {
                page.texts = self.store.export_texts(&allowed).await?;
            }
        }
        if self.tables.contains(&Name::Sessions) {
            let ids = articles.iter().map(|article| article.revision_id.as_str());
            let ids: Vec<&str> = ids.collect();
            page.sessions = self.store.export_sessions(&ids, as_of).await?;
        }
        page.articles = articles;
        Ok(page)
    }

    async fn asked(&self) -> anyhow::Result<Asked> {
        let linked = match self.run {
            Some(run) if !self.selection.indices.is_empty() => {
                self.store.linked_themes(run).await?
            }
            _ => Default::default(),
        };
        Ok(Asked {
            selection: self.selection.clone(),
            linked,
        })
    }

    /// A session's articles are of the time since the session before it.
    fn period(&self) -> ExportAsked {
        let midnight = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc();
        let from = self
            .selection
            .from
            .and_then(|from| from.checked_sub_days(Days::new(LONGEST_CLOSURE)));
        let until = self
            .selection
            .to
            .and_then(|to| to.checked_add_days(Days::new(2)));
        ExportAsked {
            run: self.run,
            as_of: self.selection.as_of,
            exchange: self.exchange.clone(),
            from: from.map(midnight),
            until: until.map(midnight),
        }
    }

    /// When a close was struck; of an index that is not configured any more, by the end of the day anywhere.
    fn struck_at(&self, index: &IndexId, date: NaiveDate) -> DateTime<Utc> {
        let config = &self.context.config;
        let calendar = config
            .index(index)
            .and_then(|index| config.calendar_of(index).ok());
        calendar.map_or_else(
            || date.and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::hours(36),
            |calendar| calendar.struck_at(date),
        )
    }

    async fn manifest(&self, files: Vec<FileEntry>, inputs: Inputs) -> anyhow::Result<Manifest> {
        let as_of = self.selection.as_of;
        let runs = self.store.runs(as_of).await?;
        let run = runs.into_iter().find(|row| Some(row.key) == self.run);
        let run = run.map(|row| RunOf {
            id: row.id,
            model: row.run.model,
            model_hash: row.run.model_hash,
            definitions_hash: row.run.definitions_hash,
            code_version: row.run.code_version,
        });
        let held = self.store.store_revision(self.run, as_of).await?;
        Ok(Manifest {
            kind: manifest::KIND.into(),
            schema_version: SCHEMA_VERSION,
            code_version: env!("CARGO_PKG_VERSION").into(),
            as_of: manifest::written(as_of.instant),
            reconstructed: as_of.reconstructed,
            run,
            selection: (&self.selection).into(),
            exchange: self.exchange.to_string(),
            formats: self
                .forms
                .iter()
                .map(|form| form.name().to_owned())
                .collect(),
            tables: self
                .tables
                .iter()
                .map(|table| table.as_str().to_owned())
                .collect(),
            config: self.context.config.digests()?,
            store: held.into(),
            inputs,
            files,
        })
    }
}
