//! What a database must do for us, whichever it is, and whatever keeps the sessions: each behaviour
//! once, and tried with all of them.

mod audit;
mod redis;
mod scim;
mod scim_plans;
mod sessions;
mod settings;
mod upgrade;

use secrecy::SecretString;
use sqlx::AssertSqlSafe;
use tempfile::TempDir;

use super::{OpenStoreError, Store};

// The servers of the HTTP tests.
#[path = "../../../tests/http/harness/certificate.rs"]
mod certificate;
#[path = "../../../tests/http/harness/postgres.rs"]
mod postgres_server;
#[path = "../../../tests/http/harness/redis.rs"]
mod redis_server;

/// A database of its own for each test.
pub(super) struct Database {
    url: String,
    /// Where sessions are, if not in it.
    redis: Option<redis_server::Redis>,
    _directory: Option<TempDir>,
}

impl Database {
    async fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("okta.db");
        Self {
            url: format!("sqlite:{}", file.display()),
            redis: None,
            _directory: Some(directory),
        }
    }

    async fn postgres() -> Self {
        Self {
            url: postgres_server::database().await,
            redis: None,
            _directory: None,
        }
    }

    /// SQLite, and the sessions in Redis.
    async fn redis() -> Self {
        let mut database = Self::sqlite().await;
        database.redis = Some(redis_server::Redis::start());
        database
    }

    /// Another server on it.
    async fn open(&self) -> Store {
        self.open_with([1; 32]).await.unwrap()
    }

    async fn open_with(&self, key: [u8; 32]) -> Result<Store, OpenStoreError> {
        use base64::{Engine, prelude::BASE64_STANDARD};
        let key = SecretString::from(BASE64_STANDARD.encode(key));
        let store = Store::open(&self.url, Some(&key)).await?;
        match &self.redis {
            Some(redis) => store.keep_sessions_at(&redis.url()).await,
            None => Ok(store),
        }
    }
}

/// Past the store, as an operator might.
async fn execute(store: &Store, sql: &str) {
    let statement = sqlx::query(AssertSqlSafe(sql.to_owned()));
    statement.execute(&store.pool).await.unwrap();
}

macro_rules! session_suite {
    ($database:ident) => {
        tests! { $database
            sessions::a_session_is_kept_and_changed_under_its_id
            sessions::an_id_is_given_once
            sessions::a_session_that_ended_is_not_brought_back
            sessions::an_expired_session_is_nobodys
            sessions::a_state_is_used_once_and_swept_when_it_has_expired
            sessions::what_was_not_committed_never_was
            sessions::of_changes_at_once_none_overwrites_another
            sessions::a_session_is_ended_once
            sessions::a_change_waits_for_its_turn_and_not_for_ever
            sessions::a_persons_sessions_are_found_and_ended
            sessions::sessions_are_listed_a_part_at_a_time
            sessions::sessions_of_one_moment_are_listed_once
            sessions::whose_a_session_is_is_known_by_its_name
            sessions::sessions_that_end_together_are_deleted_together
            sessions::a_new_email_replaces_the_former_one
            sessions::when_a_session_was_in_use_last_only_moves_on
            sessions::one_server_at_a_time_has_the_lease_of_a_session
        }
    };
}

macro_rules! suite {
    ($database:ident) => {
        mod $database {
            use super::Database;

            session_suite! { $database }
            tests! { $database
                audit::entries_stand_in_their_order_and_are_read_by_the_page
                audit::what_strangers_cause_is_bounded_and_pushes_nothing_else_out
                audit::entries_of_more_than_a_year_ago_are_swept
                audit::a_clock_that_is_wrong_over_two_starts_sweeps_nothing
                scim::the_newest_requests_are_kept
                scim::pages_begin_at_a_position
                scim::a_large_group_is_changed_at_once
                scim::people_are_found_by_an_email
                scim::changes_are_read_from_any_position
                scim::changes_of_more_than_90_days_ago_are_forgotten
                scim::changes_with_numbers_of_their_own_are_kept
                sessions::an_expired_session_is_swept
                sessions::old_sessions_are_gone_through_a_part_at_a_time
                sessions::a_session_that_was_used_meanwhile_is_not_an_unused_one
                sessions::nobody_sees_what_is_not_committed_yet
                sessions::many_that_have_expired_are_swept
                sessions::who_is_signed_in_is_not_in_the_database
                sessions::what_the_version_before_wrote_is_indexed
                settings::a_connection_is_kept_whole_and_replaced_whole
                settings::connections_are_kept_beside_one_another
                settings::each_connection_has_a_role_table
                settings::groups_that_were_seen_are_choices_by_name
                settings::groups_are_noted_once_an_hour
                settings::a_named_admin_is_there_once
                settings::an_admin_is_one_of_the_connection_they_came_through
                settings::one_setup_is_open_until_it_ends_or_is_closed_once
                settings::setup_codes_are_tried_so_often_on_all_servers_together
                settings::another_key_opens_nothing
                settings::what_is_encrypted_is_bound_to_its_row
                upgrade::statements_of_the_version_before_work
            }
        }
    };
}

macro_rules! tests {
    ($database:ident $($room:ident :: $behaviour:ident)+) => {
        $(#[tokio::test]
        async fn $behaviour() {
            super::$room::$behaviour(Database::$database().await).await;
        })+
    };
}

suite!(sqlite);
suite!(postgres);

mod sessions_in_redis {
    use super::Database;

    session_suite!(redis);
    tests! { redis
        redis::a_session_whose_change_fails_is_deleted_again
        redis::a_change_that_fails_takes_no_other_session_with_it
        redis::everything_expires_by_itself
        redis::what_ends_leaves_nothing
        redis::a_list_skips_and_forgets_what_has_expired
        redis::an_index_forgets_what_has_expired
        redis::what_has_expired_is_nobodys_and_is_taken_once
        redis::a_person_with_many_sessions_is_signed_out_of_all
        redis::content_is_bound_to_its_session
        redis::what_the_database_has_from_before_ends_too
        redis::who_is_signed_in_cannot_be_read
        redis::a_command_that_is_sent_again_is_done_once
    }
}

/// With more than one writer.
#[tokio::test]
async fn a_session_does_not_wait_for_a_change_of_the_settings() {
    sessions::a_session_is_written_beside_a_change(Database::postgres().await).await;
}
