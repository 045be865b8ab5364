//! Leniency as data: which deviations from the RFCs are let through, and which were met.

use std::fmt;

/// One behaviour that a [`Profile`] turns on or off.
///
/// Each crate defines its switches beside the function that uses them; the `id` is that of a catalogue of what real
/// identity providers send, so that a log line can be looked up.
///
/// ```
/// use scim_core::{Profile, Switch};
///
/// pub static SHOUTING: Switch = Switch::new("EXAMPLE-01", "values in capitals").lenient();
///
/// assert!(Profile::lenient().allows(&SHOUTING));
/// assert!(!Profile::rfc().allows(&SHOUTING));
/// assert!(Profile::rfc().with(&SHOUTING).allows(&SHOUTING));
/// assert!(!Profile::lenient().without(&SHOUTING).allows(&SHOUTING));
/// ```
#[derive(Debug)]
pub struct Switch {
    id: &'static str,
    summary: &'static str,
    lenient: bool,
    rfc: bool,
}

impl Switch {
    /// A switch that is off in both profiles.
    #[must_use]
    pub const fn new(id: &'static str, summary: &'static str) -> Self {
        Self { id, summary, lenient: false, rfc: false }
    }

    /// On in [`Profile::lenient`].
    #[must_use]
    pub const fn lenient(mut self) -> Self {
        self.lenient = true;
        self
    }

    /// On in both profiles: for what the RFCs allow, and some deployments want to refuse or to hear of.
    #[must_use]
    pub const fn always(mut self) -> Self {
        self.lenient = true;
        self.rfc = true;
        self
    }

    /// The name, unique among all switches.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// What the peer does, in a few words.
    #[must_use]
    pub const fn summary(&self) -> &'static str {
        self.summary
    }
}

/// Which deviations from the RFCs are let through.
///
/// [`Profile::lenient`], the default, accepts what real identity providers send and reports each use as a
/// [`Deviation`]; [`Profile::rfc`] refuses what the RFCs refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    lenient: bool,
    /// Sorted by id; at most one entry a switch.
    overrides: Vec<(&'static str, bool)>,
    unknown: Unknown,
}

/// What becomes of an attribute that no schema defines (RFC 7644 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// Dropped.
    Ignore,
    /// Kept as it is.
    Keep,
    /// The request is refused with `invalidSyntax`.
    Refuse,
}

impl Profile {
    /// As the RFCs have it; unknown attributes are refused.
    #[must_use]
    pub const fn rfc() -> Self {
        Self { lenient: false, overrides: Vec::new(), unknown: Unknown::Refuse }
    }

    /// What real senders need; unknown attributes are ignored.
    #[must_use]
    pub const fn lenient() -> Self {
        Self { lenient: true, overrides: Vec::new(), unknown: Unknown::Ignore }
    }

    /// The same profile with this switch on.
    #[must_use]
    pub fn with(self, switch: &'static Switch) -> Self {
        self.set(switch, true)
    }

    /// The same profile with this switch off.
    #[must_use]
    pub fn without(self, switch: &'static Switch) -> Self {
        self.set(switch, false)
    }

    fn set(mut self, switch: &'static Switch, on: bool) -> Self {
        match self.overrides.binary_search_by_key(&switch.id, |(id, _)| id) {
            Ok(at) => {
                if let Some(entry) = self.overrides.get_mut(at) {
                    entry.1 = on;
                }
            }
            Err(at) => self.overrides.insert(at, (switch.id, on)),
        }
        self
    }

    /// The same profile with another treatment of unknown attributes.
    #[must_use]
    pub fn with_unknown(mut self, unknown: Unknown) -> Self {
        self.unknown = unknown;
        self
    }

    /// Whether this switch is on.
    #[must_use]
    pub fn allows(&self, switch: &Switch) -> bool {
        if !self.overrides.is_empty() {
            if let Some((_, on)) = self.overrides.iter().find(|(id, _)| *id == switch.id) {
                return *on;
            }
        }
        if self.lenient { switch.lenient } else { switch.rfc }
    }

    /// What becomes of unknown attributes.
    #[must_use]
    pub fn unknown(&self) -> Unknown {
        self.unknown
    }
}

impl Default for Profile {
    /// [`Profile::lenient`].
    fn default() -> Self {
        Self::lenient()
    }
}

/// A leniency that was used: what the peer did, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    id: &'static str,
    summary: &'static str,
    at: String,
}

impl Deviation {
    /// Records the use of a switch at a place, such as `emails[0].primary` or `Operations[2].op`.
    #[must_use]
    pub fn new(switch: &Switch, at: impl Into<String>) -> Self {
        Self { id: switch.id, summary: switch.summary, at: at.into() }
    }

    /// The id of the switch.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// What the peer did, in a few words.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.summary
    }

    /// Where.
    #[must_use]
    pub fn at(&self) -> &str {
        &self.at
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at `{}`: {}", self.id, self.at, self.summary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static ON: Switch = Switch::new("B", "b").lenient();
    static OFF: Switch = Switch::new("A", "a");
    static ALWAYS: Switch = Switch::new("C", "c").always();

    #[test]
    fn profiles_start_where_the_switches_say() {
        assert!(Profile::default().allows(&ON));
        assert!(!Profile::default().allows(&OFF));
        assert!(!Profile::rfc().allows(&ON));
        assert!(Profile::rfc().allows(&ALWAYS));
    }

    #[test]
    fn the_last_word_counts() {
        let profile = Profile::lenient().without(&ON).with(&OFF).without(&ALWAYS).with(&ON);
        assert!(profile.allows(&ON) && profile.allows(&OFF) && !profile.allows(&ALWAYS));
        assert_eq!(profile, Profile::lenient().with(&OFF).with(&ON).without(&ALWAYS));
    }

    #[test]
    fn says_what_and_where() {
        assert_eq!(Deviation::new(&ON, "active").to_string(), "B at `active`: b");
    }
}
