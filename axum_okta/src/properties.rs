//! Properties that hold for any input. The property tests try them on pieces that attackers would
//! combine, and the fuzz targets in `fuzz/` on everything else.

use url::{Url, form_urlencoded};

use crate::{
    connection::issuer,
    http::return_to::ReturnTo,
    outbound::is_loopback,
    sign_in::{SignInError, callback::CallbackParams},
};

/// A browser never leaves the app.
pub fn return_to(typed: &str) {
    const APP: &str = "https://app.example.com";
    let url = |address: &str| match Url::parse(address) {
        Ok(url) => url,
        Err(error) => panic!("{address}: {error}"),
    };
    let base_url = url(APP);
    let parsed = [
        Some(ReturnTo::parse(typed, &base_url)),
        ReturnTo::parse_address(&format!("{APP}{typed}"), &base_url),
        ReturnTo::parse_address(typed, &base_url),
    ];
    for return_to in parsed.into_iter().flatten() {
        let path = return_to.as_str();
        // What a browser on some page of the app makes of the Location header.
        let here = url("https://app.example.com/authorization-code/callback");
        let arrived = here.join(path).map(|arrived| arrived.origin());
        assert_eq!(arrived, Ok(base_url.origin()), "{path:?}");
        assert!(path.starts_with('/') && !path.starts_with("//"), "{path:?}");
        assert!(!path.contains('\\'), "{path:?}");
        assert!(http::HeaderValue::from_str(path).is_ok(), "{path:?}");
        // Reading it again changes nothing.
        assert_eq!(ReturnTo::parse(path, &base_url), return_to);
    }
}

/// What is understood is https, or http on loopback where that is allowed; plain, and understood as
/// itself.
pub fn issuer(typed: &str) {
    for allow_http_on_loopback in [false, true] {
        let Ok(issuer) = issuer::parse(typed, "", allow_http_on_loopback) else {
            continue;
        };
        let Ok(url) = Url::parse(&issuer) else {
            panic!("{issuer} is no address")
        };
        let plain = url.scheme() == "http" && allow_http_on_loopback && is_loopback(&url);
        assert!(url.scheme() == "https" || plain, "{issuer}");
        assert!(url.username().is_empty() && url.password().is_none());
        assert!(url.query().is_none() && url.fragment().is_none());
        let again = issuer::parse(&issuer, "", allow_http_on_loopback);
        assert_eq!(again, Ok(issuer));
    }
}

/// A callback is taken at its word, and only if it says everything once.
pub fn callback(query: &str) {
    let said = |name: &str| -> Vec<String> {
        form_urlencoded::parse(query.as_bytes())
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .collect()
    };
    let [state, code, iss, error] = ["state", "code", "iss", "error"].map(said);
    let repeated = [&state, &code, &iss, &error]
        .iter()
        .any(|all| all.len() > 1);
    let answer = match CallbackParams::parse(query) {
        Ok(answer) => answer,
        Err(refused) => {
            let expected = repeated || state.is_empty() || said("error_description").len() > 1;
            assert!(expected, "{query:?}: {refused}");
            return;
        }
    };
    assert!(!repeated, "{query:?}");
    assert_eq!(state, [answer.state]);
    match answer.outcome {
        Ok(callback) => {
            assert!(error.is_empty(), "an error is never a success: {query:?}");
            assert_eq!(code, [callback.code.secret().as_str()]);
            assert_eq!(iss.into_iter().next(), callback.iss);
        }
        Err(SignInError::Refused { code, .. }) => assert_eq!(error, [code]),
        Err(SignInError::TooManyGroups) => assert_eq!(error.len(), 1, "{query:?}"),
        Err(_) => assert!(error.is_empty() && code.is_empty(), "{query:?}"),
    }
}
