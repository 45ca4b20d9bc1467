//! The files that pages load: the WebAssembly, its JavaScript, and the app's stylesheet. The build
//! gave their names a hash of their content, and compressed them (`scripts/site.mjs`).

use std::{
    fs,
    io::ErrorKind,
    path::{Path, absolute},
};

use anyhow::Context;
use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::Response,
};
use leptos::config::LeptosOptions;
use leptos_axum::site_pkg_dir_service_route_path;
use tower_http::services::ServeDir;

/// Of a hash in a name, in URL-safe base64: as cargo-leptos makes it, and `scripts/site.mjs`.
const HASH_LENGTH: usize = 22;

const KEEP_FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_EACH_TIME: HeaderValue = HeaderValue::from_static("no-cache");

/// Has pages name the files by their hashes, if the build gave them any.
///
/// # Errors
///
/// When Leptos could not read the hashes: each page would fail.
pub(crate) fn with_hashes(mut options: LeptosOptions) -> anyhow::Result<LeptosOptions> {
    // In the site, so that whoever copies the files copies it, too. Leptos looks for a relative
    // path beside the binary.
    let hashes = absolute(Path::new(&*options.site_root).join("hash.txt"))?;
    options.hash_files = match fs::read_to_string(&hashes) {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            warn_of_missing_files(&options);
            false
        }
        Err(error) => {
            let path = hashes.display();
            return Err(error).with_context(|| format!("can't read {path}. Build the site again"));
        }
    };
    let hashes = hashes
        .to_str()
        .context("the path of the site isn't UTF-8")?;
    options.hash_file = hashes.into();
    Ok(options)
}

/// Without hashes, pages load files without them.
fn warn_of_missing_files(options: &LeptosOptions) {
    let folder = Path::new(&*options.site_root).join(&*options.site_pkg_dir);
    let script = folder.join(format!("{}.js", options.output_name));
    if !script.exists() {
        tracing::warn!(
            "there is neither {} nor hash.txt in {}, so pages have no WebAssembly and no style. Build the site, or copy \
             all of it",
            script.display(),
            options.site_root
        );
    }
}

/// Serves the files. Not through the plugin: they are the same for everybody, so no session is read
/// for them, and no cookie is set that would keep caches from storing them.
pub(crate) fn files(options: &LeptosOptions) -> Router {
    let files = ServeDir::new(&*options.site_root)
        .precompressed_br()
        .precompressed_gzip();
    Router::new()
        .route_service(&site_pkg_dir_service_route_path(options), files)
        .route_layer(middleware::from_fn(say_how_long_to_keep))
}

async fn say_how_long_to_keep(request: Request, next: Next) -> Response {
    let never_changes = has_hash(request.uri().path());
    let mut response = next.run(request).await;
    let status = response.status();
    // What isn't there may be there in a moment, when another server is replaced.
    let is_there = status.is_success() || status == StatusCode::NOT_MODIFIED;
    let lifetime = match never_changes && is_there {
        true => KEEP_FOR_GOOD,
        false => ASK_EACH_TIME,
    };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, lifetime);
    response
}

/// As in `/pkg/leptos_okta.uw2nRCRAhHSSqBxcv5kD7w.wasm`.
fn has_hash(path: &str) -> bool {
    let mut parts = path.rsplit('.');
    let (Some(_), Some(hash), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    hash.len() == HASH_LENGTH
        && hash
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
