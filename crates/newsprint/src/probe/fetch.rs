//! `probe fetch`: one address, hop by hop: what was decided of it and by which rule, who was asked, and what came of it. Nothing is
//! stored.

use newsprint_fetcher::error::FetchError;
use newsprint_fetcher::http::{Answer, Body, Received};
use newsprint_fetcher::warc::Role;
use newsprint_fetcher::{page, reservation};
use newsprint_store::Store;
use serde_json::{Value, json};

use crate::context::Context;
use crate::exchange::{Exchange, Failure};
use crate::exit::Outcome;
use crate::output::print_line;
use crate::polite::{PoliteClient, warn_of};

pub(super) async fn probe(context: &Context, address: &str) -> anyhow::Result<Outcome> {
    let settings = &context.config.settings.fetch;
    warn_of(settings);
    let store = Store::in_memory().await?;
    let client = PoliteClient::new(context, &store)?;
    let exchanges = client.get(address, Role::Page).await?;
    let limits = settings.limits();
    let body = exchanges.last().map(|last| match &last.result {
        Ok(received) => match received.answer(&limits)? {
            Answer::Body(body) => Ok(body),
            Answer::NotModified => Err(FetchError::Status { status: 304 }.into()),
            Answer::Redirect(to) => Err(Failure::new("unreadable", format!("a redirect to {to}"))),
        },
        Err(failure) => Err(failure.clone()),
    });
    let body = body.unwrap_or_else(|| Err(Failure::new("unreadable", "nothing was asked")));
    let result = match &body {
        Ok(body) => read(body).map_err(Failure::from),
        Err(failure) => Err(failure.clone()),
    };
    let failure = result.as_ref().err();
    let answer = json!({
        "address": address,
        "user_agent": limits.user_agent,
        "hops": exchanges.iter().map(hop).collect::<Vec<_>>(),
        "outcome": failure.map_or("ok", |failure| &failure.kind),
        "detail": failure.map(|failure| &failure.detail),
        "body_bytes": body.as_ref().ok().map(|body| body.bytes.len()),
        "article": result.as_ref().ok(),
    });
    print_line(&answer.to_string())?;
    Ok(match failure {
        None => Outcome::Done,
        Some(_) => Outcome::Nothing,
    })
}

fn hop(exchange: &Exchange) -> Value {
    let permission = exchange.permission.as_ref();
    let robots = permission.map(|permission| &permission.decision);
    let reserved = permission
        .iter()
        .flat_map(|permission| &permission.reserved);
    let failure = exchange.result.as_ref().err();
    json!({
        "address": exchange.address,
        "asked_for": exchange.role.as_str(),
        "at": exchange.at.to_rfc3339(),
        "robots": robots.map(|decision| json!({ "allowed": decision.allowed, "rule": decision.rule })),
        "reservations": reserved.map(|r| format!("{}: {}", r.found_in, r.says)).collect::<Vec<_>>(),
        "answer": exchange.result.as_ref().ok().map(shown),
        "failure": failure.map(|failure| json!({ "kind": failure.kind, "detail": failure.detail })),
    })
}

fn shown(received: &Received) -> Value {
    let message = &received.message;
    let headers = message.headers.iter();
    let headers: Vec<Value> = headers.map(|(name, value)| json!([name, value])).collect();
    let reserved = reservation::in_headers(message);
    json!({
        "ip": received.ip.map(|ip| ip.to_string()),
        "status": message.status,
        "headers": headers,
        "wire_bytes": message.sent.len(),
        "reservations": reserved.iter().map(|r| format!("{}: {}", r.found_in, r.says)).collect::<Vec<_>>(),
    })
}

/// What the page says, or why it is none.
fn read(body: &Body) -> Result<Value, FetchError> {
    let page = page::read(
        &body.bytes,
        body.content_type.as_deref(),
        Some(&body.address),
        None,
    )?;
    if let Some(wall) = page.wall {
        return Err(FetchError::Walled(wall));
    }
    let text = page.body?;
    let reserved = page.reservations.iter();
    Ok(json!({
        "title": page.title,
        "canonical_url": page.canonical,
        "published_at": page.published.map(|(stated, _)| stated.to_string()),
        "words": text.split_whitespace().count(),
        "reservations": reserved.map(|r| format!("{}: {}", r.found_in, r.says)).collect::<Vec<_>>(),
    }))
}
