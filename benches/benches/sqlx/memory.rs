//! How much memory something takes.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering::Relaxed};

/// The system's allocator, which counts while somebody asks: rates are not to pay for it.
pub(crate) struct Counted;

static COUNTS: AtomicBool = AtomicBool::new(false);
static NOW: AtomicIsize = AtomicIsize::new(0);
static MOST: AtomicIsize = AtomicIsize::new(0);

fn changed(by: isize) {
    if COUNTS.load(Relaxed) {
        let now = NOW.fetch_add(by, Relaxed) + by;
        if by > 0 {
            MOST.fetch_max(now, Relaxed);
        }
    }
}

// SAFETY: it is the system's allocator, and a size is no larger than `isize::MAX`.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        changed(layout.size().cast_signed());
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        changed(-layout.size().cast_signed());
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        changed(size.cast_signed() - layout.size().cast_signed());
        // SAFETY: as the caller promised.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// The most memory that something takes beyond what was there before: what Rust allocates, and what the process has in RAM,
/// which is all that SQLite allocates too; in MiB.
pub(crate) struct Peak {
    resident: f64,
}

impl Peak {
    pub(crate) fn start() -> Self {
        // The high-water mark of the process begins anew.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        NOW.store(0, Relaxed);
        MOST.store(0, Relaxed);
        COUNTS.store(true, Relaxed);
        Self { resident: status("VmRSS") }
    }

    pub(crate) fn end(self) -> (f64, f64) {
        COUNTS.store(false, Relaxed);
        #[expect(clippy::cast_precision_loss, reason = "it is shown with one digit")]
        let heap = MOST.load(Relaxed) as f64 / 1_048_576.0;
        (heap, status("VmHWM") - self.resident)
    }
}

fn status(name: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).unwrap_or_default() / 1_024.0
}
