//! Ctrl-C.

use std::sync::Arc;

use tokio::sync::watch;

/// Whether somebody wants it to end. Clones share it.
#[derive(Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// Asked for by Ctrl-C: what is under way is finished then; the second time, nothing is.
    #[must_use]
    pub fn at_ctrl_c() -> Self {
        let stop = Self::default();
        let told = stop.clone();
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                if told.is_asked() {
                    std::process::exit(130);
                }
                told.ask();
            }
        });
        stop
    }

    /// Asks for the end.
    pub fn ask(&self) {
        self.0.send_replace(true);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Is done once somebody asks.
    pub(crate) async fn asked(&self) {
        // The sender is here.
        let _ = self.0.subscribe().wait_for(|asked| *asked).await;
    }
}
