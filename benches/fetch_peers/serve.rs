//! A server of invented news sites on this machine's own addresses, 127.0.0.1 and those after it, one port on all.
//!
//! Each has a robots.txt that allows everything, /feed.xml with all its stories, /news/NUMBER, and, to check what was extracted, the
//! words of a story at /words/NUMBER. All answers are made before the first is asked for. It ends when its standard input does.
//!
//! usage: serve SITES STORIES   (prints the port, the mean size of a page in bytes, the mean number of words of a story)

mod chance;
mod furniture;
mod page;
mod story;

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use chance::Chance;
use page::{Place, escaped, render};
use story::Story;

/// Whole answers, head and body, by path.
type Site = HashMap<String, Vec<u8>>;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|argument| argument.parse::<usize>());
    let (Some(Ok(n_sites)), Some(Ok(n_stories))) = (arguments.next(), arguments.next()) else {
        return Err(io::Error::other("usage: serve SITES STORIES"));
    };
    if !(1..=254).contains(&n_sites) || n_stories == 0 {
        return Err(io::Error::other(
            "1 to 254 sites, and at least one story on each",
        ));
    }
    let listeners = listen(n_sites)?;
    let port = listeners[0].local_addr()?.port();
    let (mut n_bytes, mut n_words) = (0, 0);
    for (number, listener) in listeners.into_iter().enumerate() {
        let site = make(number, port, n_stories, &mut n_bytes, &mut n_words);
        let site = Arc::new(site);
        thread::spawn(move || accept(&listener, &site));
    }
    let n_pages = n_sites * n_stories;
    writeln!(
        io::stdout(),
        "{port} {} {}",
        n_bytes / n_pages,
        n_words / n_pages
    )?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

/// One port that is free on all addresses.
fn listen(n_sites: usize) -> io::Result<Vec<TcpListener>> {
    let bind =
        |number: usize, port| TcpListener::bind((Ipv4Addr::new(127, 0, 0, 1 + number as u8), port));
    let mut last = Err(io::Error::other("no site"));
    for _ in 0..20 {
        let first = bind(0, 0)?;
        let port = first.local_addr()?.port();
        let others = (1..n_sites).map(|number| bind(number, port));
        last = std::iter::once(Ok(first)).chain(others).collect();
        if last.is_ok() {
            break;
        }
    }
    last
}

fn make(
    number: usize,
    port: u16,
    n_stories: usize,
    n_bytes: &mut usize,
    n_words: &mut usize,
) -> Site {
    let origin = format!("http://127.0.0.{}:{port}", 1 + number);
    let mut site = Site::new();
    let mut items = String::new();
    for story_number in 0..n_stories {
        let mut chance = Chance::new((number * 1_000_003 + story_number) as u64);
        let place = Place {
            origin: origin.clone(),
            site: number,
            number: story_number,
        };
        let story = Story::invent(&mut chance);
        let page = render(&story, &place, &mut chance);
        *n_bytes += page.len();
        *n_words += story.words();
        items.push_str(&item(&story, &place));
        site.insert(
            format!("/news/{story_number}"),
            answer("200 OK", "text/html; charset=utf-8", &page),
        );
        site.insert(
            format!("/words/{story_number}"),
            answer(
                "200 OK",
                "text/plain; charset=utf-8",
                &story.paragraphs.join("\n"),
            ),
        );
    }
    let feed = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>The Market Ledger {}</title><link>{origin}/</link>\
        <description>Markets</description>\n{items}</channel></rss>\n",
        number + 1
    );
    site.insert(
        "/feed.xml".to_owned(),
        answer("200 OK", "application/rss+xml; charset=utf-8", &feed),
    );
    site.insert(
        "/robots.txt".to_owned(),
        answer("200 OK", "text/plain", "User-agent: *\nDisallow:\n"),
    );
    site
}

fn item(story: &Story, place: &Place) -> String {
    let address = place.address();
    format!(
        "<item><title>{}</title><link>{address}</link><guid>{address}</guid><pubDate>{}</pubDate><description>{}</description></item>\n",
        escaped(&story.title),
        place.published_rfc2822(),
        escaped(&story.paragraphs[0])
    )
}

fn answer(status: &str, content_type: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nServer: serve\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nCache-Control: max-age=60\r\n\r\n"
    );
    (head + body).into_bytes()
}

fn accept(listener: &TcpListener, site: &Arc<Site>) {
    for stream in listener.incoming().flatten() {
        let site = Arc::clone(site);
        // A client that goes away in the middle of an answer is none of the server's business.
        thread::spawn(move || converse(stream, &site).ok());
    }
}

/// Answers one request after the other until the client closes.
fn converse(mut stream: TcpStream, site: &Site) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let missing = answer("404 Not Found", "text/plain", "not here\n");
    let mut asked: Vec<u8> = Vec::new();
    let mut part = [0; 8192];
    loop {
        while let Some(end) = asked.windows(4).position(|four| four == b"\r\n\r\n") {
            let request = String::from_utf8_lossy(&asked[..end]).into_owned();
            asked.drain(..end + 4);
            let path = request.split(' ').nth(1).unwrap_or_default();
            stream.write_all(site.get(path).unwrap_or(&missing))?;
        }
        match stream.read(&mut part)? {
            0 => return Ok(()),
            n_read => asked.extend_from_slice(&part[..n_read]),
        }
    }
}
