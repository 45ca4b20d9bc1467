//! `deploy/`: its files fit one another and the guide.

use std::{collections::BTreeMap, fs, path::Path};

use yaml_rust2::{Yaml, YamlLoader};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
pub const SERVERS: [&str; 2] = ["server1", "server2"];

pub type Values = BTreeMap<String, String>;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(REPOSITORY).join(path)).unwrap()
}

pub fn compose() -> Yaml {
    YamlLoader::load_from_str(&read("deploy/compose.yaml"))
        .unwrap()
        .remove(0)
}

/// The names and values of `okta.env.example`.
pub fn example() -> Values {
    let text = read("deploy/okta.env.example");
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let pairs = lines.map(|line| line.split_once('=').unwrap());
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// A setting of a service, also one that it shares with others (`<<`).
fn setting<'c>(compose: &'c Yaml, service: &str, name: &str) -> &'c Yaml {
    let service = &compose["services"][service];
    match &service[name] {
        Yaml::BadValue => &service["<<"][name],
        found => found,
    }
}

/// The environment of a service, with `${NAME:?…}` and `${NAME:-default}` filled in.
pub fn environment(compose: &Yaml, service: &str, values: &Values) -> Values {
    let environment = setting(compose, service, "environment").as_hash().unwrap();
    let pairs = environment.iter().map(|(name, value)| {
        (
            name.as_str().unwrap().to_owned(),
            filled_in(value.as_str().unwrap(), values),
        )
    });
    pairs.collect()
}

fn filled_in(text: &str, values: &Values) -> String {
    let Some((before, rest)) = text.split_once("${") else {
        return text.to_owned();
    };
    let (expression, after) = rest.split_once('}').unwrap();
    let (name, otherwise) = expression.split_once(':').unwrap();
    let value = match (values.get(name), otherwise.strip_prefix('-')) {
        (Some(value), _) => value,
        (None, Some(default)) => default,
        (None, None) => panic!("{name} is not in okta.env.example"),
    };
    format!("{before}{value}{}", filled_in(after, values))
}

#[test]
fn every_variable_is_in_the_guide() {
    let guide = read("docs/deploy.md");
    let compose = compose();
    let mut values = example();
    for service in SERVERS {
        values.extend(environment(&compose, service, &example()));
    }
    for name in values.keys() {
        assert!(guide.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn every_file_that_is_named_exists() {
    let compose = compose();
    let deploy = Path::new(REPOSITORY).join("deploy");
    for service in SERVERS {
        let build = setting(&compose, service, "build");
        let context = deploy.join(build["context"].as_str().unwrap());
        assert!(
            context
                .join(build["dockerfile"].as_str().unwrap())
                .is_file()
        );
        assert!(context.join(".dockerignore").is_file());
    }
    let volumes = setting(&compose, "nginx", "volumes").as_vec().unwrap();
    for volume in volumes {
        let (ours, _) = volume.as_str().unwrap().split_once(':').unwrap();
        // The operator's own.
        assert!(ours == "./tls" || deploy.join(ours).is_file(), "{ours}");
    }
    let ignored = read(".gitignore");
    for secret in ["deploy/okta.env", "deploy/tls"] {
        assert!(ignored.lines().any(|line| line == secret), "{secret}");
    }
}

/// What is copied into the image is in the repository, or is what the build leaves there.
#[test]
fn the_image_is_made_of_what_there_is_and_is_not_root() {
    let containerfile = read("deploy/Containerfile");
    let build = read("scripts/build");
    assert!(containerfile.contains("RUN scripts/build --release") && build.contains("--release)"));
    let copied = containerfile
        .lines()
        .filter_map(|line| line.strip_prefix("COPY "))
        .map(|arguments| arguments.split(' ').collect::<Vec<_>>());
    for arguments in copied {
        match arguments[..] {
            [".", "."] => {}
            ["--from=build", source, _] => {
                let source = source.strip_prefix("/src/").unwrap();
                assert!(
                    ["target/release/server", "target/site"].contains(&source),
                    "{source}"
                );
            }
            _ => panic!("{arguments:?}"),
        }
    }
    let ignored = read(".dockerignore");
    for needed in ["scripts", "end2end/package.json", "Cargo.lock", "style"] {
        assert!(Path::new(REPOSITORY).join(needed).exists());
        assert!(!ignored.lines().any(|line| line == needed), "{needed}");
    }
    let last_stage = containerfile.rsplit("\nFROM ").next().unwrap();
    assert!(last_stage.contains("\nUSER 10001\n"));
    assert!(last_stage.contains("CMD [\"server\", \"health\"]"));
}
