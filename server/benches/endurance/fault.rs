//! What can break, and how it is broken on purpose.

use std::{process::Command, sync::Arc, time::Duration};

use sqlx::{Connection, Executor, PgConnection};
use tokio::time::{Instant, sleep};

use crate::{
    person::Person,
    site::{SessionsIn, Site, name},
    tally::Tally,
    wire::Carries,
};

/// The server that is broken where it is one; the others must go on.
const SERVER: usize = 1;

#[derive(Clone, Copy)]
pub enum Fault {
    Nothing,
    ServerKilled,
    DatabaseRestarted,
    DatabaseStopped,
    ListenConnectionLost,
    NotificationsHeldBack,
    PoolTaken,
    RedisKilled,
    RedisStopped,
    RedisSlow,
}

impl Fault {
    pub fn with(sessions: SessionsIn) -> &'static [Self] {
        match sessions {
            SessionsIn::Database => &[
                Self::Nothing,
                Self::ServerKilled,
                Self::DatabaseRestarted,
                Self::DatabaseStopped,
                Self::ListenConnectionLost,
                Self::NotificationsHeldBack,
                Self::PoolTaken,
            ],
            SessionsIn::Redis => &[
                Self::Nothing,
                Self::ServerKilled,
                Self::DatabaseRestarted,
                Self::NotificationsHeldBack,
                Self::RedisKilled,
                Self::RedisStopped,
                Self::RedisSlow,
            ],
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Nothing => "None, for 20 seconds",
            Self::ServerKilled => {
                "A server killed (`kill -9`) in the middle of a callback, and started again"
            }
            Self::DatabaseRestarted => "PostgreSQL restarted",
            Self::DatabaseStopped => "PostgreSQL stopped (`SIGSTOP`) for 30 seconds",
            Self::ListenConnectionLost => "A server loses its `LISTEN` connection",
            Self::NotificationsHeldBack => "A server gets no notifications for 20 seconds",
            Self::PoolTaken => {
                "Every connection of every pool waits for 15 seconds (a locked table)"
            }
            Self::RedisKilled => "Redis killed (`kill -9`), and started again after 5 seconds",
            Self::RedisStopped => "Redis stopped (`SIGSTOP`) for 30 seconds",
            Self::RedisSlow => "Redis slow for 20 seconds: it answers for 0.1 of each 0.5 seconds",
        }
    }

    /// Done when it is over, and all that was broken runs again.
    pub async fn cause(self, site: &Site, tally: &Arc<Tally>) {
        match self {
            Self::Nothing => sleep(Duration::from_secs(20)).await,
            Self::ServerKilled => kill_in_the_middle_of_a_callback(site, tally).await,
            Self::DatabaseRestarted => site.postgres.restart(),
            Self::DatabaseStopped => stop_database(site).await,
            Self::ListenConnectionLost => end_listen_connection(site).await,
            Self::NotificationsHeldBack => {
                let wire = &site.servers[SERVER].wire;
                wire.now_carries(Carries::NoNotifications);
                sleep(Duration::from_secs(20)).await;
                wire.now_carries(Carries::Everything);
            }
            Self::PoolTaken => take_pools(site).await,
            Self::RedisKilled => {
                let mut redis = site.redis().await;
                redis.kill().await;
                sleep(Duration::from_secs(5)).await;
                redis.start_again();
            }
            Self::RedisStopped => {
                let mut redis = site.redis().await;
                redis.pause().await;
                sleep(Duration::from_secs(30)).await;
                redis.resume();
            }
            Self::RedisSlow => slow_redis_down(site).await,
        }
    }
}

async fn kill_in_the_middle_of_a_callback(site: &Site, tally: &Arc<Tally>) {
    // Beside the people who go on; not counted, because it is known what comes.
    let mut victim = Person::new(9_999, &site.url, tally);
    let through = Some(SERVER + 1);
    let callback = victim.to_provider(through).await.unwrap();
    site.provider.now().token_delay = Duration::from_secs(2);
    let asked = site.provider.asked("token") + 1;
    let kill = async {
        site.provider.until_asked("token", asked).await;
        // Of those that were asked now, one is this server's.
        sleep(Duration::from_secs(1)).await;
        site.kill(SERVER).await;
        site.provider.now().token_delay = Duration::ZERO;
    };
    tokio::join!(victim.come_back(&callback, through), kill);
    sleep(Duration::from_secs(5)).await;
    site.start_again(SERVER).await;
}

async fn stop_database(site: &Site) {
    let postmaster = site.postgres.process_id();
    signal("-STOP", postmaster);
    let children = children(postmaster);
    children.iter().for_each(|child| signal("-STOP", *child));
    sleep(Duration::from_secs(30)).await;
    children.iter().for_each(|child| signal("-CONT", *child));
    signal("-CONT", postmaster);
}

async fn end_listen_connection(site: &Site) {
    let mut database = PgConnection::connect(&site.database).await.unwrap();
    let end = sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE application_name = $1 AND query LIKE '%pg_notify($1, $2)'",
    );
    let ended = end
        .bind(name(SERVER + 1))
        .fetch_all(&mut database)
        .await
        .unwrap();
    assert_eq!(ended.len(), 1, "one connection listens");
}

async fn take_pools(site: &Site) {
    let mut database = PgConnection::connect(&site.database).await.unwrap();
    let mut lock = database.begin().await.unwrap();
    lock.execute("LOCK TABLE okta_session IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    sleep(Duration::from_secs(15)).await;
    lock.rollback().await.unwrap();
}

async fn slow_redis_down(site: &Site) {
    let redis = site.redis().await;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        let _done: String = redis.ask(&["DEBUG", "SLEEP", "0.4"]).await;
        sleep(Duration::from_millis(100)).await;
    }
}

fn signal(signal: &str, process: u32) {
    // A connection may have ended meanwhile.
    let _sent = Command::new("kill")
        .args([signal, &process.to_string()])
        .output();
}

fn children(process: u32) -> Vec<u32> {
    let path = format!("/proc/{process}/task/{process}/children");
    let children = std::fs::read_to_string(path).unwrap();
    children
        .split_whitespace()
        .map(|id| id.parse().unwrap())
        .collect()
}
