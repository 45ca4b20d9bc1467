//! The files that pages load: named by their content, kept for good, compressed by the build.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use http::{HeaderMap, StatusCode, header};
use reqwest::Response;
use tempfile::TempDir;

use crate::{
    person::Person,
    support::{self, Server},
};

pub const KEPT_FOR_GOOD: &str = "public, max-age=31536000, immutable";
const ASKED_EACH_TIME: &str = "no-cache";
const SCRIPT: &str =
    "export default () => 'as long as what is worth compressing, if not as useful';\n";

/// Makes a site as the build does, of this script and of other files that are always the same.
pub fn make_site(site: &Path, script: &str) {
    let packed = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("leptos_okta.js", script),
        (
            "leptos_okta_bg.wasm",
            "not really WebAssembly, but as long as need be",
        ),
        (
            "leptos_okta.css",
            "main { padding: 1rem } footer { padding: 1rem }",
        ),
    ] {
        fs::write(packed.path().join(name), content).unwrap();
    }
    let mut build = Command::new("node");
    build.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/site.mjs"));
    build.arg(packed.path()).arg("leptos_okta").arg(site);
    assert!(build.status().unwrap().success());
}

/// What is in a site's folder `pkg`, by its ending.
pub fn packed(site: &Path, ending: &str) -> Vec<String> {
    let files = fs::read_dir(site.join("pkg")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(ending)).collect()
}

/// A server that nobody has connected, and its site.
struct Served {
    server: Server,
    folder: TempDir,
}

impl Served {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        make_site(&folder.path().join("site"), SCRIPT);
        Self::of(folder).await
    }

    async fn of(folder: TempDir) -> Self {
        let server = support::start(folder.path(), &[("LEPTOS_SITE_ROOT", "site")]).await;
        Self { server, folder }
    }

    fn site(&self) -> PathBuf {
        self.folder.path().join("site")
    }

    fn browser(&self) -> Person {
        Person::at(&self.server.url)
    }

    /// A file, for a browser that accepts these encodings.
    async fn accepting(&self, path: &str, encodings: &str) -> Response {
        let browser = self.browser();
        browser.load(path, header::ACCEPT_ENCODING, encodings).await
    }

    async fn page(&self) -> (HeaderMap, String) {
        let page = self.browser().get("/").await;
        assert_eq!(page.status(), StatusCode::OK);
        (page.headers().clone(), page.text().await.unwrap())
    }
}

/// The files that a page links to.
fn linked(html: &str) -> BTreeSet<&str> {
    let links = html.split("href=\"").skip(1);
    let addresses = links.filter_map(|link| link.split('"').next());
    addresses
        .filter(|address| address.starts_with("/pkg/"))
        .collect()
}

fn value<'h>(headers: &'h HeaderMap, name: &str) -> Vec<&'h str> {
    let values = headers.get_all(name).iter();
    values.map(|value| value.to_str().unwrap()).collect()
}

#[tokio::test]
async fn pages_name_files_that_browsers_keep_for_good() {
    let served = Served::start().await;
    let (_, html) = served.page().await;
    let files = linked(&html);
    assert_eq!(files.len(), 3, "{files:?}");
    for file in files {
        let answer = served.browser().get(file).await;
        assert_eq!(answer.status(), StatusCode::OK, "{file}");
        let (name, ending) = file.rsplit_once('.').unwrap();
        let content_type = match ending {
            "js" => "text/javascript",
            "wasm" => "application/wasm",
            _ => "text/css",
        };
        let headers = answer.headers();
        assert_eq!(value(headers, "content-type"), [content_type]);
        assert_eq!(value(headers, "cache-control"), [KEPT_FOR_GOOD]);
        assert_eq!(value(headers, "x-content-type-options"), ["nosniff"]);
        assert!(headers.get(header::SET_COOKIE).is_none());
        // The page's own script loads the same two.
        let argument = format!("\"{}\"", name.strip_prefix("/pkg/").unwrap());
        assert_eq!(
            html.contains(&argument),
            ending != "css",
            "{argument}: {html}"
        );
    }
}

#[tokio::test]
async fn the_script_that_loads_them_has_the_nonce_of_the_page() {
    let served = Served::start().await;
    let (headers, html) = served.page().await;
    let policy = value(&headers, "content-security-policy").concat();
    let nonce = policy.split("'nonce-").nth(1).unwrap();
    let nonce = nonce.split('\'').next().unwrap();
    assert!(
        html.contains(&format!("<script type=\"module\" nonce=\"{nonce}\">")),
        "{html}"
    );
}

