//! Lists that lead to pages: indices of sitemaps, and pages of a section.

use newsprint_tests::server::{Response, Site};
use newsprint_tests::{assert_every_request_is_one_row, crawler};

use super::{asked, n_asked, story};

fn sitemap(kind: &str, entry: &str, links: &[String]) -> Response {
    let entries: String = links
        .iter()
        .map(|link| format!("<{entry}><loc>{link}</loc></{entry}>"))
        .collect();
    let map = format!(
        "<?xml version='1.0'?><{kind} xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{entries}</{kind}>"
    );
    Response::ok("application/xml", map)
}

#[test]
fn sitemaps_are_read_two_levels_below_the_one_that_is_named() {
    let site = Site::start(1, |request| {
        let at = |path: &str| vec![format!("http://{}{path}", request.authority)];
        let both = |one: &str, other: &str| [at(one), at(other)].concat();
        match request.path.as_str() {
            "/robots.txt" => Response::status(404),
            "/map.xml" => sitemap("sitemapindex", "sitemap", &at("/below.xml")),
            "/below.xml" => sitemap("sitemapindex", "sitemap", &both("/pages.xml", "/third.xml")),
            "/pages.xml" => sitemap("urlset", "url", &both("/story/1", "/story/2")),
            "/third.xml" => sitemap("sitemapindex", "sitemap", &at("/too-deep.xml")),
            "/too-deep.xml" => sitemap("urlset", "url", &at("/story/3")),
            _ => story(request),
        }
    });
    let map = site.at(1, "/map.xml");
    let app = crawler("0.0", &[("sitemap", map.clone(), "")]);
    let said = app.run(&["fetch"]).expect_code(0).stderr;
    assert!(said.contains("2 new articles"), "{said}");
    let mut asked_for = asked(&site, 1);
    asked_for.sort();
    let expected = [
        "/below.xml",
        "/map.xml",
        "/pages.xml",
        "/robots.txt",
        "/story/1",
        "/story/2",
        "/third.xml",
    ];
    assert_eq!(asked_for, expected);
    let listed = format!("SELECT COUNT(*) FROM listing WHERE source = '{map}'");
    assert_eq!(app.count(&listed), 2);
    // Every run reads all of its lists, and none of its pages again.
    app.run(&["fetch"]).expect_code(0);
    let lists = ["/map.xml", "/below.xml", "/pages.xml", "/third.xml"];
    assert_eq!(lists.map(|path| n_asked(&site, path)), [2; 4]);
    assert_eq!(n_asked(&site, "/story/1"), 1);
    assert_every_request_is_one_row(&app, &site, 0);
}

#[test]
fn of_a_section_those_links_are_followed_that_its_selector_names() {
    let site = Site::start(1, |request| match request.path.as_str() {
        "/robots.txt" => Response::status(404),
        "/markets" => Response::html(
            "<html><body><nav><a href='/about'>About</a></nav><h2><a href='/story/1'>One</a></h2>
             <h2><a href='story/2'>Two</a></h2><p><a href='/story/3'>Three</a></p></body></html>",
        ),
        _ => story(request),
    });
    let section = ("section", site.at(1, "/markets"), "links = \"h2 a\"");
    let app = crawler("0.0", &[section]);
    let said = app.run(&["fetch"]).expect_code(0).stderr;
    assert!(said.contains("2 new articles"), "{said}");
    let mut asked_for = asked(&site, 1);
    asked_for.sort();
    let expected = ["/markets", "/robots.txt", "/story/1", "/story/2"];
    assert_eq!(asked_for, expected);
    assert_every_request_is_one_row(&app, &site, 0);
}

#[test]
fn a_page_that_two_sources_name_is_asked_once_and_listed_for_both() {
    let site = Site::start(2, |request| match request.path.as_str() {
        "/robots.txt" => Response::status(404),
        "/feed.xml" => {
            let shared = format!("http://{}/story/1", request.authority.replace(".2:", ".1:"));
            Response::ok(
                "application/rss+xml",
                newsprint_tests::server::rss(&[shared]),
            )
        }
        _ => story(request),
    });
    let feeds = [1, 2].map(|host| ("feed", site.at(host, "/feed.xml"), ""));
    let app = crawler("0.0", &feeds);
    app.run(&["fetch"]).expect_code(0);
    assert_eq!(n_asked(&site, "/story/1"), 1);
    assert_eq!(app.count("SELECT COUNT(DISTINCT source) FROM listing"), 2);
    assert_eq!(app.count("SELECT COUNT(*) FROM article"), 1);
    assert_every_request_is_one_row(&app, &site, 0);
}
