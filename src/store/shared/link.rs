//! The connection to Redis: one for everything, with a limit on how long anything is waited for, and what is wrong with it.
//!
//! Where something goes wrong, Redis counts as away, and nobody waits for it any more; [`super::watch`] alone looks
//! whether it is there again.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, ScriptInvocation};
use tracing::{info, warn};

use super::counted::Counted;

/// A connection, as long as there is one.
pub(super) struct Link {
    client: Client,
    /// The address without what is secret.
    shown: String,
    password: Option<String>,
    /// How long anything is waited for.
    patience: Duration,
    state: Mutex<State>,
    /// Whoever connects; the others wait for that.
    connecting: tokio::sync::Mutex<()>,
    /// As many bytes as there was no room for; 0 where there was.
    no_room: AtomicUsize,
    counted: Counted,
}

#[derive(Default)]
struct State {
    connection: Option<MultiplexedConnection>,
    away: Option<Away>,
}

/// Why Redis is not used at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Away {
    Silent,
    LockedOut,
    Full,
    Failing,
}

impl Away {
    /// What comes after "can not be used:".
    fn words(self) -> &'static str {
        match self {
            Away::Silent => "it can not be reached, or does not answer in time",
            Away::LockedOut => {
                "it does not let limpid in, so the password of its address is missing or wrong"
            }
            Away::Full => "it is full",
            Away::Failing => "it answers with errors",
        }
    }
}

/// Why something did not work.
enum Failure {
    Slow(Duration),
    Said(RedisError),
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("shown", &self.shown).finish_non_exhaustive()
    }
}

impl Link {
    pub fn new(client: Client, shown: String, patience: Duration) -> Self {
        let password = client.get_connection_info().redis_settings().password().map(str::to_owned);
        let (connecting, no_room, counted) = Default::default();
        Link { client, shown, password, patience, state: Mutex::default(), connecting, no_room, counted }
    }

    pub fn counted(&self) -> &Counted {
        &self.counted
    }

    pub fn is_away(&self) -> bool {
        self.state().away.is_some()
    }

    /// What is wrong, in one sentence.
    pub fn problem(&self) -> Option<String> {
        let away = self.state().away?;
        Some(sentence(&self.shown, away))
    }

    /// What a script says; `None` where Redis is away. `bytes` is how much it is to take in.
    pub async fn run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>, bytes: usize) -> Option<T> {
        self.at_hand(bytes, async |mut connection| script.invoke_async(&mut connection).await).await
    }

    /// The same for one command.
    pub async fn tell<T: FromRedisValue>(&self, command: &Cmd, bytes: usize) -> Option<T> {
        self.at_hand(bytes, async |mut connection| command.query_async(&mut connection).await).await
    }

    async fn at_hand<T>(
        &self,
        bytes: usize,
        ask: impl AsyncFnOnce(MultiplexedConnection) -> Result<T, RedisError>,
    ) -> Option<T> {
        if self.is_away() {
            return None;
        }
        let answer = self.within_patience(ask).await;
        answer.map_err(|failure| self.lost(&failure, bytes)).ok()
    }

    /// What a script says, whether Redis is away or not: if it does say something, it is not, from then on. And whether it
    /// was until then, were it only for a moment of the time that this has taken.
    pub async fn look<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Option<(T, bool)> {
        let answer =
            self.within_patience(async |mut connection| script.invoke_async(&mut connection).await).await;
        match answer {
            Ok(answer) => Some((answer, self.found())),
            Err(failure) => {
                self.lost(&failure, self.no_room());
                None
            }
        }
    }

    /// As many bytes as there was no room for when it was last found to be full, until there is.
    pub fn no_room(&self) -> usize {
        self.no_room.load(Ordering::Relaxed)
    }

    async fn within_patience<T>(
        &self,
        ask: impl AsyncFnOnce(MultiplexedConnection) -> Result<T, RedisError>,
    ) -> Result<T, Failure> {
        self.counted.operations.inc();
        let answer = async { ask(self.connection().await?).await };
        match tokio::time::timeout(self.patience, answer).await {
            Ok(answer) => answer.map_err(Failure::Said),
            Err(_) => Err(Failure::Slow(self.patience)),
        }
    }

    async fn connection(&self) -> Result<MultiplexedConnection, RedisError> {
        if let Some(connection) = self.known() {
            return Ok(connection);
        }
        let _alone = self.connecting.lock().await;
        if let Some(connection) = self.known() {
            return Ok(connection);
        }
        // One limit holds for the whole.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        self.state().connection = Some(connection.clone());
        Ok(connection)
    }

    fn known(&self) -> Option<MultiplexedConnection> {
        self.state().connection.clone()
    }

    /// Notes that Redis is there, and says whether it was away.
    fn found(&self) -> bool {
        self.no_room.store(0, Ordering::Relaxed);
        self.counted.is_up.set(1);
        let was_away = self.state().away.take().is_some();
        if was_away {
            info!("the store {} can be used again", self.shown);
        }
        was_away
    }

    /// Notes that Redis is away; the log gets one line for each change.
    fn lost(&self, failure: &Failure, bytes: usize) {
        let away = failure.kind();
        self.counted.failures.inc();
        self.counted.is_up.set(0);
        self.no_room.store(if away == Away::Full { bytes.max(1) } else { 0 }, Ordering::Relaxed);
        let before = {
            let mut state = self.state();
            // One that is slow or broken stays so.
            state.connection = None;
            state.away.replace(away)
        };
        if before != Some(away) {
            warn!(cause = failure.cause(self.password.as_deref()), "{}", sentence(&self.shown, away));
        }
    }

    /// What is known of a connection is as good after a panic elsewhere as before.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sentence(shown: &str, away: Away) -> String {
    let why = away.words();
    format!(
        "the store {shown} can not be used: {why}; feeds are served, and what is known is kept only in memory"
    )
}

impl Failure {
    fn kind(&self) -> Away {
        let Failure::Said(error) = self else { return Away::Silent };
        match error.code() {
            Some("OOM") => Away::Full,
            Some("NOAUTH" | "WRONGPASS" | "NOPERM") => Away::LockedOut,
            _ if error.kind() == ErrorKind::AuthenticationFailed => Away::LockedOut,
            _ if error.is_io_error() => Away::Silent,
            _ => Away::Failing,
        }
    }

    /// For the log. What a server says of a command that it does not know repeats it, and that may be the password.
    fn cause(&self, password: Option<&str>) -> String {
        match (self, password) {
            (Failure::Slow(patience), _) => format!("no answer within {patience:?}"),
            (Failure::Said(error), None | Some("")) => error.to_string(),
            (Failure::Said(error), Some(password)) => error.to_string().replace(password, "…"),
        }
    }
}
