//! What a server tells the others about its changes. It is part of the change: they hear of it when
//! the change is committed, and not otherwise.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

#[cfg(feature = "postgres")]
use super::Listening;
use super::{Change, SessionKey, Store, StoreError};

/// How often the settings have been changed, for a server that may have missed something.
const GENERATION: &str = "generation";

/// Keys in one message, which may have 8000 bytes.
const KEYS_AT_ONCE: usize = 150;

/// Beyond this many, everything that is remembered is forgotten instead.
const KEYS: usize = 10 * KEYS_AT_ONCE;

/// Beyond this many, all connections are read again instead.
const CONNECTIONS: usize = 20;

/// People in one message, if their subjects aren't longer than this.
const PEOPLE_AT_ONCE: usize = 50;
const LONGEST_SUBJECT: usize = 60;

/// Beyond this many, all of their connection's people are forgotten instead.
const PEOPLE: usize = 1000;

/// What the others are told.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Announcement {
    /// These sessions have ended.
    Ended(Vec<SessionKey>),
    /// More sessions have ended than can be named.
    ManyEnded,
    /// Somebody is signed in differently with these sessions.
    Changed(Vec<SessionKey>),
    /// The connection of this name, its role table, or its named admins have changed.
    Connection(String),
    /// What Okta has pushed about these people of a connection has changed: their subjects. There may
    /// be none, because a group without members has changed.
    People {
        connection: String,
        subjects: Vec<String>,
    },
    /// The same of more people of a connection than can be named.
    ManyPeople(String),
    /// The connections, role tables, and named admins of more than can be named. The version before knows no other word for it.
    Settings,
    /// What only a newer version can read.
    #[cfg(feature = "postgres")]
    #[serde(skip)]
    Anything,
}

/// What is sent.
#[derive(Serialize, Deserialize)]
struct Message {
    /// The server whose change it is.
    from: String,
    what: Announcement,
}

/// What a change has to announce.
#[derive(Default)]
pub(super) struct News {
    ended: Vec<SessionKey>,
    changed: Vec<SessionKey>,
    connections: BTreeSet<String>,
    /// By connection and subject.
    people: BTreeSet<(String, String)>,
    /// The connections whose people or groups have changed, whoever that concerns.
    provisioned: BTreeSet<String>,
}

impl News {
    pub(super) fn session_ended(&mut self, key: &SessionKey) {
        self.ended.push(key.clone());
    }

    pub(super) fn connection_changed(&mut self, name: &str) {
        self.connections.insert(name.to_owned());
    }

    pub(super) fn provisioning_changed(&mut self, connection: &str) {
        self.provisioned.insert(connection.to_owned());
    }

    fn announcements(&self) -> Vec<Announcement> {
        let mut announcements = Vec::new();
        if self.ended.len() > KEYS {
            announcements.push(Announcement::ManyEnded);
        } else {
            let parts = self.ended.chunks(KEYS_AT_ONCE);
            announcements.extend(parts.map(|part| Announcement::Ended(part.to_vec())));
        }
        let parts = self.changed.chunks(KEYS_AT_ONCE);
        announcements.extend(parts.map(|part| Announcement::Changed(part.to_vec())));
        announcements.extend(self.of_people());
        if self.connections.len() > CONNECTIONS {
            announcements.push(Announcement::Settings);
        } else {
            let names = self.connections.iter().cloned();
            announcements.extend(names.map(Announcement::Connection));
        }
        announcements
    }

    /// Subjects are as long as the issuer likes, and a message isn't.
    fn of_people(&self) -> Vec<Announcement> {
        let is_short = |(_, subject): &&(String, String)| subject.len() <= LONGEST_SUBJECT;
        let people: Vec<_> = self.people.iter().collect();
        let of_one = people.chunk_by(|(one, _), (other, _)| one == other);
        let of_people = of_one.flat_map(|people| {
            let connection = &people[0].0;
            if people.len() > PEOPLE || !people.iter().all(is_short) {
                return vec![Announcement::ManyPeople(connection.clone())];
            }
            let parts = people.chunks(PEOPLE_AT_ONCE);
            let parts = parts.map(|people| Announcement::People {
                connection: connection.clone(),
                subjects: people.iter().map(|(_, subject)| subject.clone()).collect(),
            });
            parts.collect()
        });
        let is_announced = |name: &String| self.people.iter().any(|(of, _)| of == name);
        let others = self.provisioned.iter().filter(|name| !is_announced(name));
        let others = others.map(|connection| Announcement::People {
            connection: connection.clone(),
            subjects: Vec::new(),
        });
        of_people.chain(others).collect()
    }
}

impl Store {
    /// Whether other servers may use the same database, and hear what this one announces.
    pub(crate) fn has_others(&self) -> bool {
        self.database.has_others()
    }

    /// Whether they hear of every session that ends here.
    pub(crate) fn announces_every_end(&self) -> bool {
        self.sessions.announces_every_end()
    }

    /// Opens what hears them; nothing where there is one server.
    #[cfg(feature = "postgres")]
    pub(crate) async fn listen(&self) -> Result<Option<Listening>, StoreError> {
        self.database.listen().await
    }

    fn message(&self, what: Announcement) -> String {
        let from = self.server.clone();
        serde_json::json!(Message { from, what }).to_string()
    }

