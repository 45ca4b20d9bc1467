//! Serves until a signal asks to stop, and then stops in order.

use std::{future::IntoFuture, net::SocketAddr, time::Duration};

use anyhow::bail;
use axum::{Router, extract::connect_info::IntoMakeServiceWithConnectInfo};
use axum_okta::Okta;
use tokio::{net::TcpListener, sync::oneshot, time::sleep};

/// How long requests are still accepted while `/readyz` says that this server stops, so that load
/// balancers notice before they are refused.
const DRAIN_FOR: Duration = Duration::from_secs(3);

/// A sign-in waits for Okta at most 10 seconds a request, or a minute for groups in many pages.
const FINISH_FOR: Duration = Duration::from_secs(30);

/// A second signal gives up what is under way.
///
/// # Errors
///
/// When it can't listen, when the end of a session could not be stored, and after a second signal.
pub(crate) async fn serve(
    listener: TcpListener,
    app: IntoMakeServiceWithConnectInfo<Router, SocketAddr>,
    okta: &Okta,
) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    let (stop, stopped) = oneshot::channel();
    let serving = axum::serve(listener, app)
        .with_graceful_shutdown(async { stopped.await.unwrap_or_default() })
        .into_future();
    tokio::pin!(serving);
    let signal = tokio::select! {
        served = &mut serving => return Ok(served?),
        signal = signals.next() => signal,
    };

    tracing::info!("stopping; another signal stops at once");
    okta.begin_shutdown();
    let stopping = async {
        let time_limit = async {
            // Nobody balances the load of a server in a terminal.
            if matches!(signal, Signal::Terminate) {
                sleep(DRAIN_FOR).await;
            }
            stop.send(()).unwrap_or_default();
            sleep(FINISH_FOR).await;
        };
        tokio::select! {
            served = &mut serving => served?,
            () = time_limit => tracing::warn!("some requests didn't finish within {FINISH_FOR:?}"),
        }
        Ok(okta.close().await?)
    };
    tokio::select! {
        stopped = stopping => stopped,
        _ = signals.next() => bail!("stopped by a second signal; what was under way is lost"),
    }
}

enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// From a service manager.
    Terminate,
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}
