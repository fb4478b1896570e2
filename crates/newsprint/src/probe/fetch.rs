//! `probe fetch`: one address, hop by hop: what was decided of it and by which rule, who was asked, and what came of it. Nothing is
//! stored.

use newsprint_fetcher::address::vet;
use newsprint_fetcher::error::FetchError;
use newsprint_fetcher::http::{Answer, Body, Client, Received};
use newsprint_fetcher::{page, reservation};
use serde_json::{Value, json};
use url::Url;

use crate::context::Context;
use crate::exit::Outcome;
use crate::output::print_line;
use crate::pace::{MAX_HOPS, PoliteClient};

pub(super) async fn probe(context: &Context, address: &str) -> anyhow::Result<Outcome> {
    let settings = &context.config.settings.fetch;
    let mut client = PoliteClient::new(
        Client::new(settings.limits())?,
        settings.gap(),
        context.clock,
        None,
    );
    let mut hops = Vec::new();
    let result = follow(&mut client, address, &mut hops).await;
    let body = result.as_ref().ok();
    let result = match &result {
        Ok(body) => read(body),
        Err(error) => Err(error.clone()),
    };
    let error = result.as_ref().err();
    let answer = json!({
        "address": address,
        "user_agent": client.limits().user_agent,
        "hops": hops,
        "outcome": error.map_or("ok", FetchError::kind),
        "detail": error.map(ToString::to_string),
        "body_bytes": body.map(|body| body.bytes.len()),
        "article": result.as_ref().ok(),
    });
    print_line(&answer.to_string())?;
    Ok(match error {
        None => Outcome::Done,
        Some(_) => Outcome::Nothing,
    })
}

/// Asks an address and those that it is redirected to; each hop leaves what was decided and answered.
async fn follow(
    client: &mut PoliteClient,
    address: &str,
    hops: &mut Vec<Value>,
) -> Result<Body, FetchError> {
    let mut next = vet(address, client.limits().allow_loopback)?;
    for _ in 0..=MAX_HOPS {
        let decision = client.decide(&next).await?;
        let mut hop = json!({
            "address": next.as_str(),
            "robots": { "allowed": decision.allowed, "rule": decision.rule },
        });
        if !decision.allowed {
            hops.push(hop);
            return Err(FetchError::Disallowed {
                host: next.host_str().unwrap_or_default().to_owned(),
                rule: decision.rule.unwrap_or_default(),
            });
        }
        let received = match client.receive(&next).await {
            Ok(received) => received,
            Err(error) => {
                hops.push(hop);
                return Err(error);
            }
        };
        hop["answer"] = shown(&received);
        hops.push(hop);
        match received.answer(client.limits())? {
            Answer::Body(body) => return Ok(body),
            Answer::Redirect(to) => next = to,
            Answer::NotModified => return Err(FetchError::Status { status: 304 }),
        }
    }
    Err(FetchError::Refused {
        address: address.to_owned(),
        reason: format!("more than {MAX_HOPS} redirects"),
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
    let address: &Url = &body.address;
    let page = page::read(&body.bytes, body.content_type.as_deref(), Some(address))?;
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