    /// What another server has announced. What this one has done counts here already, apart from
    /// settings, which may have been read at the same time.
    #[cfg(feature = "postgres")]
    pub(crate) fn heard(&self, message: &str) -> Option<Announcement> {
        let Ok(message) = serde_json::from_str::<Message>(message) else {
            return Some(Announcement::Anything);
        };
        let is_of_settings = matches!(
            message.what,
            Announcement::Settings | Announcement::Connection(_)
        );
        let is_news = message.from != self.server || is_of_settings;
        is_news.then_some(message.what)
    }

    /// A number that is higher after every change of the settings.
    pub(crate) async fn generation(&self) -> Result<i64, StoreError> {
        let generation = self.setting(GENERATION).await?;
        Ok(generation.and_then(|text| text.parse().ok()).unwrap_or(0))
    }
}

impl Change<'_> {
    /// Announces that somebody is signed in differently with this session: what servers remember of
    /// it is out of date.
    pub(crate) fn session_changed(&mut self, key: &SessionKey) {
        self.news.changed.push(key.clone());
    }

    /// Announces that what these people of a connection are by provisioning has changed.
    pub(crate) fn people_changed(&mut self, connection: &str, subjects: &[String]) {
        let people = subjects
            .iter()
            .map(|subject| (connection.to_owned(), subject.clone()));
        self.news.people.extend(people);
    }

    pub(super) async fn announce(&mut self) -> Result<(), StoreError> {
        if !self.store.has_others() {
            return Ok(());
        }
        if !self.news.connections.is_empty() {
            // Changes of the settings wait for one another, so none is counted twice.
            let generation = self.setting(GENERATION).await?;
            let generation = generation
                .and_then(|text| text.parse().ok())
                .unwrap_or(0_i64);
            self.put_setting(GENERATION, &(generation + 1).to_string())
                .await?;
        }
        for announcement in self.news.announcements() {
            let message = self.store.message(announcement);
            let database = &self.store.database;
            database.notify(&mut self.transaction, &message).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tower_sessions::session::Id;

    use super::*;

    /// On databases of their own, which they don't need.
    async fn server() -> (Store, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("okta.db").display());
        (Store::open(&url, None).await.unwrap(), directory)
    }

    #[tokio::test]
    async fn a_message_has_room_for_what_it_names() {
        let (server, _directory) = server().await;
        let keys: Vec<_> = (0..KEYS as i128)
            .map(|id| SessionKey::of(&Id(id)))
            .collect();
        let mut news = News {
            ended: keys.clone(),
            changed: keys[..200].to_vec(),
            ..News::default()
        };
        let mut named = 0;
        for announcement in news.announcements() {
            if let Announcement::Ended(keys) = &announcement {
                named += keys.len();
            }
            assert!(server.message(announcement).len() < 8000);
        }
        assert_eq!(named, KEYS);
        news.session_ended(&keys[0]);
        assert_eq!(news.announcements()[0], Announcement::ManyEnded);

        let mut news = News::default();
        for number in 0..PEOPLE {
            let subject = format!("{number:\">LONGEST_SUBJECT$}");
            news.people.insert(("x".repeat(64), subject));
        }
        let announcements = news.announcements();
        assert_eq!(announcements.len(), PEOPLE / PEOPLE_AT_ONCE);
        for announcement in announcements {
            assert!(server.message(announcement).len() < 8000);
        }
        for too_much in ["one more".to_owned(), "x".repeat(LONGEST_SUBJECT + 1)] {
            news.people.insert(("x".repeat(64), too_much));
            let announced = news.announcements();
            assert_eq!(announced, [Announcement::ManyPeople("x".repeat(64))]);
            news.people.pop_first();
        }

        let mut news = News::default();
        news.provisioning_changed("acme");
        let of = |subjects: &[&str]| Announcement::People {
            connection: "acme".to_owned(),
            subjects: subjects
                .iter()
                .map(|subject| (*subject).to_owned())
                .collect(),
        };
        assert_eq!(news.announcements(), [of(&[])]);
        news.people.insert(("acme".to_owned(), "00u1".to_owned()));
        assert_eq!(news.announcements(), [of(&["00u1"])]);

        let mut news = News::default();
        for number in 0..CONNECTIONS {
            news.connection_changed(&format!("{number:x>64}"));
        }
        assert_eq!(news.announcements().len(), CONNECTIONS);
        news.connection_changed("acme");
        assert_eq!(news.announcements(), [Announcement::Settings]);
    }

    #[tokio::test]
    async fn what_the_others_announce_is_news() {
        let ((one, _one), (other, _other)) = (server().await, server().await);
        let ended = || Announcement::Ended(vec![SessionKey::of(&Id(1))]);
        let message = one.message(ended());
        assert_eq!(other.heard(&message), Some(ended()));
        assert_eq!(one.heard(&message), None);
        for of_settings in [
            || Announcement::Settings,
            || Announcement::Connection("acme".to_owned()),
        ] {
            let message = one.message(of_settings());
            assert_eq!(one.heard(&message), Some(of_settings()));
        }
        for newer in [
            r#"{"from":"other","what":{"ended":1}}"#,
            r#"{"to":"you"}"#,
            "",
        ] {
            assert_eq!(one.heard(newer), Some(Announcement::Anything), "{newer}");
        }
    }
}
