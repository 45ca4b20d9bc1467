//! People who come and go until they are told to stop.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{
    person::{Person, client, try_ended},
    site::Site,
    tally::Tally,
};

/// What is promised of an ended session, whatever is broken.
const ENDED_AFTER: Duration = Duration::from_secs(5);

pub struct Crowd {
    pub tally: Arc<Tally>,
    people: JoinSet<Person>,
    stop: watch::Sender<bool>,
}

/// How somebody behaves, by how many pages they read before they sign out.
#[derive(Clone, Copy)]
pub struct Habits {
    pub pages: (usize, usize),
    /// Between two pages.
    pub pause: Duration,
    /// Every so manieth stays signed in.
    pub stays: usize,
}

impl Crowd {
    pub fn gather(site: &Arc<Site>, people: usize, habits: Habits) -> Self {
        let tally = Arc::new(Tally::default());
        let (stop, stopped) = watch::channel(false);
        let mut all = JoinSet::new();
        for number in 1..=people {
            let person = Person::new(number, &site.url, &tally);
            let stays = number % habits.stays == 0;
            all.spawn(come_and_go(person, habits, stays, stopped.clone()));
        }
        tokio::spawn(try_what_ended(site.clone(), tally.clone(), stopped));
        Self {
            tally,
            people: all,
            stop,
        }
    }

    /// Everybody stays as they are: signed in or not.
    pub async fn stop(self) -> Vec<Person> {
        self.stop.send_replace(true);
        self.people.join_all().await
    }
}

async fn come_and_go(
    mut person: Person,
    habits: Habits,
    stays: bool,
    stopped: watch::Receiver<bool>,
) -> Person {
    let is_stopped = || *stopped.borrow();
    while !is_stopped() {
        sleep(jitter(habits.pause)).await;
        person.sign_in().await;
        let pages = rand::random_range(habits.pages.0..=habits.pages.1);
        let mut read = 0;
        while person.session.is_some() && (stays || read < pages) && !is_stopped() {
            sleep(jitter(habits.pause)).await;
            person.read_guarded().await;
            read += 1;
        }
        if person.session.is_some() && !is_stopped() {
            person.sign_out().await;
        }
    }
    person
}

/// Copies of ended sessions, at all servers.
async fn try_what_ended(site: Arc<Site>, tally: Arc<Tally>, stopped: watch::Receiver<bool>) {
    let client = client(0);
    while !*stopped.borrow() {
        for server in &site.servers {
            sleep(Duration::from_millis(50)).await;
            let Some(session) = tally.any_ended(ENDED_AFTER) else {
                continue;
            };
            let begun = Instant::now();
            if let Some(outcome) = try_ended(&client, &server.url, &session).await {
                tally.count("ended", begun, outcome);
            }
        }
    }
}

/// People don't move in step.
fn jitter(pause: Duration) -> Duration {
    pause.mul_f64(rand::random_range(0.5..1.5))
}
