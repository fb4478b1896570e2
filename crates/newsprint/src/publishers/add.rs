//! publishers add: from a home page to a row.

use anyhow::Context as _;
use newsprint_domain::identifier::{InvalidIdentifier, PublisherId};
use newsprint_fetcher::address::{domain_of, vet};
use newsprint_fetcher::discovery::{NewPublisher, id_of};
use newsprint_fetcher::publisher::Zone;
use newsprint_store::{Place, Store};
use url::Url;

use super::look::{Looked, look};
use super::rows::{append, obstacle};
use super::tell;
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::output::print;
use crate::polite::warn_of;

/// The site to add.
#[derive(Debug, clap::Args)]
pub(crate) struct AddArgs {
    /// The site's home page, or the page of one of its sections
    #[arg(value_name = "URL")]
    url: String,
    /// The publisher's permanent id [default: its domain, with _ for every . and -]
    #[arg(long, value_name = "ID", value_parser = parse_id)]
    id: Option<PublisherId>,
    /// Its name [default: what the page calls the site]
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
    name: Option<String>,
    /// The time zone that its dates are meant in, such as Europe/London
    #[arg(long, value_name = "IANA", value_parser = parse_zone)]
    timezone: Option<Zone>,
    /// Print the row and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// What is to be added, as far as that is known before anybody is asked.
struct Wanted {
    url: Url,
    id: PublisherId,
    domain: String,
    /// Why it cannot be added.
    problem: Option<String>,
}

pub(super) async fn add(context: &Context, args: &AddArgs) -> anyhow::Result<Outcome> {
    let wanted = wanted(context, args)?;
    if let Some(problem) = wanted.problem.as_ref().filter(|_| !args.dry_run) {
        let message = format!("{problem}; --dry-run shows what the site has");
        return Err(misuse(message));
    }
    warn_of(&context.config.settings.fetch);
    let work = async |store: &Store| look(context, store, &wanted.url).await;
    let looked = asking(context, args, work).await?;
    if looked.sources.is_empty() {
        tell_nothing(&wanted.url, &looked);
        return Ok(Outcome::Nothing);
    }
    let n_not_asked = looked.n_not_asked;
    let site_name = looked.site.name;
    let publisher = NewPublisher {
        name: args
            .name
            .clone()
            .or(site_name)
            .unwrap_or_else(|| wanted.domain.clone()),
        id: wanted.id,
        domain: wanted.domain,
        timezone: args.timezone.map(|zone| zone.0),
        language: looked.site.language,
        sources: looked.sources,
    };
    // First of all, so that it is not lost where it cannot be written.
    print(&publisher.row())?;
    if args.dry_run {
        tell("nothing was written (--dry-run)");
        if let Some(problem) = wanted.problem {
            tell(&format!("the row could not be added: {problem}"));
        }
    } else {
        keep(context, &publisher)?;
    }
    if n_not_asked > 0 {
        tell(&format!(
            "{n_not_asked} candidates were not asked: their hosts are to be left alone for now; see later what they are with --dry-run"
        ));
        return Ok(Outcome::InPart);
    }
    Ok(Outcome::Done)
}

fn wanted(context: &Context, args: &AddArgs) -> anyhow::Result<Wanted> {
    let url = parse_url(&args.url, context.config.settings.fetch.allow_loopback)?;
    let registrable = domain_of(url.as_str());
    let domain = registrable.as_deref().or(url.host_str());
    let domain = domain.unwrap_or_default().to_owned();
    let id = match &args.id {
        Some(id) => id.clone(),
        None => id_of(&domain).map_err(|error| misuse(error.to_string()))?,
    };
    let problem = match registrable {
        Some(_) => obstacle(&context.config.publishers, &id, &domain),
        None => Some(format!(
            "{domain} has no registrable domain, by which a publisher's pages are recognised: name the site by its domain"
        )),
    };
    Ok(Wanted {
        url,
        id,
        domain,
        problem,
    })
}

/// Does `work` on the configured store, by which gaps between requests hold over processes; in memory where that would make one for a
/// command that keeps nothing.
async fn asking<T>(
    context: &Context,
    args: &AddArgs,
    work: impl AsyncFnOnce(&Store) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let is_there = match Place::of(&context.config.settings.store.url)? {
        Place::File(file) => file.exists(),
        Place::Server(_) => true,
    };
    let may_make = context.config.folder().is_some() && !args.dry_run && !context.offline;
    if is_there || may_make {
        return context.writing(work).await;
    }
    work(&Store::in_memory().await?).await
}

/// Writes the row to the configured folder, and says what is left to do by hand.
fn keep(context: &Context, publisher: &NewPublisher) -> anyhow::Result<()> {
    let Some(folder) = context.config.folder() else {
        return Err(misuse(
            "there is no configuration folder to write to: run `newsprint init` first, then this again",
        ));
    };
    let path = folder.join("publishers.toml");
    append(&path, &publisher.row(), &publisher.id, &publisher.domain).context("add the row")?;
    let id = &publisher.id;
    tell(&format!(
        "added {id} to {}; `newsprint fetch` reads it from now on",
        path.display()
    ));
    tell("check that the site's terms allow a program to read it, and that its name is right");
    if publisher.timezone.is_none() {
        tell(&format!(
            "set the timezone of {id}: until then its dates without one count as late as they can be anywhere"
        ));
    }
    if publisher.language.is_none() {
        tell(&format!("set the language of {id}: the page names none"));
    }
    Ok(())
}

fn tell_nothing(url: &Url, looked: &Looked) {
    let tried: Vec<&str> = looked.tried.iter().map(Url::as_str).collect();
    let tried = match tried.is_empty() {
        true => "no other address".to_owned(),
        false => tried.join(", "),
    };
    tell(&format!(
        "no feed and no sitemap found at {url}: tried {tried}"
    ));
    tell(
        "a page that links to articles can be a source too: kind = \"section\" in publishers.toml",
    );
}

/// The address, where it may be asked; one without a scheme is refused with advice.
fn parse_url(text: &str, allow_loopback: bool) -> anyhow::Result<Url> {
    vet(text, allow_loopback).map_err(|error| {
        let advice = match text.contains("://") {
            true => String::new(),
            false => format!(": write it like https://{text}"),
        };
        misuse(format!("{error}{advice}"))
    })
}

fn parse_id(text: &str) -> Result<PublisherId, InvalidIdentifier> {
    PublisherId::new(text)
}

fn parse_name(text: &str) -> Result<String, String> {
    let name = text.trim();
    match name.is_empty() {
        true => Err("a name has letters".to_owned()),
        false => Ok(name.to_owned()),
    }
}

fn parse_zone(text: &str) -> Result<Zone, String> {
    Zone::try_from(text.to_owned())
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::clock::Clock;
    use crate::config::Config;
    use crate::exit::Misuse;
    use crate::init::init;
    use crate::table::Format;

    fn context(config: Config) -> Context {
        Context {
            config,
            clock: Clock::new(None),
            cancel: CancellationToken::new(),
            format: Format::Table,
            formats: vec![],
            offline: true,
        }
    }

    fn publisher(domain: &str) -> NewPublisher {
        NewPublisher {
            id: id_of(domain).unwrap(),
            name: "Harbour Ledger".into(),
            domain: domain.into(),
            timezone: None,
            language: None,
            sources: vec![],
        }
    }

    #[test]
    fn the_row_is_kept_in_the_configured_folder() {
        let folder = tempfile::tempdir().unwrap();
        init(folder.path()).unwrap();
        let load = || Config::load(Some(folder.path())).unwrap();
        let before = load();
        let ledger = publisher("harbourledger.example");
        keep(&context(before.clone()), &ledger).unwrap();
        let after = load();
        let (last, others) = after.publishers.split_last().unwrap();
        assert_eq!(others, before.publishers);
        assert_eq!((&last.id, &last.domain), (&ledger.id, &ledger.domain));
        // The configuration in hand may be older than the file.
        let again = keep(&context(before), &ledger).unwrap_err();
        assert!(again.chain().any(|cause| cause.is::<Misuse>()), "{again:#}");
        assert_eq!(load().publishers.len(), after.publishers.len());
    }

    #[test]
    fn without_a_folder_there_is_nothing_to_write_to() {
        let context = context(Config::shipped().unwrap());
        let error = keep(&context, &publisher("harbourledger.example")).unwrap_err();
        assert!(error.is::<Misuse>() && error.to_string().contains("`newsprint init` first"));
    }
}
