//! What a bucket's name says: `<shape>-<keys>` and then `-<letter><number>` for how it answers.

use std::time::Duration;

use crate::fault::Shares;
use crate::keyspace::Keyspace;
use crate::shape::Shape;

#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    pub space: Keyspace,
    pub latency: Duration,
    pub faults: Shares,
    pub chunked: bool,
    pub checksums: bool,
}

impl Bucket {
    /// None where the name says nothing that is known here: there is no such bucket.
    pub fn named(name: &str) -> Option<Bucket> {
        let mut words = name.split('-');
        let shape = Shape::named(words.next()?)?;
        let keys = words.next()?.parse().ok()?;
        let mut bucket = Bucket {
            space: Keyspace { shape, keys },
            latency: Duration::ZERO,
            faults: Shares::default(),
            chunked: false,
            checksums: false,
        };
        words.try_for_each(|word| bucket.take(word))?;
        Some(bucket)
    }

    fn take(&mut self, word: &str) -> Option<()> {
        let letter = word.chars().next()?;
        let number: u64 = word[letter.len_utf8()..].parse().ok()?;
        match letter {
            'l' => self.latency = Duration::from_millis(number),
            'e' => self.faults.slow_down = number,
            'x' => self.faults.cut = number,
            't' => self.faults.truncated = number,
            'b' => self.faults.error_in_200 = number,
            'k' => self.chunked = number > 0,
            'c' => self.checksums = number > 0,
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_everything() {
        let bucket = Bucket::named("uuid-500-l50-e20-x3-t2-b1-k1").unwrap();
        assert_eq!(bucket.space, Keyspace { shape: Shape::Uuid, keys: 500 });
        assert_eq!(bucket.latency, Duration::from_millis(50));
        assert_eq!(bucket.faults, Shares { slow_down: 20, cut: 3, truncated: 2, error_in_200: 1 });
        assert!(bucket.chunked && !bucket.checksums);
    }

    #[test]
    fn other_names_are_no_buckets() {
        for name in ["", "logs", "logs-x", "other-5", "logs-5-", "logs-5-z1", "logs-5-é1", "logs-5-l"] {
            assert_eq!(Bucket::named(name), None, "{name}");
        }
    }
}
