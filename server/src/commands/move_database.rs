//! `server move-database`

use axum_okta::{
    OktaBuilder,
    database::{MoveProgress, MoveStep, Moved},
};
use indicatif::{HumanCount, ProgressBar, ProgressStyle};

pub(crate) async fn move_database(to: &str) -> anyhow::Result<()> {
    let bar = ProgressBar::no_length().with_style(ProgressStyle::with_template(
        "{msg} {wide_bar} {human_pos}/{human_len} ({eta})",
    )?);
    let builder = OktaBuilder::from_env()?;
    let moved = builder
        .move_database(to, |progress| show(&bar, progress))
        .await;
    bar.finish_and_clear();
    print(&moved?);
    Ok(())
}

fn show(bar: &ProgressBar, progress: MoveProgress) {
    bar.set_message(match progress.step {
        MoveStep::Verifying => "Verifying",
        _ => "Copying",
    });
    bar.set_length(progress.total);
    bar.set_position(progress.done);
}

fn print(moved: &Moved) {
    println!(
        "{} rows are in both databases, {} of them sessions. {} had to be written and {} deleted.",
        HumanCount(moved.rows),
        HumanCount(moved.sessions),
        HumanCount(moved.written),
        HumanCount(moved.deleted)
    );
    if moved.source_changed {
        println!(
            "\nA server changed the old database meanwhile. Stop it, then run this command again: it takes over only \
             what has changed since."
        );
        return;
    }
    println!(
        "\nThe old database didn't change meanwhile. If its server still runs, stop it and run this command again. \
         Otherwise the move is complete. Start the servers with:\n\n    OKTA_DATABASE_URL    the URL given to --to"
    );
    match &moved.key_file {
        Some(key) => println!(
            "    OKTA_ENCRYPTION_KEY  the content of {0}, as in: OKTA_ENCRYPTION_KEY=\"$(cat '{0}')\"",
            key.display()
        ),
        None => println!("    OKTA_ENCRYPTION_KEY  as before"),
    }
    if moved.sessions_stay {
        println!("    OKTA_SESSIONS_URL    as before: the sessions there stay where they are");
    }
    println!(
        "\nand everything else as before. Keep the old database and its key until you are satisfied."
    );
}
