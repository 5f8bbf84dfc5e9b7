//! What befalls an answer, and how often.

use crate::text::mix;

/// How many answers of a thousand each fault befalls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shares {
    pub slow_down: u64,
    pub cut: u64,
    pub truncated: u64,
    pub error_in_200: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// 503 SlowDown.
    SlowDown,
    /// The connection is reset in the middle of the body.
    Cut,
    /// The connection ends in good order, but before all that Content-Length promised.
    Truncated,
    /// 200, with an error for a body.
    ErrorIn200,
}

impl Shares {
    /// What befalls the answer to request number `request`: always the same for the same number.
    pub fn draw(&self, request: u64) -> Option<Fault> {
        let mut left = mix(request) % 1000;
        let shares = [
            (self.slow_down, Fault::SlowDown),
            (self.cut, Fault::Cut),
            (self.truncated, Fault::Truncated),
            (self.error_in_200, Fault::ErrorIn200),
        ];
        for (share, fault) in shares {
            if left < share {
                return Some(fault);
            }
            left -= share;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_about_its_share() {
        let shares = Shares { slow_down: 50, cut: 10, truncated: 20, error_in_200: 30 };
        let drawn: Vec<_> = (0..100_000).filter_map(|request| shares.draw(request)).collect();
        for (fault, share) in
            [(Fault::SlowDown, 5000), (Fault::Cut, 1000), (Fault::Truncated, 2000), (Fault::ErrorIn200, 3000)]
        {
            let count = drawn.iter().filter(|one| **one == fault).count();
            assert!(count.abs_diff(share) < share / 5, "{fault:?}: {count}");
        }
    }
}
