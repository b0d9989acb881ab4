//! Looks after Redis: whether it is there, whether it is there again, and whether it has lost everything.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::{Shared, keys};

/// How often to look where all is well.
const EVERY: Duration = Duration::from_secs(1);

/// After how long to look whether it is there again, at first; doubled with each time it is not.
const SOON: Duration = Duration::from_millis(100);

/// And at last.
const LATE: Duration = Duration::from_secs(5);

/// After how many looks in a row that found it a new failure is one of its own: one that comes and goes is looked for less
/// and less often, for each time costs readers a moment.
const STEADY: u32 = 60;

/// Looks after Redis until nobody wants to know.
pub(super) async fn watch(shared: Weak<Shared>) {
    let (mut pause, mut steady, mut was_away) = (SOON, 0, true);
    let mut born = Vec::new();
    while let Some(shared) = shared.upgrade() {
        let found = look(&shared).await;
        if let Some((found, was_lost)) = &found {
            was_away |= was_lost;
            if was_away || *found != born {
                (born, was_away) = (found.clone(), false);
                shared.returns.send_modify(|times| *times += 1);
            }
            steady += 1;
            pause = if steady >= STEADY { SOON } else { pause };
        } else {
            (steady, was_away) = (0, true);
        }
        drop(shared);
        tokio::time::sleep(if found.is_some() { EVERY } else { pause }).await;
        pause = if found.is_some() { pause } else { (pause * 2).min(LATE) };
    }
}

/// What Redis has been called since it was empty, and whether it was away until now.
async fn look(shared: &Arc<Shared>) -> Option<(Vec<u8>, bool)> {
    let mut invocation = shared.scripts.look.key(keys::BORN);
    // Where it was full, it is to have room for as much as it had none for.
    invocation.key(keys::ROOM).arg(&shared.name).arg(vec![b'.'; shared.link.no_room()]);
    shared.link.look(&invocation).await
}
