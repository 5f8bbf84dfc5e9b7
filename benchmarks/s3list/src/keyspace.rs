//! All keys of a bucket as a sorted list that is searched and never stored.

use crate::shape::Shape;
use crate::text::mix;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Keyspace {
    pub shape: Shape,
    pub keys: u64,
}

impl Keyspace {
    /// Write key number `i`.
    pub fn key(&self, i: u64, out: &mut Vec<u8>) {
        self.shape.key(i, self.keys, out);
    }

    /// Bytes of object number `i`.
    pub fn size(&self, i: u64) -> u64 {
        mix(i ^ 77) % 100_000_000
    }

    /// The number of the first key that is not below `text`, from number `from` on.
    pub fn not_below(&self, text: &[u8], from: u64) -> u64 {
        self.first(from, |key| key >= text)
    }

    /// The number of the first key above `text`, from number `from` on.
    pub fn above(&self, text: &[u8], from: u64) -> u64 {
        self.first(from, |key| key > text)
    }

    /// The number of the first key after all that begin with `prefix`, from number `from` on.
    pub fn past(&self, prefix: &[u8], from: u64) -> u64 {
        self.first(from, |key| key > prefix && !key.starts_with(prefix))
    }

    /// The number of this key, if there is one.
    pub fn find(&self, key: &[u8]) -> Option<u64> {
        let i = self.not_below(key, 0);
        let mut found = Vec::new();
        if i < self.keys {
            self.key(i, &mut found);
        }
        (found == key).then_some(i)
    }

    fn first(&self, from: u64, reached: impl Fn(&[u8]) -> bool) -> u64 {
        let (mut low, mut high) = (from, self.keys);
        let mut key = Vec::with_capacity(80);
        while low < high {
            let middle = low + (high - low) / 2;
            self.key(middle, &mut key);
            if reached(&key) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_other_keys_begin() {
        let logs = Keyspace { shape: Shape::Logs, keys: 10_000 };
        assert_eq!(logs.not_below(b"logs/2014/01/02/", 0), 2400);
        assert_eq!(logs.past(b"logs/2014/01/02/", 0), 4800);
        assert_eq!(logs.past(b"", 0), 10_000);
        assert_eq!(logs.above(b"logs/2014/01/01/host-000/part-0000.gz", 0), 1);
        assert_eq!(logs.find(b"logs/2014/01/01/host-000/part-0003.gz"), Some(3));
        assert_eq!(logs.find(b"logs/2014/01/01/host-000/part-0003"), None);
    }
}