#[tokio::test]
async fn each_browser_gets_what_the_build_compressed_for_it() {
    let served = Served::start().await;
    let script = packed(&served.site(), ".js").remove(0);
    for (accepted, encoding) in [
        ("gzip, deflate, br, zstd", Some("br")),
        ("gzip, deflate", Some("gzip")),
        ("br;q=0.5, gzip;q=0.8", Some("gzip")),
        ("br;q=0, gzip", Some("gzip")),
        ("br;q=0", None),
        ("identity", None),
        ("", None),
    ] {
        let answer = served.accepting(&format!("/pkg/{script}"), accepted).await;
        assert_eq!(answer.status(), StatusCode::OK, "{accepted}");
        let headers = answer.headers().clone();
        assert_eq!(
            value(&headers, "content-encoding"),
            Vec::from_iter(encoding),
            "{accepted}"
        );
        assert_eq!(value(&headers, "vary"), ["accept-encoding"], "{accepted}");
        assert_eq!(value(&headers, "content-type"), ["text/javascript"]);
        assert_eq!(value(&headers, "cache-control"), [KEPT_FOR_GOOD]);
        let ending = match encoding {
            Some("br") => ".br",
            Some(_) => ".gz",
            None => "",
        };
        let expected = served.site().join(format!("pkg/{script}{ending}"));
        assert_eq!(answer.bytes().await.unwrap(), fs::read(expected).unwrap());
    }
}

#[tokio::test]
async fn nobody_keeps_that_a_file_is_not_there() {
    let served = Served::start().await;
    for path in [
        "/pkg/leptos_okta.AAAAAAAAAAAAAAAAAAAAAA.js",
        "/pkg/leptos_okta.js",
        "/pkg/leptos_okta_bg.wasm",
        "/pkg/..%2fhash.txt",
    ] {
        let answer = served.accepting(path, "br").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(value(answer.headers(), "cache-control"), [ASKED_EACH_TIME]);
    }
    let hashes = served.browser().get("/hash.txt").await;
    assert_eq!(hashes.status(), StatusCode::NOT_FOUND);
    assert!(hashes.text().await.unwrap().contains("Page not found"));
}

#[tokio::test]
async fn a_file_without_a_hash_is_asked_about_each_time() {
    let served = Served::start().await;
    let snippets = served.site().join("pkg/snippets");
    fs::create_dir(&snippets).unwrap();
    fs::write(snippets.join("inline0.js"), SCRIPT).unwrap();

    let path = "/pkg/snippets/inline0.js";
    let first = served.browser().get(path).await;
    assert_eq!(first.status(), StatusCode::OK);
    assert_eq!(value(first.headers(), "cache-control"), [ASKED_EACH_TIME]);
    let known = first.headers()[header::ETAG].to_str().unwrap();
    let browser = served.browser();
    let again = browser.load(path, header::IF_NONE_MATCH, known).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(value(again.headers(), "cache-control"), [ASKED_EACH_TIME]);
    // The build left nothing compressed, so the server does it.
    let compressed = served.accepting(path, "br").await;
    assert_eq!(value(compressed.headers(), "content-encoding"), ["br"]);
}

#[tokio::test]
async fn everybody_gets_them_alike_whatever_their_cookies() {
    let served = Served::start().await;
    let script = format!("/pkg/{}", packed(&served.site(), ".js").remove(0));
    let browser = served.browser();
    let load = async |path: &str| {
        browser
            .load(path, header::COOKIE, "okta_session=of-nobody")
            .await
    };
    // The plugin removes such a cookie, and caches don't store what does.
    let style = load("/okta.css").await;
    assert!(style.headers().contains_key(header::SET_COOKIE));
    assert_eq!(value(style.headers(), "cache-control"), ["no-store"]);
    let script = load(&script).await;
    assert!(!script.headers().contains_key(header::SET_COOKIE));
    assert_eq!(value(script.headers(), "cache-control"), [KEPT_FOR_GOOD]);
}

/// As `cargo leptos watch` leaves it.
#[tokio::test]
async fn a_site_without_hashes_is_served_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let pkg = folder.path().join("site/pkg");
    fs::create_dir_all(&pkg).unwrap();
    fs::write(pkg.join("leptos_okta.js"), SCRIPT).unwrap();
    let served = Served::of(folder).await;
    let (_, page) = served.page().await;
    let files = [
        "/pkg/leptos_okta.css",
        "/pkg/leptos_okta.js",
        "/pkg/leptos_okta_bg.wasm",
    ];
    assert_eq!(linked(&page), BTreeSet::from(files));
    let script = served.browser().get("/pkg/leptos_okta.js").await;
    assert_eq!(script.status(), StatusCode::OK);
    assert_eq!(value(script.headers(), "cache-control"), [ASKED_EACH_TIME]);
}

#[test]
fn a_build_leaves_nothing_of_the_build_before() {
    let site = tempfile::tempdir().unwrap();
    make_site(site.path(), SCRIPT);
    let (former_script, style) = (packed(site.path(), ".js"), packed(site.path(), ".css"));
    make_site(site.path(), "export default 'another script';");
    let script = packed(site.path(), ".js");
    assert_eq!(script.len(), 1);
    assert_ne!(script, former_script);
    // What hasn't changed keeps its name, and so its place in every cache.
    assert_eq!(packed(site.path(), ".css"), style);
    assert_eq!(packed(site.path(), "").len(), 9);
}
