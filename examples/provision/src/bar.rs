//! How far a cycle is: a bar where somebody watches, else a line now and then.

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use scim_sync::{Phase, Progress};

use crate::screen::Screen;

/// What is shown while a cycle runs.
pub(crate) struct Bar {
    bar: ProgressBar,
    live: bool,
    phase: Phase,
    /// The quarter that was told last.
    told: u8,
}

impl Bar {
    pub(crate) fn new(live: bool) -> Self {
        let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(1), target);
        // The template is ours; were it wrong, the plain one is as good.
        if let Ok(style) = ProgressStyle::with_template("{prefix:12} [{bar:40}] {pos}/{len} {msg}") {
            bar.set_style(style.progress_chars("#>."));
        }
        Self { bar, live, phase: Phase::Idle, told: 0 }
    }

    /// Shows how far it is.
    pub(crate) fn show(&mut self, progress: &Progress, screen: &mut Screen) {
        let Some(name) = name(progress.phase) else { return };
        if progress.phase != self.phase {
            (self.phase, self.told) = (progress.phase, 0);
            self.bar.set_length(progress.total.unwrap_or(1).max(1));
            self.bar.set_position(progress.done);
            self.bar.set_prefix(name);
        }
        let (Some(total), Some(percent)) = (progress.total, progress.percent()) else { return };
        if self.live {
            self.bar.set_length(total);
            self.bar.set_position(progress.done);
            let counts = &progress.counts;
            if counts.failed > 0 {
                self.bar.set_message(format!("{} failed", HumanCount(counts.failed)));
            }
        } else if total > 0 && percent / 25 > self.told {
            self.told = percent / 25;
            let (done, total) = (HumanCount(progress.done), HumanCount(total));
            screen.line(format!("  {name:<12} {percent:>3} %  {done} of {total}"));
        }
    }

    /// A line above the bar.
    pub(crate) fn say(&self, text: &str, screen: &mut Screen) {
        self.bar.suspend(|| screen.line(text));
    }

    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }
}

fn name(phase: Phase) -> Option<&'static str> {
    Some(match phase {
        Phase::Users => "users",
        Phase::Groups => "groups",
        Phase::References => "references",
        _ => return None,
    })
}
